import { X } from "lucide-react";
import { useStore } from "../../base/store";
import { words as tutorialWords } from "../../base/words/tutorial";
import { words } from "../../base/words/workbench";
import { IconButton } from "../../parts/button";
import { Split } from "../../parts/split";
import { PanelTabs } from "../../parts/tabs";
import { useApp } from "../../parts/useapp";
import { Explorer } from "../explorer/explorer";
import { HistoryView } from "../history/history";
import { InvokeView } from "../invoke/invoke";
import { LogView } from "../log/log";
import { ProblemsView } from "../problems/problems";
import { ResponseView } from "../response/response";
import { SearchView } from "../search/search";
import { Tutorial, useTutorial } from "../tutorial/tutorial";

/** The side bar: the explorer or the search, and the tutorial below it. */
export function SideBar() {
  const app = useApp();
  const view = useStore(app.layout.now, (n) => n.side.view);
  const tutorial = useTutorial();
  const upper = <div className="side-view">{view === "search" ? <SearchView /> : <Explorer />}</div>;
  return (
    <aside className="side" aria-label={words.regions.side}>
      {tutorial.shown && !tutorial.folded ? (
        <Split
          direction="column"
          parts={[
            { id: "view", content: upper, min: 100 },
            { id: "tutorial", content: <Tutorial />, size: "55%", min: 120, splitter: tutorialWords.splitter },
          ]}
        />
      ) : (
        <>
          {upper}
          {tutorial.shown ? <Tutorial /> : null}
        </>
      )}
    </aside>
  );
}

/** What a service is invoked with, and what it answered. */
export function RightPanel() {
  const app = useApp();
  const split = useStore(app.layout.now, (n) => n.right.split);
  return (
    <aside className="right" aria-label={words.regions.right}>
      <Split
        direction="column"
        parts={[
          { id: "invoke", content: <InvokeView />, size: `${split}%`, min: 120 },
          { id: "response", content: <ResponseView />, min: 100, splitter: words.splitters.response },
        ]}
        onResize={(id, _px, percent) => id === "invoke" && app.layout.splitRight(percent)}
      />
    </aside>
  );
}

/** Log, problems and history. */
export function BottomPanel() {
  const app = useApp();
  const view = useStore(app.layout.now, (n) => n.bottom.view);
  const { errors, warnings } = useStore(app.live.now, () => app.live.count());
  const tab = (id: "log" | "problems" | "history", content: React.ReactNode) => ({
    id,
    title: words.panels[id],
    content,
    "data-testid": `panel-${id}`,
  });
  return (
    <section className="bottom" aria-label={words.regions.bottom}>
      <PanelTabs
        label={words.regions.bottom}
        selected={view}
        onSelect={(id) => app.layout.showView("bottom", id)}
        tabs={[
          tab("log", <LogView />),
          { ...tab("problems", <ProblemsView />), count: errors + warnings, tone: errors > 0 ? "bad" : "warn" },
          tab("history", <HistoryView />),
        ]}
        actions={
          <IconButton
            icon={X}
            label={words.hidePanel}
            keys={app.actions.keysOf("view.bottom")[0]}
            placement="left"
            onPress={() => app.layout.show("bottom", false)}
          />
        }
      />
    </section>
  );
}
