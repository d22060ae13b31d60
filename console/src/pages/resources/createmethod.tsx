// Create method: the method, its integration, its 200 response with the model
// Empty and the default integration response, as one change.
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Box from "@cloudscape-design/components/box";
import { useState } from "react";
import type { Authorizer, RequestValidator, Resource } from "../../api/apigateway_gen";
import type { AddPermissionRequest } from "../../api/lambda_gen";
import { output, step, undoable, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { SelectField } from "../../shell/fields";
import { useList, type Load } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { region } from "../../shell/region";
import { to, type Params } from "../../shell/router";
import { apiInfo, useAccount, useApi, useResources } from "./api";
import { emptyForm, fromForm, permission, wrong } from "./integration";
import { IntegrationFields } from "./integrationfields";
import {
  cacheKeys,
  emptyRequest,
  findValidator,
  requestModels,
  requestParameters,
  validators,
  wrongRequest,
  type MethodRequestForm,
} from "./methodrequest";
import { PermissionDialog } from "./permissiondialog";
import { RequestFields } from "./requestfields";
import { parameters } from "./testrequest";
import { useAsked } from "./asked";

const verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"];

export function CreateMethod({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const resources = useResources(id);
  return (
    <Page info={apiInfo("Create method", { id, name: api.name }, { text: "Resources", href: to("apigateway", id, "resources") })}>
      <Loaded load={resources} what="the resource">
        {(all) => {
          const resource = all.find((r) => r.id === params.resource);
          return resource ? <MethodForm api={id} resource={resource} /> : <Box>This resource does not exist any more.</Box>;
        }}
      </Loaded>
    </Page>
  );
}

/** authorizationOf turns the choice in the form into type and authorizer. */
export function authorizationOf(choice: string, authorizers: Authorizer[]): { type: string; authorizerId?: string } {
  if (choice === "NONE" || choice === "AWS_IAM") return { type: choice };
  const a = authorizers.find((x) => x.id === choice);
  return { type: a?.type === "COGNITO_USER_POOLS" ? "COGNITO_USER_POOLS" : "CUSTOM", authorizerId: choice };
}

/** unknown says that it cannot be told yet whether the API has a validator. */
export function unknown(validator: string, own: Load<RequestValidator[]>): string | undefined {
  if (validator === "None" || own.data !== undefined) return undefined;
  return own.error
    ? `The API's request validators could not be loaded: ${own.error.message}`
    : "The API's request validators are still being loaded.";
}

/** validatorPlan makes the validator that the form names, when the API lacks it. */
export function validatorPlan(
  api: string,
  name: string,
  all: RequestValidator[],
): { plan: Plan; id: (done: unknown[]) => string | undefined } {
  const want = validators[name];
  if (name === "None") return { plan: [], id: () => undefined };
  const found = findValidator(name, all);
  if (found || !want) return { plan: [], id: () => found?.id };
  return {
    plan: [
      step("apigateway", "CreateRequestValidator", {
        restApiId: api,
        name,
        validateRequestBody: want.body,
        validateRequestParameters: want.parameters,
      }),
    ],
    id: (done) => output("apigateway", "CreateRequestValidator", done[0]).id,
  };
}

function MethodForm({ api, resource }: { api: string; resource: Resource }) {
  const account = useAccount();
  const authorizers = useList("apigateway", "GetAuthorizers", { restApiId: api }, "items");
  const own = useList("apigateway", "GetRequestValidators", { restApiId: api }, "items");
  const taken = Object.keys(resource.resourceMethods ?? {});
  const [verb, setVerb] = useState("");
  const [form, setForm] = useState(() => emptyForm(region()));
  const [request, setRequest] = useState<MethodRequestForm>(() => ({
    ...emptyRequest(),
    paths: parameters(resource.path).map((p) => ({ name: p.replace(/\+$/, ""), required: true, caching: false })),
  }));
  const asked = useAsked<AddPermissionRequest>();
  const method = verb === "" ? "GET" : verb;
  const at = { restApiId: api, resourceId: resource.id, httpMethod: method };

  const plan = (): Plan => {
    const v = validatorPlan(api, request.validator, own.data ?? []);
    const auth = authorizationOf(request.authorization, authorizers.data ?? []);
    const declared = requestParameters(request);
    const proxy = (form.kind === "LAMBDA" || form.kind === "HTTP" || form.kind === "VPC_LINK") && form.proxy;
    const mock = form.kind === "MOCK" ? { requestTemplates: { "application/json": '{"statusCode": 200}' } } : {};
    const keys = cacheKeys(request);
    return [
      ...v.plan,
      (done) =>
        undoable(
          step("apigateway", "PutMethod", {
            ...at,
            authorizationType: auth.type,
            authorizerId: auth.authorizerId,
            authorizationScopes: request.scopes.trim() === "" ? undefined : request.scopes.split(/[\s,]+/).filter(Boolean),
            apiKeyRequired: request.apiKey || undefined,
            operationName: request.operationName.trim() || undefined,
            requestParameters: Object.keys(declared).length > 0 ? declared : undefined,
            requestModels: request.models.length > 0 ? requestModels(request) : undefined,
            requestValidatorId: v.id(done),
          }),
          step("apigateway", "DeleteMethod", at),
        ),
      step("apigateway", "PutIntegration", {
        ...at,
        ...fromForm(form, account),
        ...mock,
        cacheKeyParameters: keys.length > 0 ? keys : undefined,
      }),
      step("apigateway", "PutMethodResponse", { ...at, statusCode: "200", responseModels: { "application/json": "Empty" } }),
      ...(proxy ? [] : [step("apigateway", "PutIntegrationResponse", { ...at, statusCode: "200" })]),
      ...(asked.value ? [step("lambda", "AddPermission", asked.value)] : []),
    ];
  };

  return (
    <>
      <FormPage
        plan={plan}
        before={async () => {
          const p = permission(form, { id: api, region: region(), account }, method, resource.path);
          return p === undefined || (await asked.ask(p));
        }}
        submit="Create method"
        success={`${method} ${resource.path} was created. Deploy the API for it to be served.`}
        check={() => (verb === "" ? "Choose a method type." : (wrong(form) ?? wrongRequest(request) ?? unknown(request.validator, own)))}
        cancel={to("apigateway", api, "resources", resource.id)}
        done={() => to("apigateway", api, "resources", resource.id, method)}
        dirty={verb !== "" || form.lambda !== "" || form.url !== "" || form.service !== ""}
      >
        <Container
          header={
            <Header variant="h2" description={resource.path}>
              Method details
            </Header>
          }
        >
          <SpaceBetween size="l">
            <SelectField
              label="Method type"
              value={verb}
              onChange={setVerb}
              placeholder="Choose a method"
              choices={verbs.map((v) => ({ value: v, disabled: taken.includes(v), tags: taken.includes(v) ? ["exists"] : undefined }))}
            />
            <IntegrationFields form={form} set={setForm} />
          </SpaceBetween>
        </Container>
        <ExpandableSection variant="container" headerText="Method request settings" headingTagOverride="h2">
          <RequestFields api={api} authorizers={authorizers} own={own} form={request} set={setRequest} />
        </ExpandableSection>
      </FormPage>
      <PermissionDialog permission={asked.pending} answer={asked.answer} />
    </>
  );
}
