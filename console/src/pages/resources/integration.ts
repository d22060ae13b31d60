// Between what the form of an integration asks and what API Gateway stores.
import { uuid } from "../../api/uuid";
import type { Integration, PutIntegrationRequest } from "../../api/apigateway_gen";

export type Kind = "LAMBDA" | "HTTP" | "MOCK" | "AWS" | "VPC_LINK";

export interface IntegrationForm {
  kind: Kind;
  proxy: boolean; // Lambda, HTTP and VPC link
  lambdaRegion: string;
  lambda: string; // name or ARN, perhaps with stage variables
  httpMethod: string;
  url: string;
  vpcLink: string;
  region: string;
  service: string;
  subdomain: string;
  actionType: "path" | "action";
  action: string;
  path: string;
  role: string;
  contentHandling: "" | "CONVERT_TO_BINARY" | "CONVERT_TO_TEXT";
  defaultTimeout: boolean;
  timeout: string;
}

export const defaultTimeout = 29000;

export function emptyForm(region: string): IntegrationForm {
  return {
    kind: "LAMBDA",
    proxy: false,
    lambdaRegion: region,
    lambda: "",
    httpMethod: "",
    url: "",
    vpcLink: "",
    region,
    service: "",
    subdomain: "",
    actionType: "action",
    action: "",
    path: "",
    role: "",
    contentHandling: "",
    defaultTimeout: true,
    timeout: String(defaultTimeout),
  };
}

const lambdaURI = /^arn:aws:apigateway:([^:]+):lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;
const serviceURI = /^arn:aws:apigateway:([^:]+):(?:([^:]+)\.)?([^:.]+):(path|action)\/(.*)$/s;

/** toForm reads a stored integration. A Lambda integration with a role was made as one of an AWS service. */
export function toForm(i: Integration, region: string): IntegrationForm {
  const form = emptyForm(region);
  form.contentHandling = i.contentHandling === "CONVERT_TO_BINARY" || i.contentHandling === "CONVERT_TO_TEXT" ? i.contentHandling : "";
  form.timeout = String(i.timeoutInMillis ?? defaultTimeout);
  form.defaultTimeout = (i.timeoutInMillis ?? defaultTimeout) === defaultTimeout;
  form.httpMethod = i.httpMethod ?? "";
  form.role = i.credentials ?? "";
  const uri = i.uri ?? "";
  const lambda = lambdaURI.exec(uri);
  const service = serviceURI.exec(uri);
  if (i.type === "MOCK") return { ...form, kind: "MOCK" };
  if (i.type === "HTTP" || i.type === "HTTP_PROXY")
    return {
      ...form,
      kind: i.connectionType === "VPC_LINK" ? "VPC_LINK" : "HTTP",
      vpcLink: i.connectionId ?? "",
      proxy: i.type === "HTTP_PROXY",
      url: uri,
    };
  if (lambda && (i.type === "AWS_PROXY" || form.role === ""))
    return { ...form, kind: "LAMBDA", proxy: i.type === "AWS_PROXY", lambdaRegion: lambda[1] ?? region, lambda: lambda[2] ?? "" };
  return {
    ...form,
    kind: "AWS",
    region: service?.[1] ?? region,
    subdomain: service?.[2] ?? "",
    service: service?.[3] ?? "",
    actionType: service?.[4] === "action" ? "action" : "path",
    action: service?.[4] === "action" ? (service[5] ?? "") : "",
    path: service?.[4] === "path" ? (service[5] ?? "") : "",
  };
}

/** fromForm gives the members of PutIntegration that the form decides. */
export function fromForm(
  f: IntegrationForm,
  account: string,
): Pick<
  PutIntegrationRequest,
  "type" | "integrationHttpMethod" | "uri" | "credentials" | "contentHandling" | "timeoutInMillis" | "connectionType" | "connectionId"
> {
  const common = {
    contentHandling: f.contentHandling === "" ? undefined : f.contentHandling,
    timeoutInMillis: f.defaultTimeout ? undefined : Number(f.timeout),
  };
  switch (f.kind) {
    case "MOCK":
      return { type: "MOCK", ...common };
    case "HTTP":
      return {
        type: f.proxy ? "HTTP_PROXY" : "HTTP",
        integrationHttpMethod: f.httpMethod,
        uri: f.url.trim(),
        credentials: orNone(f.role),
        ...common,
      };
    case "VPC_LINK":
      return {
        type: f.proxy ? "HTTP_PROXY" : "HTTP",
        integrationHttpMethod: f.httpMethod,
        uri: f.url.trim(),
        connectionType: "VPC_LINK",
        connectionId: f.vpcLink.trim(),
        credentials: orNone(f.role),
        ...common,
      };
    case "LAMBDA":
      return {
        type: f.proxy ? "AWS_PROXY" : "AWS",
        integrationHttpMethod: "POST",
        credentials: orNone(f.role),
        ...common,
        uri: `arn:aws:apigateway:${f.lambdaRegion}:lambda:path/2015-03-31/functions/${functionArn(f.lambda.trim(), f.lambdaRegion, account)}/invocations`,
      };
    case "AWS": {
      const host = (f.subdomain.trim() === "" ? "" : f.subdomain.trim() + ".") + f.service.trim();
      const rest = f.actionType === "action" ? `action/${f.action.trim()}` : `path/${f.path.trim().replace(/^\//, "")}`;
      return {
        type: "AWS",
        integrationHttpMethod: f.httpMethod,
        uri: `arn:aws:apigateway:${f.region}:${host}:${rest}`,
        credentials: orNone(f.role),
        ...common,
      };
    }
  }
}

function orNone(text: string): string | undefined {
  return text.trim() === "" ? undefined : text.trim();
}

export function functionArn(nameOrArn: string, region: string, account: string): string {
  return nameOrArn.startsWith("arn:") ? nameOrArn : `arn:aws:lambda:${region}:${account}:function:${nameOrArn}`;
}

/** wrong says what the form lacks. */
export function wrong(f: IntegrationForm): string | undefined {
  if (f.kind === "LAMBDA" && f.lambda.trim() === "") return "Choose a Lambda function.";
  if ((f.kind === "HTTP" || f.kind === "VPC_LINK") && f.url.trim() === "") return "Enter the endpoint URL.";
  if (f.kind === "AWS" && f.service.trim() === "") return "Choose an AWS service.";
  if ((f.kind === "AWS" || f.kind === "HTTP" || f.kind === "VPC_LINK") && f.httpMethod === "")
    return "Choose the HTTP method of the integration.";
  if (f.kind === "AWS" && (f.actionType === "action" ? f.action : f.path).trim() === "")
    return f.actionType === "action" ? "Enter the action name." : "Enter the path override.";
  if (!f.defaultTimeout && !/^\d+$/.test(f.timeout)) return "The timeout is a number of milliseconds.";
  return undefined;
}

/** permission is what lets a method call a function: the source ARN has * for stage and path parameters. */
export function permission(f: IntegrationForm, api: { id: string; region: string; account: string }, verb: string, path: string) {
  if (f.kind !== "LAMBDA" || f.role.trim() !== "" || f.lambda.includes("${stageVariables.")) return undefined;
  const arn = functionArn(f.lambda.trim(), f.lambdaRegion, api.account);
  const source = `arn:aws:execute-api:${api.region}:${api.account}:${api.id}/*/${verb === "ANY" ? "*" : verb}${path.replace(/\{[^}]*\}/g, "*")}`;
  return {
    FunctionName: arn,
    StatementId: uuid(),
    Action: "lambda:InvokeFunction",
    Principal: "apigateway.amazonaws.com",
    SourceArn: source,
  };
}

/** describe names the back end in a few words. */
export function describe(i: Integration | undefined): { kind: string; target: string } {
  if (!i?.type) return { kind: "No integration", target: "" };
  const form = toForm(i, "");
  const lambda = lambdaURI.exec(i.uri ?? "")?.[2];
  if (lambda) return { kind: form.proxy ? "Lambda (proxy)" : "Lambda", target: lambda.split(":function:").pop() ?? lambda };
  switch (form.kind) {
    case "MOCK":
      return { kind: "Mock", target: "" };
    case "HTTP":
      return { kind: form.proxy ? "HTTP (proxy)" : "HTTP", target: form.url };
    case "VPC_LINK":
      return { kind: "VPC link", target: form.url };
    default:
      return { kind: "AWS service", target: form.service };
  }
}
