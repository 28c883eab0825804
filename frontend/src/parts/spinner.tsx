import { words } from "../base/words/common";
import "./spinner.css";

/** Says that something is under way. */
export function Spinner({ label = words.loading }: { label?: string }) {
  return <span className="spinner" role="progressbar" aria-label={label} />;
}
