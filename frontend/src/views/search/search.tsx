import { CaseSensitive, ChevronRight, Regex, Replace, ReplaceAll, Search as SearchIcon, WholeWord } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import type { Match } from "../../api/generated";
import { debounce } from "../../base/debounce";
import { baseName, dirName } from "../../base/format";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/search";
import type { App } from "../../model/app";
import { matchesByFile } from "../../model/search";
import { Badge } from "../../parts/badge";
import { IconButton } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { TextField } from "../../parts/field";
import { Spinner } from "../../parts/spinner";
import { Tree, type TreeNode } from "../../parts/tree";
import { useApp } from "../../parts/useapp";
import { fileIcon } from "../workbench/icons";
import "./search.css";

/** How long after the last key a search begins, in milliseconds. */
const pause = 200;

/** Search in all files of the project, and replace. */
export function SearchView() {
  const app = useApp();
  const { query, found, searching } = useStore(app.search.state);
  const [text, setText] = useState(query.query);
  const [include, setInclude] = useState(query.include ?? "");
  const [replacing, setReplacing] = useState(false);
  const ask = useMemo(
    () => debounce(pause, (part: Parameters<App["search"]["ask"]>[0]) => void app.search.ask(part)),
    [app],
  );
  const toggle = (key: "case" | "word" | "regexp", label: string, icon: typeof Regex) => (
    <IconButton
      icon={icon}
      label={label}
      active={query[key] ?? false}
      onPress={() => void app.search.ask({ query: text, include, [key]: !query[key] })}
    />
  );
  return (
    <>
      <header className="side-head">
        <h2 className="side-title">{words.title}</h2>
        {toggle("case", words.case, CaseSensitive)}
        {toggle("word", words.word, WholeWord)}
        {toggle("regexp", words.regexp, Regex)}
      </header>
      <form className="search-form" onSubmit={(e) => e.preventDefault()}>
        <IconButton
          icon={ChevronRight}
          label={words.toggleReplace}
          aria-expanded={replacing}
          className={replacing ? "search-open" : ""}
          onPress={() => setReplacing(!replacing)}
        />
        <div className="search-fields">
          <TextField
            label={words.query}
            hideLabel
            value={text}
            placeholder={words.query}
            onChange={(v) => {
              setText(v);
              ask({ query: v, include });
            }}
            onSubmit={() => ask.flush()}
            data-testid="search-query"
          />
          {replacing ? (
            <div className="search-replace">
              <TextField
                label={words.replace}
                hideLabel
                value={query.replace ?? ""}
                placeholder={words.replace}
                onChange={(v) => app.search.setReplacement(v)}
                data-testid="search-replace"
              />
              <IconButton
                icon={ReplaceAll}
                label={words.replaceAll}
                isDisabled={!found || found.matches.length === 0}
                onPress={() => void replace(app, []).catch(app.notes.fail)}
                data-testid="search-replace-all"
              />
            </div>
          ) : null}
          <TextField
            label={words.include}
            hideLabel
            value={include}
            placeholder={words.includePlaceholder}
            onChange={(v) => {
              setInclude(v);
              ask({ query: text, include: v });
            }}
          />
        </div>
      </form>
      <Results replacing={replacing} searching={searching} />
    </>
  );
}

function Results({ replacing, searching }: { replacing: boolean; searching: boolean }) {
  const app = useApp();
  const found = useStore(app.search.state, (s) => s.found);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const files = useMemo(() => matchesByFile(found?.matches ?? []), [found]);
  const isFolded = useCallback((id: string) => folded.has(id), [folded]);
  const nodes = useMemo(() => files.map((f) => fileNode(app, f.name, f.matches, replacing)), [app, files, replacing]);
  if (!found)
    return searching ? (
      <p className="search-note">
        <Spinner /> {words.searching}
      </p>
    ) : (
      <Empty icon={SearchIcon} title={words.query} text={words.empty} />
    );
  if (found.matches.length === 0)
    return (
      <p className="search-note" role="status">
        {words.none}
      </p>
    );
  const open = (id: string, preview: boolean) => {
    const [file, i] = [id.slice(0, id.lastIndexOf("#")), Number(id.slice(id.lastIndexOf("#") + 1))];
    const m = files.find((f) => f.name === file)?.matches[i];
    if (m) app.openFile(m.name, { line: m.line, column: m.column, length: m.length, preview });
  };
  return (
    <>
      <p className="search-note" role="status">
        {words.found(found.matches.length, files.length)}
        {found.cut ? `. ${words.cut}` : ""}
      </p>
      <Tree
        label={words.results}
        nodes={nodes}
        folded={isFolded}
        onFold={(id, fold) => {
          const next = new Set(folded);
          if (fold) next.add(id);
          else next.delete(id);
          setFolded(next);
        }}
        onAct={(id) => open(id, true)}
        onKeep={(id) => open(id, false)}
        data-testid="search-results"
      />
    </>
  );
}

function fileNode(app: App, name: string, matches: readonly Match[], replacing: boolean): TreeNode {
  return {
    id: name,
    title: baseName(name),
    hint: name,
    ...fileIcon(name),
    end: (
      <>
        <span className="search-dir">{dirName(name)}</span>
        <Badge>{matches.length}</Badge>
      </>
    ),
    actions: replacing ? (
      <IconButton
        icon={Replace}
        label={words.replaceFile(baseName(name))}
        onPress={() => void replace(app, [name]).catch(app.notes.fail)}
      />
    ) : undefined,
    children: matches.map((m, i) => ({
      id: `${name}#${i}`,
      title: m.text.trim(),
      mark: <MatchText match={m} />,
      hint: `${name}:${m.line}`,
    })),
  };
}

/** How many characters are shown before a match: it must be seen in a narrow bar. */
const lead = 14;

/** The line of a match with the match standing out. The title beside it is for those who cannot see. */
function MatchText({ match: m }: { match: Match }) {
  const start = Math.max(0, m.offset - lead);
  const before = m.text.slice(start, m.offset).trimStart();
  return (
    <span className="search-match">
      {start > 0 ? "…" : ""}
      {before}
      <mark>{m.text.slice(m.offset, m.offset + m.length)}</mark>
      {m.text.slice(m.offset + m.length)}
    </span>
  );
}

async function replace(app: App, names: readonly string[]): Promise<void> {
  const found = app.search.state.value.found;
  const matches = (found?.matches ?? []).filter((m) => names.length === 0 || names.includes(m.name));
  const choice = await app.dialogs.ask({
    title: words.confirmTitle(matches.length, new Set(matches.map((m) => m.name)).size),
    text: words.confirmText,
    choices: [
      { id: "cancel", title: common.cancel },
      { id: "replace", title: words.confirm },
    ],
  });
  if (choice !== "replace") return;
  // What was typed and not saved would be in the way of what is replaced on disk.
  if (!(await app.saveAll())) return;
  const n = await app.search.replace(names);
  await app.documents.changed({ names: [], all: true });
  app.notes.good(words.replaced(n));
}
