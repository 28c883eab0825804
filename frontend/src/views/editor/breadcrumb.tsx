import { ChevronRight, Lock } from "lucide-react";
import { words } from "../../base/words/editor";

/** Where the file stands in the project. */
export function Breadcrumb({ name, readOnly }: { name: string; readOnly: boolean }) {
  const parts = name.split("/");
  return (
    <nav className="breadcrumb" aria-label={words.breadcrumb}>
      {parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a path may have the same part twice
        <span key={i} className="breadcrumb-part">
          {i > 0 ? <ChevronRight className="breadcrumb-sign" aria-hidden /> : null}
          {part}
        </span>
      ))}
      {readOnly ? (
        <span className="breadcrumb-note">
          <Lock className="breadcrumb-sign" aria-hidden />
          {words.readOnly}
        </span>
      ) : null}
    </nav>
  );
}
