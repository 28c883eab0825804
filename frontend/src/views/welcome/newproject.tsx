import { useEffect, useMemo, useRef, useState } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import { ApiError, faultsOf, isAborted } from "../../api/client";
import { faultText } from "../../api/faults";
import type { Template } from "../../api/generated";
import { useStore } from "../../base/store";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/welcome";
import { folderName, joinPath, tutorialTemplate } from "../../model/welcome";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { useApp } from "../../parts/useapp";

/** How long after the last key a folder is suggested, in milliseconds. */
const pause = 150;

interface Problems {
  name?: string;
  folder?: string;
}

/** The form for a new project: what it begins with, its name and its folder. */
export function NewProject() {
  const app = useApp();
  const templates = useTemplates();
  const [template, setTemplate] = useState("");
  const [name, setName] = useState<string | null>(null); // null follows the template
  const [dir, setDir] = useState<string | null>(null); // null follows the name
  const [suggested, setSuggested] = useState({ name: "", dir: "" });
  const [problems, setProblems] = useState<Problems>({});
  const [busy, setBusy] = useState(false);
  const end = useRef(new AbortController());

  useEffect(() => {
    const asking = new AbortController();
    const timer = setTimeout(
      () => {
        app.welcome.suggest({ template, name: name?.trim() ?? "" }, asking.signal).then(
          (s) => {
            setSuggested({ name: s.name ?? "", dir: s.dir ?? "" });
            setProblems((p) => ({ ...p, name: "" }));
          },
          (err: unknown) => isAborted(err) || setProblems((p) => ({ ...p, name: faultText(faultsOf(err), ". ") })),
        );
      },
      name === null ? 0 : pause,
    );
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [app, template, name]);

  const close = () => {
    end.current.abort();
    app.welcome.making.set(false);
  };
  const folder = dir ?? suggested.dir;
  const submit = async () => {
    const wrong: Problems = {
      ...(name !== null && name.trim() === "" ? { name: words.create.nameEmpty } : {}),
      ...(folder.trim() === "" ? { folder: words.create.folderEmpty } : {}),
    };
    setProblems(wrong);
    if (busy || wrong.name || wrong.folder) return;
    setBusy(true);
    try {
      app.flush();
      await app.welcome.create(folder.trim(), template, name?.trim() || suggested.name);
      app.welcome.making.set(false);
    } catch (err) {
      const text = faultText(faultsOf(err), ". ");
      const ofName = err instanceof ApiError && err.first.code === "project.name";
      setProblems(ofName ? { name: text } : { folder: text });
      setBusy(false);
    }
  };
  const browse = async () => {
    const place = await app.welcome.pick({
      title: words.create.browseTitle,
      confirm: words.folders.choose,
      start: "",
      projects: false,
    });
    if (place !== "") setDir(joinPath(place, folderName(folder) || suggested.name));
  };
  return (
    <Dialog
      open
      size="medium"
      title={words.create.title}
      onClose={close}
      data-testid="new-project"
      actions={
        <>
          {busy ? <p className="folders-note">{words.creating}</p> : null}
          <Button onPress={close}>{common.cancel}</Button>
          <Button look="primary" busy={busy} onPress={() => void submit()} data-testid="new-project-create">
            {words.create.confirm}
          </Button>
        </>
      }
    >
      <RadioGroup className="field" value={template} onChange={setTemplate}>
        <Label className="field-label">{words.create.template}</Label>
        <div className="template-cards">
          {templates.map((t) => (
            <Radio
              key={t.name}
              value={t.name}
              className="template-card"
              data-testid={`template-${t.name === "" ? "empty" : t.name}`}
            >
              <span className="template-title">{t.title}</span>
              <span className="template-summary">{t.summary}</span>
            </Radio>
          ))}
        </div>
      </RadioGroup>
      <TextField
        label={words.create.name}
        value={name ?? suggested.name}
        onChange={setName}
        problem={problems.name}
        autoFocus
        onSubmit={() => void submit()}
        data-testid="new-project-name"
      />
      <div className="new-project-folder">
        <TextField
          label={words.create.folder}
          mono
          value={folder}
          onChange={(v) => setDir(v)}
          problem={problems.folder}
          help={words.create.folderHelp}
          onSubmit={() => void submit()}
          data-testid="new-project-folder"
        />
        <Button onPress={() => void browse().catch(app.notes.fail)} data-testid="new-project-browse">
          {words.create.browse}
        </Button>
      </div>
    </Dialog>
  );
}

/** What a project may begin with: nothing, then the templates, the tutorial first. */
function useTemplates(): readonly Template[] {
  const app = useApp();
  const all = useStore(app.project.hello, (h) => h?.templates);
  return useMemo(() => {
    const empty = { name: "", title: words.create.empty, summary: words.create.emptyAbout };
    const found = [...(all ?? [])].sort(
      (a, b) => Number(b.name === tutorialTemplate) - Number(a.name === tutorialTemplate),
    );
    return [empty, ...found];
  }, [all]);
}
