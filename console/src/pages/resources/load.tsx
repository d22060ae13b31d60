// A method with the resource it belongs to, for the pages that edit it.
import type { Method, Resource } from "../../api/apigateway_gen";
import { call } from "../../api/client";
import { useLoad, type Load } from "../../shell/load";
import type { Crumb } from "../../shell/page";
import { to, type Params } from "../../shell/router";

export interface MethodOf {
  resource: Resource;
  method: Method;
}

export function useMethod(api: string, resource: string, verb: string): Load<MethodOf> {
  return useLoad(`method ${api} ${resource} ${verb}`, async (signal) => {
    const [r, m] = await Promise.all([
      call("apigateway", "GetResource", { restApiId: api, resourceId: resource }, signal),
      call("apigateway", "GetMethod", { restApiId: api, resourceId: resource, httpMethod: verb }, signal),
    ]);
    return { resource: r, method: m };
  });
}

/** place is where an edit page belongs: its parameters, crumbs and the tab to return to. */
export function place(params: Params, tab: string) {
  const api = params.api ?? "";
  const resource = params.resource ?? "";
  const verb = params.method ?? "";
  const back = to("apigateway", api, "resources", resource, verb, tab);
  const crumbs: Crumb[] = [
    { text: "Resources", href: to("apigateway", api, "resources") },
    { text: verb, href: back },
  ];
  return { api, resource, verb, back, crumbs, at: { restApiId: api, resourceId: resource, httpMethod: verb } };
}
