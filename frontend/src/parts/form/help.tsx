import { useState } from "react";
import { words } from "../../base/words/form";
import { splitHelp } from "../../model/formvalues";

/** The help of a field: its first sentence, and the rest for those who want it. */
export function Help({ text, before }: { text: string | undefined; before?: string | undefined }) {
  const [open, setOpen] = useState(false);
  const [first, rest] = splitHelp(text);
  if (first === "" && !before) return null;
  return (
    <>
      {before ? `${before} · ` : null}
      {first}
      {rest === "" ? null : (
        <>
          {" "}
          {open ? `${rest} ` : null}
          <button
            type="button"
            className="form-more"
            aria-expanded={open}
            title={open ? undefined : rest}
            onClick={() => setOpen(!open)}
          >
            {open ? words.lessHelp : words.moreHelp}
          </button>
        </>
      )}
    </>
  );
}
