import type { ObjectKind } from "../../api/generated";
import { useStore } from "../../base/store";
import { useApp } from "../../parts/useapp";

/** The kinds of objects of which there may be many, in their order. */
export function useKinds(): readonly ObjectKind[] {
  const app = useApp();
  return useStore(app.project.kinds, (all) => all.filter((k) => k.kind !== "project"));
}
