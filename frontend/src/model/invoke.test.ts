import assert from "node:assert/strict";
import { test } from "node:test";
import type { Channel, FaultKind, Problem } from "../api/generated";
import { parseJson } from "../base/json";
import { fillPath, missing, parseHeaders, pathParams, startInput, toCall } from "./channelcall";
import { pairsOf } from "./example";
import { looksLikeJson } from "./input";
import { placeProblems } from "./inputproblems";
import { type Shape, shapeOf, startOf } from "./inputschema";
import { countProblems, groupProblems } from "./problems";
import { Recall } from "./recall";

test("what is JSON is told by its first letter", () => {
  const table: [string, boolean][] = [
    ["name=Mike", false],
    ["true=1", false],
    ["1=2", false],
    ["", false],
    [' {"a":1}', true],
    ["[1]", true],
    ['"text"', true],
    ["-12.5", true],
    ["7", true],
    ["true", true],
    ["null", true],
  ];
  for (const [text, want] of table) {
    assert.equal(looksLikeJson(text), want, `looksLikeJson(${JSON.stringify(text)})`);
  }
});

test("walking through what was typed before", async () => {
  const recall = new Recall(async () => ["c", "b", "b", "a", ""]);
  assert.equal(await recall.older("draft"), "c");
  assert.equal(await recall.older("c"), "b");
  assert.equal(await recall.older("b"), "a");
  assert.equal(await recall.older("a"), undefined);
  assert.equal(recall.newer(), "b");
  assert.equal(recall.newer(), "c");
  assert.equal(recall.newer(), "draft");
  assert.equal(recall.newer(), undefined);
  assert.equal(await recall.older("c"), "b", "what stands there already is no step back");
});

const channel: Channel = {
  name: "Files",
  type: "rest",
  service: "files.Get",
  path: "/users/{id}/files/{path...}",
  methods: ["PUT"],
  calls: 0,
  errors: 0,
  running: 0,
};

test("paths of channels", () => {
  assert.deepEqual(pathParams(channel.path ?? ""), [
    { name: "id", rest: false },
    { name: "path", rest: true },
  ]);
  assert.equal(fillPath(channel.path ?? "", { id: "a/b c", path: "x/y z" }), "/users/a%2Fb%20c/files/x/y%20z");
});

test("requests through channels", () => {
  const input = {
    ...startInput(channel),
    params: { id: "1" },
    headers: "A: b\n\nX-Y:  c:d \nno header",
    query: "?a=1",
  };
  assert.deepEqual(missing(channel, input), { params: [], headers: ["no header"] });
  assert.deepEqual(missing(channel, startInput(channel)).params, ["id"]);
  assert.deepEqual(parseHeaders(input.headers).headers, [
    ["A", "b"],
    ["X-Y", "c:d"],
  ]);
  assert.deepEqual(toCall(channel, { ...input, body: "{}" }), {
    channel: "Files",
    method: "PUT",
    path: "/users/1/files/",
    query: "a=1",
    headers: [
      ["A", "b"],
      ["X-Y", "c:d"],
    ],
    body: "{}",
    no_key: false,
  });
});

const schema = parseJson(`{
  "type": "object", "additionalProperties": false, "required": ["name", "inner"],
  "properties": {
    "age": {"type": "integer", "minimum": 1, "maximum": 120},
    "born": {"type": ["string", "null"], "format": "date-time"},
    "data": {"type": "string", "contentEncoding": "base64"},
    "inner": {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "name": {"type": "string", "description": "who", "examples": ["Mike"], "minLength": 2},
    "next": {"$ref": "#/$defs/Node1", "description": "the one behind"},
    "size": {"type": "string", "enum": ["S", "M"], "default": "M"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "what": {}
  },
  "$defs": {"Node1": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node1"}}, "description": "a node"}}
}`);

test("fields of an input", () => {
  const sample = parseJson(`{"name":"Mike","age":0}`);
  const root = shapeOf(schema, schema, sample);
  assert.equal(root.kind, "object");
  if (root.kind !== "object") return;
  const fields = root.fields.map((f) => `${f.name}${f.required ? "*" : ""}`).join(" ");
  assert.equal(fields, "name* age born data inner* labels next size tags what");
  const shapes = new Map<string, Shape>(root.fields.map((f) => [f.name, shapeOf(f.schema, schema)]));
  assert.deepEqual(
    [...shapes].map(([n, s]) => `${n} ${s.kind}`),
    [
      "name text",
      "age number",
      "born time",
      "data bytes",
      "inner object",
      "labels map",
      "next object",
      "size choice",
      "tags list",
      "what any",
    ],
  );
  assert.equal(shapes.get("age")?.limits, "1 to 120");
  assert.equal(shapes.get("name")?.limits, "at least 2 characters");
  assert.equal(shapes.get("born")?.nullable, true);
  assert.equal(shapes.get("next")?.about, "the one behind");
  assert.deepEqual(startOf(root, schema), parseJson(`{"inner":{}}`));
  assert.deepEqual(startOf(shapes.get("size") ?? root, schema), parseJson(`"M"`));
});

test("problems by file", () => {
  const problem = (severity: string, file: string, line: number): Problem => ({
    severity,
    fault: { kind: "invalid", what: `${file} ${line}`, at: { file, line } },
  });
  const all = [
    problem("warning", "a.go", 1),
    problem("error", "b.go", 9),
    problem("error", "b.go", 2),
    problem("error", "", 0),
  ];
  assert.deepEqual(
    groupProblems(all).map((g) => [g.file, g.errors, ...g.problems.map((p) => p.fault.at?.line)]),
    [
      ["", 1, 0],
      ["b.go", 2, 2, 9],
      ["a.go", 0, 1],
    ],
  );
  assert.deepEqual(countProblems(all), { errors: 3, warnings: 1 });
});

test("examples as pairs", () => {
  const example = parseJson(
    `{"name":"Mike","full":"A B","n":3,"ok":true,"a":{"b":null,"c":{}},"tags":["x","y"],"items":[{"id":1}],"e":[]}`,
  );
  assert.equal(
    pairsOf(example),
    'name=Mike\nfull="A B"\nn=3\nok=true\na.b=null\na.c:={}\ntags=x\ntags=y\nitems:=[{"id":1}]\ne:=[]',
  );
  assert.equal(pairsOf(parseJson("[1]")), "");
});

test("problems stand at their places", () => {
  const faults = [
    {
      kind: "invalid" as FaultKind,
      what: "the input is wrong",
      details: [
        { path: "age", what: "is no number" },
        { path: "name", what: "is required" },
      ],
    },
  ];
  const json = placeProblems("json", '{\n  "age": "x"\n}', faults);
  assert.deepEqual(json.problems, [{ line: 2, column: 10, length: 3, message: "“age” is no number", hint: undefined }]);
  assert.deepEqual(json.rest, [{ what: "“name” is required", hint: undefined }]);
  const pairs = placeProblems("pairs", "a=1\nage=x", faults);
  assert.deepEqual(pairs.problems, [{ line: 2, column: 1, length: 5, message: "“age” is no number", hint: undefined }]);
  const broken = placeProblems("json", '{"a":\n}', faults);
  assert.deepEqual(
    broken.problems.map((p) => [p.line, p.column]),
    [[2, 1]],
  );
});
