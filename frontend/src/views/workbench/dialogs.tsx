import { useLayoutEffect, useRef, useState } from "react";
import { faultsOf } from "../../api/client";
import { faultText } from "../../api/faults";
import { useStore } from "../../base/store";
import { words } from "../../base/words/common";
import type { Prompt, Question } from "../../model/dialogs";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { useApp } from "../../parts/useapp";

/** Shows the question that waits longest. */
export function Dialogs() {
  const app = useApp();
  const [first] = useStore(app.dialogs.open);
  if (!first) return null;
  return first.kind === "question" ? (
    <QuestionDialog question={first} />
  ) : (
    <PromptDialog key={first.title} prompt={first} />
  );
}

function QuestionDialog({ question: q }: { question: Question }) {
  return (
    <Dialog
      open
      alert
      title={q.title}
      onClose={() => q.answer(null)}
      data-testid="question"
      actions={q.choices.map((c, i) => (
        <Button
          key={c.id}
          look={c.danger ? "danger" : i === q.choices.length - 1 ? "primary" : "plain"}
          autoFocus={i === q.choices.length - 1}
          onPress={() => q.answer(c.id)}
          data-testid={`question-${c.id}`}
        >
          {c.title}
        </Button>
      ))}
    >
      {q.text ? <p>{q.text}</p> : null}
    </Dialog>
  );
}

function PromptDialog({ prompt: p }: { prompt: Prompt }) {
  const [value, setValue] = useState(p.value);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  useLayoutEffect(() => {
    input.current?.focus();
    if (p.select) input.current?.setSelectionRange(...p.select);
    else input.current?.select();
  }, [p]);

  const submit = async () => {
    const wrong = p.check?.(value) ?? "";
    setProblem(wrong);
    if (wrong !== "" || busy) return;
    setBusy(true);
    try {
      await p.done(value);
      p.answer(true);
    } catch (err) {
      setProblem(faultText(faultsOf(err)));
      setBusy(false);
    }
  };
  const change = (v: string) => {
    setValue(v);
    if (problem !== "") setProblem(p.check?.(v) ?? "");
  };
  return (
    <Dialog
      open
      title={p.title}
      onClose={() => p.answer(false)}
      data-testid="prompt"
      actions={
        <>
          <Button onPress={() => p.answer(false)}>{words.cancel}</Button>
          <Button look="primary" busy={busy} onPress={() => void submit()} data-testid="prompt-ok">
            {p.confirm}
          </Button>
        </>
      }
    >
      <TextField
        label={p.label}
        value={value}
        onChange={change}
        problem={problem}
        help={p.help}
        mono
        inputRef={input}
        onSubmit={() => void submit()}
        data-testid="prompt-text"
        {...(p.placeholder ? { placeholder: p.placeholder } : {})}
      />
    </Dialog>
  );
}
