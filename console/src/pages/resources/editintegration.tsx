// Edit integration request.
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { AddPermissionRequest } from "../../api/lambda_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { region } from "../../shell/region";
import type { Params } from "../../shell/router";
import { apiInfo, useAccount, useApi } from "./api";
import { useAsked } from "./asked";
import { fromForm, permission, toForm, wrong } from "./integration";
import { IntegrationFields } from "./integrationfields";
import { place, useMethod, type MethodOf } from "./load";
import { fromMapped, MappedRows, toMapped } from "./mappedrows";
import { fromTemplates, MappingTemplates, SecureDialog, toTemplates, wrongTemplates } from "./mappingtemplates";
import { passthrough } from "./passthrough";
import { patchMap, patchValue } from "./patch";
import { PermissionDialog } from "./permissiondialog";

export function EditIntegrationRequest({ params }: { params: Params }) {
  const p = place(params, "integration-request");
  const api = useApi(p.api);
  const method = useMethod(p.api, p.resource, p.verb);
  return (
    <Page
      info={apiInfo("Edit integration request", { id: p.api, name: api.name }, ...p.crumbs)}
      description={method.data && `${p.verb} ${method.data.resource.path}`}
    >
      <Loaded load={method} what="the integration">
        {(m) => <IntegrationRequestForm p={p} of={m} />}
      </Loaded>
    </Page>
  );
}

const kinds = ["path", "querystring", "header"] as const;
const prefix = (kind: string) => `integration.request.${kind}.`;

function IntegrationRequestForm({ p, of }: { p: ReturnType<typeof place>; of: MethodOf }) {
  const account = useAccount();
  const was = of.method.methodIntegration ?? {};
  const [first] = useState(() => ({
    form: toForm(was, region()),
    behavior: was.passthroughBehavior ?? "WHEN_NO_MATCH",
    path: toMapped(was.requestParameters, prefix("path")),
    querystring: toMapped(was.requestParameters, prefix("querystring")),
    header: toMapped(was.requestParameters, prefix("header")),
    templates: toTemplates(was.requestTemplates),
  }));
  const [now, setNow] = useState(first);
  const [securing, setSecuring] = useState(false);
  const asked = useAsked<AddPermissionRequest>();
  const part = (x: Partial<typeof first>) => setNow((n) => ({ ...n, ...x }));
  const proxy = now.form.kind !== "AWS" && now.form.kind !== "MOCK" && now.form.proxy;
  const uri = fromForm(now.form, account);

  const plan = (): Plan => {
    const requestParameters = {
      ...fromMapped(now.path, prefix("path")),
      ...fromMapped(now.querystring, prefix("querystring")),
      ...fromMapped(now.header, prefix("header")),
    };
    const requestTemplates = proxy ? {} : fromTemplates(now.templates);
    const add = asked.value ? [step("lambda", "AddPermission", asked.value)] : [];
    if (uri.type !== was.type) {
      // Another type cannot be patched: put anew, then the responses, which go with the old one.
      const keep = proxy ? [] : Object.values(was.integrationResponses ?? {});
      return [
        step("apigateway", "PutIntegration", {
          ...p.at,
          ...uri,
          requestParameters,
          requestTemplates,
          passthroughBehavior: now.behavior,
          cacheKeyParameters: was.cacheKeyParameters,
          cacheNamespace: was.cacheNamespace,
        }),
        ...keep.map((r) => step("apigateway", "PutIntegrationResponse", { ...p.at, ...r })),
        ...add,
      ];
    }
    const patchOperations = [
      ...(uri.type === "MOCK"
        ? []
        : [...patchValue("/httpMethod", was.httpMethod, uri.integrationHttpMethod), ...patchValue("/uri", was.uri, uri.uri)]),
      ...patchValue("/connectionType", was.connectionType ?? "INTERNET", uri.connectionType ?? "INTERNET"),
      ...patchValue("/connectionId", was.connectionId, uri.connectionId),
      ...patchValue("/credentials", was.credentials, uri.credentials),
      ...patchValue("/contentHandling", was.contentHandling, uri.contentHandling),
      ...(uri.type === "MOCK" ? [] : patchValue("/timeoutInMillis", was.timeoutInMillis ?? 29000, uri.timeoutInMillis ?? 29000)),
      ...patchValue("/passthroughBehavior", was.passthroughBehavior ?? "WHEN_NO_MATCH", now.behavior),
      ...patchMap("/requestParameters", was.requestParameters, requestParameters),
      ...patchMap("/requestTemplates", was.requestTemplates, requestTemplates),
    ];
    return [...(patchOperations.length > 0 ? [step("apigateway", "UpdateIntegration", { ...p.at, patchOperations })] : []), ...add];
  };

  return (
    <>
      <FormPage
        plan={plan}
        before={async () => {
          const target = permission(now.form, { id: p.api, region: region(), account }, p.verb, of.resource.path);
          return target === undefined || uri.uri === was.uri || (await asked.ask(target));
        }}
        submit="Save"
        success={`The integration request of ${p.verb} ${of.resource.path} was saved. Deploy the API for this to take effect.`}
        check={() => wrong(now.form) ?? (proxy ? undefined : wrongTemplates(now.templates))}
        cancel={p.back}
        done={() => p.back}
        dirty={JSON.stringify(now) !== JSON.stringify(first)}
      >
        <Container header={<Header variant="h2">Integration request settings</Header>}>
          <SpaceBetween size="l">
            <IntegrationFields form={now.form} set={(form) => part({ form })} />
            {!proxy && (
              <FormField label="Request body passthrough">
                <RadioGroup value={now.behavior} items={passthrough} onChange={(e) => part({ behavior: e.detail.value })} />
              </FormField>
            )}
          </SpaceBetween>
        </Container>
        {!(now.form.kind === "LAMBDA" && now.form.proxy) &&
          kinds.map((kind) => (
            <Container key={kind}>
              <MappedRows
                title={
                  { path: "URL path parameters", querystring: "URL query string parameters", header: "URL request headers parameters" }[
                    kind
                  ]
                }
                add={
                  { path: "Add path parameter", querystring: "Add query string parameter", header: "Add request header parameter" }[kind]
                }
                rows={now[kind]}
                set={(rows) => part({ [kind]: rows })}
                placeholder={`method.request.${kind}.name`}
                constraint="method.request.…, stageVariables.…, context.… or 'text' in quotes"
              />
            </Container>
          ))}
        {!proxy && (
          <Container>
            <ExpandableSection headerText="Mapping templates" headingTagOverride="h2" defaultExpanded={now.templates.length > 0}>
              <MappingTemplates
                api={p.api}
                rows={now.templates}
                set={(templates) => part({ templates })}
                first={() => now.behavior === "WHEN_NO_MATCH" && setSecuring(true)}
              />
            </ExpandableSection>
          </Container>
        )}
      </FormPage>
      <SecureDialog
        open={securing}
        answer={(secure) => {
          setSecuring(false);
          if (secure) part({ behavior: "WHEN_NO_TEMPLATES" });
        }}
      />
      <PermissionDialog permission={asked.pending} answer={asked.answer} />
    </>
  );
}
