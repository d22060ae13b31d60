// Enable CORS on a resource.
import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Resource } from "../../api/apigateway_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { TextField } from "../../shell/fields";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { apiInfo, useApi, useResources } from "./api";
import { corsPlan, defaultHeaders, originPlan } from "./cors";

export function EnableCors({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const resources = useResources(id);
  return (
    <Page info={apiInfo("Enable CORS", { id, name: api.name }, { text: "Resources", href: to("apigateway", id, "resources") })}>
      <Loaded load={resources} what="the resource">
        {(all) => {
          const resource = all.find((r) => r.id === params.resource);
          return resource ? <CorsForm api={id} resource={resource} /> : <Box>This resource does not exist any more.</Box>;
        }}
      </Loaded>
    </Page>
  );
}

function CorsForm({ api, resource }: { api: string; resource: Resource }) {
  const own = Object.keys(resource.resourceMethods ?? {}).filter((v) => v !== "OPTIONS");
  const [methods, setMethods] = useState<string[]>(own);
  const [headers, setHeaders] = useState(defaultHeaders);
  const [origin, setOrigin] = useState("*");
  const has = resource.resourceMethods?.OPTIONS !== undefined;
  const plan = (): Plan => [
    ...(has ? [step("apigateway", "DeleteMethod", { restApiId: api, resourceId: resource.id, httpMethod: "OPTIONS" })] : []),
    ...corsPlan(api, () => resource.id, { methods: ["OPTIONS", ...methods], headers, origin }),
    ...methods.flatMap((v) => {
      const m = resource.resourceMethods?.[v];
      return m ? originPlan(api, resource.id, { ...m, httpMethod: v }, origin) : [];
    }),
  ];
  const toggle = (v: string, on: boolean) => setMethods(on ? [...methods, v] : methods.filter((m) => m !== v));
  return (
    <FormPage
      plan={plan}
      submit="Save"
      success={`CORS was enabled on ${resource.path}. Deploy the API for this to take effect.`}
      cancel={to("apigateway", api, "resources", resource.id)}
      done={() => to("apigateway", api, "resources", resource.id)}
      dirty={headers !== defaultHeaders || origin !== "*" || methods.length !== own.length}
    >
      <Container
        header={
          <Header variant="h2" description={resource.path}>
            CORS settings
          </Header>
        }
      >
        <SpaceBetween size="l">
          <FormField
            label="Access-Control-Allow-Methods"
            description="OPTIONS is made, or made anew; the responses of the chosen methods get the origin header."
          >
            <SpaceBetween size="xs">
              <Checkbox checked disabled>
                OPTIONS
              </Checkbox>
              {own.map((v) => (
                <Checkbox key={v} checked={methods.includes(v)} onChange={(e) => toggle(v, e.detail.checked)}>
                  {v}
                </Checkbox>
              ))}
            </SpaceBetween>
          </FormField>
          <TextField label="Access-Control-Allow-Headers" value={headers} onChange={setHeaders} />
          <TextField label="Access-Control-Allow-Origin" value={origin} onChange={setOrigin} />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
