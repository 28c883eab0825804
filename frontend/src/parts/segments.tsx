import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import "./segments.css";

/** A choice of one of a few views of the same thing, side by side. */
export function Segments<T extends string>({
  label,
  keys,
  names,
  chosen,
  testid,
  onChange,
}: {
  label: string;
  keys: readonly T[];
  names: Readonly<Record<T, string>>;
  chosen: T;
  testid: string; // what the data-testid of each begins with
  onChange: (chosen: T) => void;
}) {
  return (
    <ToggleButtonGroup
      className="segments"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen]}
      onSelectionChange={(selected) => {
        const next = keys.find((k) => selected.has(k));
        if (next) onChange(next);
      }}
    >
      {keys.map((k) => (
        <ToggleButton key={k} id={k} className="segment" data-testid={`${testid}-${k}`}>
          {names[k]}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
