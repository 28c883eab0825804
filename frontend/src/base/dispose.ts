/** Ends a subscription or gives a resource back. Calling it twice does nothing more. */
export type Dispose = () => void;

/** Several subscriptions that end together, last one first. */
export class Disposables {
  private all: Dispose[] = [];

  /** Keeps what is to be ended and returns it. */
  add(dispose: Dispose): Dispose {
    this.all.push(dispose);
    return dispose;
  }

  readonly dispose = (): void => {
    for (let d = this.all.pop(); d; d = this.all.pop()) d();
  };
}
