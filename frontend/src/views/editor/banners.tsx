import { FileWarning, History, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useStore } from "../../base/store";
import { words } from "../../base/words/editor";
import type { Document } from "../../model/document";
import { Button } from "../../parts/button";
import { useApp } from "../../parts/useapp";

/** What a person must know about the file above its text. */
export function Banners({ doc }: { doc: Document }) {
  const app = useApp();
  const { outside, gone } = useStore(doc.state);
  const fail = app.notes.fail;
  return (
    <>
      {outside ? (
        <Banner tone="warn" icon={<FileWarning aria-hidden />} text={words.changedOutside} testid="banner-outside">
          <Button small onPress={() => void app.documents.settle(doc).catch(fail)}>
            {words.compare}
          </Button>
          <Button small look="quiet" onPress={() => void app.documents.takeTheirs(doc).catch(fail)}>
            {words.takeTheirs}
          </Button>
          <Button small look="quiet" onPress={() => void app.documents.keepMine(doc).catch(fail)}>
            {words.keepMine}
          </Button>
        </Banner>
      ) : null}
      {gone ? <Banner tone="warn" icon={<History aria-hidden />} text={words.gone} testid="banner-gone" /> : null}
      <StaleBanner />
    </>
  );
}

/** Says that what was saved is not live, and what answers meanwhile. */
function StaleBanner() {
  const app = useApp();
  const state = useStore(app.live.state);
  const errors = useStore(app.live.now, (l) => l.problems.filter((p) => p.severity === "error").length);
  if ((state !== "stale" && state !== "failed") || errors === 0) return null;
  return (
    <Banner
      tone="bad"
      icon={<TriangleAlert aria-hidden />}
      text={state === "stale" ? words.stale : words.notServing}
      more={words.staleDetail(errors)}
      testid="banner-stale"
    >
      <Button small look="quiet" onPress={() => app.actions.run("view.problems")}>
        {words.showProblems}
      </Button>
    </Banner>
  );
}

function Banner(props: {
  tone: "warn" | "bad";
  icon: ReactNode;
  text: string;
  more?: string;
  testid: string;
  children?: ReactNode;
}) {
  return (
    <div className={`banner banner-${props.tone}`} role="status" data-testid={props.testid}>
      {props.icon}
      <p className="banner-text">
        {props.text} {props.more ? <span className="banner-more">{props.more}</span> : null}
      </p>
      {props.children}
    </div>
  );
}
