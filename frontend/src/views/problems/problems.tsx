import { CircleAlert, CircleCheck, FileCode, TriangleAlert } from "lucide-react";
import { Header, ListBox, ListBoxItem, ListBoxSection } from "react-aria-components";
import type { FaultError } from "../../api/faults";
import { baseName, dirName } from "../../base/format";
import { useStore } from "../../base/store";
import { words } from "../../base/words/problems";
import { groupProblems, type ProblemGroup, type ShownProblem } from "../../model/problems";
import { Badge } from "../../parts/badge";
import { Empty } from "../../parts/empty";
import { useApp } from "../../parts/useapp";
import "./problems.css";

/** The problems of what was saved last, by file. Enter or a click opens the place. */
export function ProblemsView() {
  const { live, openFile } = useProblems();
  const problems = live.problems ?? [];
  if (problems.length === 0 && !live.down) {
    const waiting = live.status === "starting" || live.status === "deploying";
    return (
      <Empty
        icon={CircleCheck}
        title={words.none}
        text={waiting ? words.noneStarting : words.noneText}
        data-testid="problems-empty"
      />
    );
  }
  return (
    <div className="problems" data-testid="problems">
      {live.down && <Down fault={live.down} />}
      <ListBox aria-label={words.list} className="problems-list" selectionMode="none">
        {groupProblems(problems).map((group) => (
          <Group key={group.file} group={group} open={openFile} />
        ))}
      </ListBox>
    </div>
  );
}

function useProblems() {
  const app = useApp();
  const live = useStore(app.live.now);
  const openFile = (fault: FaultError) => {
    const { file, line, column } = fault.at ?? {};
    if (file) app.openFile(file, { ...(line ? { line } : {}), ...(column ? { column } : {}) });
  };
  return { live, openFile };
}

/** Why there is no runtime at all. */
function Down({ fault }: { fault: FaultError }) {
  return (
    <div className="problems-down" role="alert" data-testid="problems-down">
      <CircleAlert className="problems-icon problems-icon-error" aria-hidden />
      <span className="problems-what">
        <b>{words.down}</b> {fault.what}
        {fault.hint && <span className="problems-hint">{fault.hint}</span>}
      </span>
    </div>
  );
}

function Group({ group, open }: { group: ProblemGroup; open: (fault: FaultError) => void }) {
  return (
    <ListBoxSection>
      <Header className="problems-file">
        <FileCode className="problems-icon" aria-hidden />
        {group.file === "" ? words.noFile : baseName(group.file)}
        <span className="problems-folder">{dirName(group.file)}</span>
        <Badge tone={group.errors > 0 ? "bad" : "warn"}>{group.problems.length}</Badge>
      </Header>
      {rowsOf(group.problems).map((row) => (
        <Row key={row.key} problem={row.problem} id={`${group.file} ${row.key}`} open={open} />
      ))}
    </ListBoxSection>
  );
}

/** Problems may be equal in all but their number, which keeps them apart. */
function rowsOf(problems: readonly ShownProblem[]): { key: string; problem: ShownProblem }[] {
  const seen = new Map<string, number>();
  return problems.map((problem) => {
    const { at, what } = problem.fault;
    const text = `${at?.line ?? 0}:${at?.column ?? 0} ${what}`;
    const n = (seen.get(text) ?? 0) + 1;
    seen.set(text, n);
    return { key: `${text} ${n}`, problem };
  });
}

function Row({ problem, id, open }: { problem: ShownProblem; id: string; open: (fault: FaultError) => void }) {
  const { fault, severity } = problem;
  const isError = severity === "error";
  const Icon = isError ? CircleAlert : TriangleAlert;
  const line = fault.at?.line ?? 0;
  return (
    <ListBoxItem
      id={id}
      className="problems-row"
      textValue={fault.what}
      data-testid="problem"
      onAction={() => open(fault)}
    >
      <Icon
        className={`problems-icon problems-icon-${isError ? "error" : "warning"}`}
        role="img"
        aria-label={isError ? words.error : words.warning}
      />
      <span className="problems-what">
        {fault.what}
        {(fault.details ?? []).map((d) => (
          <span className="problems-detail" key={`${d.path} ${d.what}`}>
            {d.path && <code>{d.path}</code>} {d.what}
            {d.hint && <span className="problems-hint"> {d.hint}</span>}
          </span>
        ))}
        {fault.hint && <span className="problems-hint">{fault.hint}</span>}
      </span>
      {fault.code && <code className="problems-code">{fault.code}</code>}
      {line > 0 && <span className="problems-place">{words.place(line, fault.at?.column ?? 0)}</span>}
    </ListBoxItem>
  );
}
