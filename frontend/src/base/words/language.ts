/** What the editor knows about the language. */
export const words = {
  fixes: "Quick fixes",
  fix: "Quick fix…",
  noFixes: "There is no quick fix here.",
  rename: "Rename…",
  renameTitle: (name: string) => `Rename ${name}`,
  renameLabel: "New name",
  renameConfirm: "Rename",
  definition: "Go to definition",
  references: "Find references",
  noDefinition: "It is not known where this is defined.",
  symbols: "Go to symbol…",
} as const;
