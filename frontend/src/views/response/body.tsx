import { Copy, Download } from "lucide-react";
import { useMemo, useState } from "react";
import type { Invoked } from "../../api/generated";
import { formatSize } from "../../base/format";
import { printJson, tryJson } from "../../base/json";
import { useStore } from "../../base/store";
import { words } from "../../base/words/response";
import { Button, IconButton } from "../../parts/button";
import { CodeEditor } from "../../parts/code/codeeditor";
import { Empty } from "../../parts/empty";
import { JsonTree } from "../../parts/json/tree";
import { RawText } from "../../parts/rawtext";
import { Segments } from "../../parts/segments";
import { useApp } from "../../parts/useapp";
import { binaryOf, languageOfMedia } from "./media";

/** From how many characters on a text is not coloured: one long line would take seconds. */
const largeText = 50_000;

type View = "tree" | "pretty" | "raw";

/** The body of an answer: JSON as a tree, pretty or raw; other text as text; the rest as a file. */
export function BodyView({ invoked }: { invoked: Invoked }) {
  const app = useApp();
  const text = invoked.output || invoked.body || "";
  const json = useMemo(() => (invoked.binary ? undefined : tryJson(text)), [invoked.binary, text]);
  const [chosen, setChosen] = useState<View>("tree");
  const pretty = useMemo(() => (json && chosen === "pretty" ? printJson(json) : ""), [json, chosen]);
  if (text === "")
    return <Empty title={words.noBody} text={invoked.ok ? words.noBodyText : ""} data-testid="response-no-body" />;
  if (invoked.binary) return <BinaryView invoked={invoked} />;
  const view = json ? chosen : "raw";
  const copy = () => {
    const shown = view === "raw" || !json ? text : printJson(json);
    navigator.clipboard.writeText(shown).then(() => app.notes.good(words.bodyCopied), app.notes.fail);
  };
  const left = json && (
    <Segments
      label={words.views.label}
      keys={views}
      names={words.views}
      chosen={view}
      testid="response-view"
      onChange={setChosen}
    />
  );
  const right = (
    <>
      <SaveButton invoked={invoked} text={text} />
      <IconButton icon={Copy} label={words.copyBody} onPress={copy} data-testid="response-copy" />
    </>
  );
  if (view === "tree" && json) {
    return (
      <div className="response-view" data-testid="response-body">
        <JsonTree
          value={json}
          copy={(t) => void navigator.clipboard.writeText(t).catch(app.notes.fail)}
          before={left}
          behind={right}
        />
      </div>
    );
  }
  return (
    <div className="response-view" data-testid="response-body">
      <div className="response-view-bar">
        {left ?? <code className="response-muted">{invoked.media}</code>}
        <Cut invoked={invoked} />
        <span className="response-space" />
        {right}
      </div>
      <div className="response-view-body">
        {view === "raw" && (json || text.length > largeText) ? (
          <RawText label={words.bodyOf} text={text} data-testid="response-raw" />
        ) : (
          <CodeEditor
            key={view}
            label={words.bodyOf}
            text={view === "pretty" ? pretty : text}
            language={view === "pretty" ? "json" : languageOfMedia(invoked.media)}
            readOnly
            plain={view === "raw"}
            wrap={view === "raw"}
            data-testid={`response-${view}`}
          />
        )}
      </div>
    </div>
  );
}

/** Says where only the beginning of a body came. */
function Cut({ invoked: { output, body = "", size } }: { invoked: Invoked }) {
  const shown = new TextEncoder().encode(body).length;
  if (output || shown >= size) return null;
  return <span className="response-muted">{words.cutBody(formatSize(shown), formatSize(size))}</span>;
}

const views: readonly View[] = ["tree", "pretty", "raw"];

/** What is no text: how much it is, and a way to keep it. */
function BinaryView({ invoked }: { invoked: Invoked }) {
  return (
    <div className="response-view" data-testid="response-binary">
      <Empty title={words.binary(formatSize(invoked.size))} text={invoked.media ?? ""}>
        <SaveButton invoked={invoked} text={invoked.body ?? ""} words />
      </Empty>
    </div>
  );
}

/** Saves the body by the browser's own download; the window of the desktop has none. */
function SaveButton({ invoked, text, words: withWords }: { invoked: Invoked; text: string; words?: boolean }) {
  const app = useApp();
  const desktop = useStore(app.project.hello, (h) => h?.desktop ?? false);
  if (desktop) return null;
  const save = () => {
    const { bytes, name } = binaryOf(invoked, text);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(bytes);
    link.download = name;
    link.click();
    // The download has its own hold on the bytes as soon as it has begun.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return withWords ? (
    <Button icon={Download} onPress={save} data-testid="response-save">
      {words.save}
    </Button>
  ) : (
    <IconButton icon={Download} label={words.save} onPress={save} data-testid="response-save" />
  );
}
