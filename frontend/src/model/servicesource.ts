/** A service as it stands in the text of a Go file. */
export interface SourceService {
  name: string; // "users.GetDetails"
  line: number; // of the function, from 1
}

/** A function whose first argument is *service.Context. */
const head = /^func\s+(\p{Lu}[\p{L}\p{N}_]*)\s*\(\s*[\p{L}_][\p{L}\p{N}_]*\s+\*(?:service\.)?Context\s*[,)]/u;
const clause = /^package\s+([\p{L}_][\p{L}\p{N}_]*)/u;

/** Finds the services in the lines of a Go file, in order. It works on text that does not compile. */
export function findServices(lines: Iterable<string>): SourceService[] {
  const found: SourceService[] = [];
  let pkg = "";
  let n = 0;
  for (const text of lines) {
    n++;
    if (pkg === "" && text.startsWith("package")) pkg = clause.exec(text)?.[1] ?? "";
    if (!text.startsWith("func")) continue;
    const name = head.exec(text)?.[1];
    if (name && pkg !== "") found.push({ name: `${pkg}.${name}`, line: n });
  }
  return found;
}

/** The service in whose function a line stands; "" before the first. */
export function serviceAt(services: readonly SourceService[], line: number): string {
  let name = "";
  for (const s of services) if (s.line <= line) name = s.name;
  return name;
}
