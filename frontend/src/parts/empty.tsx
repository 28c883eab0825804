import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import "./empty.css";

/** What a place says that has nothing to show: why, and what to do. */
export function Empty(props: {
  icon?: LucideIcon;
  title: string;
  text?: string;
  children?: ReactNode;
  "data-testid"?: string;
}) {
  const Icon = props.icon;
  return (
    <div className="empty" data-testid={props["data-testid"]}>
      {Icon ? <Icon className="empty-icon" aria-hidden /> : null}
      <p className="empty-title">{props.title}</p>
      {props.text ? <p className="empty-text">{props.text}</p> : null}
      {props.children ? <div className="empty-actions">{props.children}</div> : null}
    </div>
  );
}
