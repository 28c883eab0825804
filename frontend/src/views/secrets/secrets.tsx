import { KeyRound, Plus, RefreshCw, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import type { Secret } from "../../api/generated";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/secrets";
import type { App } from "../../model/app";
import { Badge } from "../../parts/badge";
import { Button, IconButton } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { SearchField } from "../../parts/field";
import { Table, type TableColumn } from "../../parts/table";
import { useApp } from "../../parts/useapp";
import "./secrets.css";

/** The tab of secrets: which are set, who needs them. No value is ever shown. */
export function SecretsView() {
  const app = useApp();
  const secrets = useStore(app.project.objects, (o) => o.secrets);
  const [filter, setFilter] = useState("");
  const rows = useMemo(
    () => secrets.filter((s) => `${s.name} ${(s.by ?? []).join(" ")}`.toLowerCase().includes(filter.toLowerCase())),
    [secrets, filter],
  );
  const columns = useMemo(() => columnsOf(app), [app]);
  const missing = secrets.filter((s) => s.needed && !s.set).length;
  return (
    <div className="objects" data-testid="secrets">
      <header className="objects-bar">
        <SearchField
          className="objects-filter"
          label={words.filter}
          value={filter}
          onChange={setFilter}
          data-testid="secrets-filter"
        />
        {missing > 0 ? <Badge tone="warn">{words.missingCount(missing)}</Badge> : null}
        <span className="object-space" />
        <Button
          small
          look="primary"
          icon={Plus}
          onPress={() => app.actions.run("secret.set")}
          data-testid="secrets-new"
        >
          {words.new}
        </Button>
      </header>
      <p className="secrets-about muted">{words.about}</p>
      {secrets.length === 0 ? (
        <Empty icon={KeyRound} title={words.none} text={words.noneText}>
          <Button look="primary" icon={Plus} onPress={() => app.actions.run("secret.set")}>
            {words.new}
          </Button>
        </Empty>
      ) : (
        <Table
          label={words.title}
          columns={columns}
          rows={rows}
          id={(s) => s.name}
          testid={(s) => `secret-row-${s.name}`}
          onOpen={(s) => {
            if (!s.from) app.objects.secret.set({ name: s.name });
          }}
          empty={<Empty title={words.nothing} />}
          data-testid="secrets-table"
        />
      )}
    </div>
  );
}

function columnsOf(app: App): TableColumn<Secret>[] {
  return [
    {
      id: "name",
      title: words.name,
      width: "30%",
      sort: (s) => s.name,
      cell: (s) => <span className="mono">{s.name}</span>,
    },
    { id: "state", title: words.state, width: 140, sort: (s) => rank(s), cell: (s) => <State secret={s} /> },
    {
      id: "by",
      title: words.by,
      cell: (s) =>
        s.needed ? (
          <span title={s.by?.join("\n")}>{s.by?.join(", ")}</span>
        ) : (
          <span className="muted">{words.nobody}</span>
        ),
    },
    { id: "act", title: words.setValue, quiet: true, width: 100, cell: (s) => <Acts app={app} secret={s} /> },
  ];
}

const rank = (s: Secret) => (s.needed && !s.set ? 0 : s.set ? 1 : 2);

function State({ secret: s }: { secret: Secret }) {
  if (s.from)
    return (
      <span title={words.environmentHelp}>
        <Badge tone="info">{words.environment}</Badge>
      </span>
    );
  return <Badge tone={s.set ? "good" : "warn"}>{s.set ? words.set : words.missing}</Badge>;
}

function Acts({ app, secret: s }: { app: App; secret: Secret }) {
  if (s.from) return null;
  return (
    <span className="secrets-acts">
      <IconButton
        icon={KeyRound}
        label={`${s.set ? words.change : words.setValue} ${s.name}`}
        onPress={() => app.objects.secret.set({ name: s.name })}
        data-testid={`secret-set-${s.name}`}
      />
      <IconButton
        icon={RefreshCw}
        label={`${words.generate} ${s.name}`}
        onPress={() => app.actions.run(`secret.generate:${s.name}`)}
        data-testid={`secret-generate-${s.name}`}
      />
      {s.set ? (
        <IconButton
          icon={Trash2}
          label={`${words.delete} ${s.name}`}
          onPress={() => void remove(app, s).catch(app.notes.fail)}
          data-testid={`secret-delete-${s.name}`}
        />
      ) : null}
    </span>
  );
}

/** A secret is always asked about: nothing brings its value back. */
async function remove(app: App, s: Secret): Promise<void> {
  const choice = await app.dialogs.ask({
    title: words.deleteAsk(s.name),
    text: [s.needed ? words.deleteNeeded((s.by ?? []).join(", ")) : "", words.deleteText].filter(Boolean).join(" "),
    choices: [
      { id: "cancel", title: common.cancel },
      { id: "delete", title: common.delete, danger: true },
    ],
  });
  if (choice !== "delete") return;
  await app.client.call("secrets.delete", { name: s.name });
  app.notes.good(words.deleted(s.name));
}
