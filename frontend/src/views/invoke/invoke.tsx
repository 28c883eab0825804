import { ChevronDown, CircleStop, Ellipsis, Pin, PinOff, Play, Plug } from "lucide-react";
import type { FaultError } from "../../api/faults";
import type { Service } from "../../api/generated";
import { formatDuration } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/invoke";
import type { InputState, InputView } from "../../model/input";
import { placeProblems } from "../../model/inputproblems";
import type { Choice } from "../../model/invoke";
import { Dot } from "../../parts/badge";
import { Button, IconButton } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { Select } from "../../parts/field";
import { Menu } from "../../parts/menu";
import { Segments } from "../../parts/segments";
import { useApp } from "../../parts/useapp";
import { ChannelForm } from "./channel";
import { InputFormView, JsonView, PairsView } from "./inputs";
import "./invoke.css";

/** The invoke panel: which service, with what, and the button that runs it. */
export function InvokeView() {
  const app = useApp();
  const choice = useStore(app.invoke.choice);
  const services = useStore(app.live.now, (l) => l.state.services);
  return (
    <section className="invoke" aria-label={words.title} data-testid="invoke">
      <Head choice={choice} />
      {choice.service === "" ? (
        <Empty icon={Plug} title={words.noService} text={words.noServiceText}>
          {services.length === 0 && app.actions.can("service.new") && (
            <Button onPress={() => app.actions.run("service.new")}>{words.newService}</Button>
          )}
        </Empty>
      ) : (
        <>
          <Bar choice={choice} />
          {choice.channel === "" ? (
            <ServiceInput key={choice.service} service={choice.service} />
          ) : (
            <ChannelForm channel={choice.channel} />
          )}
        </>
      )}
    </section>
  );
}

function Head({ choice }: { choice: Choice }) {
  const app = useApp();
  const service = useStore(app.live.now, (l) => l.state.services.find((s) => s.name === choice.service));
  return (
    <header className="invoke-head">
      <h2 className="visually-hidden">{words.title}</h2>
      <button
        type="button"
        className="invoke-pick"
        aria-label={`${words.service}: ${choice.service || words.pick}`}
        title={choice.service}
        onClick={() => app.actions.run("invoke.pick")}
        data-testid="invoke-service"
      >
        {service && <ServiceDot service={service} />}
        <span className="invoke-pick-name">{choice.service || words.pick}</span>
        <ChevronDown size={13} aria-hidden />
      </button>
      <IconButton
        className="invoke-pin"
        icon={choice.pinned ? PinOff : Pin}
        label={choice.pinned ? words.pinned : words.pin}
        active={choice.pinned}
        isDisabled={choice.service === ""}
        onPress={() => app.actions.run("invoke.pin")}
        data-testid="invoke-pin"
      />
      <MoreMenu choice={choice} />
      <RunButton disabled={choice.service === ""} />
    </header>
  );
}

function ServiceDot({ service }: { service: Service }) {
  const live = service.status === "live";
  return <Dot tone={live ? "good" : "warn"} label={service.status} pulse={service.compiling === true} />;
}

/** Runs; while something runs it cancels. */
function RunButton({ disabled }: { disabled: boolean }) {
  const app = useApp();
  const running = useStore(app.invoke.running);
  useStore(app.actions.version);
  if (running) {
    return (
      <Button
        className="invoke-run"
        icon={CircleStop}
        onPress={() => app.actions.run("invoke.cancel")}
        data-testid="invoke-cancel"
      >
        {words.cancel}
      </Button>
    );
  }
  return (
    <Button
      className="invoke-run"
      look="primary"
      icon={Play}
      isDisabled={disabled}
      onPress={() => app.actions.run("invoke.run")}
      data-testid="invoke-run"
    >
      {words.run}
    </Button>
  );
}

function MoreMenu({ choice }: { choice: Choice }) {
  const app = useApp();
  // What can be done depends on these.
  useStore(app.actions.version);
  useStore(app.invoke.details);
  useStore(app.invoke.running);
  const entry = (id: string) => ({
    id,
    title: app.actions.find(id)?.title ?? id,
    keys: app.actions.keysOf(id)[0],
    disabled: !app.actions.can(id),
    run: () => app.actions.run(id),
    "data-testid": id.replaceAll(".", "-"),
  });
  const timeout = {
    ...entry("invoke.timeout"),
    ...(choice.timeout > 0 ? { title: words.timeoutSet(formatDuration(choice.timeout)), checked: true } : {}),
  };
  return (
    <Menu
      label={words.more}
      placement="bottom end"
      groups={[
        { entries: [entry("invoke.history"), entry("invoke.requests"), entry("invoke.save")] },
        { entries: ["curl", "pairs", "json", "command"].map((as) => entry(`invoke.copy.${as}`)) },
        {
          entries: [
            timeout,
            entry("invoke.fill"),
            entry("invoke.clear"),
            { ...entry("invoke.pin"), checked: choice.pinned },
          ],
        },
      ]}
    >
      <IconButton icon={Ellipsis} label={words.more} data-testid="invoke-more" />
    </Menu>
  );
}

/** The views of the input on the left, the way to the service on the right. */
function Bar({ choice }: { choice: Choice }) {
  const app = useApp();
  const all = useStore(app.live.now, (l) => l.state.channels);
  const channels = all.filter((c) => c.service === choice.service);
  const gone = choice.channel !== "" && !channels.some((c) => c.name === choice.channel);
  const names = [...channels.map((c) => c.name), ...(gone ? [choice.channel] : [])];
  return (
    <div className="invoke-bar">
      {choice.channel === "" ? <Views service={choice.service} /> : <span className="invoke-bar-space" />}
      {names.length > 0 && (
        <Select
          className="invoke-through"
          label={words.channel.label}
          hideLabel
          value={choice.channel === "" ? "direct" : `channel:${choice.channel}`}
          options={[
            { id: "direct", title: words.channel.direct },
            ...names.map((name) => ({ id: `channel:${name}`, title: words.channel.named(name) })),
          ]}
          onChange={(id) => app.invoke.through(id === "direct" ? "" : id.slice("channel:".length))}
          data-testid="invoke-through"
        />
      )}
    </div>
  );
}

const views: readonly InputView[] = ["pairs", "json", "form"];

function Views({ service }: { service: string }) {
  const app = useApp();
  const input = app.invoke.input(service);
  const view = useStore(input.state, (s) => s.view);
  return (
    <Segments
      label={words.views.label}
      keys={views}
      names={words.views}
      chosen={view}
      testid="invoke-view"
      onChange={(next) => void input.show(next).catch(app.notes.fail)}
    />
  );
}

function ServiceInput({ service }: { service: string }) {
  const app = useApp();
  const input = app.invoke.input(service);
  const state = useStore(input.state);
  const { view } = state;
  const text = view === "pairs" ? state.pairs : state.json;
  const placed = placeProblems(view === "pairs" ? "pairs" : "json", text, state.faults);
  return (
    <>
      <div className="invoke-body">
        {view === "pairs" && <PairsView input={input} problems={placed.problems} />}
        {view === "json" && <JsonView input={input} problems={placed.problems} />}
        {view === "form" && <InputFormView input={input} />}
      </div>
      <Foot
        state={state}
        rest={view === "form" ? inForm(state.faults) : [...placed.problems.map(toRest), ...placed.rest]}
      />
    </>
  );
}

const toRest = (p: { message: string; hint?: string | undefined }) => ({ what: p.message, hint: p.hint });

/** The form shows what has a field; below it stands the rest. */
function inForm(faults: readonly FaultError[]) {
  return faults.flatMap((f) => {
    const lone = (f.details ?? []).filter((d) => !d.path);
    if (lone.length > 0) return lone;
    return (f.details ?? []).length > 0 ? [] : [{ what: f.what, hint: f.hint }];
  });
}

/** What is wrong with the input, in words. */
function Foot({ state, rest }: { state: InputState; rest: readonly { what: string; hint?: string | undefined }[] }) {
  const { refused } = state;
  const all = refused === "" ? rest : [{ what: words.refused[refused], hint: undefined }, ...rest];
  if (all.length === 0) return null;
  return (
    <ul className="invoke-foot" role="status" data-testid="invoke-problems">
      {all.map((p) => (
        <li key={p.what} className="invoke-problem">
          {p.what}
          {p.hint && <span className="invoke-problem-hint"> · {p.hint}</span>}
        </li>
      ))}
    </ul>
  );
}
