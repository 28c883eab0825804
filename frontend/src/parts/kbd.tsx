import { onMac, showChord } from "../base/keys";
import "./kbd.css";

/** The keys of an action: "Ctrl+S". */
export function Kbd({ keys }: { keys: string }) {
  return <kbd className="kbd">{showChord(keys, onMac())}</kbd>;
}
