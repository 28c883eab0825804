import { ChevronRight, type LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useMemo } from "react";
import { Tree as AriaTree, Button, Collection, TreeItem, TreeItemContent } from "react-aria-components";
import "./tree.css";

/** One line of a tree with what is below it. */
export interface TreeNode {
  id: string;
  title: string;
  icon?: LucideIcon;
  /** A class that colours the icon. */
  iconClass?: string;
  /** Stands in front of the title in the place of an icon. */
  mark?: ReactNode;
  /** Stands at the right. */
  end?: ReactNode;
  /** Small buttons at the right that are seen on hover and focus. */
  actions?: ReactNode;
  /** A section: it stands out and has no icon. */
  section?: boolean;
  /** It is quieter than the others. */
  faint?: boolean;
  hint?: string;
  children?: readonly TreeNode[];
  "data-testid"?: string;
}

/** Lines in levels that fold. Enter and a click act on a line; lines with others below them fold. */
export function Tree(props: {
  label: string;
  nodes: readonly TreeNode[];
  /** Whether a line with others below it is folded. What is below a folded line is not looked at. */
  folded: (id: string) => boolean;
  onFold: (id: string, folded: boolean) => void;
  /** The line that stands for what is open. */
  active?: string | undefined;
  onAct: (id: string) => void;
  /** A double click: what was only looked at stays. */
  onKeep?: (id: string) => void;
  onMenu?: (id: string, x: number, y: number) => void;
  /** Keys that the tree itself does not know, with the line that has the focus. */
  onKey?: (id: string, e: KeyboardEvent) => void;
  "data-testid"?: string;
}) {
  const { nodes, folded } = props;
  const parents = useMemo(() => parentsOf(nodes, folded), [nodes, folded]);
  const open = useMemo(() => new Set([...parents].filter((id) => !folded(id))), [parents, folded]);
  const lineOf = (target: EventTarget): string | undefined =>
    (target as HTMLElement).closest<HTMLElement>("[data-line]")?.dataset.line ??
    (target as HTMLElement).closest("[role=row]")?.querySelector<HTMLElement>("[data-line]")?.dataset.line;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what it adds to the tree inside can be done by keys as well
    <div
      className="tree-frame"
      data-testid={props["data-testid"]}
      onDoubleClick={(e) => {
        const id = lineOf(e.target);
        if (id) props.onKeep?.(id);
      }}
      onContextMenu={(e) => {
        const id = lineOf(e.target);
        if (!id || !props.onMenu) return;
        e.preventDefault();
        props.onMenu(id, e.clientX, e.clientY);
      }}
      onKeyDownCapture={(e) => {
        const id = lineOf(e.target);
        if (!id) return;
        if (props.onMenu && (e.key === "ContextMenu" || (e.shiftKey && e.key === "F10"))) {
          e.preventDefault();
          const box = (e.target as HTMLElement).getBoundingClientRect();
          props.onMenu(id, box.left + 24, box.bottom);
        } else props.onKey?.(id, e);
      }}
    >
      <AriaTree
        className="tree"
        aria-label={props.label}
        items={nodes}
        dependencies={[props.active, folded]}
        expandedKeys={open}
        onExpandedChange={(keys) => {
          for (const id of parents) if (keys.has(id) === folded(id)) props.onFold(id, !keys.has(id));
        }}
        onAction={(key) => {
          const id = String(key);
          if (parents.has(id)) props.onFold(id, !folded(id));
          else props.onAct(id);
        }}
        selectionMode="none"
      >
        {(node) => <Line node={node} active={props.active} folded={folded} />}
      </AriaTree>
    </div>
  );
}

function Line(props: { node: TreeNode; active: string | undefined; folded: (id: string) => boolean }) {
  const { node, active, folded } = props;
  const Icon = node.icon;
  return (
    <TreeItem
      id={node.id}
      textValue={node.title}
      hasChildItems={node.children !== undefined}
      className={`tree-item ${node.section ? "tree-section" : ""} ${node.id === active ? "tree-active" : ""}`}
      data-testid={node["data-testid"]}
    >
      <TreeItemContent>
        {({ level, isExpanded }) => (
          <div
            className="tree-line"
            data-line={node.id}
            style={{ paddingLeft: 4 + (level - 1) * 12 }}
            title={node.hint}
          >
            {node.children ? (
              <Button slot="chevron" className={`tree-chevron ${isExpanded ? "tree-open" : ""}`}>
                <ChevronRight aria-hidden />
              </Button>
            ) : (
              <span className="tree-chevron" />
            )}
            {node.mark ?? (Icon ? <Icon className={`tree-icon ${node.iconClass ?? ""}`} aria-hidden /> : null)}
            <span className={`tree-title ${node.faint ? "muted" : ""}`}>{node.title}</span>
            {node.end ? <span className="tree-end">{node.end}</span> : null}
            {node.actions ? <span className="tree-actions">{node.actions}</span> : null}
          </div>
        )}
      </TreeItemContent>
      {node.children && !folded(node.id) ? (
        <Collection items={node.children} dependencies={[active, folded]}>
          {(child) => <Line node={child} active={active} folded={folded} />}
        </Collection>
      ) : null}
    </TreeItem>
  );
}

/** The lines that have others below them, as far as they are not below a folded one. */
function parentsOf(
  nodes: readonly TreeNode[],
  folded: (id: string) => boolean,
  into: Set<string> = new Set(),
): Set<string> {
  for (const n of nodes) {
    if (!n.children) continue;
    into.add(n.id);
    if (!folded(n.id)) parentsOf(n.children, folded, into);
  }
  return into;
}
