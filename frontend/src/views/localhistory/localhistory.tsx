import { FileText, History, RotateCcw, Trash2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Header, ListBox, ListBoxItem, ListBoxSection } from "react-aria-components";
import { faultsOf, isAborted } from "../../api/client";
import type { FaultError } from "../../api/faults";
import type { Version } from "../../api/generated";
import { formatDateTime, formatRelative, formatSize } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/localhistory";
import { byDay, type Present } from "../../model/localhistory";
import { Button, IconButton } from "../../parts/button";
import { CodeEditor } from "../../parts/code/codeeditor";
import { Diff } from "../../parts/code/diff";
import { languageOf } from "../../parts/code/languages";
import { Empty } from "../../parts/empty";
import { Spinner } from "../../parts/spinner";
import { useApp } from "../../parts/useapp";
import { restoreVersion } from "./actions";
import "./localhistory.css";

/** The earlier states of one file, or the deleted files of the project where the name is "", and how they differ from what is there. */
export function LocalHistoryView({ name }: { name: string }) {
  const { versions, failed } = useVersions(name);
  const [chosen, choose] = useState("");
  if (failed) return <Empty title={failed.what} text={failed.hint ?? ""} />;
  if (!versions)
    return (
      <div className="editor-loading">
        <Spinner />
      </div>
    );
  if (versions.length === 0)
    return name === "" ? (
      <Empty icon={Trash2} title={words.noneDeleted} text={words.noneDeletedText} data-testid="history-none" />
    ) : (
      <Empty icon={History} title={words.none} text={words.noneText} data-testid="history-none" />
    );
  const version = versions.find((v) => v.id === chosen) ?? versions[0];
  return (
    <div className="localhistory-place">
      <div className="localhistory" data-testid="local-history">
        <VersionList name={name} versions={versions} chosen={version?.id ?? ""} onChoose={choose} />
        {version ? <Comparison key={version.id} version={version} /> : null}
      </div>
    </div>
  );
}

/** The list of states, read again whenever files change. */
function useVersions(name: string): { versions: Version[] | undefined; failed: FaultError | undefined } {
  const app = useApp();
  const version = useStore(app.localHistory.version);
  const [state, setState] = useState<{ versions?: Version[]; failed?: FaultError | undefined }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: files changed where the version did
  useEffect(() => {
    const end = new AbortController();
    const reading = name === "" ? app.localHistory.deleted(end.signal) : app.localHistory.list(name, end.signal);
    reading.then(
      (versions) => setState({ versions }),
      (err: unknown) => isAborted(err) || setState({ failed: faultsOf(err)[0] }),
    );
    return () => end.abort();
  }, [app, name, version]);
  return { versions: state.versions, failed: state.failed };
}

function VersionList(props: { name: string; versions: Version[]; chosen: string; onChoose: (id: string) => void }) {
  const { name, versions } = props;
  const days = useMemo(() => byDay(versions), [versions]);
  const oldest = versions[versions.length - 1];
  return (
    <ListBox
      className="localhistory-list"
      aria-label={name === "" ? words.deletedList : words.versions(name)}
      selectionMode="single"
      selectionBehavior="replace"
      disallowEmptySelection
      selectedKeys={[props.chosen]}
      autoFocus
      onSelectionChange={(keys) => {
        const [key] = keys === "all" ? [] : [...keys];
        if (key !== undefined) props.onChoose(String(key));
      }}
    >
      {days.map((d) => (
        <ListBoxSection key={d.day} id={d.day}>
          <Header className="localhistory-day">{dayTitle(d.day)}</Header>
          {d.versions.map((v) => (
            <ListBoxItem
              key={v.id}
              id={v.id}
              textValue={`${name === "" ? v.name : ""} ${timeOf(v.at)} ${whyTitle(v.why)}`}
              className="localhistory-item"
              data-testid={name === "" ? `deleted-${v.name}` : "history-version"}
            >
              {name === "" ? (
                <>
                  <span className="localhistory-name ellipsis" title={v.name}>
                    {v.name}
                  </span>
                  <span className="localhistory-why">{formatRelative(v.at)}</span>
                </>
              ) : (
                <>
                  <span className="localhistory-time">{timeOf(v.at)}</span>
                  <span className="localhistory-why ellipsis">
                    {whyTitle(v === oldest && v.why === "overwritten" ? "" : v.why)}
                  </span>
                </>
              )}
              <span className="localhistory-size">{formatSize(v.size)}</span>
            </ListBoxItem>
          ))}
        </ListBoxSection>
      ))}
    </ListBox>
  );
}

/** What one state holds, beside what is there. */
function Comparison({ version }: { version: Version }) {
  const app = useApp();
  const changes = useStore(app.localHistory.version);
  const [state, setState] = useState<{ text: string; present: Present | null } | null>(null);
  const [failed, setFailed] = useState<FaultError>();
  const [busy, setBusy] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: files changed where the count did
  useEffect(() => {
    const end = new AbortController();
    Promise.all([
      app.localHistory.read(version.id, end.signal),
      app.localHistory.present(version.name, end.signal),
    ]).then(
      ([file, present]) =>
        setState({ text: plain(file.text), present: present && { ...present, text: plain(present.text) } }),
      (err: unknown) => isAborted(err) || setFailed(faultsOf(err)[0]),
    );
    return () => end.abort();
  }, [app, version, changes]);

  if (failed) return <Empty title={failed.what} text={failed.hint ?? ""} />;
  if (!state) return <div className="localhistory-compare" />;
  const { text, present } = state;
  const same = present?.text === text;
  const restore = () => {
    setBusy(true);
    restoreVersion(app, version)
      .catch(app.notes.fail)
      .finally(() => setBusy(false));
  };
  return (
    <section className="localhistory-compare">
      <header className="localhistory-head">
        <span className="localhistory-side">{words.asOf(formatDateTime(version.at))}</span>
        <span className="localhistory-side localhistory-now">
          {present ? (present.unsaved ? words.nowUnsaved : words.now) : words.nowGone}
          {same ? <span className="localhistory-same">{words.same}</span> : null}
          <span className="localhistory-space" />
          {present ? (
            <IconButton icon={FileText} label={words.openFile} onPress={() => app.openFile(version.name)} />
          ) : null}
          <Button
            small
            look="primary"
            icon={RotateCcw}
            busy={busy}
            isDisabled={same || busy}
            onPress={restore}
            data-testid="history-restore"
          >
            {present ? words.restore : words.restoreFile}
          </Button>
        </span>
      </header>
      {present ? (
        <Diff
          left={text}
          right={present.text}
          leftLabel={words.asOf(formatDateTime(version.at))}
          rightLabel={words.now}
          language={languageOf(version.name)}
          data-testid="local-history-diff"
        />
      ) : (
        <CodeEditor
          className="localhistory-text"
          label={words.asOf(formatDateTime(version.at))}
          text={text}
          language={languageOf(version.name)}
          readOnly
          wrap
          data-testid="local-history-text"
        />
      )}
    </section>
  );
}

const plain = (text: string) => text.replaceAll("\r\n", "\n");

function timeOf(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { timeStyle: "medium" });
}

/** Why a state was kept; "" is the first one, which nobody changed. */
function whyTitle(why: string): string {
  if (why === "") return words.first;
  return why in words.why ? words.why[why as keyof typeof words.why] : why;
}

function dayTitle(day: string): string {
  const now = new Date();
  if (day === now.toDateString()) return words.today;
  now.setDate(now.getDate() - 1);
  if (day === now.toDateString()) return words.yesterday;
  return new Date(day).toLocaleDateString(undefined, { dateStyle: "long" });
}
