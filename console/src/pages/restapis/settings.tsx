// API settings.
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { RestApi } from "../../api/apigateway_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { Copyable } from "../../shell/copy";
import { AreaField, SelectField, TextField } from "../../shell/fields";
import { when } from "../../shell/format";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";
import { patchList, patchValue } from "../resources/patch";
import { endpoint } from "./list";

export function ApiSettings({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  return (
    <Page
      info={apiInfo("API settings", { id, name: api.name })}
      actions={<Button onClick={() => navigate(to("apigateway", id, "settings", "edit"))}>Edit</Button>}
    >
      <Loaded load={api} what="the API">
        {(a) => (
          <Container header={<Header variant="h2">API details</Header>}>
            <KeyValuePairs
              columns={2}
              items={[
                { label: "API name", value: a.name ?? "-" },
                {
                  label: "API ID",
                  value: (
                    <span className="mono">
                      <Copyable text={a.id} what="API ID" />
                    </span>
                  ),
                },
                { label: "Description", value: a.description ?? "-" },
                { label: "Created", value: when(a.createdDate) },
                { label: "API endpoint type", value: endpoint(a) },
                { label: "Default endpoint", value: a.disableExecuteApiEndpoint ? "Inactive" : "Active" },
                { label: "API key source", value: a.apiKeySource === "AUTHORIZER" ? "Authorizer" : "Header" },
                {
                  label: "Content encoding",
                  value: a.minimumCompressionSize === undefined ? "Inactive" : `From ${a.minimumCompressionSize} bytes`,
                },
                {
                  label: "Binary media types",
                  value: a.binaryMediaTypes?.length ? <span className="mono">{a.binaryMediaTypes.join(", ")}</span> : "None",
                },
              ]}
            />
          </Container>
        )}
      </Loaded>
    </Page>
  );
}

export function EditApi({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  return (
    <Page info={apiInfo("Edit API settings", { id, name: api.name }, { text: "API settings", href: to("apigateway", id, "settings") })}>
      <Loaded load={api} what="the API">
        {(a) => <SettingsForm api={a} />}
      </Loaded>
    </Page>
  );
}

function SettingsForm({ api }: { api: RestApi }) {
  const [first] = useState(() => ({
    name: api.name ?? "",
    description: api.description ?? "",
    endpoint: api.endpointConfiguration?.types?.[0] ?? "EDGE",
    keys: api.apiKeySource ?? "HEADER",
    disabled: api.disableExecuteApiEndpoint ?? false,
    compression: api.minimumCompressionSize === undefined ? "" : String(api.minimumCompressionSize),
    media: (api.binaryMediaTypes ?? []).join("\n"),
  }));
  const [now, setNow] = useState(first);
  const part = (p: Partial<typeof first>) => setNow({ ...now, ...p });
  const back = to("apigateway", api.id, "settings");
  const plan = (): Plan => {
    const patchOperations = [
      ...patchValue("/name", first.name, now.name.trim()),
      ...patchValue("/description", first.description, now.description.trim(), "remove"),
      ...patchValue(`/endpointConfiguration/types/${first.endpoint}`, first.endpoint, now.endpoint),
      ...patchValue("/apiKeySource", first.keys, now.keys),
      ...patchValue("/disableExecuteApiEndpoint", first.disabled, now.disabled),
      ...patchValue("/minimumCompressionSize", first.compression, now.compression.trim()),
      ...patchList("/binaryMediaTypes", api.binaryMediaTypes, now.media.split(/\s+/).filter(Boolean)),
    ];
    return patchOperations.length > 0 ? [step("apigateway", "UpdateRestApi", { restApiId: api.id, patchOperations })] : [];
  };
  return (
    <FormPage
      plan={plan}
      submit="Save changes"
      success="The API's settings were saved."
      check={() => (now.name.trim() === "" ? "Enter a name." : undefined)}
      cancel={back}
      done={() => back}
      dirty={JSON.stringify(now) !== JSON.stringify(first)}
    >
      <Container header={<Header variant="h2">API details</Header>}>
        <SpaceBetween size="l">
          <TextField label="Name" value={now.name} onChange={(name) => part({ name })} />
          <AreaField label="Description" optional value={now.description} onChange={(description) => part({ description })} rows={2} />
          <SelectField
            label="API endpoint type"
            value={now.endpoint}
            onChange={(e) => part({ endpoint: e })}
            choices={[
              { value: "REGIONAL", label: "Regional" },
              { value: "EDGE", label: "Edge-optimized" },
              { value: "PRIVATE", label: "Private" },
            ]}
          />
          <SelectField
            label="API key source"
            value={now.keys}
            onChange={(keys) => part({ keys })}
            choices={[
              { value: "HEADER", label: "Header" },
              { value: "AUTHORIZER", label: "Authorizer" },
            ]}
          />
          <Checkbox
            checked={!now.disabled}
            onChange={(e) => part({ disabled: !e.detail.checked })}
            description="Off: the API is reached by custom domain names only."
          >
            Default endpoint
          </Checkbox>
          <TextField
            label="Minimum body size for compression"
            optional
            value={now.compression}
            onChange={(compression) => part({ compression })}
            constraint="Bytes, 0 to 10485760; empty: no compression"
            inputMode="numeric"
          />
          <AreaField
            label="Binary media types"
            optional
            description="One on each line; */* is all."
            value={now.media}
            onChange={(media) => part({ media })}
            rows={3}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
