import {
  Braces,
  ChevronDown,
  FolderOpen,
  Moon,
  PanelBottom,
  PanelLeft,
  PanelRight,
  Plus,
  Search,
  Sun,
  X,
} from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useStore } from "../../base/store";
import { words as actionWords } from "../../base/words/actions";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/workbench";
import type { App } from "../../model/app";
import { Dot } from "../../parts/badge";
import { IconButton } from "../../parts/button";
import { Kbd } from "../../parts/kbd";
import { Menu, type MenuGroup } from "../../parts/menu";
import { useApp } from "../../parts/useapp";
import { isDark } from "./look";
import "./titlebar.css";

/** The bar at the top: project, the field that opens the palette, environment, panels, theme. */
export function TitleBar() {
  const app = useApp();
  const project = useStore(app.project.hello, (h) => h?.project);
  useStore(app.actions.version);
  const layout = useStore(app.layout.now);
  const dark = useDark();
  return (
    <header className="titlebar">
      <div className="titlebar-side">
        <ProjectMenu />
      </div>
      {project ? (
        <AriaButton
          className="titlebar-search"
          onPress={() => app.actions.run("go.open")}
          data-testid="titlebar-search"
        >
          <Search className="button-icon" aria-hidden />
          <span className="titlebar-search-text">{words.title.search}</span>
          <Kbd keys={app.actions.keysOf("go.commands")[0] ?? ""} />
        </AriaButton>
      ) : null}
      <div className="titlebar-side titlebar-right">
        {project ? (
          <>
            <EnvironmentMenu />
            <Toggle app={app} icon={PanelLeft} id="view.side" title={actionWords.toggleSide} on={layout.side.shown} />
            <Toggle
              app={app}
              icon={PanelBottom}
              id="view.bottom"
              title={actionWords.toggleBottom}
              on={layout.bottom.shown}
            />
            <Toggle
              app={app}
              icon={PanelRight}
              id="view.right"
              title={actionWords.toggleRight}
              on={layout.right.shown}
            />
          </>
        ) : null}
        <IconButton
          icon={dark ? Sun : Moon}
          label={dark ? words.title.toLight : words.title.toDark}
          onPress={() => app.actions.run("view.theme")}
          data-testid="theme-toggle"
        />
      </div>
    </header>
  );
}

function Toggle(props: { app: App; icon: typeof PanelLeft; id: string; title: string; on: boolean }) {
  return (
    <IconButton
      icon={props.icon}
      label={props.title}
      keys={props.app.actions.keysOf(props.id)[0]}
      className={props.on ? "" : "titlebar-off"}
      aria-expanded={props.on}
      onPress={() => props.app.actions.run(props.id)}
    />
  );
}

function ProjectMenu() {
  const app = useApp();
  const hello = useStore(app.project.hello);
  const project = hello?.project;
  if (!project)
    return (
      <span className="titlebar-project">
        <Braces className="button-icon" aria-hidden />
        <b>{common.app}</b>
      </span>
    );
  return (
    <Menu label={words.title.project} groups={projectMenu(app)}>
      <AriaButton className="titlebar-project" data-testid="project-menu">
        <Braces className="button-icon" aria-hidden />
        <b className="ellipsis">{project.name}</b>
        <ChevronDown className="button-icon muted" aria-hidden />
      </AriaButton>
    </Menu>
  );
}

function projectMenu(app: App): MenuGroup[] {
  const hello = app.project.hello.value;
  const recent = (hello?.recent ?? []).filter((r) => !r.gone && r.dir !== hello?.project?.dir).slice(0, 8);
  const act = (id: string, title: string, icon: typeof Plus) =>
    app.actions.can(id) ? [{ id, title, icon, keys: app.actions.keysOf(id)[0], run: () => app.actions.run(id) }] : [];
  return [
    {
      entries: [
        ...act("project.new", words.title.newProject, Plus),
        ...act("project.open", words.title.openFolder, FolderOpen),
      ],
    },
    {
      title: words.title.recent,
      entries: recent.map((r) => ({
        id: r.dir,
        title: r.name,
        about: r.dir,
        run: () => void app.project.openFolder(r.dir).catch(app.notes.fail),
      })),
    },
    { entries: act("project.close", words.title.closeProject, X) },
  ];
}

function EnvironmentMenu() {
  const app = useApp();
  const project = useStore(app.project.hello, (h) => h?.project);
  if (!project || (project.environments.length === 0 && !project.environment)) return null;
  const choose = (name: string) => () => void app.project.chooseEnvironment(name).catch(app.notes.fail);
  const now = project.environment ?? "";
  const groups: MenuGroup[] = [
    { entries: [{ id: "-", title: words.title.noEnvironment, checked: now === "", run: choose("") }] },
    { entries: project.environments.map((e) => ({ id: `e-${e}`, title: e, checked: e === now, run: choose(e) })) },
  ];
  return (
    <Menu label={words.title.environment} groups={groups} placement="bottom end">
      <AriaButton
        className="titlebar-environment"
        aria-label={`${words.title.environment}: ${now || words.title.noEnvironment}`}
        data-testid="environment"
      >
        <Dot tone={now === "" ? "idle" : "warn"} label="" />
        {now || words.title.noEnvironment}
        <ChevronDown className="button-icon muted" aria-hidden />
      </AriaButton>
    </Menu>
  );
}

/** Whether the page is dark, followed. */
function useDark(): boolean {
  return useSyncExternalStore((f) => {
    const watch = new MutationObserver(f);
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => watch.disconnect();
  }, isDark);
}
