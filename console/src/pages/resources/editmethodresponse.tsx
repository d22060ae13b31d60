// Edit or create a method response.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { Rows, SelectField, TextField } from "../../shell/fields";
import { useList } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import type { Params } from "../../shell/router";
import { apiInfo, useApi } from "./api";
import { place, useMethod, type MethodOf } from "./load";
import { patchMap } from "./patch";

const prefix = "method.response.header.";

export function EditMethodResponse({ params }: { params: Params }) {
  const p = place(params, "method-response");
  const api = useApi(p.api);
  const method = useMethod(p.api, p.resource, p.verb);
  const title = params.status === "create" ? "Create method response" : "Edit method response";
  return (
    <Page
      info={apiInfo(title, { id: p.api, name: api.name }, ...p.crumbs)}
      description={method.data && `${p.verb} ${method.data.resource.path}`}
    >
      <Loaded load={method} what="the method response">
        {(m) => <ResponseForm p={p} of={m} status={params.status ?? ""} />}
      </Loaded>
    </Page>
  );
}

function ResponseForm({ p, of, status }: { p: ReturnType<typeof place>; of: MethodOf; status: string }) {
  const create = status === "create";
  const was = create ? undefined : of.method.methodResponses?.[status];
  const models = useList("apigateway", "GetModels", { restApiId: p.api }, "items");
  const [first] = useState(() => ({
    status: create ? "" : status,
    headers: Object.keys(was?.responseParameters ?? {}).map((k) => k.slice(prefix.length)),
    models: Object.entries(was?.responseModels ?? {}).map(([contentType, model]) => ({ contentType, model })),
  }));
  const [now, setNow] = useState(first);
  const part = (x: Partial<typeof first>) => setNow((n) => ({ ...n, ...x }));
  const plan = (): Plan => {
    const at = { ...p.at, statusCode: now.status.trim() };
    const responseParameters = Object.fromEntries(
      now.headers.filter((h) => h !== "").map((h) => [prefix + h, was?.responseParameters?.[prefix + h] ?? false]),
    );
    const responseModels = Object.fromEntries(
      now.models.filter((m) => m.contentType !== "" && m.model !== "").map((m) => [m.contentType, m.model]),
    );
    if (!was) return [step("apigateway", "PutMethodResponse", { ...at, responseParameters, responseModels })];
    const patchOperations = [
      ...patchMap("/responseParameters", was.responseParameters, responseParameters),
      ...patchMap("/responseModels", was.responseModels, responseModels),
    ];
    return patchOperations.length > 0 ? [step("apigateway", "UpdateMethodResponse", { ...at, patchOperations })] : [];
  };
  return (
    <FormPage
      plan={plan}
      submit={create ? "Create" : "Save"}
      success={`The method response ${now.status} was saved. Deploy the API for this to take effect.`}
      check={() => (/^[1-5]\d\d$/.test(now.status.trim()) ? undefined : "Enter an HTTP status code, such as 400.")}
      cancel={p.back}
      done={() => p.back}
      dirty={JSON.stringify(now) !== JSON.stringify(first)}
    >
      <Container header={<Header variant="h2">Response details</Header>}>
        <TextField
          label="HTTP status code"
          value={now.status}
          onChange={(s) => part({ status: s })}
          disabled={!create}
          placeholder="400"
          inputMode="numeric"
        />
      </Container>
      <Container
        header={
          <Header variant="h2" description="Headers that the response may have; the integration response maps them.">
            Header name
          </Header>
        }
      >
        <Rows rows={now.headers} onChange={(headers) => part({ headers })} empty="No response headers." add="Add header" blank={() => ""}>
          {(h, set) => <TextField label="Header name" value={h} onChange={set} placeholder="X-Request-Count" />}
        </Rows>
      </Container>
      <Container header={<Header variant="h2">Response body</Header>}>
        <Rows
          rows={now.models}
          onChange={(rows) => part({ models: rows })}
          empty="No response body models."
          add="Add model"
          blank={() => ({ contentType: "application/json", model: "" })}
        >
          {(m, set) => (
            <div className="fields">
              <TextField label="Content type" value={m.contentType} onChange={(contentType) => set({ ...m, contentType })} />
              <SelectField
                label="Model"
                value={m.model}
                onChange={(model) => set({ ...m, model })}
                choices={(models.data ?? []).map((x) => x.name)}
                placeholder="Choose a model"
              />
            </div>
          )}
        </Rows>
      </Container>
    </FormPage>
  );
}
