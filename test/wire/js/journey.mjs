// The Calc tutorial by AWS's JavaScript SDK v3. Prints one line per step, and
// ends with status 1 at the first answer that is not as on AWS.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as ag from "@aws-sdk/client-api-gateway";
import * as cw from "@aws-sdk/client-cloudwatch";
import * as cwl from "@aws-sdk/client-cloudwatch-logs";
import * as iam from "@aws-sdk/client-iam";
import * as lam from "@aws-sdk/client-lambda";
import * as sts from "@aws-sdk/client-sts";

const endpoint = process.env.ENDPOINT;
const config = {
  region: "us-east-1",
  endpoint,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
};
const IAM = new iam.IAMClient(config);
const L = new lam.LambdaClient(config);
const A = new ag.APIGatewayClient(config);
const STS = new sts.STSClient(config);
const CW = new cw.CloudWatchClient(config);
const LOGS = new cwl.CloudWatchLogsClient(config);
const step = (name) => console.log("ok", name);

async function refused(promise, name, text) {
  await assert.rejects(promise, (e) => {
    assert.equal(e.name, name);
    assert.match(e.message, text);
    return true;
  });
}

const who = await STS.send(new sts.GetCallerIdentityCommand({}));
assert.equal(who.Account, "000000000000");
step("caller identity");

const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: ["lambda.amazonaws.com", "apigateway.amazonaws.com"] }, Action: "sts:AssumeRole" }],
};
const { Role: role } = await IAM.send(new iam.CreateRoleCommand({ RoleName: "calc", AssumeRolePolicyDocument: JSON.stringify(trust) }));
assert.deepEqual(JSON.parse(decodeURIComponent(role.AssumeRolePolicyDocument)), trust);
await IAM.send(new iam.PutRolePolicyCommand({
  RoleName: "calc", PolicyName: "invoke",
  PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" } }),
}));
await refused(IAM.send(new iam.GetRoleCommand({ RoleName: "nope" })), "NoSuchEntityException", /cannot be found/);
step("role");

const zip = await readFile(process.env.CALC_ZIP);
const fn = await L.send(new lam.CreateFunctionCommand({
  FunctionName: "Calc", Runtime: "nodejs22.x", Handler: "index.handler", Role: role.Arn, Code: { ZipFile: zip },
}));
await lam.waitUntilFunctionActiveV2({ client: L, maxWaitTime: 30 }, { FunctionName: "Calc" });
step("function");

const text = (payload) => Buffer.from(payload).toString();
const sum = await L.send(new lam.InvokeCommand({ FunctionName: "Calc", Payload: JSON.stringify({ a: 1, b: 2, op: "+" }), LogType: "Tail" }));
assert.equal(text(sum.Payload), '{"a":1,"b":2,"op":"+","c":3}');
assert.match(Buffer.from(sum.LogResult, "base64").toString(), /^START RequestId: [0-9a-f-]+ Version: \$LATEST\n[^]*REPORT RequestId/m);
const bad = await L.send(new lam.InvokeCommand({ FunctionName: "Calc", Payload: "{}" }));
assert.equal(bad.FunctionError, "Unhandled");
assert.equal(text(bad.Payload), '{"errorType":"string","errorMessage":"400 Invalid Input","trace":[]}');
await refused(L.send(new lam.InvokeCommand({ FunctionName: "nope" })), "ResourceNotFoundException", /Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope/);
step("invoke");

const api = await A.send(new ag.CreateRestApiCommand({ name: "LambdaGate", endpointConfiguration: { types: ["REGIONAL"] } }));
const restApiId = api.id;
assert.deepEqual(api.endpointConfiguration.types, ["REGIONAL"]);
assert.ok(api.createdDate instanceof Date);
const { items } = await A.send(new ag.GetResourcesCommand({ restApiId }));
assert.equal(items[0].id, api.rootResourceId);
const calc = await A.send(new ag.CreateResourceCommand({ restApiId, parentId: items[0].id, pathPart: "calc" }));
assert.equal(calc.path, "/calc");
await refused(A.send(new ag.CreateResourceCommand({ restApiId, parentId: items[0].id, pathPart: "calc" })), "ConflictException", /^Another resource with the same parent already has this name: calc$/);
const at = { restApiId, resourceId: calc.id, httpMethod: "GET" };
const validator = await A.send(new ag.CreateRequestValidatorCommand({ restApiId, name: "params", validateRequestParameters: true }));
await A.send(new ag.PutMethodCommand({
  ...at, authorizationType: "NONE", requestValidatorId: validator.id,
  requestParameters: { "method.request.querystring.operand1": true, "method.request.querystring.operand2": true, "method.request.querystring.operator": true },
}));
await A.send(new ag.PutMethodResponseCommand({ ...at, statusCode: "200", responseModels: { "application/json": "Empty" } }));
await A.send(new ag.PutIntegrationCommand({
  ...at, type: "AWS", integrationHttpMethod: "POST", credentials: role.Arn, passthroughBehavior: "WHEN_NO_TEMPLATES",
  uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${fn.FunctionArn}/invocations`,
  requestTemplates: { "application/json": `{"a": "$input.params('operand1')", "b": "$input.params('operand2')", "op": "$input.params('operator')"}` },
}));
await A.send(new ag.PutIntegrationResponseCommand({ ...at, statusCode: "200" }));
step("API");

const tested = await A.send(new ag.TestInvokeMethodCommand({ ...at, pathWithQueryString: "/calc?operand1=2&operand2=3&operator=+" }));
assert.equal(tested.body, '{"a":2,"b":3,"op":"+","c":5}');
assert.match(tested.log, /Endpoint request body after transformations/);
step("test invoke");

await A.send(new ag.CreateDeploymentCommand({ restApiId, stageName: "test" }));
const url = `${endpoint}/restapis/${restApiId}/test/_user_request_/calc`;
const called = await fetch(url + "?operand1=2&operand2=3&operator=add");
assert.equal(called.status, 200);
assert.equal(await called.text(), '{"a":2,"b":3,"op":"add","c":5}');
const missing = await fetch(url + "?operand1=2");
assert.equal(missing.status, 400);
assert.equal(await missing.text(), '{"message": "Missing required request parameters: [operand2, operator]"}');
step("deployed");

for (let i = 0; ; i++) {
  const { events = [] } = await LOGS.send(new cwl.FilterLogEventsCommand({ logGroupName: "/aws/lambda/Calc", filterPattern: "REPORT" })).catch(() => ({}));
  if (events.length >= 3) break;
  assert.ok(i < 100, "the function's log does not show");
  await new Promise((r) => setTimeout(r, 100));
}
step("logs");

const MINUTE = 60_000;
const times = { StartTime: new Date(Date.now() - 10 * MINUTE), EndTime: new Date(Date.now() + 2 * MINUTE) };
await CW.send(new cw.PutMetricDataCommand({
  Namespace: "Shop",
  MetricData: [{ MetricName: "Orders", Values: [1, 3], Counts: [2, 1], Unit: "Count", Dimensions: [{ Name: "Kind", Value: "book" }] }],
}));
const { Metrics: listed } = await CW.send(new cw.ListMetricsCommand({ Namespace: "Shop" }));
assert.deepEqual(listed, [{ Namespace: "Shop", MetricName: "Orders", Dimensions: [{ Name: "Kind", Value: "book" }] }]);
const { Datapoints: points } = await CW.send(new cw.GetMetricStatisticsCommand({
  Namespace: "Shop", MetricName: "Orders", Dimensions: listed[0].Dimensions, Period: 3600, Statistics: ["Sum", "SampleCount"], ExtendedStatistics: ["p50"], ...times,
}));
assert.equal(points.length, 1);
assert.ok(points[0].Timestamp instanceof Date);
assert.deepEqual({ ...points[0], Timestamp: 0 }, { Timestamp: 0, Sum: 5, SampleCount: 3, Unit: "Count", ExtendedStatistics: { p50: 1 } });
const metric = (Id, Namespace, MetricName, Name, Value) => ({ Id, ReturnData: false, MetricStat: { Metric: { Namespace, MetricName, Dimensions: [{ Name, Value }] }, Period: 86400, Stat: "Sum" } });
const { MetricDataResults: results } = await CW.send(new cw.GetMetricDataCommand({
  ...times,
  MetricDataQueries: [
    metric("requests", "AWS/ApiGateway", "Count", "ApiName", "LambdaGate"), metric("invocations", "AWS/Lambda", "Invocations", "FunctionName", "Calc"),
    { Id: "both", Expression: "requests * 10 + invocations" },
  ],
}));
assert.deepEqual(results.map((r) => [r.Id, r.Values, r.StatusCode]), [["both", [24], "Complete"]]);
await refused(CW.send(new cw.PutMetricDataCommand({ Namespace: "AWS/X", MetricData: [{ MetricName: "m", Value: 1 }] })), "InvalidParameterValueException", /^The value AWS\/X for parameter Namespace is invalid\.$/);
step("metrics");
console.log("done");
