import { GitCompareArrows, History as HistoryIcon, SearchX, Trash2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Button as AriaButton, Checkbox, GridList, GridListItem, type Selection } from "react-aria-components";
import type { Invoked } from "../../api/generated";
import { formatClock, formatDateTime, formatDuration, formatSize } from "../../base/format";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/history";
import { Invocations } from "../../model/invocations";
import { Badge } from "../../parts/badge";
import { Button, IconButton } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { SearchField, Select } from "../../parts/field";
import { useApp } from "../../parts/useapp";
import { toneOf } from "../response/tables";
import { Compare } from "./compare";
import "./history.css";

/** Every earlier invocation, of all services: search, open again, compare two, delete. */
export function HistoryView() {
  const app = useApp();
  const history = useMemo(() => new Invocations(app.client), [app.client]);
  const state = useStore(history.state);
  const ended = useStore(app.invoke.ended);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [compared, setCompared] = useState<readonly [Invoked, Invoked]>();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is read again when an invocation has ended
  useEffect(() => {
    history.refresh().catch(app.notes.fail);
  }, [history, ended, app.notes]);
  useEffect(() => history.dispose, [history]);

  const open = (id: string) => void app.invoke.openEarlier(id).catch(app.notes.fail);
  const forget = async (ids: readonly string[]) => {
    setChosen((c) => c.filter((i) => !ids.includes(i)));
    await history.forget(ids);
  };
  const compare = async () => {
    const [a, b] = await Promise.all(chosen.slice(0, 2).map((id) => history.show(id)));
    if (a && b) setCompared(a.at < b.at ? [a, b] : [b, a]);
  };

  return (
    <div className="history" data-testid="history">
      <Toolbar
        history={history}
        chosen={chosen.length}
        onCompare={() => void compare().catch(app.notes.fail)}
        onForget={() => void forget(chosen).catch(app.notes.fail)}
      />
      <List
        items={state.items}
        chosen={chosen}
        onChoose={setChosen}
        onOpen={open}
        onForget={(id) => void forget([id]).catch(app.notes.fail)}
        empty={<None state={state} />}
      />
      {state.more && (
        <Button
          look="quiet"
          small
          busy={state.loading}
          onPress={() => void history.loadMore()}
          data-testid="history-more"
        >
          {words.more}
        </Button>
      )}
      {compared && <Compare older={compared[0]} newer={compared[1]} onClose={() => setCompared(undefined)} />}
    </div>
  );
}

function Toolbar(props: { history: Invocations; chosen: number; onCompare: () => void; onForget: () => void }) {
  const app = useApp();
  const { history, chosen } = props;
  const { service, search, items } = useStore(history.state);
  const services = useStore(app.live.now, (l) => l.state.services);
  const names = new Set([...services.map((s) => s.name), ...items.map((i) => i.service)]);
  const options = [
    { id: "all", title: words.allServices },
    ...[...names].sort().map((name) => ({ id: name, title: name })),
  ];
  const deleteAll = async () => {
    const answer = await app.dialogs.ask({
      title: words.deleteAllTitle(service),
      text: words.deleteAllText,
      choices: [
        { id: "cancel", title: common.cancel },
        { id: "delete", title: words.delete, danger: true },
      ],
    });
    if (answer === "delete") await history.forgetAll();
  };
  return (
    <div className="history-bar">
      <SearchField
        className="history-search"
        label={words.search}
        value={search}
        onChange={(text) => history.query({ search: text })}
        data-testid="history-search"
      />
      <Select
        label={words.service}
        hideLabel
        className="history-service"
        value={service === "" ? "all" : service}
        options={options}
        onChange={(id) => history.query({ service: id === "all" ? "" : id })}
        data-testid="history-service"
      />
      <span className="history-space" />
      {chosen > 0 && (
        <>
          <Button
            small
            icon={GitCompareArrows}
            isDisabled={chosen !== 2}
            onPress={props.onCompare}
            data-testid="history-compare"
          >
            {chosen === 2 ? words.compare : words.compareWith(1)}
          </Button>
          <Button small icon={Trash2} onPress={props.onForget} data-testid="history-delete">
            {words.delete}
          </Button>
        </>
      )}
      {chosen === 0 && items.length > 0 && (
        <>
          <span className="history-help">{words.compareHelp}</span>
          <IconButton
            icon={Trash2}
            label={words.deleteAll}
            onPress={() => void deleteAll().catch(app.notes.fail)}
            data-testid="history-clear"
          />
        </>
      )}
    </div>
  );
}

function None({
  state,
}: {
  state: { loading: boolean; search: string; service: string; faults: readonly { what: string }[] };
}) {
  const [fault] = state.faults;
  if (fault) return <Empty icon={HistoryIcon} title={fault.what} />;
  if (state.loading) return <Empty title={words.loading} />;
  if (state.search !== "" || state.service !== "")
    return <Empty icon={SearchX} title={words.nothing} text={words.nothingText} />;
  return <Empty icon={HistoryIcon} title={words.none} text={words.noneText} data-testid="history-empty" />;
}

function List(props: {
  items: readonly Invoked[];
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
  onOpen: (id: string) => void;
  onForget: (id: string) => void;
  empty: React.ReactNode;
}) {
  // Two can be compared: a third one takes the place of the first.
  const choose = (selection: Selection) => {
    const ids = selection === "all" ? props.items.map((i) => i.id) : [...selection].map(String);
    props.onChoose([...props.chosen.filter((c) => ids.includes(c)), ...ids.filter((i) => !props.chosen.includes(i))]);
  };
  return (
    <GridList
      className="history-list"
      aria-label={words.list}
      selectionMode="multiple"
      selectionBehavior="toggle"
      selectedKeys={new Set(props.chosen)}
      onSelectionChange={choose}
      onAction={(key) => props.onOpen(String(key))}
      renderEmptyState={() => props.empty}
    >
      {props.items.map((item) => (
        <Row key={item.id} item={item} onForget={() => props.onForget(item.id)} />
      ))}
    </GridList>
  );
}

function Row({ item, onForget }: { item: Invoked; onForget: () => void }) {
  const time = formatDateTime(item.at);
  const today = new Date(item.at).toDateString() === new Date().toDateString();
  return (
    <GridListItem
      id={item.id}
      className="history-row"
      textValue={`${item.service} ${item.text}`}
      data-testid="history-row"
    >
      <Checkbox slot="selection" className="history-check" aria-label={words.choose(item.service, time)}>
        <span className="history-box" aria-hidden />
      </Checkbox>
      <span className="history-time" title={time}>
        {today ? formatClock(item.at) : time}
      </span>
      <span className="history-name" title={item.service}>
        {item.service}
      </span>
      <code className="history-input" title={item.text.slice(0, 1000)}>
        {oneLine(item.text) || <span className="muted">{words.input}</span>}
      </code>
      <Badge tone={toneOf(item.status)}>{item.status}</Badge>
      <span className="history-number">{formatDuration(item.took)}</span>
      <span className="history-number">{formatSize(item.size)}</span>
      <AriaButton className="history-remove" aria-label={words.delete} onPress={onForget}>
        <Trash2 size={13} aria-hidden />
      </AriaButton>
    </GridListItem>
  );
}

const oneLine = (text: string) => text.slice(0, 400).replaceAll(/\s*\n\s*/g, " ");
