import { KeyRound } from "lucide-react";
import { useStore } from "../../base/store";
import { words as secrets } from "../../base/words/secrets";
import { IconButton } from "../../parts/button";
import { useApp } from "../../parts/useapp";

/** A button that opens the list of secrets beside the kinds. */
export function SecretsButton() {
  const app = useApp();
  const active = useStore(app.tabs.state, (s) => s.active === "secrets");
  return (
    <IconButton
      icon={KeyRound}
      label={secrets.title}
      placement="right"
      active={active}
      onPress={() => app.actions.run("view.secrets")}
      data-testid="activity-secrets"
    />
  );
}
