/** The status bar. */
export const words = {
  status: {
    stopped: "Stopped",
    starting: "Starting…",
    deploying: "Deploying…",
    live: "Live",
    compiling: "Live, compiling",
    failed: "Not live",
    stale: "Older version is live",
    down: "No runtime",
  },
  took: (text: string) => `after ${text}`,
  copyAddress: "Copy the address of the runtime",
  addressCopied: "The address was copied",
  problems: (errors: number, warnings: number) =>
    `${errors} ${errors === 1 ? "error" : "errors"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}: show problems`,
  errors: (n: number) => (n === 1 ? "error" : "errors"),
  warnings: (n: number) => (n === 1 ? "warning" : "warnings"),
  place: (line: number, column: number) => `Ln ${line}, Col ${column}`,
  placeHelp: "Go to line",
  selected: (n: number) => `${n} selected`,
  language: { go: "Go", json: "JSON", yaml: "YAML", markdown: "Markdown", feature: "Feature", text: "Text" },
  lost: "Connecting again…",
  environment: "Environment",
} as const;
