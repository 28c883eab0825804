import { CircleAlert, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { formatDuration, formatRelative } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/status";
import type { RuntimeState } from "../../model/live";
import { Dot, type Tone } from "../../parts/badge";
import { Tip } from "../../parts/button";
import { languageOf } from "../../parts/code/languages";
import { useApp } from "../../parts/useapp";
import "./status.css";

const tones: Record<RuntimeState, Tone | "idle"> = {
  stopped: "idle",
  starting: "info",
  deploying: "info",
  live: "good",
  compiling: "good",
  failed: "bad",
  stale: "warn",
  down: "bad",
};

/** The bar at the bottom: the runtime and its address, problems, place, language. */
export function StatusBar() {
  const app = useApp();
  const project = useStore(app.project.hello, (h) => h?.project);
  const pipe = useStore(app.client.state);
  return (
    <footer className="status">
      {project ? (
        <>
          {pipe === "open" ? (
            <>
              <Runtime />
              <Address />
            </>
          ) : null}
          <Problems />
          <span className="status-space" />
          <Place />
          {project.environment ? (
            <span className="status-item" title={words.environment} data-testid="status-environment">
              {project.environment}
            </span>
          ) : null}
        </>
      ) : (
        <span className="status-space" />
      )}
      {pipe === "lost" ? <span className="status-item">{words.lost}</span> : null}
    </footer>
  );
}

function Runtime() {
  const app = useApp();
  const state = useStore(app.live.state);
  const live = useStore(app.live.now);
  const shown = useStill(state);
  const busy = shown === "starting" || shown === "deploying" || shown === "compiling";
  const detail = [
    live.took > 0 ? words.took(formatDuration(live.took)) : "",
    live.since ? formatRelative(live.since) : "",
    live.state.why ?? "",
    live.down ? [live.down.what, live.down.hint].filter(Boolean).join(". ") : "",
  ];
  return (
    <Tip text={detail.filter(Boolean).join("\n") || words.status[shown]} placement="top">
      <Button
        className="status-item status-button"
        onPress={() => app.actions.run("view.log")}
        data-testid="status-live"
      >
        <Dot tone={tones[shown]} label="" pulse={busy} />
        <span role="status" data-state={state}>
          {words.status[shown]}
        </span>
      </Button>
    </Tip>
  );
}

/** Short deploys do not flicker: what is being deployed is said only when it takes longer than an eye notices. */
function useStill(state: RuntimeState): RuntimeState {
  const [shown, show] = useState(state);
  useEffect(() => {
    if (state !== "deploying") {
      show(state);
      return;
    }
    const timer = setTimeout(() => show(state), 250);
    return () => clearTimeout(timer);
  }, [state]);
  return shown;
}

function Address() {
  const app = useApp();
  const address = useStore(app.live.now, (l) => l.state.address);
  if (!address) return null;
  const copy = () =>
    void navigator.clipboard.writeText(address).then(() => app.notes.good(words.addressCopied), app.notes.fail);
  return (
    <Tip text={words.copyAddress} placement="top">
      <Button className="status-item status-button" onPress={copy} data-testid="status-address">
        {address.replace(/^https?:\/\//, "")}
      </Button>
    </Tip>
  );
}

function Problems() {
  const app = useApp();
  const { errors, warnings } = useStore(app.live.now, () => app.live.count());
  return (
    <Tip text={words.problems(errors, warnings)} placement="top" keys={app.actions.keysOf("view.problems")[0]}>
      <Button
        className="status-item status-button"
        onPress={() => app.actions.run("view.problems")}
        data-testid="status-problems"
      >
        <CircleAlert className={errors > 0 ? "status-bad" : ""} aria-hidden />
        {errors}
        <span className="visually-hidden">{words.errors(errors)}</span>
        <TriangleAlert className={warnings > 0 ? "status-warn" : ""} aria-hidden />
        {warnings}
        <span className="visually-hidden">{words.warnings(warnings)}</span>
      </Button>
    </Tip>
  );
}

function Place() {
  const app = useApp();
  const cursor = useStore(app.selection.cursor);
  const file = useStore(app.tabs.state, (s) => {
    const c = s.list.find((t) => t.id === s.active)?.content;
    return c?.kind === "file" ? c.name : undefined;
  });
  if (!file) return null;
  const here = cursor?.file === file ? cursor : undefined;
  return (
    <>
      {here ? (
        <Button
          className="status-item status-button status-place"
          onPress={() => app.actions.run("go.line")}
          data-testid="status-place"
        >
          {words.place(here.line, here.column)}
          {here.selected > 0 ? ` (${words.selected(here.selected)})` : ""}
        </Button>
      ) : null}
      <span className="status-item">{words.language[languageOf(file)]}</span>
    </>
  );
}
