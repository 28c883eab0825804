/** A function that runs when it was not asked for some time. */
export interface Debounced<A extends unknown[]> {
  (...args: A): void;
  /** Runs at once what waits. */
  flush(): void;
  /** Forgets what waits. */
  cancel(): void;
}

/** Runs f, with the last arguments, once nothing was asked for so many milliseconds. */
export function debounce<A extends unknown[]>(ms: number, f: (...args: A) => void): Debounced<A> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: A | undefined;
  const flush = () => {
    clearTimeout(timer);
    const args = waiting;
    waiting = undefined;
    if (args) f(...args);
  };
  return Object.assign(
    (...args: A) => {
      waiting = args;
      clearTimeout(timer);
      timer = setTimeout(flush, ms);
    },
    {
      flush,
      cancel: () => {
        clearTimeout(timer);
        waiting = undefined;
      },
    },
  );
}
