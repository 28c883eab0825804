import type { Invoked } from "../../api/generated";
import type { Language } from "../../parts/code/languages";

/** Returns the language that colours a text of a media type. */
export function languageOfMedia(media: string | undefined): Language {
  const type = (media ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type.endsWith("json")) return "json";
  if (type.endsWith("yaml")) return "yaml";
  return type === "text/markdown" ? "markdown" : "text";
}

const endings: Readonly<Record<string, string>> = {
  "application/json": "json",
  "application/pdf": "pdf",
  "application/xml": "xml",
  "application/zip": "zip",
  "application/gzip": "gz",
  "image/gif": "gif",
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/svg+xml": "svg",
  "text/csv": "csv",
  "text/html": "html",
  "text/plain": "txt",
  "text/xml": "xml",
};

/** Returns the body of an answer as bytes, with the name of a file for it. */
export function binaryOf(invoked: Invoked, text: string): { bytes: Blob; name: string } {
  const media =
    (invoked.media ?? (invoked.output ? "application/json" : "text/plain")).split(";")[0]?.trim().toLowerCase() ?? "";
  const ending = endings[media] ?? (invoked.binary ? "bin" : "txt");
  const name = `${invoked.service.replaceAll(/[^\w.-]/g, "_")}.${ending}`;
  const content = invoked.binary ? Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) : text;
  return { bytes: new Blob([content], { type: media }), name };
}
