import { Blocks, FolderOpen, GraduationCap, type LucideIcon, Plus, TriangleAlert, X } from "lucide-react";
import { Button as AriaButton, GridList, GridListItem } from "react-aria-components";
import type { OpenFailure, Recent } from "../../api/generated";
import { formatRelative } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/welcome";
import type { App } from "../../model/app";
import { folderName } from "../../model/welcome";
import { IconButton } from "../../parts/button";
import { Kbd } from "../../parts/kbd";
import { Spinner } from "../../parts/spinner";
import { useApp } from "../../parts/useapp";
import "./welcome.css";

/** The screen that is seen while no project is open: begin, or go on. */
export function Welcome() {
  const app = useApp();
  const hello = useStore(app.project.hello);
  const own = useStore(app.welcome.failed);
  const busy = useStore(app.welcome.busy);
  if (hello?.opening || busy !== "") return <Opening dir={hello?.opening ?? ""} />;
  const failed = own ?? hello?.failed;
  const recent = hello?.recent ?? [];
  return (
    <main className="welcome" aria-label={words.label} data-testid="welcome">
      <div className="welcome-page">
        <header className="welcome-head">
          <Blocks className="welcome-sign" aria-hidden />
          <div>
            <h1 className="welcome-title">{words.title}</h1>
            <p className="welcome-about">{words.about}</p>
          </div>
        </header>
        {failed ? <Failure failed={failed} /> : null}
        <div className="welcome-columns">
          <Start first={recent.length === 0} />
          <RecentProjects recent={recent} />
        </div>
        <p className="welcome-local">
          {words.local} <span className="welcome-version">{hello?.version}</span>
        </p>
      </div>
    </main>
  );
}

/** A project is on its way. */
function Opening({ dir }: { dir: string }) {
  return (
    <main className="welcome-opening" data-testid="opening">
      <div className="welcome-opening-words" role="status">
        <Spinner />
        <p className="welcome-opening-title">{dir === "" ? words.creating : words.opening(folderName(dir))}</p>
        <p className="welcome-opening-about">{dir === "" ? words.openingAbout : dir}</p>
      </div>
      <div className="welcome-progress" aria-hidden>
        <span />
      </div>
    </main>
  );
}

/** Why a project cannot be opened. */
function Failure({ failed }: { failed: OpenFailure }) {
  return (
    <div className="welcome-failed" role="alert" data-testid="welcome-failed">
      <TriangleAlert className="button-icon" aria-hidden />
      <div>
        {failed.dir === "" ? null : <p className="welcome-failed-title">{words.openFailed(failed.dir)}</p>}
        {failed.faults.map((f) => (
          <p key={f.what}>
            {f.what}
            {f.hint ? <span className="welcome-failed-hint"> {f.hint}</span> : null}
          </p>
        ))}
      </div>
    </div>
  );
}

function Start({ first }: { first: boolean }) {
  const app = useApp();
  useStore(app.actions.version);
  return (
    <section aria-label={words.start}>
      <h2 className="welcome-section">{words.start}</h2>
      <div className="welcome-start">
        <Way
          app={app}
          id="tutorial.open"
          icon={GraduationCap}
          title={words.tutorial}
          about={words.tutorialAbout}
          focus={first}
        />
        <Way app={app} id="project.new" icon={Plus} title={words.newProject} about={words.newProjectAbout} />
        <Way app={app} id="project.open" icon={FolderOpen} title={words.openFolder} about={words.openFolderAbout} />
      </div>
    </section>
  );
}

function Way(props: { app: App; id: string; icon: LucideIcon; title: string; about: string; focus?: boolean }) {
  const { app, id, icon: Icon } = props;
  const [keys = ""] = app.actions.keysOf(id);
  return (
    <AriaButton
      className={`welcome-way ${props.focus ? "welcome-way-first" : ""}`}
      autoFocus={props.focus ?? false}
      onPress={() => app.actions.run(id)}
      data-testid={`welcome-${id.replace(".", "-")}`}
    >
      <Icon className="welcome-way-icon" aria-hidden />
      <span className="welcome-way-words">
        <span className="welcome-way-title">{props.title}</span>
        <span className="welcome-way-about">{props.about}</span>
      </span>
      {keys === "" ? null : <Kbd keys={keys} />}
    </AriaButton>
  );
}

function RecentProjects({ recent }: { recent: readonly Recent[] }) {
  const app = useApp();
  const open = (dir: string) => void app.welcome.open(dir).catch(app.notes.fail);
  const forget = (dir: string) => void app.welcome.forget(dir).catch(app.notes.fail);
  if (recent.length === 0)
    return (
      <section aria-label={words.recent}>
        <h2 className="welcome-section">{words.recent}</h2>
        <p className="welcome-none">{words.recentNone}</p>
      </section>
    );
  return (
    <section aria-label={words.recent}>
      <h2 className="welcome-section">{words.recent}</h2>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the list in it has the focus; this adds one key to it */}
      <div
        onKeyDown={(e) => {
          const dir =
            e.target instanceof HTMLElement ? e.target.closest<HTMLElement>("[data-dir]")?.dataset.dir : undefined;
          if (e.key !== "Delete" || !dir) return;
          e.preventDefault();
          forget(dir);
        }}
      >
        <GridList
          className="welcome-recent"
          aria-label={words.recent}
          autoFocus="first"
          onAction={(key) => open(String(key))}
          data-testid="recent"
        >
          {recent.map((r) => (
            <RecentLine key={r.dir} recent={r} onForget={() => forget(r.dir)} />
          ))}
        </GridList>
      </div>
      <p className="welcome-help">{words.recentHelp}</p>
    </section>
  );
}

function RecentLine({ recent: r, onForget }: { recent: Recent; onForget: () => void }) {
  return (
    <GridListItem
      id={r.dir}
      textValue={r.name}
      className={`welcome-line ${r.gone ? "welcome-line-gone" : ""}`}
      data-dir={r.dir}
      data-testid={`recent-${r.name}`}
    >
      <span className="welcome-line-words">
        <span className="welcome-line-name ellipsis">{r.name}</span>
        <span className="welcome-line-dir ellipsis" title={r.dir}>
          {r.dir}
        </span>
      </span>
      <span className={`welcome-line-time ${r.gone ? "welcome-line-bad" : ""}`}>
        {r.gone ? words.gone : formatRelative(r.opened)}
      </span>
      <IconButton icon={X} label={words.forget(r.name)} className="welcome-line-forget" onPress={onForget} />
    </GridListItem>
  );
}
