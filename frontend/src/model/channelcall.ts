import type { Channel, ChannelCall } from "../api/generated";

/** A request through a channel as a person fills it in. */
export interface ChannelInput {
  method: string;
  /** Values of the parameters of the path, by name. */
  params: Readonly<Record<string, string>>;
  query: string;
  /** One "Name: value" a line. */
  headers: string;
  body: string;
  /** Sends no credentials, to see what a stranger gets. */
  noKey: boolean;
}

/** A parameter of a path. */
export interface PathParam {
  name: string;
  /** It takes all that follows, slashes included. */
  rest: boolean;
}

/** The methods that are offered where a channel takes any. */
export const anyMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** Returns the parameters of a path such as /users/{id}/files/{path...}. */
export function pathParams(path: string): PathParam[] {
  return [...path.matchAll(/\{([A-Za-z_]\w*)(\.\.\.)?\}/g)].map((m) => ({
    name: m[1] ?? "",
    rest: m[2] !== undefined,
  }));
}

/** Returns a path with its parameters filled in and escaped. */
export function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{([A-Za-z_]\w*)(\.\.\.)?\}/g, (_, name: string, rest?: string) => {
    const value = params[name] ?? "";
    return rest ? value.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(value);
  });
}

/** Returns what a request through a channel begins with. */
export function startInput(channel: Channel): ChannelInput {
  const methods = channel.methods ?? [];
  return { method: methods[0] ?? "POST", params: {}, query: "", headers: "", body: "", noKey: false };
}

/** Whether requests of a method carry a body. */
export function takesBody(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** Returns the headers of a text, and the lines of it that are none. */
export function parseHeaders(text: string): { headers: [string, string][]; wrong: string[] } {
  const headers: [string, string][] = [];
  const wrong: string[] = [];
  for (const line of text.split("\n").map((l) => l.trim())) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) headers.push([name, value ?? ""]);
    else if (line !== "") wrong.push(line);
  }
  return { headers, wrong };
}

/** Returns the call that a filled-in request asks for. */
export function toCall(channel: Channel, input: ChannelInput): ChannelCall {
  const { headers } = parseHeaders(input.headers);
  return {
    channel: channel.name,
    method: input.method,
    path: fillPath(channel.path ?? "", input.params),
    query: input.query.trim().replace(/^\?/, ""),
    headers,
    body: takesBody(input.method) ? input.body : "",
    no_key: input.noKey,
  };
}

/** Returns what must be mended before a request can be sent: names of empty parameters, and lines that are no headers. */
export function missing(channel: Channel, input: ChannelInput): { params: string[]; headers: string[] } {
  return {
    params: pathParams(channel.path ?? "")
      .filter((p) => !p.rest && (input.params[p.name] ?? "") === "")
      .map((p) => p.name),
    headers: parseHeaders(input.headers).wrong,
  };
}
