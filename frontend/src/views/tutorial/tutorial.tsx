import { ArrowRight, Check, ChevronDown, ChevronRight, Circle, Copy, GraduationCap, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { TutorialStep } from "../../api/generated";
import { useStore } from "../../base/store";
import { words } from "../../base/words/tutorial";
import type { App } from "../../model/app";
import { type Block, progressOf, readSteps } from "../../model/tutorial";
import { Button, IconButton } from "../../parts/button";
import { useApp } from "../../parts/useapp";
import "./tutorial.css";

/** The key under which the layout keeps that the tutorial is folded. */
export const tutorialFold = "tutorial";

/** Whether the tutorial has a place on the screen, and whether it is folded. */
export function useTutorial(): { shown: boolean; folded: boolean } {
  const app = useApp();
  const shown = useStore(app.project.tutorial, (t) => t.steps.length > 0);
  const folded = useStore(app.layout.now, (n) => n.folded.includes(tutorialFold));
  return { shown, folded };
}

/** The checklist of the tutorial: what is done, and what comes next. */
export function Tutorial() {
  const app = useApp();
  const list = useStore(app.project.tutorial);
  const { folded } = useTutorial();
  const { done, all } = progressOf(list);
  const body = useId();
  return (
    <section className={`tutorial ${folded ? "tutorial-folded" : ""}`} aria-label={words.title} data-testid="tutorial">
      <header className="tutorial-head">
        <GraduationCap className="button-icon" aria-hidden />
        <h2 className="tutorial-title">
          <button
            type="button"
            className="tutorial-fold"
            aria-expanded={!folded}
            aria-controls={body}
            onClick={() => app.layout.fold(tutorialFold, !folded)}
          >
            {words.title}
          </button>
        </h2>
        <span className="tutorial-count" data-testid="tutorial-progress">
          {words.progress(done, all)}
        </span>
        <IconButton
          icon={folded ? ChevronRight : ChevronDown}
          label={folded ? words.unfold : words.fold}
          placement="top"
          onPress={() => app.layout.fold(tutorialFold, !folded)}
        />
        <IconButton
          icon={X}
          label={words.hide}
          placement="top"
          onPress={() => app.actions.run("tutorial.hide")}
          data-testid="tutorial-hide"
        />
      </header>
      <div
        className="tutorial-bar"
        role="progressbar"
        aria-label={words.progress(done, all)}
        aria-valuenow={done}
        aria-valuemin={0}
        aria-valuemax={all}
      >
        <span style={{ width: `${all === 0 ? 0 : (done / all) * 100}%` }} />
      </div>
      <div id={body} className="tutorial-body" hidden={folded}>
        {done === all && all > 0 ? <WellDone /> : null}
        <ol className="tutorial-steps" aria-label={words.steps}>
          {list.steps.map((s, i) => (
            <Step key={s.id} step={s} at={i + 1} next={s.id === list.next} />
          ))}
        </ol>
      </div>
    </section>
  );
}

function Step({ step, at, next }: { step: TutorialStep; at: number; next: boolean }) {
  const app = useApp();
  const open = useStore(app.tutorial.unfolded, (id) => id === step.id);
  const body = useId();
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) line.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  const look = `tutorial-step ${step.done ? "tutorial-done" : ""} ${next ? "tutorial-next" : ""}`;
  return (
    <li ref={line} className={look} data-testid={`tutorial-step-${step.id}`} data-done={step.done}>
      <button
        type="button"
        className="tutorial-line"
        aria-expanded={open}
        aria-controls={body}
        onClick={() => app.tutorial.toggle(step.id)}
      >
        {step.done ? <Check className="tutorial-mark" aria-hidden /> : <Circle className="tutorial-mark" aria-hidden />}
        <span className="tutorial-number">{at}.</span>
        <span className="ellipsis">{step.title}</span>
        {step.done ? <span className="visually-hidden">, {words.done}</span> : null}
      </button>
      <div id={body} hidden={!open}>
        {open ? <StepBody step={step} /> : null}
      </div>
    </li>
  );
}

function StepBody({ step }: { step: TutorialStep }) {
  const app = useApp();
  useStore(app.actions.version);
  const { action = "", copy = "", why = "" } = step;
  return (
    <div className="tutorial-text">
      {readSteps(step.text).map((b, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the text of a step does not change its order
        <BlockView key={i} block={b} />
      ))}
      {why !== "" && !step.done ? (
        <p className="tutorial-why" role="status" data-testid="tutorial-why">
          {why}
        </p>
      ) : null}
      <div className="tutorial-buttons">
        {action !== "" && app.actions.can(action) ? (
          <Button
            small
            look={step.done ? "plain" : "primary"}
            icon={ArrowRight}
            onPress={() => take(app, action)}
            data-testid="tutorial-action"
          >
            {actionTitle(app, action)}
          </Button>
        ) : null}
        {copy !== "" ? <CopyButton text={copy} title={copyTitle(copy)} testid="tutorial-copy" /> : null}
      </div>
    </div>
  );
}

/**
 * Does what the button of a step offers. A step that shows a service goes on with its input: the source is
 * opened beside it and leaves the focus alone, since what is typed next would land in it.
 */
function take(app: App, action: string): void {
  const [id, name = ""] = action.split(":");
  if (id !== "service.select") {
    app.actions.run(action);
    return;
  }
  app.selection.select(name);
  const file = app.live.service(name)?.at?.file;
  if (file) app.tabs.open({ kind: "file", name: file }, { preview: true });
  app.actions.run("invoke.input");
}

function BlockView({ block: b }: { block: Block }) {
  switch (b.kind) {
    case "value":
      return (
        <div className="tutorial-value">
          <span className="tutorial-label">{b.label}</span>
          <code>{b.value}</code>
          <CopyIcon text={b.value} label={words.copyValue(b.label)} />
        </div>
      );
    case "code":
      return (
        <div className="tutorial-code">
          <pre>{b.text}</pre>
          <CopyIcon text={b.text} label={words.copy} />
        </div>
      );
    default:
      return (
        <p>
          {b.spans.map((s, i) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: the text of a step does not change its order
            s.code ? <code key={i}>{s.text}</code> : <span key={i}>{s.text}</span>,
          )}
        </p>
      );
  }
}

/** Copies, and says for a moment that it did. */
function useCopy(text: string): { copied: boolean; copy: () => void } {
  const app = useApp();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(() => setCopied(true), app.notes.fail);
  };
  return { copied, copy };
}

function CopyButton(props: { text: string; title: string; testid: string }) {
  const { copied, copy } = useCopy(props.text);
  return (
    <Button small icon={copied ? Check : Copy} onPress={copy} data-testid={props.testid}>
      {copied ? words.copied : props.title}
    </Button>
  );
}

function CopyIcon({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy(text);
  return (
    <IconButton
      icon={copied ? Check : Copy}
      label={copied ? words.copied : label}
      placement="top"
      className="tutorial-copy"
      onPress={copy}
    />
  );
}

/** What the button says that copies a text. */
function copyTitle(text: string): string {
  const lines = text.trimEnd().split("\n").length;
  return lines > 1 ? words.copyLines(lines) : text.length > 24 ? words.copy : words.copyText(text);
}

/** What the button of a step says. */
function actionTitle(app: App, action: string): string {
  const at = action.indexOf(":");
  const id = at < 0 ? action : action.slice(0, at);
  const argument = at < 0 ? "" : action.slice(at + 1);
  switch (id) {
    case "service.new":
      return words.actions.newService;
    case "service.select":
      return words.actions.select(argument);
    case "secret.set":
      return words.actions.secret;
    case "object.new":
      return words.actions.newObject(app.project.kinds.value.find((k) => k.kind === argument)?.title ?? argument);
    default:
      return app.actions.find(action)?.title ?? words.actions.other;
  }
}

function WellDone() {
  const app = useApp();
  useStore(app.actions.version);
  const well = useRef<HTMLDivElement>(null);
  // The last step was at the bottom: what comes after it stands at the top.
  useEffect(() => well.current?.scrollIntoView({ block: "nearest" }), []);
  const line = (id: string, title: string) =>
    app.actions.can(id) ? (
      <li key={id}>
        <button type="button" className="tutorial-link" onClick={() => app.actions.run(id)}>
          <ArrowRight className="tutorial-mark" aria-hidden />
          {title}
        </button>
      </li>
    ) : null;
  return (
    <div ref={well} className="tutorial-well" role="status" data-testid="tutorial-well-done">
      <p className="tutorial-well-title">{words.wellDone.title}</p>
      <p>{words.wellDone.text}</p>
      <p className="tutorial-label">{words.wellDone.next}</p>
      <ul>
        {line("service.new", words.wellDone.service)}
        {line("view.search", words.wellDone.search)}
        {line("history.deleted", words.wellDone.deleted)}
        {line("project.new", words.wellDone.project)}
      </ul>
    </div>
  );
}
