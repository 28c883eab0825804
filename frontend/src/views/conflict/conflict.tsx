import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Conflict } from "../../api/generated";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/conflict";
import type { Document } from "../../model/document";
import type { Resolution } from "../../model/documents";
import { Button, IconButton } from "../../parts/button";
import { Diff, type DiffHandle } from "../../parts/code/diff";
import { languageOf } from "../../parts/code/languages";
import { Dialog } from "../../parts/dialog";
import { useApp } from "../../parts/useapp";
import "./conflict.css";

interface Open {
  doc: Document;
  conflict: Conflict;
  answer: (r: Resolution) => void;
}

/** Asks what is to become of files that two have changed, one after the other. */
export function ConflictDialog() {
  const app = useApp();
  const [waiting, setWaiting] = useState<readonly Open[]>([]);

  useEffect(() => {
    app.documents.resolve = (doc, conflict) =>
      new Promise((answer) => {
        setWaiting((all) => {
          // A second question about the same file takes the place of the first one.
          for (const o of all) if (o.doc === doc) o.answer(null);
          return [...all.filter((o) => o.doc !== doc), { doc, conflict, answer }];
        });
      });
    return () => {
      app.documents.resolve = () => Promise.resolve(null);
    };
  }, [app]);

  const [open] = waiting;
  if (!open) return null;
  const answer = (r: Resolution) => {
    setWaiting((all) => all.filter((o) => o !== open));
    open.answer(r);
  };
  return open.conflict.gone ? (
    <GoneDialog name={open.doc.name} answer={answer} mine={open.doc.text} />
  ) : (
    <MergeDialog key={open.doc.name} open={open} answer={answer} />
  );
}

/** Two versions beside each other: single changes are taken over, and the right side is edited and saved. */
function MergeDialog({ open, answer }: { open: Open; answer: (r: Resolution) => void }) {
  const diff = useRef<DiffHandle>(null);
  const [differences, setDifferences] = useState(0);
  const [mine] = useState(open.doc.text); // what is typed further down does not begin the comparison anew
  return (
    <Dialog
      open
      size="large"
      title={words.title(open.doc.name)}
      onClose={() => answer(null)}
      data-testid="conflict"
      actions={
        <>
          <Button onPress={() => answer(null)}>{common.cancel}</Button>
          <span className="conflict-space" />
          <Button onPress={() => answer({ kind: "theirs" })} data-testid="conflict-theirs">
            {words.takeAll}
          </Button>
          <Button onPress={() => answer({ kind: "text", text: mine })} data-testid="conflict-mine">
            {words.keepAll}
          </Button>
          <Button
            look="primary"
            onPress={() => answer({ kind: "text", text: diff.current?.text() ?? mine })}
            data-testid="conflict-save"
          >
            {words.save}
          </Button>
        </>
      }
    >
      <p>{words.text}</p>
      <div className="conflict">
        <div className="conflict-heads">
          <span>{words.disk}</span>
          <span className="conflict-mine">
            {words.mine}
            <span className="conflict-count" role="status">
              {words.differences(differences)}
            </span>
            <IconButton icon={ArrowUp} label={words.previous} onPress={() => diff.current?.previous()} />
            <IconButton icon={ArrowDown} label={words.next} onPress={() => diff.current?.next()} />
          </span>
        </div>
        <Diff
          ref={diff}
          left={open.conflict.text}
          right={mine}
          leftLabel={words.disk}
          rightLabel={words.mine}
          language={languageOf(open.doc.name)}
          edit={{ takeTitle: words.take }}
          onChunks={setDifferences}
          data-testid="conflict-diff"
        />
      </div>
    </Dialog>
  );
}

function GoneDialog(props: { name: string; mine: string; answer: (r: Resolution) => void }) {
  const { answer } = props;
  return (
    <Dialog
      open
      alert
      title={words.goneTitle(props.name)}
      onClose={() => answer(null)}
      data-testid="conflict"
      actions={
        <>
          <Button onPress={() => answer(null)}>{common.cancel}</Button>
          <Button onPress={() => answer({ kind: "theirs" })} data-testid="conflict-theirs">
            {words.acceptGone}
          </Button>
          <Button
            look="primary"
            autoFocus
            onPress={() => answer({ kind: "text", text: props.mine })}
            data-testid="conflict-save"
          >
            {words.saveGone}
          </Button>
        </>
      }
    >
      <p>{words.goneText}</p>
    </Dialog>
  );
}
