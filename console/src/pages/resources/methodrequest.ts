// Between the form of a method request and what API Gateway stores.
import type { Integration, Method, PatchOperation, RequestValidator } from "../../api/apigateway_gen";
import { patchList, patchMap, patchValue } from "./patch";

export interface Parameter {
  name: string;
  required: boolean;
  caching: boolean;
}

export interface BodyModel {
  contentType: string;
  model: string;
}

export interface MethodRequestForm {
  authorization: string; // NONE, AWS_IAM or an authorizer's id
  validator: string; // one of validators
  apiKey: boolean;
  operationName: string;
  scopes: string;
  queryStrings: Parameter[];
  headers: Parameter[];
  paths: Parameter[]; // only shown: the path declares them
  models: BodyModel[];
}

/** The validators that the console offers, and makes when the API lacks one. */
export const validators: Record<string, { body: boolean; parameters: boolean }> = {
  None: { body: false, parameters: false },
  "Validate body": { body: true, parameters: false },
  "Validate body, query string parameters, and headers": { body: true, parameters: true },
  "Validate query string parameters and headers": { body: false, parameters: true },
};

export function emptyRequest(): MethodRequestForm {
  return {
    authorization: "NONE",
    validator: "None",
    apiKey: false,
    operationName: "",
    scopes: "",
    queryStrings: [],
    headers: [],
    paths: [],
    models: [],
  };
}

export function toRequestForm(m: Method, all: RequestValidator[]): MethodRequestForm {
  const cached = m.methodIntegration?.cacheKeyParameters ?? [];
  const of = (kind: string): Parameter[] => {
    const prefix = `method.request.${kind}.`;
    return Object.entries(m.requestParameters ?? {})
      .filter(([k]) => k.startsWith(prefix))
      .map(([k, required]) => ({ name: k.slice(prefix.length), required, caching: cached.includes(k) }));
  };
  return {
    authorization: m.authorizerId ?? m.authorizationType,
    validator: validatorName(all.find((v) => v.id === m.requestValidatorId)),
    apiKey: m.apiKeyRequired ?? false,
    operationName: m.operationName ?? "",
    scopes: (m.authorizationScopes ?? []).join(" "),
    queryStrings: of("querystring"),
    headers: of("header"),
    paths: of("path"),
    models: Object.entries(m.requestModels ?? {}).map(([contentType, model]) => ({ contentType, model })),
  };
}

/** validatorName is the offered name for what a validator does, else its own. */
export function validatorName(v: RequestValidator | undefined): string {
  if (!v) return "None";
  const same = Object.entries(validators).find(
    ([, o]) => o.body === (v.validateRequestBody ?? false) && o.parameters === (v.validateRequestParameters ?? false),
  );
  return same && same[0] !== "None" ? same[0] : (v.name ?? v.id);
}

/** findValidator returns the API's validator for an offered name; undefined when it has to be made. */
export function findValidator(name: string, all: RequestValidator[]): RequestValidator | undefined {
  const want = validators[name];
  return (
    all.find((v) => v.name === name) ??
    all.find((v) => want && (v.validateRequestBody ?? false) === want.body && (v.validateRequestParameters ?? false) === want.parameters)
  );
}

export function requestParameters(f: MethodRequestForm): Record<string, boolean> {
  const out: Record<string, boolean> = {};
  for (const p of f.paths) out[`method.request.path.${p.name}`] = p.required;
  for (const p of f.queryStrings) if (p.name !== "") out[`method.request.querystring.${p.name}`] = p.required;
  for (const p of f.headers) if (p.name !== "") out[`method.request.header.${p.name}`] = p.required;
  return out;
}

export function requestModels(f: MethodRequestForm): Record<string, string> {
  return Object.fromEntries(f.models.filter((m) => m.contentType !== "" && m.model !== "").map((m) => [m.contentType, m.model]));
}

export function cacheKeys(f: MethodRequestForm): string[] {
  return [
    ...f.queryStrings.filter((p) => p.caching && p.name !== "").map((p) => `method.request.querystring.${p.name}`),
    ...f.headers.filter((p) => p.caching && p.name !== "").map((p) => `method.request.header.${p.name}`),
    ...f.paths.filter((p) => p.caching).map((p) => `method.request.path.${p.name}`),
  ];
}

/** patchMethod changes a method into what the form says; validator is the id, "" for none. */
export function patchMethod(
  m: Method,
  f: MethodRequestForm,
  auth: { type: string; authorizerId?: string },
  validator: string,
): PatchOperation[] {
  return [
    ...patchValue("/authorizationType", m.authorizationType, auth.type),
    ...patchValue("/authorizerId", m.authorizerId, auth.authorizerId),
    ...patchScopes(m.authorizationScopes ?? [], f.scopes.split(/[\s,]+/).filter(Boolean)),
    ...patchValue("/apiKeyRequired", m.apiKeyRequired ?? false, f.apiKey),
    ...patchValue("/operationName", m.operationName, f.operationName),
    ...patchValue("/requestValidatorId", m.requestValidatorId, validator),
    ...patchMap("/requestParameters", m.requestParameters, requestParameters(f)),
    ...patchMap("/requestModels", m.requestModels, requestModels(f)),
  ];
}

function patchScopes(was: string[], shall: string[]): PatchOperation[] {
  return [
    ...was.filter((v) => !shall.includes(v)).map((value) => ({ op: "remove", path: "/authorizationScopes", value })),
    ...shall.filter((v) => !was.includes(v)).map((value) => ({ op: "add", path: "/authorizationScopes", value })),
  ];
}

/** patchCacheKeys changes the integration's cache keys, when the method has an integration. */
export function patchCacheKeys(i: Integration | undefined, f: MethodRequestForm): PatchOperation[] {
  return i?.type === undefined ? [] : patchList("/cacheKeyParameters", i.cacheKeyParameters, cacheKeys(f));
}

export function wrongRequest(f: MethodRequestForm): string | undefined {
  for (const [kind, list] of [
    ["query string", f.queryStrings],
    ["header", f.headers],
  ] as const) {
    const names = list.map((p) => p.name);
    if (names.includes("")) return `Enter a name for each ${kind}, or remove the row.`;
    const twice = names.find((n, i) => names.indexOf(n) !== i);
    if (twice !== undefined) return `The ${kind} ${twice} is there twice.`;
  }
  if (f.models.some((m) => m.contentType === "" || m.model === ""))
    return "Enter a content type and choose a model for each request body, or remove the row.";
  return undefined;
}
