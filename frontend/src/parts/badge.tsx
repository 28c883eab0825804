import type { ReactNode } from "react";
import "./badge.css";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info";

/** A short word or number that stands out: a status, a count. */
export function Badge({
  tone = "neutral",
  children,
  ...rest
}: {
  tone?: Tone;
  children: ReactNode;
  "data-testid"?: string;
}) {
  return (
    <span {...rest} className={`badge badge-${tone}`}>
      {children}
    </span>
  );
}

/** A state as a dot; its words are for those who cannot see it, and on hover. Without words it only repeats what stands beside it. */
export function Dot({ tone, label, pulse }: { tone: Tone | "idle"; label: string; pulse?: boolean }) {
  const look = `dot dot-${tone} ${pulse ? "dot-pulse" : ""}`;
  if (label === "") return <span className={look} aria-hidden />;
  return <span className={look} role="img" aria-label={label} title={label} />;
}
