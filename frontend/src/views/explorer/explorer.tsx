import { ChevronsDownUp, FilePlus, FolderPlus } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useStore } from "../../base/store";
import { words } from "../../base/words/explorer";
import type { App } from "../../model/app";
import { IconButton } from "../../parts/button";
import { ContextMenu, useContextMenu } from "../../parts/menu";
import { Tree } from "../../parts/tree";
import { useApp } from "../../parts/useapp";
import { deleteFile, openService, renameFile } from "../workbench/fileops";
import { useKinds } from "./kinds";
import { menuOf } from "./menu";
import { fileSection, objectSection, requestSection, serviceSection } from "./nodes";

/** The tree of services, objects, saved requests and files, with what they are doing. */
export function Explorer() {
  const app = useApp();
  const menu = useContextMenu<string>();
  const folded = useFolded(app);
  const nodes = useNodes(app, folded);
  const active = useActive(app);

  useEffect(() => app.actions.add(revealAction(app)), [app]);

  const collapse = () => {
    for (const n of nodes) for (const c of n.children ?? []) if (c.children) fold(app, c.id, true);
  };
  return (
    <>
      <header className="side-head">
        <h2 className="side-title">{words.title}</h2>
        <IconButton icon={FilePlus} label={words.newFile} onPress={() => app.actions.run("file.new")} />
        <IconButton icon={FolderPlus} label={words.newFolder} onPress={() => app.actions.run("folder.new")} />
        <IconButton icon={ChevronsDownUp} label={words.collapse} onPress={collapse} />
      </header>
      <Tree
        label={words.title}
        nodes={nodes}
        folded={folded}
        onFold={(id, f) => fold(app, id, f)}
        active={active}
        onAct={(id) => act(app, id, true)}
        onKeep={(id) => act(app, id, false)}
        onMenu={(id, x, y) => menu.openAt(id, x, y)}
        onKey={(id, e) => {
          const [kind, name] = split(id);
          if (kind !== "file" && kind !== "folder") return;
          if (e.key === "F2") void renameFile(app, name).catch(app.notes.fail);
          else if (e.key === "Delete") void deleteFile(app, name, kind === "folder").catch(app.notes.fail);
          else return;
          e.preventDefault();
        }}
        data-testid="explorer"
      />
      <ContextMenu label={words.more} target={menu.target} groups={(id) => menuOf(app, id)} onClose={menu.close} />
    </>
  );
}

/** "file:a/b.go" in its two parts. */
export function split(id: string): [string, string] {
  const at = id.indexOf(":");
  return at < 0 ? [id, ""] : [id.slice(0, at), id.slice(at + 1)];
}

/** Folders begin folded, all else unfolded: the layout keeps what is otherwise. */
const beginsFolded = (id: string) => id.startsWith("folder:");

function useFolded(app: App): (id: string) => boolean {
  const list = useStore(app.layout.now, (n) => n.folded);
  return useMemo(() => {
    const other = new Set(list);
    return (id) => other.has(id) !== beginsFolded(id);
  }, [list]);
}

function fold(app: App, id: string, folded: boolean): void {
  app.layout.fold(id, folded !== beginsFolded(id));
}

function useNodes(app: App, folded: (id: string) => boolean) {
  const kinds = useKinds();
  const objects = useStore(app.project.objects);
  const packages = useStore(app.live.packages);
  const live = useStore(app.live.now);
  const roots = useStore(app.files.roots);
  const cut = useStore(app.files.tree, (t) => t.cut ?? false);
  const requests = useStore(app.requests.state, (s) => s.requests);
  const version = useStore(app.actions.version);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state of objects and the keys shown come from these
  return useMemo(
    () => [
      serviceSection(app, packages),
      ...kinds.map((k) => objectSection(app, k, objects.objects)),
      ...(requests.length > 0 ? [requestSection(requests)] : []),
      fileSection(app, roots, cut, folded),
    ],
    [app, packages, kinds, objects, requests, roots, cut, live, version, folded],
  );
}

/** The line of what is seen in the editors. */
function useActive(app: App): string | undefined {
  const content = useStore(app.tabs.state, (s) => s.list.find((t) => t.id === s.active)?.content);
  const service = useStore(app.selection.service);
  const packages = useStore(app.live.packages);
  if (content?.kind === "object") return `object:${content.object}:${content.name}`;
  if (content?.kind !== "file") return undefined;
  const here = packages.some((p) => p.services.some((s) => s.name === service && s.at?.file === content.name));
  return here ? `service:${service}` : `file:${content.name}`;
}

function act(app: App, id: string, preview: boolean): void {
  const [kind, name] = split(id);
  switch (kind) {
    case "service":
      openService(app, name, preview);
      break;
    case "file":
      app.openFile(name, { preview });
      break;
    case "object": {
      const [object, objectName] = split(name);
      app.openObject(object, objectName, { preview });
      break;
    }
    case "request": {
      const request = app.requests.named(name);
      if (!request) return;
      app.layout.show("right", true);
      app.invoke.openRequest(request);
      break;
    }
    case "none":
      if (name === "services") app.actions.run("service.new");
      else app.actions.run(`object.new:${name}`);
  }
}

/** Unfolds the folders of a file and shows its line. */
function revealAction(app: App) {
  return {
    id: "explorer.reveal",
    title: words.title,
    group: "",
    hidden: true,
    run: (name: string) => {
      app.layout.showView("side", "explorer");
      const parts = name.split("/").slice(0, -1);
      fold(app, "files", false);
      for (const [i] of parts.entries()) fold(app, `folder:${parts.slice(0, i + 1).join("/")}`, false);
      requestAnimationFrame(() => {
        document.querySelector(`[data-line="${CSS.escape(`file:${name}`)}"]`)?.scrollIntoView({ block: "center" });
      });
    },
  };
}
