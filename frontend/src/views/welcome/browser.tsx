import { ArrowUp, Folder, FolderGit2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { faultsOf, isAborted } from "../../api/client";
import { faultText } from "../../api/faults";
import type { FolderList } from "../../api/generated";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/welcome";
import type { Browse } from "../../model/welcome";
import { Badge } from "../../parts/badge";
import { Button, IconButton } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { useApp } from "../../parts/useapp";

/** Folders of this machine, for choosing one where there is no dialog of the system. */
export function FolderBrowser({ browse }: { browse: Browse }) {
  const app = useApp();
  const [dir, setDir] = useState(browse.start);
  const [list, setList] = useState<FolderList>();
  const [typed, setTyped] = useState(browse.start);
  const [problem, setProblem] = useState("");
  const folders = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const end = new AbortController();
    app.welcome.list(dir, end.signal).then(
      (l) => {
        setList(l);
        setTyped(l.dir);
        setProblem("");
      },
      (err: unknown) => isAborted(err) || setProblem(faultText(faultsOf(err), ". ")),
    );
    return () => end.abort();
  }, [app, dir]);

  const here = list?.dir ?? "";
  const may = here !== "" && problem === "" && (!browse.projects || (list?.project ?? false));
  // A project that is asked for is the answer; everything else is gone into.
  const act = (to: string) => {
    const found = list?.folders.find((f) => f.dir === to);
    if (browse.projects && found?.project) browse.answer(to);
    else setDir(to);
  };
  return (
    <Dialog
      open
      size="medium"
      title={browse.title}
      onClose={() => browse.answer("")}
      data-testid="folders"
      actions={
        <>
          <p className="folders-note">{browse.projects && list && !list.project ? words.folders.noProject : here}</p>
          <Button onPress={() => browse.answer("")}>{common.cancel}</Button>
          <Button look="primary" isDisabled={!may} onPress={() => browse.answer(here)} data-testid="folders-choose">
            {browse.confirm}
          </Button>
        </>
      }
    >
      <div className="folders-path">
        <TextField
          label={words.folders.path}
          hideLabel
          mono
          value={typed}
          onChange={setTyped}
          problem={problem}
          onSubmit={() => setDir(typed.trim())}
          onKeyDown={(e) => {
            if (e.key !== "ArrowDown") return;
            e.preventDefault();
            folders.current?.focus();
          }}
          data-testid="folders-path"
        />
        <IconButton
          icon={ArrowUp}
          label={words.folders.up}
          isDisabled={!list?.parent}
          onPress={() => list?.parent && setDir(list.parent)}
          data-testid="folders-up"
        />
      </div>
      <ListBox
        key={list?.dir}
        ref={folders}
        className="folders-list"
        aria-label={words.folders.list}
        autoFocus="first"
        onAction={(key) => act(String(key))}
        renderEmptyState={() => <p className="folders-none">{list ? words.folders.none : common.loading}</p>}
      >
        {(list?.folders ?? []).map((f) => (
          <ListBoxItem
            key={f.dir}
            id={f.dir}
            textValue={f.name}
            className="folders-item"
            data-testid={`folder-${f.name}`}
          >
            {f.project ? (
              <FolderGit2 className="tree-icon icon-go" aria-hidden />
            ) : (
              <Folder className="tree-icon" aria-hidden />
            )}
            <span className="ellipsis">{f.name}</span>
            {f.project ? <Badge tone="info">{words.folders.project}</Badge> : null}
          </ListBoxItem>
        ))}
      </ListBox>
      {list?.cut ? <p>{words.folders.cut}</p> : null}
    </Dialog>
  );
}
