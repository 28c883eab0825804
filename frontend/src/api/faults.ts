import type { Live } from "./generated";

/** One error for people: what, a hint, and where. */
export type FaultError = NonNullable<Live["down"]>;
