/** The settings screen. */
export const words = {
  title: "Settings",
  about: "They hold for all projects of this user and apply at once.",
  saved: "Saved",
  appearance: "Appearance",
  search: "Search settings",
  keys: "Keyboard shortcuts",
  keysAbout: "Click a shortcut and press the new keys. Backspace takes it away, Esc keeps it.",
  action: "Action",
  key: "Keys",
  reset: "Reset",
  press: "Press keys…",
  none: "none",
  usedBy: (title: string) => `also “${title}”`,
  keyOf: (title: string) => `Keys of ${title}`,
} as const;
