/** The problems of what was saved last. */
export const words = {
  title: "Problems",
  list: "Problems by file",
  noFile: "The project",
  none: "No problems",
  noneText: "What was saved last is live.",
  noneStarting: "The project is being made live.",
  error: "Error",
  warning: "Warning",
  count: (errors: number, warnings: number) =>
    [errors === 1 ? "1 error" : `${errors} errors`, warnings === 1 ? "1 warning" : `${warnings} warnings`]
      .filter((_, i) => (i === 0 ? errors > 0 : warnings > 0))
      .join(", "),
  place: (line: number, column: number) => (column > 0 ? `${line}:${column}` : `${line}`),
  down: "The runtime is not running",
} as const;
