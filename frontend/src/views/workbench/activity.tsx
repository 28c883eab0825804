import { Files, GraduationCap, Search, Settings } from "lucide-react";
import { useStore } from "../../base/store";
import { words as tutorialWords } from "../../base/words/tutorial";
import { words } from "../../base/words/workbench";
import { IconButton } from "../../parts/button";
import { useApp } from "../../parts/useapp";
import { useKinds } from "../explorer/kinds";
import { SecretsButton } from "../secrets/button";
import { kindIcon } from "./icons";

/** The bar of views at the very left. A click on the view that is shown hides the side bar. */
export function ActivityBar() {
  const app = useApp();
  const side = useStore(app.layout.now, (n) => n.side);
  const overlay = useStore(app.layout.overlay);
  const tight = useStore(app.layout.tight);
  const active = useStore(app.tabs.state, (s) => s.active);
  const tutorial = useStore(app.project.hello, (h) => h?.project?.tutorial ?? false);
  useStore(app.actions.version);
  const all = useKinds();
  const kinds = app.tabs.shows.has("objects") ? all : [];
  const shown = tight ? overlay === "side" : side.shown;
  const view = (id: "explorer" | "search", icon: typeof Files, action: string) => (
    <IconButton
      icon={icon}
      label={words.activity[id]}
      keys={app.actions.keysOf(action)[0]}
      placement="right"
      active={shown && side.view === id}
      onPress={() => (shown && side.view === id ? app.layout.show("side", false) : app.actions.run(action))}
      data-testid={`activity-${id}`}
    />
  );
  return (
    <nav className="activity" aria-label={words.regions.activity}>
      {view("explorer", Files, "view.explorer")}
      {view("search", Search, "view.search")}
      {kinds.map((k) => (
        <IconButton
          key={k.kind}
          icon={kindIcon(k.kind)}
          label={k.plural}
          placement="right"
          active={active === `objects:${k.kind}`}
          onPress={() => app.tabs.open({ kind: "objects", object: k.kind })}
          data-testid={`activity-${k.kind}`}
        />
      ))}
      {kinds.length > 0 ? <SecretsButton /> : null}
      <span className="activity-space" />
      {tutorial ? (
        <IconButton
          icon={GraduationCap}
          label={tutorialWords.show}
          placement="right"
          onPress={() => app.actions.run("tutorial.show")}
          data-testid="activity-tutorial"
        />
      ) : null}
      <IconButton
        icon={Settings}
        label={words.activity.settings}
        keys={app.actions.keysOf("view.settings")[0]}
        placement="right"
        onPress={() => app.actions.run("view.settings")}
        data-testid="activity-settings"
      />
    </nav>
  );
}
