import type { LucideIcon } from "lucide-react";
import type { ReactNode, Ref } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  Tooltip,
  TooltipTrigger,
} from "react-aria-components";
import { Kbd } from "./kbd";
import { Spinner } from "./spinner";
import "./button.css";

export interface ButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style"> {
  children: ReactNode;
  /** "primary" stands once on a panel; "quiet" has no frame. */
  look?: "primary" | "plain" | "quiet" | "danger";
  icon?: LucideIcon;
  /** Shows that it works on something. */
  busy?: boolean;
  small?: boolean;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
  "data-testid"?: string;
}

/** A button with words. */
export function Button({ children, look = "plain", icon: Icon, busy, small, className, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={`button button-${look} ${small ? "button-small" : ""} ${className ?? ""}`}>
      {busy ? <Spinner /> : Icon ? <Icon className="button-icon" aria-hidden /> : null}
      {children}
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style" | "aria-label"> {
  icon: LucideIcon;
  /** Its name, which the tooltip shows. */
  label: string;
  /** A chord such as "Mod+S", shown beside the name. */
  keys?: string | undefined;
  /** It is switched on. */
  active?: boolean;
  placement?: "top" | "bottom" | "left" | "right";
  className?: string;
  ref?: Ref<HTMLButtonElement>;
  "data-testid"?: string;
}

/** A button that is a picture; its name and key are in a tooltip. */
export function IconButton({
  icon: Icon,
  label,
  keys,
  active,
  placement = "bottom",
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tip text={label} keys={keys} placement={placement}>
      <AriaButton
        {...rest}
        aria-label={label}
        aria-pressed={active}
        className={`icon-button ${active ? "icon-button-active" : ""} ${className ?? ""}`}
      >
        <Icon className="button-icon" aria-hidden />
      </AriaButton>
    </Tip>
  );
}

/** Help on hover and focus of one element that can be focused. */
export function Tip(props: {
  text: string;
  keys?: string | undefined;
  placement?: "top" | "bottom" | "left" | "right";
  children: ReactNode;
}) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {props.children}
      <Tooltip className="tooltip" offset={6} placement={props.placement ?? "bottom"}>
        {props.text}
        {props.keys ? <Kbd keys={props.keys} /> : null}
      </Tooltip>
    </TooltipTrigger>
  );
}
