import { Pencil, Trash2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { Invoked, Request, Service } from "../../api/generated";
import { formatDuration, formatRelative } from "../../base/format";
import { fuzzySort } from "../../base/fuzzy";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/invoke";
import type { App } from "../../model/app";
import { Invocations } from "../../model/invocations";
import { Badge, Dot } from "../../parts/badge";
import { IconButton } from "../../parts/button";
import { useApp } from "../../parts/useapp";
import { toneOf } from "../response/tables";
import { checkName } from "./actions";
import { Pick } from "./pick";

/** The earlier inputs of the chosen service: Enter runs one again, Tab puts it into the panel. */
export function HistoryOverlay() {
  const app = useApp();
  const { service } = useStore(app.invoke.choice);
  const history = useMemo(() => new Invocations(app.client, service), [app.client, service]);
  const { items, search, loading } = useStore(history.state);
  useEffect(() => {
    history.refresh().catch(app.notes.fail);
    return history.dispose;
  }, [history, app.notes]);
  const close = () => app.invoke.overlay.set("");
  const edit = (item: Invoked) => {
    close();
    app.layout.show("right", true);
    app.invoke.through("");
    app.invoke.input(item.service).setText(item.text);
  };
  return (
    <Pick
      label={words.history.title}
      placeholder={`${words.history.search} · ${service}`}
      query={search}
      onQuery={(text) => history.query({ search: text })}
      items={items}
      idOf={(i) => i.id}
      row={(i) => <HistoryRow item={i} />}
      onPick={(item) => {
        edit(item);
        app.actions.run("invoke.run");
      }}
      onTab={edit}
      onClose={close}
      empty={loading ? words.history.loading : search === "" ? words.history.none : words.history.nothing}
      foot={words.history.help}
      data-testid="invoke-history"
    />
  );
}

function HistoryRow({ item }: { item: Invoked }) {
  return (
    <>
      <code className="pick-main">
        {item.text.replaceAll(/\s*\n\s*/g, " ") || <span className="muted">{words.history.empty}</span>}
      </code>
      <Badge tone={toneOf(item.status)}>{item.status}</Badge>
      <span className="pick-side">{formatDuration(item.took)}</span>
      <span className="pick-side">{formatRelative(item.at)}</span>
    </>
  );
}

/** The saved requests: open, rename, delete. */
export function RequestsOverlay() {
  const app = useApp();
  const { requests, faults } = useStore(app.requests.state);
  const [query, setQuery] = useState("");
  useEffect(() => {
    app.requests.refresh().catch(app.notes.fail);
  }, [app]);
  const close = () => app.invoke.overlay.set("");
  const items = fuzzySort(query, requests, (r) => `${r.name} ${r.service}`).map((f) => f.item);
  return (
    <Pick
      label={words.requests.title}
      placeholder={words.requests.search}
      query={query}
      onQuery={setQuery}
      items={items}
      idOf={(r) => r.name}
      row={(r) => <RequestRow app={app} request={r} close={close} />}
      onPick={(r) => {
        close();
        app.layout.show("right", true);
        app.invoke.openRequest(r);
      }}
      onClose={close}
      empty={faults[0]?.what ?? (requests.length === 0 ? words.requests.none : common.noMatch)}
      foot={faults.length > 0 && requests.length > 0 ? faults.map((f) => f.what).join("; ") : undefined}
      data-testid="invoke-requests"
    />
  );
}

function RequestRow({ app, request, close }: { app: App; request: Request; close: () => void }) {
  return (
    <>
      <span className="pick-main">{request.name}</span>
      <span className="pick-side">{request.service}</span>
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: keeps a click on its buttons from opening the request */}
      <span className="pick-actions" onClick={(e) => e.stopPropagation()}>
        <IconButton
          icon={Pencil}
          label={words.requests.rename}
          onPress={() => {
            close();
            void renameRequest(app, request).catch(app.notes.fail);
          }}
        />
        <IconButton
          icon={Trash2}
          label={words.requests.delete}
          onPress={() => {
            close();
            void deleteRequest(app, request).catch(app.notes.fail);
          }}
        />
      </span>
    </>
  );
}

/** Asks for another name of a request. */
export async function renameRequest(app: App, request: Request): Promise<void> {
  await app.dialogs.prompt({
    title: words.requests.renameTitle(request.name),
    label: words.requests.saveLabel,
    value: request.name,
    confirm: common.save,
    check: checkName,
    done: (value) => app.requests.rename(request.name, value.trim()),
  });
}

/** Deletes a request when the person agrees. */
export async function deleteRequest(app: App, request: Request): Promise<void> {
  const answer = await app.dialogs.ask({
    title: words.requests.deleteTitle(request.name),
    text: words.requests.deleteText,
    choices: [
      { id: "cancel", title: common.cancel },
      { id: "delete", title: common.delete, danger: true },
    ],
  });
  if (answer === "delete") await app.requests.remove(request.name);
}

/** Every service, to choose the one that is invoked. */
export function ServicesOverlay() {
  const app = useApp();
  const services = useStore(app.live.now, (l) => l.state.services);
  const [query, setQuery] = useState("");
  const close = () => app.invoke.overlay.set("");
  return (
    <Pick
      label={words.pick}
      placeholder={words.pickSearch}
      query={query}
      onQuery={setQuery}
      items={fuzzySort(query, services, (s) => s.name).map((f) => f.item)}
      idOf={(s) => s.name}
      row={(s) => <ServiceRow service={s} />}
      onPick={(s) => {
        close();
        app.invoke.choose(s.name);
      }}
      onClose={close}
      empty={services.length === 0 ? words.noService : common.noMatch}
      data-testid="invoke-services"
    />
  );
}

function ServiceRow({ service }: { service: Service }) {
  return (
    <>
      <Dot tone={service.status === "live" ? "good" : "warn"} label={service.status} />
      <span className="pick-main">
        {service.name} <span className="muted">{service.doc}</span>
      </span>
    </>
  );
}
