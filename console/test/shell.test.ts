// The shell: addresses, formats, faults.
import { expect, test } from "vitest";
import { jsonFault, policyFault } from "../src/editor/check";
import { decodeDocument, serviceTrust, trusted } from "../src/pages/iam/trust";
import { followed } from "../src/shell/followed";
import { pretty, size, when } from "../src/shell/format";
import { activeLink, menu } from "../src/shell/menu";
import { named } from "../src/shell/region";
import { match, to } from "../src/shell/router";

test.each([
  ["/apigateway/:api", "/apigateway/abc", { api: "abc" }],
  ["/apigateway/:api", "/apigateway", undefined],
  ["/apigateway/:api", "/apigateway/abc/stages", undefined],
  ["/apigateway/:api/resources/:rest*", "/apigateway/abc/resources", { api: "abc", rest: "" }],
  ["/apigateway/:api/resources/:rest*", "/apigateway/abc/resources/r1/GET/test", { api: "abc", rest: "r1/GET/test" }],
  ["/iam/policies/:arn", "/iam/policies/arn%3Aaws%3Aiam%3A%3A0%3Apolicy%2Fp", { arn: "arn:aws:iam::0:policy/p" }],
  ["/a/:b", "/a/%zz", { b: "%zz" }],
])("match %s with %s", (pattern, path, want) => expect(match(pattern, path)).toEqual(want));

test("addresses are encoded", () =>
  expect(to("cloudwatch", "log-groups", "/aws/lambda/Calc")).toBe("/console/cloudwatch/log-groups/%2Faws%2Flambda%2FCalc"));

test.each([
  ["/apigateway", "/console/apigateway"],
  ["/apigateway/create/rest", "/console/apigateway"],
  ["/apigateway/a1/resources/r/GET", "/console/apigateway/a1/resources"],
  ["/apigateway/a1/edit/r/GET/method-request", "/console/apigateway/a1/resources"],
  ["/apigateway/a1/create-stage", "/console/apigateway/a1/stages"],
  ["/apigateway/api-keys/k", "/console/apigateway/api-keys"],
])("the menu's link for %s", (path, want) => {
  const items = menu({ title: "", crumbs: [], service: "apigateway", api: { id: "a1", name: "A" } })?.items ?? [];
  expect(activeLink(items, path)).toBe(want);
});

test("indenting takes time in proportion to the text", () => {
  const text = `[${Array.from({ length: 100_000 }, (_, i) => `{"n":${i}}`).join(",")},"${"x".repeat(1 << 20)}"]`;
  const start = performance.now();
  expect(JSON.parse(pretty(text))).toEqual(JSON.parse(text));
  expect(performance.now() - start).toBeLessThan(10_000);
});

test.each([
  ["eu-west-1", "eu-west-1"],
  [null, undefined],
  ["", undefined],
  ["x; rm -rf ~", undefined],
  ["é", undefined],
])("a region named %s", (name, want) => expect(named(name)).toBe(want));

test("what is chosen follows what is listed", () => {
  const id = (i: { id: string }) => i.id;
  const chosen = [
    { id: "a", on: true },
    { id: "b", on: true },
  ];
  expect(
    followed(
      chosen,
      [
        { id: "a", on: true },
        { id: "b", on: true },
      ],
      id,
    ),
  ).toBe(chosen);
  expect(followed(chosen, [{ id: "b", on: false }], id)).toEqual([{ id: "b", on: false }]);
});

test("JSON is indented without touching numbers and strings", () => {
  expect(pretty('{"a":1.0,"big":12345678901234567890,"s":"a,b:{}\\"","e":[],"o":{},"l":[1,{"x":null}]}')).toBe(
    '{\n  "a": 1.0,\n  "big": 12345678901234567890,\n  "s": "a,b:{}\\"",\n  "e": [],\n  "o": {},\n  "l": [\n    1,\n    {\n      "x": null\n    }\n  ]\n}',
  );
  expect(pretty("[[],[[1]],{},[{}]]")).toBe("[\n  [],\n  [\n    [\n      1\n    ]\n  ],\n  {},\n  [\n    {}\n  ]\n]");
  expect(pretty("not json")).toBe("not json");
  expect(pretty("")).toBe("");
});

test("sizes and dates", () => {
  expect([size(undefined), size(1), size(999), size(1500), size(2_500_000)]).toEqual(["-", "1 byte", "999 bytes", "1.5 kB", "2.5 MB"]);
  expect(when(undefined)).toBe("-");
  expect(when("2024-05-01T12:00:00.000+0000")).toBe(when(1714564800));
  expect(when(1714564800)).toBe(when(1714564800000));
});

test.each([
  ["", undefined],
  ['{"a": 1}', undefined],
  ['{\n  "a": 1,\n}', { line: 3, column: 1 }],
  ['{"a" 1}', { line: 1, column: 6 }],
  ["{", { line: 1, column: 2 }],
])("the fault in %s", (text, want) => {
  const f = jsonFault(text);
  if (want === undefined) expect(f).toBeUndefined();
  else expect(f).toMatchObject(want);
});

const allow = (extra: object) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...extra }] });

test.each([
  ["identity" as const, allow({ Action: "*", Resource: "*" }), undefined],
  ["identity" as const, allow({ Action: "*" }), "A statement needs Resource or NotResource"],
  ["identity" as const, allow({ Action: "*", Resource: "*", Principal: "*" }), "A policy of an identity has no Principal"],
  ["identity" as const, allow({ Resource: "*" }), "A statement needs Action or NotAction"],
  ["identity" as const, `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`, 'Effect must be "Allow" or "Deny"'],
  ["identity" as const, `{"Version":"2020-01-01","Statement":[]}`, 'Version must be "2012-10-17" or "2008-10-17"'],
  ["identity" as const, `{}`, "Statement is missing"],
  ["identity" as const, ``, "The policy is empty"],
  ["trust" as const, serviceTrust("lambda.amazonaws.com"), undefined],
  ["trust" as const, allow({ Action: "sts:AssumeRole" }), "A statement needs Principal"],
  ["trust" as const, allow({ Action: "sts:AssumeRole", Principal: "*", Resource: "*" }), "A trust policy has no Resource"],
  ["resource" as const, allow({ Action: "execute-api:Invoke", Principal: "*", Resource: "execute-api:/*" }), undefined],
])("a policy %#", (kind, text, want) => expect(policyFault(text, kind)?.message).toBe(want));

test("who is trusted", () => {
  expect(trusted(encodeURIComponent(serviceTrust("lambda.amazonaws.com", "apigateway.amazonaws.com")))).toBe(
    "AWS service: lambda, AWS service: apigateway",
  );
  expect(trusted(allow({ Principal: "*", Action: "sts:AssumeRole" }))).toBe("Everyone");
  expect(decodeDocument("100%")).toBe("100%");
});
