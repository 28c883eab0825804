/** The log. */
export const words = {
  title: "Log",
  level: "Least level",
  levels: { DEBUG: "Debug", INFO: "Info", WARN: "Warnings", ERROR: "Errors" },
  filter: "Filter the log",
  filterPlaceholder: "Filter: text, service:users, cid:4bf9, -text",
  clearFilter: "Clear the filter",
  pause: "Pause",
  resume: "Go on",
  resumeHeld: (n: number) => `Go on: ${n.toLocaleString("en-US")} lines wait`,
  clear: "Clear the page",
  follow: "Jump to the newest line",
  count: (shown: number, total: number) =>
    shown === total
      ? `${total.toLocaleString("en-US")} lines`
      : `${shown.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} lines`,
  lost: (n: number) => `${n.toLocaleString("en-US")} lines came too fast for this page; they are in the log file`,
  empty: "No line yet",
  emptyText: "Invoke a service, and what it logs shows up here.",
  nothing: "No line passes the filter",
  nothingText: "Lines of lesser levels and other texts are hidden.",
  onlyThis: (cid: string) => `Show only lines of ${cid}`,
  onlyService: (name: string) => `Show only lines of ${name}`,
  open: (place: string) => `Open ${place}`,
  copyLine: "Copy the line",
  copied: "The line was copied",
  expand: "Show all of the line",
  collapse: "Show less of the line",
  attributes: { time: "time", cid: "cid" },
} as const;
