import type { Client } from "../api/client";
import type { Hello, SettingsView } from "../api/generated";
import { Store } from "../base/store";

/** The settings that the page itself obeys; the others are the Studio's. */
export interface PageSettings {
  theme: "system" | "light" | "dark";
  fontSize: number; // of the interface, in pixels
  editorFontSize: number;
  reducedMotion: boolean;
  wrapLines: boolean;
  confirmDeletes: boolean;
  keys: Readonly<Record<string, string>>;
}

const defaults: PageSettings = {
  theme: "system",
  fontSize: 13,
  editorFontSize: 13,
  reducedMotion: false,
  wrapLines: false,
  confirmDeletes: true,
  keys: {},
};

/** The settings of this user. They come with the event hello, so every page has the same. */
export class Settings {
  readonly now = new Store<PageSettings>(defaults);
  /** All values as the Studio sent them. */
  readonly raw = new Store<Readonly<Record<string, unknown>>>({});

  constructor(private readonly client: Client) {}

  take(hello: Hello): void {
    const raw = isRecord(hello.settings) ? hello.settings : {};
    this.raw.set(raw);
    this.now.set(readSettings(raw));
  }

  read(): Promise<SettingsView> {
    return this.client.call("settings.read", {});
  }

  /** Changes some settings; the others stay. */
  async write(part: Readonly<Record<string, unknown>>): Promise<SettingsView> {
    const values = { ...this.raw.value, ...part };
    this.raw.set(values);
    this.now.set(readSettings(values));
    return this.client.call("settings.write", { values });
  }
}

/** Reads what the page obeys from all values; what is not there is the default. */
export function readSettings(raw: Readonly<Record<string, unknown>>): PageSettings {
  const theme = raw.theme;
  return {
    theme: theme === "light" || theme === "dark" ? theme : "system",
    fontSize: size(raw.font_size, defaults.fontSize),
    editorFontSize: size(raw.editor_font_size, defaults.editorFontSize),
    reducedMotion: raw.reduced_motion === true,
    wrapLines: raw.wrap_lines === true,
    confirmDeletes: raw.confirm_deletes !== false,
    keys: isRecord(raw.keys) ? Object.fromEntries(Object.entries(raw.keys).filter(isText)) : {},
  };
}

const size = (v: unknown, or: number) => (typeof v === "number" ? Math.min(32, Math.max(8, v)) : or);
const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);
const isText = (e: [string, unknown]): e is [string, string] => typeof e[1] === "string";
