import {
  Braces,
  FileCode,
  FileCog,
  FileJson,
  FileText,
  FolderCog,
  ListTree,
  type LucideIcon,
  Plug,
  Shield,
  Timer,
  Waypoints,
} from "lucide-react";
import { languageOf } from "../../parts/code/languages";

/** The picture of a file by its name. */
export function fileIcon(name: string): { icon: LucideIcon; iconClass?: string } {
  switch (languageOf(name)) {
    case "go":
      return { icon: FileCode, iconClass: "icon-go" };
    case "json":
      return { icon: FileJson, iconClass: "icon-data" };
    case "yaml":
      return { icon: FileCog, iconClass: "icon-data" };
    case "markdown":
    case "feature":
      return { icon: FileText };
    default:
      return name.endsWith("go.mod") ? { icon: Braces } : { icon: FileText };
  }
}

/** The picture of a kind of object. */
export function kindIcon(kind: string): LucideIcon {
  switch (kind) {
    case "connection":
      return Plug;
    case "channel":
      return Waypoints;
    case "security":
      return Shield;
    case "job":
      return Timer;
    case "project":
      return FolderCog;
    default:
      return ListTree;
  }
}
