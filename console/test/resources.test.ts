// What the pages of resources compute.
import { expect, test } from "vitest";
import type { Integration, Method, Resource } from "../src/api/apigateway_gen";
import { describe as describeIntegration, emptyForm, fromForm, permission, toForm, wrong } from "../src/pages/resources/integration";
import { findValidator, patchMethod, requestParameters, toRequestForm, validatorName } from "../src/pages/resources/methodrequest";
import { patchList, patchMap, patchValue } from "../src/pages/resources/patch";
import { entries, stages } from "../src/pages/resources/testlog";
import { headers, parameters, pathWith, withQuery } from "../src/pages/resources/testrequest";
import { tree, within } from "../src/pages/resources/tree";

const calc = "arn:aws:lambda:us-east-1:000000000000:function:Calc";
const calcURI = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${calc}/invocations`;

const integrations: Record<string, Integration> = {
  lambda: { type: "AWS", httpMethod: "POST", uri: calcURI },
  "lambda proxy": { type: "AWS_PROXY", httpMethod: "POST", uri: calcURI },
  "lambda proxy with a role": { type: "AWS_PROXY", httpMethod: "POST", uri: calcURI, credentials: "arn:aws:iam::000000000000:role/r" },
  "lambda as a service": { type: "AWS", httpMethod: "POST", uri: calcURI, credentials: "arn:aws:iam::000000000000:role/r" },
  "lambda by stage variable": {
    type: "AWS",
    httpMethod: "POST",
    uri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.fn}/invocations",
  },
  "service by action": {
    type: "AWS",
    httpMethod: "POST",
    uri: "arn:aws:apigateway:eu-west-1:sns:action/Publish",
    credentials: "arn:aws:iam::000000000000:role/r",
  },
  "service by path with subdomain": { type: "AWS", httpMethod: "PUT", uri: "arn:aws:apigateway:eu-west-1:bucket.s3:path/a/{key}" },
  http: {
    type: "HTTP",
    httpMethod: "GET",
    uri: "https://example.com/pets/{id}",
    contentHandling: "CONVERT_TO_TEXT",
    timeoutInMillis: 1000,
  },
  "http proxy": { type: "HTTP_PROXY", httpMethod: "ANY", uri: "https://example.com/{proxy}" },
  "vpc link": { type: "HTTP", httpMethod: "GET", uri: "http://nlb/", connectionType: "VPC_LINK", connectionId: "abc123" },
  mock: { type: "MOCK" },
};

// What is stored comes back from the form as it was.
test.each(Object.entries(integrations))("integration %s", (_, i) => {
  const { integrationHttpMethod: httpMethod, ...rest } = fromForm(toForm(i, "us-east-1"), "000000000000");
  expect(JSON.parse(JSON.stringify({ ...rest, httpMethod }))).toEqual(i);
});

test.each([
  ["lambda", { kind: "Lambda", target: "Calc" }],
  ["lambda as a service", { kind: "Lambda", target: "Calc" }],
  ["lambda proxy", { kind: "Lambda (proxy)", target: "Calc" }],
  ["service by action", { kind: "AWS service", target: "sns" }],
  ["http proxy", { kind: "HTTP (proxy)", target: "https://example.com/{proxy}" }],
  ["mock", { kind: "Mock", target: "" }],
])("integration %s in words", (name, want) => expect(describeIntegration(integrations[name])).toEqual(want));

test("a path override may begin with a slash", () => {
  const f = {
    ...emptyForm("us-east-1"),
    kind: "AWS" as const,
    service: "lambda",
    httpMethod: "POST",
    actionType: "path" as const,
    path: `/2015-03-31/functions/${calc}/invocations`,
  };
  expect(fromForm(f, "000000000000").uri).toBe(calcURI);
});

test.each([
  [{ kind: "LAMBDA" as const }, "Choose a Lambda function."],
  [{ kind: "AWS" as const }, "Choose an AWS service."],
  [{ kind: "AWS" as const, service: "sns" }, "Choose the HTTP method of the integration."],
  [{ kind: "AWS" as const, service: "sns", httpMethod: "POST" }, "Enter the action name."],
  [{ kind: "HTTP" as const }, "Enter the endpoint URL."],
  [{ kind: "MOCK" as const }, undefined],
  [{ kind: "LAMBDA" as const, lambda: "Calc", defaultTimeout: false, timeout: "soon" }, "The timeout is a number of milliseconds."],
])("what a form lacks %#", (part, want) => expect(wrong({ ...emptyForm("us-east-1"), ...part })).toBe(want));

test.each([
  ["GET", "/calc/{operand1}/{operand2}", "arn:aws:execute-api:us-east-1:000000000000:api1/*/GET/calc/*/*"],
  ["ANY", "/{proxy+}", "arn:aws:execute-api:us-east-1:000000000000:api1/*/*/*"],
  ["POST", "/", "arn:aws:execute-api:us-east-1:000000000000:api1/*/POST/"],
])("the permission for %s %s", (verb, path, want) => {
  const f = { ...emptyForm("us-east-1"), lambda: "Calc" };
  expect(permission(f, { id: "api1", region: "us-east-1", account: "000000000000" }, verb, path)).toMatchObject({
    FunctionName: calc,
    Principal: "apigateway.amazonaws.com",
    SourceArn: want,
  });
});

test("no permission where a role or a stage variable names the function", () => {
  const api = { id: "a", region: "r", account: "0" };
  expect(permission({ ...emptyForm("r"), lambda: "Calc", role: "arn:r" }, api, "GET", "/")).toBeUndefined();
  expect(permission({ ...emptyForm("r"), lambda: "${stageVariables.fn}" }, api, "GET", "/")).toBeUndefined();
});

test("patches", () => {
  expect(
    patchMap("/requestTemplates", { "application/json": "a", "text/plain": "b" }, { "application/json": "c", "text/~x": "d" }),
  ).toEqual([
    { op: "remove", path: "/requestTemplates/text~1plain" },
    { op: "replace", path: "/requestTemplates/application~1json", value: "c" },
    { op: "add", path: "/requestTemplates/text~1~0x", value: "d" },
  ]);
  expect(patchList("/binaryMediaTypes", ["a/b"], ["a/b", "*/*"])).toEqual([{ op: "add", path: "/binaryMediaTypes/*~1*" }]);
  expect(patchValue("/description", "a", "a")).toEqual([]);
  expect(patchValue("/description", undefined, "")).toEqual([]);
  expect(patchValue("/description", "a", "", "remove")).toEqual([{ op: "remove", path: "/description" }]);
  expect(patchValue("/enabled", false, true)).toEqual([{ op: "replace", path: "/enabled", value: "true" }]);
});

const method: Method = {
  httpMethod: "GET",
  authorizationType: "NONE",
  requestValidatorId: "v1",
  requestParameters: { "method.request.path.id": true, "method.request.querystring.q": true, "method.request.header.H": false },
  requestModels: { "application/json": "Input" },
  methodIntegration: { type: "MOCK", cacheKeyParameters: ["method.request.querystring.q"] },
};
const own = [{ id: "v1", name: "mine", validateRequestBody: true, validateRequestParameters: false }];

test("a method request and its form", () => {
  const form = toRequestForm(method, own);
  expect(form).toMatchObject({
    authorization: "NONE",
    validator: "Validate body",
    queryStrings: [{ name: "q", required: true, caching: true }],
    headers: [{ name: "H", required: false, caching: false }],
    paths: [{ name: "id", required: true, caching: false }],
    models: [{ contentType: "application/json", model: "Input" }],
  });
  expect(requestParameters(form)).toEqual(method.requestParameters);
  expect(patchMethod(method, form, { type: "NONE" }, "v1")).toEqual([]);
  expect(patchMethod(method, { ...form, apiKey: true, queryStrings: [], scopes: "read" }, { type: "NONE" }, "")).toEqual([
    { op: "add", path: "/authorizationScopes", value: "read" },
    { op: "replace", path: "/apiKeyRequired", value: "true" },
    { op: "replace", path: "/requestValidatorId", value: "" },
    { op: "remove", path: "/requestParameters/method.request.querystring.q" },
  ]);
});

test("validators by what they do", () => {
  expect(validatorName({ id: "x", name: "odd", validateRequestBody: false, validateRequestParameters: false })).toBe("odd");
  expect(validatorName(undefined)).toBe("None");
  expect(findValidator("Validate body", own)?.id).toBe("v1");
  expect(findValidator("Validate query string parameters and headers", own)).toBeUndefined();
});

test("requests of a test as typed", () => {
  expect(parameters("/calc/{a}/{rest+}")).toEqual(["a", "rest+"]);
  expect(pathWith("/calc/{a}/{b}", { a: "+", b: "%2F" })).toBe("/calc/+/%2F");
  expect(pathWith("/calc/{a}/{rest+}", { a: "1/2?", "rest+": "x/y z" })).toBe("/calc/1%2F2%3F/x/y%20z");
  expect(pathWith("/calc/{a}", {})).toBe("/calc/{a}");
  expect(withQuery("/calc", " ?operand1=2&operator=+ ")).toBe("/calc?operand1=2&operator=+");
  expect(withQuery("/calc", "")).toBe("/calc");
  expect(headers("a: 1\n\nb:x:y")).toEqual({ headers: { a: "1", b: "x:y" } });
  expect(headers("a:1\na:2")).toEqual({ multiValueHeaders: { a: ["1", "2"] } });
  expect(headers("what")).toEqual({ wrong: '"what" is not name:value.' });
  expect(headers("")).toEqual({});
});

const log = `Execution log for request 1
Sun Nov 22 12:00:00 UTC 2026 : Starting execution for request: 1
Sun Nov 22 12:00:00 UTC 2026 : HTTP Method: GET, Resource Path: /calc
Sun Nov 22 12:00:00 UTC 2026 : Method request query string: {a=1}
Sun Nov 22 12:00:00 UTC 2026 : Endpoint request body after transformations: {
  "a": 1
}
Sun Nov 22 12:00:00 UTC 2026 : Received response. Status: 200, Integration latency: 5 ms
Sun Nov 22 12:00:00 UTC 2026 : Execution failed due to configuration error: no
Sun Nov 22 12:00:00 UTC 2026 : Method completed with status: 500
`;

test("the log of a test, box by box", () => {
  expect(entries(log)).toHaveLength(8);
  expect(stages(log)).toEqual({
    failures: ["Execution failed due to configuration error: no"],
    stages: [
      {
        title: "Method request",
        facts: [
          ["Request", "GET, Resource Path: /calc"],
          ["Query string", "{a=1}"],
        ],
      },
      { title: "Integration request", facts: [["Body", '{\n  "a": 1\n}']] },
      { title: "Integration response", facts: [["Outcome", "Status: 200, Integration latency: 5 ms"]] },
      { title: "Method response", facts: [["Status", "500"]] },
    ],
  });
});

test("resources as a tree", () => {
  const resources: Resource[] = [
    { id: "c", parentId: "a", path: "/a/c" },
    { id: "root", path: "/" },
    {
      id: "b",
      parentId: "root",
      path: "/b",
      resourceMethods: { POST: { httpMethod: "POST", authorizationType: "NONE" }, GET: { httpMethod: "GET", authorizationType: "NONE" } },
    },
    { id: "a", parentId: "root", path: "/a" },
  ];
  const root = tree(resources);
  expect(root && within(root).map((n) => n.resource.path)).toEqual(["/", "/a", "/a/c", "/b"]);
  expect(root?.children[1]?.methods.map((m) => m.httpMethod)).toEqual(["GET", "POST"]);
  expect(tree([])).toBeUndefined();
});
