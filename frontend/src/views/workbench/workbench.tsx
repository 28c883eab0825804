import { useEffect, useSyncExternalStore } from "react";
import { useStore } from "../../base/store";
import { words } from "../../base/words/workbench";
import { Empty } from "../../parts/empty";
import { Kbd } from "../../parts/kbd";
import { Spinner } from "../../parts/spinner";
import { Split } from "../../parts/split";
import { Toasts } from "../../parts/toast";
import { useApp } from "../../parts/useapp";
import { ConflictDialog } from "../conflict/conflict";
import { LanguageGlobals } from "../editor/globals";
import { InvokeGlobals } from "../invoke/globals";
import { LocalHistoryGlobals } from "../localhistory/globals";
import { ObjectGlobals } from "../objects/globals";
import { Palette } from "../palette/palette";
import { StatusBar } from "../status/status";
import { useTutorial } from "../tutorial/tutorial";
import { WelcomeGlobals } from "../welcome/globals";
import { Welcome } from "../welcome/welcome";
import { ActivityBar } from "./activity";
import { Dialogs } from "./dialogs";
import { EditorTabs, tabPanelId } from "./editortabs";
import { BottomPanel, RightPanel, SideBar } from "./panels";
import { tabView } from "./tabviews";
import { TitleBar } from "./titlebar";
import "./workbench.css";

/** Below this width the panels at the sides lie above the editors, in pixels. */
const tightBelow = 860;

/** How wide the side bar begins where it has the tutorial, which is read, in pixels. */
const tutorialWidth = 290;

/** The whole window. */
export function Workbench() {
  const app = useApp();
  const hello = useStore(app.project.hello);
  const pipe = useStore(app.client.state);
  const busy = useStore(app.welcome.busy);
  return (
    <div className="workbench">
      <TitleBar />
      {hello?.project && (hello.opening || busy !== "") ? (
        <div className="workbench-progress" role="progressbar" aria-label={words.loadingProject(hello.opening ?? "")}>
          <span />
        </div>
      ) : null}
      {pipe === "refused" ? (
        <Empty title={words.refused.title} text={words.refused.text} />
      ) : !hello ? (
        <Connecting />
      ) : hello.project ? (
        <Project key={hello.project.dir} />
      ) : (
        <Welcome />
      )}
      {pipe === "lost" ? (
        <div className="workbench-lost" role="alert">
          <Spinner />
          {words.reconnecting}
        </div>
      ) : null}
      <StatusBar />
      <Palette />
      <Dialogs />
      <ConflictDialog />
      <InvokeGlobals />
      <LanguageGlobals />
      <ObjectGlobals />
      <WelcomeGlobals />
      <LocalHistoryGlobals />
      <Toasts />
    </div>
  );
}

function Connecting() {
  return (
    <div className="workbench-wait" role="status">
      <Spinner />
      {words.connecting}
    </div>
  );
}

/** Activity bar, side bar, editors, invoke panel and bottom panel. */
function Project() {
  const app = useApp();
  const name = useStore(app.project.hello, (h) => h?.project?.name);
  const layout = useStore(app.layout.now);
  const overlay = useStore(app.layout.overlay);
  const tutorial = useTutorial().shown;
  const [width, height] = useSize();
  const tight = width < tightBelow;
  useEffect(() => {
    app.layout.tight.set(tight);
    app.layout.overlay.set("");
  }, [app, tight]);

  const cap = (size: number, share: number) => Math.min(size, Math.round(width * share));
  const side = {
    id: "side",
    content: <SideBar />,
    size: cap(Math.max(layout.side.size, tutorial ? tutorialWidth : 0), width < 1100 ? 0.25 : 0.4),
    min: 170,
    splitter: words.splitters.side,
  };
  const right = {
    id: "right",
    content: <RightPanel />,
    size: cap(layout.right.size, width < 1400 ? 0.28 : 0.45),
    min: 260,
    splitter: words.splitters.right,
  };
  const bottom = {
    id: "bottom",
    content: <BottomPanel />,
    size: Math.min(layout.bottom.size, Math.round(height * 0.45)),
    min: 90,
    splitter: words.splitters.bottom,
  };
  const middle = (
    <Split
      direction="column"
      parts={[
        {
          id: "upper",
          min: 120,
          content: (
            <Split
              direction="row"
              parts={[
                { id: "editors", content: <Editors />, min: 220 },
                ...(layout.right.shown && !tight ? [right] : []),
              ]}
              onResize={(id, px) => id === "right" && app.layout.resize("right", px)}
            />
          ),
        },
        ...(layout.bottom.shown ? [bottom] : []),
      ]}
      onResize={(id, px) => id === "bottom" && app.layout.resize("bottom", px)}
    />
  );
  return (
    <div className="workbench-body">
      <ActivityBar />
      <main className="workbench-main">
        <h1 className="visually-hidden">{name}</h1>
        <Split
          direction="row"
          parts={[...(layout.side.shown && !tight ? [side] : []), { id: "middle", content: middle, min: 300 }]}
          onResize={(id, px) => id === "side" && app.layout.resize("side", px)}
        />
        {tight && overlay !== "" ? (
          <div className={`workbench-overlay workbench-overlay-${overlay}`}>
            {overlay === "side" ? <SideBar /> : <RightPanel />}
          </div>
        ) : null}
      </main>
    </div>
  );
}

/** The tabs and the editor that is seen. */
function Editors() {
  const app = useApp();
  const { list, active } = useStore(app.tabs.state);
  useStore(app.project.kinds);
  const tab = list.find((t) => t.id === active);
  return (
    <section className="editors" aria-label={words.regions.editors}>
      <EditorTabs />
      {tab ? (
        <div className="editors-panel" role="tabpanel" id={tabPanelId} aria-labelledby={`tab-${tab.id}`} key={tab.id}>
          {tabView(app, tab.content).content()}
        </div>
      ) : (
        <NothingOpen />
      )}
    </section>
  );
}

function NothingOpen() {
  const app = useApp();
  const line = (id: string, text: string) => (
    <button type="button" className="editors-hint" onClick={() => app.actions.run(id)}>
      <span>{text}</span>
      <Kbd keys={app.actions.keysOf(id)[0] ?? ""} />
    </button>
  );
  return (
    <Empty title={words.empty.title} text={words.empty.text}>
      <div className="editors-hints">
        {line("service.new", words.empty.newService)}
        {line("go.open", words.empty.open)}
        {line("go.commands", words.empty.palette)}
      </div>
    </Empty>
  );
}

/** Width and height of the page, followed. */
function useSize(): [number, number] {
  const size = useSyncExternalStore(
    (f) => {
      window.addEventListener("resize", f);
      return () => window.removeEventListener("resize", f);
    },
    () => `${window.innerWidth} ${window.innerHeight}`,
  );
  const [width, height] = size.split(" ").map(Number);
  return [width ?? 0, height ?? 0];
}
