// The client's side of operations: commands, plans.
import { afterEach, expect, test, vi } from "vitest";
import { command, kebab, quote } from "../src/api/cli";
import { ApiError, call, onSignedOut } from "../src/api/client";
import { list } from "../src/api/list";
import { followRequests } from "../src/api/requests";
import { output, preview, runPlan, step, undoable } from "../src/api/step";
import { uuid } from "../src/api/uuid";

test.each([
  ["CreateRestApi", "create-rest-api"],
  ["restApiId", "rest-api-id"],
  ["FunctionName", "function-name"],
  ["providerARNs", "provider-arns"],
  ["GetSdk", "get-sdk"],
  ["logGroupName", "log-group-name"],
  ["AssumeRolePolicyDocument", "assume-role-policy-document"],
  ["KMSKeyArn", "kms-key-arn"],
  ["SourceArn", "source-arn"],
])("kebab %s", (name, want) => expect(kebab(name)).toBe(want));

test.each([
  ["plain-word", "plain-word"],
  ["two words", "'two words'"],
  ["it's", `'it'\\''s'`],
  ["$HOME", "'$HOME'"],
  ["", "''"],
  ["=program", "'=program'"],
  ["a=b", "a=b"],
])("quote %s", (word, want) => expect(quote(word)).toBe(want));

const line = (s: Parameters<typeof command>[0]) => command(s, "http://e", "r").replaceAll(" \\\n    ", " ");

test.each([
  [
    step("apigateway", "CreateResource", { restApiId: "a", parentId: "b", pathPart: "{id}" }),
    "aws apigateway create-resource --rest-api-id a --parent-id b --path-part '{id}' --region r --endpoint-url http://e",
  ],
  [
    step("apigateway", "PutMethod", {
      restApiId: "a",
      resourceId: "b",
      httpMethod: "GET",
      authorizationType: "NONE",
      apiKeyRequired: false,
    }),
    "aws apigateway put-method --rest-api-id a --resource-id b --http-method GET --authorization-type NONE --no-api-key-required --region r --endpoint-url http://e",
  ],
  [
    step("apigateway", "UpdateStage", {
      restApiId: "a",
      stageName: "s",
      patchOperations: [{ op: "replace", path: "/description", value: "x y" }],
    }),
    `aws apigateway update-stage --rest-api-id a --stage-name s --patch-operations '[{"op":"replace","path":"/description","value":"x y"}]' --region r --endpoint-url http://e`,
  ],
  [
    step("apigateway", "CreateRestApi", { name: "n", version: "1", description: undefined }),
    "aws apigateway create-rest-api --name n --api-version 1 --region r --endpoint-url http://e",
  ],
  [
    step("apigateway", "GetResources", { restApiId: "a", embed: ["methods"] }),
    "aws apigateway get-resources --rest-api-id a --embed methods --region r --endpoint-url http://e",
  ],
  [
    step("apigateway", "ImportRestApi", { body: "e30=" }),
    "aws apigateway import-rest-api --body fileb://api.json --region r --endpoint-url http://e",
  ],
  [
    step("lambda", "CreateFunction", { FunctionName: "f", Role: "arn:x", Code: { ZipFile: "UEs=" } }),
    "aws lambda create-function --function-name f --role arn:x --zip-file fileb://function.zip --region r --endpoint-url http://e",
  ],
  [
    step("lambda", "Invoke", { FunctionName: "f", Payload: btoa('{"a":1}') }),
    `aws lambda invoke --function-name f --payload '{"a":1}' --cli-binary-format raw-in-base64-out /dev/stdout --region r --endpoint-url http://e`,
  ],
  [
    step("iam", "CreatePolicy", { PolicyName: "p", PolicyDocument: "{}", Description: "- it's one" }),
    `aws iam create-policy --policy-name p --policy-document '{}' --description='- it'\\''s one' --region r --endpoint-url http://e`,
  ],
])("command %#", (s, want) => expect(line(s)).toBe(want));

afterEach(() => vi.unstubAllGlobals());

/** answers makes fetch answer one call after the other, and keeps what was asked. */
function answers(...list: [status: number, body: string][]): { url: string; body: unknown; headers: Record<string, string> }[] {
  const asked: { url: string; body: unknown; headers: Record<string, string> }[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push({ url, body: JSON.parse(String(init.body)), headers: init.headers as Record<string, string> });
    const [status, body] = list[asked.length - 1] ?? [500, "{}"];
    return Promise.resolve(new Response(body, { status }));
  });
  return asked;
}

test("a call carries what tells the console's own pages", async () => {
  const asked = answers([200, `{"id":"x"}`]);
  expect(await call("apigateway", "GetRestApi", { restApiId: "x" })).toEqual({ id: "x" });
  expect(asked).toEqual([
    {
      url: "/console/api/apigateway/GetRestApi",
      body: { restApiId: "x" },
      headers: { "Content-Type": "application/json", "X-Lambdagate-Console": "1", "X-Lambdagate-Region": "us-east-1" },
    },
  ]);
});

test.each([
  [
    403,
    `{"code":"AccessDeniedException","message":"User: x is not authorized"}`,
    { code: "AccessDeniedException", message: "User: x is not authorized", denied: true, missing: false },
  ],
  [
    404,
    `{"code":"NotFoundException","message":"Invalid API identifier specified"}`,
    { code: "NotFoundException", message: "Invalid API identifier specified", denied: false, missing: true },
  ],
  [
    502,
    `<html>bad gateway</html>`,
    { code: "BadAnswer", message: "The server's answer is not JSON: <html>bad gateway</html>", denied: false, missing: false },
  ],
])("an error %i", async (status, body, want) => {
  answers([status, body]);
  const e = await call("apigateway", "GetRestApi", { restApiId: "x" }).catch((e: unknown) => e);
  expect(e).toBeInstanceOf(ApiError);
  const { code, message, denied, missing } = e as ApiError;
  expect({ code, message, denied, missing }).toEqual(want);
});

test("no server", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
  await expect(call("iam", "ListRoles", {})).rejects.toMatchObject({ code: "Unreachable", status: 0 });
});

test("a plan hands on what steps return, and is previewed with names", async () => {
  const plan = [
    step("apigateway", "CreateResource", { restApiId: "a", parentId: "p", pathPart: "x" }),
    (done: unknown[]) =>
      step("apigateway", "DeleteResource", { restApiId: "a", resourceId: output("apigateway", "CreateResource", done[0]).id }),
  ];
  expect(preview(plan).map((s) => s.input)).toEqual([
    { restApiId: "a", parentId: "p", pathPart: "x" },
    { restApiId: "a", resourceId: "<id>" },
  ]);
  const asked = answers([200, `{"id":"r1"}`], [200, `{}`]);
  await runPlan(plan, () => {});
  expect(asked.map((a) => a.body)).toEqual([
    { restApiId: "a", parentId: "p", pathPart: "x" },
    { restApiId: "a", resourceId: "r1" },
  ]);
});

test("a plan that fails takes back what can be", async () => {
  const asked = answers([200, `{}`], [400, `{"code":"BadRequestException","message":"no"}`], [200, `{}`]);
  const at = { restApiId: "a", resourceId: "r", httpMethod: "GET" };
  const plan = [
    undoable(step("apigateway", "PutMethod", { ...at, authorizationType: "NONE" }), step("apigateway", "DeleteMethod", at)),
    step("apigateway", "PutIntegration", { ...at, type: "MOCK" }),
  ];
  await expect(runPlan(plan, () => {})).rejects.toThrow("no");
  expect(asked.map((a) => a.url.split("/").pop())).toEqual(["PutMethod", "PutIntegration", "DeleteMethod"]);
});

test("what takes a step back may need what it returned, in the region where it ran", async () => {
  const asked = answers([200, `{"id":"r1"}`], [400, `{"code":"BadRequestException","message":"no"}`], [200, `{}`]);
  const plan = [
    undoable(step("apigateway", "CreateResource", { restApiId: "a", parentId: "p", pathPart: "x" }), (made) =>
      step("apigateway", "DeleteResource", { restApiId: "a", resourceId: output("apigateway", "CreateResource", made).id }),
    ),
    step("apigateway", "GetRestApi", { restApiId: "a" }),
  ];
  expect(plan.map((s) => s.region)).toEqual(["us-east-1", "us-east-1"]);
  await expect(runPlan(plan, () => {})).rejects.toThrow("no");
  expect(asked.at(-1)?.body).toEqual({ restApiId: "a", resourceId: "r1" });
});

test("a region and an endpoint are words of the shell, too", () =>
  expect(command(step("iam", "ListRoles", {}), "http://e/$(x)", "r; x")).toBe(
    "aws iam list-roles --region 'r; x' --endpoint-url 'http://e/$(x)'",
  ));

test("the session that ended while requests are followed", async () => {
  answers([401, `{"code":"NotSignedIn","message":"Sign in"}`]);
  const out = vi.fn();
  onSignedOut(out);
  await expect(followRequests({}, new AbortController().signal, out, out)).rejects.toMatchObject({ code: "NotSignedIn", status: 401 });
  expect(out).toHaveBeenCalledTimes(1);
});

test("random identifiers", () => {
  expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uuid()).not.toBe(uuid());
});

test("an error that does not matter", async () => {
  answers([409, `{"code":"ResourceConflictException","message":"exists"}`]);
  const plan = [
    step(
      "lambda",
      "AddPermission",
      { FunctionName: "f", StatementId: "s", Action: "a", Principal: "p" },
      (code) => code === "ResourceConflictException",
    ),
  ];
  expect(await runPlan(plan, () => {})).toEqual([undefined]);
});

test("a list is read to its last page", async () => {
  const asked = answers(
    [200, `{"Roles":[{"RoleName":"a"}],"IsTruncated":true,"Marker":"m"}`],
    [200, `{"Roles":[{"RoleName":"b"}],"IsTruncated":false}`],
  );
  expect(await list("iam", "ListRoles", { PathPrefix: "/p/" }, "Roles")).toEqual([{ RoleName: "a" }, { RoleName: "b" }]);
  expect(asked.map((a) => a.body)).toEqual([
    { MaxItems: 1000, PathPrefix: "/p/" },
    { MaxItems: 1000, PathPrefix: "/p/", Marker: "m" },
  ]);
});

test("a list without members is empty", async () => {
  answers([200, "{}"]);
  expect(await list("apigateway", "GetRestApis", {}, "items")).toEqual([]);
});

test("a list stops when it has enough, and can be of another region", async () => {
  const asked = answers([200, `{"Functions":[{"FunctionName":"a"}],"NextMarker":"m"}`]);
  expect(await list("lambda", "ListFunctions", {}, "Functions", undefined, { most: 1, region: "eu-west-1" })).toEqual([
    { FunctionName: "a" },
  ]);
  expect(asked.map((a) => [a.headers["X-Lambdagate-Region"], a.body])).toEqual([["eu-west-1", {}]]);
});
