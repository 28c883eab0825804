/** The palette and quick open. */
export const words = {
  label: "Commands and files",
  placeholder: "Go to a file, service or object; > for commands, : for a line",
  commands: "Commands",
  none: "Nothing matches",
  line: (n: string) => `Go to line ${n}`,
  typeLine: "Type the number of a line",
  kinds: { file: "File", service: "Service", object: "Object" },
  recent: "Recently open",
} as const;
