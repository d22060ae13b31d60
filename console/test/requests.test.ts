// What the pages of requests compute.
import { expect, test } from "vitest";
import { parseEvents } from "../src/api/requests";
import { bodyText, changes, duration, tokens, tone, where } from "../src/pages/requests/facts";

test.each([
  [0.04, "0.04 ms"],
  [9.96, "10.0 ms"],
  [35.4, "35 ms"],
  [9999, "9999 ms"],
  [29_000, "29.0 s"],
])("%d ms reads %s", (ms, want) => expect(duration(ms)).toBe(want));

test.each([
  [{ target: "arn:aws:lambda:us-east-1:000000000000:function:Calc:live", integration: "AWS" }, "Calc:live"],
  [{ target: "https://example.com:8443/a", integration: "HTTP" }, "example.com:8443"],
  [{ integration: "MOCK" }, "Mock"],
  [{}, "-"],
])("where %j went", (r, want) => expect(where(r)).toBe(want));

test.each([
  [200, false, "success"],
  [200, true, "error"],
  [404, true, "warning"],
  [502, true, "error"],
] as const)("%d is %s", (status, failed, want) => expect(tone({ status, failed })).toBe(want));

test("bodies", () => {
  expect(bodyText(undefined)).toBe("");
  expect(bodyText({ text: '{"a":1}', size: 7 })).toBe('{\n  "a": 1\n}');
  expect(bodyText({ text: "abc", size: 9000, cut: true })).toBe("abc\n… of 9000 bytes");
  expect(bodyText({ binary: "AA==", size: 1 })).toBe("(1 bytes that are no text)");
});

test("what a step changed", () => {
  expect(changes('{\n  "a": 1,\n  "b": 2\n}', '{\n  "a": 1,\n  "c": 3\n}').map((l) => `${l.change} ${l.text.trim()}`)).toEqual([
    "same {",
    'same "a": 1,',
    'gone "b": 2',
    'new "c": 3',
    "same }",
  ]);
  expect(changes('"a": 1', '"a": 1,')).toEqual([{ text: '"a": 1,', change: "same" }]);
  expect(changes("", "x")).toEqual([{ text: "x", change: "new" }]);
  expect(changes("x\n".repeat(500), "y").map((l) => l.change)).toEqual(["same"]);
});

test("JSON is coloured and stays as it is", () => {
  const line = '  "a\\"b" : [1.5e3, -2, "x: {}", true, null], rest';
  const t = tokens(line);
  expect(t.map((x) => x.text).join("")).toBe(line);
  expect(t.filter((x) => x.kind !== "plain" && x.kind !== "mark").map((x) => `${x.kind} ${x.text}`)).toEqual([
    'key "a\\"b"',
    "number 1.5e3",
    "number -2",
    'string "x: {}"',
    "word true",
    "word null",
  ]);
});

test("server-sent events, in pieces", () => {
  const first = parseEvents(':\n\nevent: request\ndata: {"id":"1"}\n\nevent: lo');
  expect(first).toEqual({ events: [{ name: "request", data: '{"id":"1"}' }], rest: "event: lo" });
  expect(parseEvents(first.rest + 'st\ndata: {"count":3}\n\n').events).toEqual([{ name: "lost", data: '{"count":3}' }]);
});
