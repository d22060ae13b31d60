// What AWS's JavaScript SDK v3 signs has to verify in serve mode: its clients, and
// its signer with requests that are awkward to write. Ends with status 1 at the
// first that does not.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { GetRestApisCommand, APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { FilterLogEventsCommand, CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { GetUserCommand, IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient, ListTagsCommand } from "@aws-sdk/client-lambda";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";

const { ENDPOINT: endpoint, API: api, KEY_ID: accessKeyId, SECRET: secretAccessKey } = process.env;
const step = (name) => console.log("ok", name);
const config = { region: "us-east-1", endpoint, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };

// Each protocol, with arguments in paths, queries and bodies.
const me = await new IAMClient(config).send(new GetUserCommand({}));
assert.equal(me.User.UserName, "ann");
await new IAMClient(config).send(new ListUsersCommand({ PathPrefix: "/a+b=c@d/" }));
await new APIGatewayClient(config).send(new GetRestApisCommand({ limit: 5, position: undefined }));
const missing = (promise) => assert.rejects(promise, (e) => (assert.equal(e.name, "ResourceNotFoundException"), true));
const L = new LambdaClient(config);
await missing(L.send(new GetFunctionCommand({ FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:none", Qualifier: "live" })));
await missing(L.send(new ListTagsCommand({ Resource: "arn:aws:lambda:us-east-1:000000000000:function:none" })));
await missing(new CloudWatchLogsClient(config).send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/none", filterPattern: "日本 ERROR %2F" })));
step("clients");

class Sha256 {
  constructor(secret) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", Buffer.from(secret));
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

const temporary = (await new STSClient(config).send(new GetSessionTokenCommand({}))).Credentials;
const keys = [
  { accessKeyId, secretAccessKey },
  { accessKeyId: temporary.AccessKeyId, secretAccessKey: temporary.SecretAccessKey, sessionToken: temporary.SessionToken },
];
const base = new URL(api);

/** written is how the request goes over the wire. */
function written(path, query) {
  const pairs = Object.entries(query).flatMap(([k, v]) => [v].flat().map((one) => `${encodeURIComponent(k)}=${encodeURIComponent(one)}`));
  return base.origin + path + (pairs.length > 0 ? "?" + pairs.join("&") : "");
}

const cases = [
  ["/a%20b", {}],
  ["/a%2Fb", {}],
  ["/%C3%BC", {}],
  ["/a", { empty: "", b: ["2", "1"], q: "x y+z/ü" }],
  ["/a/", {}],
];
for (const credentials of keys) {
  const signer = new SignatureV4({ service: "execute-api", region: "us-east-1", credentials, sha256: Sha256 });
  for (const [end, query] of cases) {
    const path = base.pathname + end;
    const request = {
      method: "POST", protocol: base.protocol, hostname: base.hostname, port: Number(base.port), path, query,
      headers: { host: base.host, "content-type": "application/json", "x-amz-meta-a": "  two   words " }, body: '{"a":"ü"}',
    };
    const signed = await signer.sign(request);
    const answer = await fetch(written(path, query), { method: "POST", headers: signed.headers, body: request.body });
    assert.equal(answer.status, 200, `${end} ${JSON.stringify(query)}: ${await answer.text()}`);
    const forged = await fetch(written(path, query), { method: "POST", headers: signed.headers, body: request.body + " " });
    assert.equal(forged.headers.get("x-amzn-errortype"), "InvalidSignatureException");

    const link = await signer.presign({ ...request, method: "GET", headers: { host: base.host }, body: undefined }, { expiresIn: 60 });
    const linked = await fetch(written(path, link.query));
    assert.equal(linked.status, 200, `presigned ${end}: ${await linked.text()}`);
  }
}
step("signer");
console.log("done");
