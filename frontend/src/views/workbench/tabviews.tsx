import {
  History as HistoryIcon,
  KeyRound,
  ListTree,
  type LucideIcon,
  Settings as SettingsIcon,
  Trash2,
} from "lucide-react";
import type { ReactNode } from "react";
import { baseName } from "../../base/format";
import { words as history } from "../../base/words/localhistory";
import { words as secrets } from "../../base/words/secrets";
import { words } from "../../base/words/workbench";
import type { App } from "../../model/app";
import { type TabContent, tabTitle } from "../../model/tabs";
import { FileEditor } from "../editor/fileeditor";
import { LocalHistoryView } from "../localhistory/localhistory";
import { ObjectsView } from "../objects/list";
import { ObjectView } from "../objects/object";
import { SecretsView } from "../secrets/secrets";
import { SettingsView } from "../settings/settings";
import { fileIcon, kindIcon } from "./icons";

/** What a tab shows, and how its tab looks. */
export interface TabView {
  icon: LucideIcon;
  iconClass?: string;
  title: string;
  content: () => ReactNode;
}

type Views = { [K in TabContent["kind"]]?: (app: App, content: Extract<TabContent, { kind: K }>) => TabView };

/** The view of each kind of tab. A kind that is not here is not opened. */
const views: Views = {
  file: (_app, c) => ({ ...fileIcon(c.name), title: tabTitle(c), content: () => <FileEditor name={c.name} /> }),
  localhistory: (_app, c) => ({
    icon: c.name === "" ? Trash2 : HistoryIcon,
    title: c.name === "" ? history.deletedTitle : history.title(baseName(c.name)),
    content: () => <LocalHistoryView name={c.name} />,
  }),
  object: (_app, c) => ({ icon: kindIcon(c.object), title: c.name, content: () => <ObjectView content={c} /> }),
  objects: (app, c) => ({
    icon: kindIcon(c.object),
    title: app.project.kinds.value.find((k) => k.kind === c.object)?.plural ?? c.object,
    content: () => <ObjectsView kind={c.object} />,
  }),
  secrets: () => ({ icon: KeyRound, title: secrets.title, content: () => <SecretsView /> }),
  settings: () => ({ icon: SettingsIcon, title: words.activity.settings, content: () => <SettingsView /> }),
};

/** The kinds of tabs that can be shown. */
export const shownKinds: ReadonlySet<string> = new Set(Object.keys(views));

/** The view of a tab. */
export function tabView(app: App, content: TabContent): TabView {
  const view = views[content.kind] as ((app: App, c: TabContent) => TabView) | undefined;
  return view?.(app, content) ?? { icon: ListTree, title: tabTitle(content), content: () => null };
}
