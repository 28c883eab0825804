import { useEffect } from "react";
import type { Draft } from "../../api/generated";
import { formatRelative } from "../../base/format";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/localhistory";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { useApp } from "../../parts/useapp";
import { localHistoryActions } from "./actions";
import "./localhistory.css";

/** What of the local history is there on every screen: its actions, and the list of what was brought back. */
export function LocalHistoryGlobals() {
  const app = useApp();
  const brought = useStore(app.localHistory.brought);
  useEffect(() => app.actions.add(...localHistoryActions(app)), [app]);
  return brought ? <Brought drafts={brought} /> : null;
}

/** The unsaved texts that were brought back at the start. */
function Brought({ drafts }: { drafts: readonly Draft[] }) {
  const app = useApp();
  useStore(app.documents.version);
  const left = drafts.filter((d) => app.documents.get(d.name)?.state.value.dirty);
  const close = () => app.localHistory.brought.set(null);
  return (
    <Dialog
      open
      size="medium"
      title={words.drafts.title}
      onClose={close}
      data-testid="drafts"
      actions={
        <Button look="primary" autoFocus onPress={close}>
          {common.close}
        </Button>
      }
    >
      <p>{left.length > 0 ? words.drafts.text : words.drafts.none}</p>
      {left.length > 0 ? (
        <ul className="drafts-list">
          {left.map((d) => (
            <li key={d.name} className="drafts-item" data-testid={`draft-${d.name}`}>
              <span className="drafts-name ellipsis">{d.name}</span>
              <span className="muted">{words.drafts.at(formatRelative(d.at))}</span>
              <Button
                small
                onPress={() => {
                  close();
                  app.openFile(d.name);
                }}
              >
                {words.drafts.open}
              </Button>
              <Button
                small
                look="quiet"
                aria-label={words.drafts.discardOf(d.name)}
                onPress={() => void discard(d.name)}
              >
                {words.drafts.discard}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
    </Dialog>
  );

  async function discard(name: string): Promise<void> {
    const doc = app.documents.get(name);
    if (doc) await app.documents.revert(doc).catch(app.notes.fail);
  }
}
