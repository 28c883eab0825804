import { Store } from "../base/store";

/** One declaration of a file. */
export interface OutlineItem {
  name: string;
  detail: string;
  line: number; // from 1
  column: number;
}

/** The declarations of the file that is edited, as they were when somebody asked. */
export class Outline {
  readonly items = new Store<readonly OutlineItem[]>([]);
}
