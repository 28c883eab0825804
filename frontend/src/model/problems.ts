import type { FaultError } from "../api/faults";
import type { Problem } from "../api/generated";

/** A problem with what it says. */
export interface ShownProblem {
  severity: string;
  fault: FaultError;
}

/** The problems of one file. */
export interface ProblemGroup {
  /** "" for what stands in no file. */
  file: string;
  problems: ShownProblem[];
  errors: number;
}

/** How many there are. */
export interface ProblemCount {
  errors: number;
  warnings: number;
}

/**
 * Returns problems by file: files with errors first, then by name; inside a file by
 * line. What stands in no file comes first of all.
 */
export function groupProblems(problems: readonly Problem[]): ProblemGroup[] {
  const groups = new Map<string, ProblemGroup>();
  for (const { severity, fault } of problems) {
    if (!fault) continue;
    const file = fault.at?.file ?? "";
    const group = groups.get(file) ?? { file, problems: [], errors: 0 };
    groups.set(file, group);
    group.problems.push({ severity, fault });
    group.errors += severity === "error" ? 1 : 0;
  }
  for (const g of groups.values()) {
    g.problems.sort((a, b) => lineOf(a) - lineOf(b));
  }
  return [...groups.values()].sort(
    (a, b) =>
      Number(a.file !== "") - Number(b.file !== "") ||
      Number(b.errors > 0) - Number(a.errors > 0) ||
      a.file.localeCompare(b.file),
  );
}

function lineOf(p: ShownProblem): number {
  return (p.fault.at?.line ?? 0) * 10_000 + (p.fault.at?.column ?? 0);
}

/** Returns how many errors and warnings there are. */
export function countProblems(problems: readonly Problem[]): ProblemCount {
  const errors = problems.filter((p) => p.severity === "error").length;
  return { errors, warnings: problems.length - errors };
}
