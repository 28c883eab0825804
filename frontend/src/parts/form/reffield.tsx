import { ArrowUpRight, Plus } from "lucide-react";
import { useStore } from "../../base/store";
import { words } from "../../base/words/form";
import { defaultText } from "../../model/formvalues";
import { IconButton } from "../button";
import { ComboBox, type Option } from "../field";
import { useApp } from "../useapp";
import type { KindProps } from "./fields";

/** The name of a service or another object: what is there is proposed, what is not can be made. */
export function RefField({ field: f, path, value, problem, help, disabled, onChange }: KindProps) {
  const app = useApp();
  const of = f.of ?? "";
  const name = typeof value === "string" ? value : "";
  const options = useNames(of);
  const what = app.project.kinds.value.find((k) => k.kind === of)?.title.toLowerCase() ?? of;
  const create = () => {
    if (of === "service") app.actions.run("service.new");
    else app.objects.asking.set({ kind: of, done: onChange });
  };
  const open = () => {
    if (of === "service") app.actions.run(`service.select:${name}`);
    else app.openObject(of, name);
  };
  return (
    <div className="form-row form-with-buttons">
      <ComboBox
        label={f.title}
        value={name}
        onChange={(v) => {
          if (v !== name) onChange(v.trim() === "" ? undefined : v);
        }}
        options={options}
        placeholder={defaultText(f)}
        required={f.need ?? false}
        disabled={disabled}
        problem={problem}
        help={help}
        data-testid={`field-${path}`}
      />
      <span className="form-buttons">
        {options.some((o) => o.id === name) ? (
          <IconButton icon={ArrowUpRight} label={words.open(name)} onPress={open} data-testid={`field-${path}-open`} />
        ) : null}
        {disabled ? null : (
          <IconButton icon={Plus} label={words.createOf(what)} onPress={create} data-testid={`field-${path}-create`} />
        )}
      </span>
    </div>
  );
}

function useNames(of: string): readonly Option[] {
  const app = useApp();
  const services = useStore(app.live.now, (l) => l.state.services);
  const objects = useStore(app.project.objects, (o) => o.objects);
  if (of === "service") return services.map((s) => ({ id: s.name, title: s.name, about: s.doc?.split("\n")[0] }));
  return objects
    .filter((o) => o.kind === of)
    .map((o) => ({ id: o.name, title: o.name, about: [o.type, o.description].filter(Boolean).join(" · ") }));
}
