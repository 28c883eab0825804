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
  problems: (errors: number, warnings: number) => `${errors} errors, ${warnings} warnings: show problems`,
  place: (line: number, column: number) => `Ln ${line}, Col ${column}`,
  placeHelp: "Go to line",
  selected: (n: number) => `${n} selected`,
  language: { go: "Go", json: "JSON", yaml: "YAML", markdown: "Markdown", feature: "Feature", text: "Text" },
  lost: "Connecting again…",
  environment: "Environment",
} as const;
