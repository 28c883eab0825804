/** Search in the files of the project. */
export const words = {
  title: "Search",
  query: "Search in files",
  replace: "Replace",
  include: "Files",
  includePlaceholder: "*.go or services/**",
  case: "Match case",
  word: "Whole word",
  regexp: "Regular expression",
  toggleReplace: "Show replace",
  replaceAll: "Replace all",
  replaceFile: (name: string) => `Replace in ${name}`,
  confirmTitle: (n: number, files: number) =>
    `Replace ${n === 1 ? "1 match" : `${n} matches`} in ${files === 1 ? "1 file" : `${files} files`}?`,
  confirmText: "What was there goes to the local history.",
  confirm: "Replace",
  searching: "Searching…",
  found: (n: number, files: number) =>
    `${n === 1 ? "1 match" : `${n} matches`} in ${files === 1 ? "1 file" : `${files} files`}`,
  cut: "There are more; make the search narrower",
  none: "Nothing was found",
  empty: "Find text in all files of the project. Unsaved changes are not searched.",
  replaced: (n: number) => (n === 1 ? "1 match was replaced" : `${n} matches were replaced`),
  results: "Matches",
} as const;
