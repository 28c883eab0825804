/** A duration as people read it: "850 µs", "12.4 ms", "1.25 s", "3 min 5 s". */
export function formatDuration(nanoseconds: number): string {
  const ns = Math.max(0, nanoseconds);
  if (ns < 1_000) return `${Math.round(ns)} ns`;
  if (ns < 1_000_000) return `${trim(ns / 1_000)} µs`;
  if (ns < 1_000_000_000) return `${trim(ns / 1_000_000)} ms`;
  const s = ns / 1_000_000_000;
  if (s < 60) return `${trim(s)} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
}

/** A size as people read it: "412 B", "1.4 KB", "3.2 MB". */
export function formatSize(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${trim(bytes / 1_000)} KB`;
  if (bytes < 1_000_000_000) return `${trim(bytes / 1_000_000)} MB`;
  return `${trim(bytes / 1_000_000_000)} GB`;
}

function trim(n: number): string {
  const digits = n < 10 ? 2 : n < 100 ? 1 : 0;
  return String(Number(n.toFixed(digits)));
}

/** How long ago, or in how long: "just now", "5 min ago", "in 20 s". */
export function formatRelative(time: string | Date, now: Date = new Date()): string {
  const ms = new Date(time).getTime() - now.getTime();
  if (Number.isNaN(ms)) return "";
  const s = Math.round(Math.abs(ms) / 1000);
  if (s < 2) return "just now";
  const span = spanOf(s);
  return ms < 0 ? `${span} ago` : `in ${span}`;
}

function spanOf(s: number): string {
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h`;
  return formatCount(Math.floor(s / 86_400), "day", "days");
}

/** The time of day with milliseconds, as the log shows it: "16:45:54.061". */
export function formatClock(time: string | Date): string {
  const d = new Date(time);
  if (Number.isNaN(d.getTime())) return "";
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

/** Day and time in the person's own way of writing them. */
export function formatDateTime(time: string | Date): string {
  const d = new Date(time);
  return Number.isNaN(d.getTime()) ? "" : d.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** A number with its noun: "1 problem", "3 problems". */
export function formatCount(n: number, one: string, many: string): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}

/** The last part of a name with slashes. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** What stands before the last slash; "" where there is none. */
export function dirName(name: string): string {
  const at = name.lastIndexOf("/");
  return at < 0 ? "" : name.slice(0, at);
}
