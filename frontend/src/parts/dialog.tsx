import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { words } from "../base/words/common";
import { IconButton } from "./button";
import "./dialog.css";

/** A window above the page. Esc and a click beside it close it. */
export function Dialog(props: {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the bottom, the one that Enter means last. */
  actions?: ReactNode;
  size?: "small" | "medium" | "large";
  alert?: boolean;
  "data-testid"?: string;
}) {
  return (
    <ModalOverlay
      className="dialog-overlay"
      isOpen={props.open}
      isDismissable
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
    >
      <Modal className={`dialog-modal dialog-${props.size ?? "small"}`}>
        <AriaDialog className="dialog" role={props.alert ? "alertdialog" : "dialog"} data-testid={props["data-testid"]}>
          <header className="dialog-head">
            <Heading slot="title" className="dialog-title">
              {props.title}
            </Heading>
            <IconButton icon={X} label={words.close} onPress={props.onClose} />
          </header>
          <div className="dialog-body">{props.children}</div>
          {props.actions ? <footer className="dialog-foot">{props.actions}</footer> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
