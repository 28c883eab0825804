import { Folder, Plus, SendHorizontal } from "lucide-react";
import type { Object as ApiObject, ObjectKind, Request, Service } from "../../api/generated";
import { words } from "../../base/words/explorer";
import type { App } from "../../model/app";
import type { FileNode } from "../../model/files";
import type { Package } from "../../model/live";
import { objectState } from "../../model/objectstate";
import { Badge, Dot, type Tone } from "../../parts/badge";
import { IconButton } from "../../parts/button";
import type { TreeNode } from "../../parts/tree";
import { fileIcon, kindIcon } from "../workbench/icons";

/** The state of something that runs, as a dot. */
interface State {
  tone: Tone | "idle";
  label: string;
  pulse?: boolean;
}

function serviceState(s: Service, problems: number): State {
  if (problems > 0) return { tone: "bad", label: words.problems(problems) };
  switch (s.status) {
    case "live":
      return s.compiling
        ? { tone: "good", label: words.states.compiling, pulse: true }
        : { tone: "good", label: words.states.live };
    case "compiling":
      return { tone: "info", label: words.states.waiting, pulse: true };
    default:
      return { tone: "bad", label: [words.states.not, ...(s.why_not ?? []).map((f) => f.what)].join(": ") };
  }
}

/** What the explorer shows of one kind of object. */
export function objectSection(app: App, kind: ObjectKind, objects: readonly ApiObject[]): TreeNode {
  const mine = objects.filter((o) => o.kind === kind.kind);
  return {
    id: `kind:${kind.kind}`,
    title: kind.plural,
    section: true,
    "data-testid": `explorer-section-${kind.kind}`,
    end: mine.length > 0 ? <span>{mine.length}</span> : undefined,
    actions: app.actions.can(`object.new:${kind.kind}`) ? (
      <IconButton
        icon={Plus}
        label={words.newObject(kind.title)}
        onPress={() => app.actions.run(`object.new:${kind.kind}`)}
        data-testid={`explorer-new-${kind.kind}`}
      />
    ) : undefined,
    children:
      mine.length > 0
        ? mine.map((o) => objectNode(app, o))
        : [{ id: `none:${kind.kind}`, title: words.emptyObjects(kind.plural), faint: true }],
  };
}

function objectNode(app: App, o: ApiObject): TreeNode {
  const state = objectState(app.live.now.value, o);
  return {
    id: `object:${o.kind}:${o.name}`,
    title: o.name,
    icon: kindIcon(o.kind),
    faint: o.disabled ?? false,
    hint: [o.description, state.label].filter(Boolean).join("\n"),
    end: <Dot {...state} />,
    "data-testid": `explorer-item-${o.name}`,
  };
}

/** What the explorer shows of the services, by package. */
export function serviceSection(app: App, packages: readonly Package[]): TreeNode {
  const problems = app.live.problemsByFile.value;
  const bad = (file: string | undefined) =>
    file ? (problems.get(file) ?? []).filter((p) => p.severity === "error").length : 0;
  return {
    id: "services",
    title: words.services,
    section: true,
    "data-testid": "explorer-section-services",
    actions: (
      <IconButton
        icon={Plus}
        label={words.newService}
        keys={app.actions.keysOf("service.new")[0]}
        onPress={() => app.actions.run("service.new")}
        data-testid="explorer-new-service"
      />
    ),
    children:
      packages.length === 0
        ? [{ id: "none:services", title: words.emptyServices, faint: true }]
        : packages.map((p) => ({
            id: `package:${p.name}`,
            title: p.name,
            icon: Folder,
            children: p.services.map((s) => {
              const state = serviceState(s, bad(s.at?.file));
              return {
                id: `service:${s.name}`,
                title: s.name.slice(p.name.length + 1),
                mark: <Dot {...state} />,
                hint: [s.name, s.doc, state.label].filter(Boolean).join("\n"),
                end: s.compiling || s.status === "compiling" ? <span>{words.compiling}</span> : undefined,
                actions: (
                  <IconButton
                    icon={SendHorizontal}
                    label={words.invoke}
                    onPress={() => app.actions.run(`invoke.run:${s.name}`)}
                    data-testid={`explorer-invoke-${s.name}`}
                  />
                ),
                "data-testid": `explorer-item-${s.name}`,
              };
            }),
          })),
  };
}

/** What the explorer shows of the saved requests. */
export function requestSection(requests: readonly Request[]): TreeNode {
  return {
    id: "requests",
    title: words.requests,
    section: true,
    children: requests.map((r) => ({
      id: `request:${r.name}`,
      title: r.name,
      icon: SendHorizontal,
      hint: [r.service, r.about, r.text].filter(Boolean).join("\n"),
      "data-testid": `explorer-item-${r.name}`,
    })),
  };
}

/** What the explorer shows of the files. */
export function fileSection(
  app: App,
  roots: readonly FileNode[],
  cut: boolean,
  folded: (id: string) => boolean,
): TreeNode {
  return {
    id: "files",
    title: words.files,
    section: true,
    "data-testid": "explorer-section-files",
    actions: (
      <IconButton
        icon={Plus}
        label={words.newFile}
        onPress={() => app.actions.run("file.new")}
        data-testid="explorer-new-file"
      />
    ),
    children: [
      ...roots.map((r) => fileNode(app, r, folded)),
      ...(cut ? [{ id: "none:files", title: words.cut, faint: true }] : []),
    ],
  };
}

function fileNode(app: App, n: FileNode, folded: (id: string) => boolean): TreeNode {
  const id = `${n.folder ? "folder" : "file"}:${n.name}`;
  if (n.folder) {
    return {
      id,
      title: n.title,
      icon: Folder,
      children: folded(id) ? [] : n.children.map((c) => fileNode(app, c, folded)),
      "data-testid": `explorer-item-${n.name}`,
    };
  }
  const problems = app.live.problemsByFile.value.get(n.name) ?? [];
  const errors = problems.filter((p) => p.severity === "error").length;
  return {
    id,
    title: n.title,
    ...fileIcon(n.name),
    hint: n.name,
    end: problems.length > 0 ? <Badge tone={errors > 0 ? "bad" : "warn"}>{problems.length}</Badge> : undefined,
    "data-testid": `explorer-item-${n.name}`,
  };
}
