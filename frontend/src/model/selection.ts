import { Store } from "../base/store";

/** A place in a file; line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
  /** How many characters are selected. */
  selected: number;
}

/** What the person looks at, which other parts of the screen follow. */
export class Selection {
  /** The cursor of the editor that was used last; null where none is open. */
  readonly cursor = new Store<Place | null>(null);
  /** The service that was chosen in the explorer or stands at the cursor; "" is none. */
  readonly service = new Store("");

  /** Chooses a service. */
  select(service: string): void {
    this.service.set(service);
  }
}
