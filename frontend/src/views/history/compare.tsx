import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useLayoutEffect, useMemo, useRef } from "react";
import type { Invoked } from "../../api/generated";
import { formatDateTime, formatDuration } from "../../base/format";
import { printJson, tryJson } from "../../base/json";
import { words as common } from "../../base/words/common";
import { words } from "../../base/words/history";
import { Badge } from "../../parts/badge";
import { Button } from "../../parts/button";
import { languageNow } from "../../parts/code/languages";
import { codeTheme } from "../../parts/code/theme";
import { Dialog } from "../../parts/dialog";
import { toneOf } from "../response/tables";

interface CompareProps {
  older: Invoked;
  newer: Invoked;
  onClose: () => void;
}

/** Two answers beside each other, with what differs marked. */
export function Compare({ older, newer, onClose }: CompareProps) {
  const left = useMemo(() => answerText(older), [older]);
  const right = useMemo(() => answerText(newer), [newer]);
  return (
    <Dialog
      open
      size="large"
      title={words.compareTitle}
      onClose={onClose}
      data-testid="history-compared"
      actions={<Button onPress={onClose}>{common.close}</Button>}
    >
      <div className="history-compare-heads">
        <Head invoked={older} />
        <Head invoked={newer} />
      </div>
      {left === right && <p role="status">{words.same}</p>}
      <Diff left={left} right={right} />
    </Dialog>
  );
}

function Head({ invoked }: { invoked: Invoked }) {
  return (
    <div className="history-compare-head">
      <Badge tone={toneOf(invoked.status)}>{invoked.status}</Badge>
      <span className="history-name" title={invoked.text}>
        <b>{invoked.service}</b> <code>{invoked.text.replaceAll(/\s*\n\s*/g, " ")}</code>
      </span>
      <span className="history-time">
        {formatDateTime(invoked.at)} · {formatDuration(invoked.took)}
      </span>
    </div>
  );
}

/** What an answer says, one thing a line: its errors, then its body. */
function answerText(invoked: Invoked): string {
  const faults = (invoked.faults ?? []).flatMap((f) => [
    f.what,
    ...(f.details ?? []).map((d) => `  ${d.path ?? ""} ${d.what}`),
    ...(f.hint ? [`  ${f.hint}`] : []),
  ]);
  const body = invoked.output || (invoked.binary ? "" : invoked.body) || "";
  const json = tryJson(body);
  return [...faults, json ? printJson(json) : body].filter((t) => t !== "").join("\n");
}

function Diff({ left, right }: { left: string; right: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!place.current) return;
    const extensions = [
      lineNumbers(),
      codeTheme,
      languageNow("json") ?? [],
      EditorView.lineWrapping,
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
    ];
    const view = new MergeView({
      parent: place.current,
      a: {
        doc: left,
        extensions: [...extensions, EditorView.contentAttributes.of({ "aria-label": words.older, tabindex: "0" })],
      },
      b: {
        doc: right,
        extensions: [...extensions, EditorView.contentAttributes.of({ "aria-label": words.newer, tabindex: "0" })],
      },
      ...(left === right ? {} : { collapseUnchanged: { margin: 3, minSize: 6 } }),
      gutter: true,
    });
    return () => view.destroy();
  }, [left, right]);
  return <div ref={place} className="history-compare" data-testid="history-diff" />;
}
