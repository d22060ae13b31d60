// What the pages of one API share: its name, its resources, its crumbs.
import type { Resource, RestApi } from "../../api/apigateway_gen";
import { useCall, useList, type Load } from "../../shell/load";
import type { Crumb, PageInfo } from "../../shell/page";
import { to } from "../../shell/router";
import { useSession } from "../../shell/session";

const names = new Map<string, string>(); // of APIs seen, so that crumbs need not wait

export function useApi(id: string): Load<RestApi> & { name: string } {
  const load = useCall("apigateway", "GetRestApi", { restApiId: id });
  if (load.data?.name !== undefined) names.set(id, load.data.name);
  return { ...load, name: names.get(id) ?? id };
}

export function apiInfo(title: string, api: { id: string; name: string }, ...crumbs: Crumb[]): PageInfo {
  return {
    title,
    service: "apigateway",
    api,
    crumbs: [
      { text: "API Gateway", href: to("apigateway") },
      { text: "APIs", href: to("apigateway") },
      { text: `${api.name} (${api.id})`, href: to("apigateway", api.id, "resources") },
      ...crumbs,
    ],
  };
}

export function useResources(api: string): Load<Resource[]> {
  return useList("apigateway", "GetResources", { restApiId: api, embed: ["methods"] }, "items");
}

/** useAccount is the number of the account that the pages show. */
export function useAccount(): string {
  const state = useSession();
  return state.kind === "signedIn" ? state.session.account : "";
}

/** invokeUrls are the addresses of a stage here, the one that works everywhere first. */
export function invokeUrls(api: string, stage: string, region: string): { path: string; host: string; aws: string } {
  const { origin, port, protocol } = location;
  return {
    path: `${origin}/restapis/${api}/${stage}/_user_request_`,
    host: `${protocol}//${api}.execute-api.${region}.localhost${port === "" ? "" : ":" + port}/${stage}`,
    aws: `https://${api}.execute-api.${region}.amazonaws.com/${stage}`,
  };
}
