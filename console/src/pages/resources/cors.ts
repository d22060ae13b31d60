// CORS: an OPTIONS method of type MOCK that answers preflights, and headers on
// the responses of the other methods.
import type { Method } from "../../api/apigateway_gen";
import { step, type Later, type Plan } from "../../api/step";
import { patchMap } from "./patch";

export interface Cors {
  methods: string[];
  headers: string;
  origin: string;
}

export const defaultHeaders = "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token";

export const defaultCors: Cors = {
  methods: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
  headers: defaultHeaders,
  origin: "*",
};

const header = (name: string) => `method.response.header.${name}`;

/** corsPlan makes (or makes anew) the OPTIONS method of a resource. */
export function corsPlan(api: string, resource: (done: unknown[]) => string, c: Cors): Plan {
  const values: Record<string, string> = {
    [header("Access-Control-Allow-Headers")]: `'${c.headers}'`,
    [header("Access-Control-Allow-Methods")]: `'${c.methods.join(",")}'`,
    [header("Access-Control-Allow-Origin")]: `'${c.origin}'`,
  };
  const at = (done: unknown[]) => ({ restApiId: api, resourceId: resource(done), httpMethod: "OPTIONS" });
  const steps: Later[] = [
    (d) => step("apigateway", "PutMethod", { ...at(d), authorizationType: "NONE" }),
    (d) =>
      step("apigateway", "PutIntegration", { ...at(d), type: "MOCK", requestTemplates: { "application/json": '{"statusCode": 200}' } }),
    (d) =>
      step("apigateway", "PutMethodResponse", {
        ...at(d),
        statusCode: "200",
        responseModels: { "application/json": "Empty" },
        responseParameters: Object.fromEntries(Object.keys(values).map((k) => [k, false])),
      }),
    (d) => step("apigateway", "PutIntegrationResponse", { ...at(d), statusCode: "200", responseParameters: values }),
  ];
  return steps;
}

/** originPlan adds the origin header to the responses of a method that has them mapped. */
export function originPlan(api: string, resourceId: string, m: Method, origin: string): Plan {
  const name = header("Access-Control-Allow-Origin");
  const plan: Plan = [];
  for (const [statusCode, response] of Object.entries(m.methodIntegration?.integrationResponses ?? {})) {
    const at = { restApiId: api, resourceId, httpMethod: m.httpMethod, statusCode };
    const declared = m.methodResponses?.[statusCode];
    if (!declared) continue;
    if (declared.responseParameters?.[name] === undefined)
      plan.push(
        step("apigateway", "UpdateMethodResponse", { ...at, patchOperations: patchMap("/responseParameters", {}, { [name]: false }) }),
      );
    const was = response.responseParameters?.[name];
    const ops = patchMap("/responseParameters", was === undefined ? {} : { [name]: was }, { [name]: `'${origin}'` });
    if (ops.length > 0) plan.push(step("apigateway", "UpdateIntegrationResponse", { ...at, patchOperations: ops }));
  }
  return plan;
}
