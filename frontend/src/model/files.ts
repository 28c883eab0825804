import type { Client } from "../api/client";
import type { Tree } from "../api/generated";
import { baseName, dirName } from "../base/format";
import { Store } from "../base/store";

/** A file or folder with what is in it. */
export interface FileNode {
  name: string; // whole, with slashes
  title: string; // the last part
  folder: boolean;
  children: FileNode[];
}

/** The files of the project. */
export class Files {
  readonly tree = new Store<Tree>({ entries: [] });
  readonly roots = new Store<readonly FileNode[]>([]);

  constructor(private readonly client: Client) {
    client.on("files", (tree) => {
      this.tree.set(tree);
      this.roots.set(buildTree(tree));
    });
  }

  exists(name: string): boolean {
    return this.tree.value.entries.some((e) => e.name === name);
  }

  async createFile(name: string): Promise<void> {
    await this.client.call("files.write", { name, text: "", base: "" });
  }

  async createFolder(name: string): Promise<void> {
    await this.client.call("files.folder", { name });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.client.call("files.rename", { from, to });
  }

  async delete(name: string): Promise<void> {
    await this.client.call("files.delete", { name });
  }
}

/** Puts a flat list of names into folders; folders come first, each sorted by name. */
export function buildTree(tree: Tree): FileNode[] {
  const roots: FileNode[] = [];
  const folders = new Map<string, FileNode>();
  const place = (node: FileNode) => {
    const parent = dirName(node.name);
    (parent === "" ? roots : folderOf(parent).children).push(node);
  };
  const folderOf = (name: string): FileNode => {
    const known = folders.get(name);
    if (known) return known;
    const node: FileNode = { name, title: baseName(name), folder: true, children: [] };
    folders.set(name, node);
    place(node);
    return node;
  };
  for (const e of tree.entries) {
    if (e.folder) folderOf(e.name);
    else place({ name: e.name, title: baseName(e.name), folder: false, children: [] });
  }
  sortNodes(roots);
  return roots;
}

function sortNodes(nodes: FileNode[]): void {
  nodes.sort((a, b) => Number(b.folder) - Number(a.folder) || a.title.localeCompare(b.title, "en"));
  for (const n of nodes) sortNodes(n.children);
}

/** What is wrong with a path that a person typed: "empty", "bad", or "". */
export function checkPath(path: string): "" | "empty" | "bad" {
  if (path.trim() === "") return "empty";
  const parts = path.trim().split("/");
  return parts.some((p) => p === "" || p === "." || p === "..") || path.includes("\\") ? "bad" : "";
}
