// Which page an address shows. Pages are loaded when they are first seen.
import { lazy, type ComponentType } from "react";
import { Home } from "./pages/home";
import { SignIn } from "./pages/signin";
import { Frame } from "./shell/frame";
import { Page } from "./shell/page";
import { match, to, usePath, type Params } from "./shell/router";
import { Problem } from "./shell/problem";
import { useRegion } from "./shell/region";
import { useSession } from "./shell/session";
import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";

type PageComponent = ComponentType<{ params: Params }>;

/** from loads a module and takes one page of it. */
function from<M>(load: () => Promise<M>, pick: (m: M) => PageComponent): PageComponent {
  return lazy(async () => ({ default: pick(await load()) }));
}

const restapis = () => import("./pages/restapis");
const resources = () => import("./pages/resources");
const stages = () => import("./pages/stages");
const apiparts = () => import("./pages/apiparts");
const access = () => import("./pages/access");
const functions = () => import("./pages/functions");
const iam = () => import("./pages/iam");
const requests = () => import("./pages/requests");
const audit = () => import("./pages/audit");
const loggroups = () => import("./pages/loggroups");

// The first that fits wins. A part that ends in * is the page's own business:
// the page stays when it changes.
const routes: [pattern: string, page: PageComponent][] = [
  ["/apigateway", from(restapis, (m) => m.RestApis)],
  ["/apigateway/create", from(restapis, (m) => m.CreateApi)],
  ["/apigateway/create/rest", from(restapis, (m) => m.CreateRestApi)],
  ["/apigateway/usage-plans", from(access, (m) => m.UsagePlans)],
  ["/apigateway/usage-plans/create", from(access, (m) => m.CreateUsagePlan)],
  ["/apigateway/usage-plans/:plan", from(access, (m) => m.UsagePlan)],
  ["/apigateway/api-keys", from(access, (m) => m.ApiKeys)],
  ["/apigateway/api-keys/create", from(access, (m) => m.CreateApiKey)],
  ["/apigateway/api-keys/:key", from(access, (m) => m.ApiKey)],
  ["/apigateway/settings", from(access, (m) => m.AccountSettings)],
  ["/apigateway/domain-names", from(access, (m) => m.DomainNames)],
  ["/apigateway/vpc-links", from(access, (m) => m.VpcLinks)],
  ["/apigateway/client-certificates", from(access, (m) => m.ClientCertificates)],

  ["/apigateway/requests", from(requests, (m) => m.Requests)],
  ["/apigateway/requests/:id", from(requests, (m) => m.RequestDetail)],

  ["/apigateway/:api/requests", from(requests, (m) => m.Requests)],
  ["/apigateway/:api/resources/:rest*", from(resources, (m) => m.Resources)],
  ["/apigateway/:api/create-resource/:parent", from(resources, (m) => m.CreateResource)],
  ["/apigateway/:api/create-method/:resource", from(resources, (m) => m.CreateMethod)],
  ["/apigateway/:api/enable-cors/:resource", from(resources, (m) => m.EnableCors)],
  ["/apigateway/:api/edit/:resource/:method/method-request", from(resources, (m) => m.EditMethodRequest)],
  ["/apigateway/:api/edit/:resource/:method/integration-request", from(resources, (m) => m.EditIntegrationRequest)],
  ["/apigateway/:api/edit/:resource/:method/integration-response/:status", from(resources, (m) => m.EditIntegrationResponse)],
  ["/apigateway/:api/edit/:resource/:method/method-response/:status", from(resources, (m) => m.EditMethodResponse)],
  ["/apigateway/:api/stages/:stage/edit", from(stages, (m) => m.EditStage)],
  ["/apigateway/:api/stages/:rest*", from(stages, (m) => m.Stages)],
  ["/apigateway/:api/create-stage", from(stages, (m) => m.CreateStage)],
  ["/apigateway/:api/models", from(apiparts, (m) => m.Models)],
  ["/apigateway/:api/models/create", from(apiparts, (m) => m.CreateModel)],
  ["/apigateway/:api/models/edit/:model", from(apiparts, (m) => m.EditModel)],
  ["/apigateway/:api/request-validators", from(apiparts, (m) => m.RequestValidators)],
  ["/apigateway/:api/authorizers", from(apiparts, (m) => m.Authorizers)],
  ["/apigateway/:api/authorizers/create", from(apiparts, (m) => m.CreateAuthorizer)],
  ["/apigateway/:api/gateway-responses", from(apiparts, (m) => m.GatewayResponses)],
  ["/apigateway/:api/gateway-responses/:type", from(apiparts, (m) => m.EditGatewayResponse)],
  ["/apigateway/:api/resource-policy", from(apiparts, (m) => m.ResourcePolicy)],
  ["/apigateway/:api/documentation", from(apiparts, (m) => m.Documentation)],
  ["/apigateway/:api/settings", from(restapis, (m) => m.ApiSettings)],
  ["/apigateway/:api/settings/edit", from(restapis, (m) => m.EditApi)],
  ["/apigateway/:api/import", from(restapis, (m) => m.ImportInto)],
  ["/apigateway/:api", from(resources, (m) => m.Resources)],

  ["/lambda", from(functions, (m) => m.Functions)],
  ["/lambda/create", from(functions, (m) => m.CreateFunction)],
  ["/lambda/layers", from(functions, (m) => m.Layers)],
  ["/lambda/event-source-mappings", from(functions, (m) => m.EventSourceMappings)],
  ["/lambda/functions/:name/edit/:what", from(functions, (m) => m.EditConfiguration)],
  ["/lambda/functions/:name/:rest*", from(functions, (m) => m.Function)],

  ["/iam", from(iam, (m) => m.Dashboard)],
  ["/iam/audit", from(audit, (m) => m.Audit)],
  ["/iam/policies", from(iam, (m) => m.Policies)],
  ["/iam/policies/create", from(iam, (m) => m.CreatePolicy)],
  ["/iam/policies/edit/:arn", from(iam, (m) => m.EditPolicy)],
  ["/iam/policies/:arn", from(iam, (m) => m.Policy)],
  ["/iam/roles", from(iam, (m) => m.Roles)],
  ["/iam/roles/create", from(iam, (m) => m.CreateRole)],
  ["/iam/roles/:role/edit-trust-policy", from(iam, (m) => m.EditTrustPolicy)],
  ["/iam/roles/:role/inline-policy/:policy", from(iam, (m) => m.InlinePolicy)],
  ["/iam/roles/:role/attach", from(iam, (m) => m.AttachPolicies)],
  ["/iam/roles/:role/:rest*", from(iam, (m) => m.Role)],
  ["/iam/explain", from(iam, (m) => m.Explain)],
  ["/iam/groups", from(iam, (m) => m.Groups)],
  ["/iam/groups/:group", from(iam, (m) => m.Group)],
  ["/iam/users", from(iam, (m) => m.Users)],
  ["/iam/users/:user", from(iam, (m) => m.User)],

  ["/cloudwatch", from(loggroups, (m) => m.LogGroups)],
  ["/cloudwatch/log-groups/:group", from(loggroups, (m) => m.LogGroup)],
  ["/cloudwatch/log-groups/:group/search", from(loggroups, (m) => m.LogEvents)],
  ["/cloudwatch/log-groups/:group/streams/:stream", from(loggroups, (m) => m.LogEvents)],
];

export function App() {
  const path = usePath();
  const region = useRegion();
  const state = useSession();
  if (state.kind === "loading") return null;
  if (state.kind === "signedOut") return <SignIn />;
  if (state.kind === "failed") return <Problem error={state.error} retry={() => location.reload()} />;
  return (
    <Frame key={state.session.arn} session={state.session}>
      {pageOf(path, region)}
    </Frame>
  );
}

function pageOf(path: string, region: string) {
  if (path === "/") return <Home />;
  for (const [pattern, Page] of routes) {
    const params = match(pattern, path);
    if (params === undefined) continue;
    const own = Object.entries(params).filter(([name]) => name !== "rest");
    return <Page key={pattern + region + JSON.stringify(own)} params={params} />;
  }
  return <NoPage />;
}

function NoPage() {
  return (
    <Page info={{ title: "Page not found", crumbs: [], service: "home" }}>
      <Box>
        There is no page at this address. <Link href={to()}>To the start page</Link>
      </Box>
    </Page>
  );
}
