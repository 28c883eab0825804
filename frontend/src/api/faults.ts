import type { Live } from "./generated";

/** One error for people: what, a hint, and where. */
export type FaultError = NonNullable<Live["down"]>;

/** What went wrong as text for one place: a line an error, the hint behind what it is for. */
export function faultText(faults: readonly FaultError[], between = ": "): string {
  return faults.map((f) => [f.what, f.hint].filter(Boolean).join(between)).join("\n");
}
