// Edit or create an integration response.
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { SelectField, TextField } from "../../shell/fields";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import type { Params } from "../../shell/router";
import { apiInfo, useApi } from "./api";
import { describe } from "./integration";
import { place, useMethod, type MethodOf } from "./load";
import { fromMapped, MappedRows, toMapped } from "./mappedrows";
import { fromTemplates, MappingTemplates, toTemplates, wrongTemplates } from "./mappingtemplates";
import { patchMap, patchValue } from "./patch";

const prefix = "method.response.header.";

export function EditIntegrationResponse({ params }: { params: Params }) {
  const p = place(params, "integration-response");
  const api = useApi(p.api);
  const method = useMethod(p.api, p.resource, p.verb);
  const title = params.status === "create" ? "Create integration response" : "Edit integration response";
  return (
    <Page
      info={apiInfo(title, { id: p.api, name: api.name }, ...p.crumbs)}
      description={method.data && `${p.verb} ${method.data.resource.path}`}
    >
      <Loaded load={method} what="the integration response">
        {(m) => <ResponseForm p={p} of={m} status={params.status ?? ""} />}
      </Loaded>
    </Page>
  );
}

/** regexLabel is what the selection pattern is called, by back end. */
export function regexLabel(of: MethodOf["method"]): string {
  return describe(of.methodIntegration).kind.startsWith("Lambda") ? "Lambda error regex" : "HTTP status regex";
}

function ResponseForm({ p, of, status }: { p: ReturnType<typeof place>; of: MethodOf; status: string }) {
  const create = status === "create";
  const responses = of.method.methodIntegration?.integrationResponses ?? {};
  const was = create ? undefined : responses[status];
  const free = Object.keys(of.method.methodResponses ?? {}).filter((s) => !(s in responses));
  const [first] = useState(() => ({
    status: create ? (free[0] ?? "") : status,
    pattern: was?.selectionPattern ?? "",
    content: was?.contentHandling ?? "",
    headers: declared(of, create ? "" : status, toMapped(was?.responseParameters, prefix)),
    templates: toTemplates(was?.responseTemplates),
  }));
  const [now, setNow] = useState(first);
  const part = (x: Partial<typeof first>) => setNow((n) => ({ ...n, ...x }));
  const plan = (): Plan => {
    const at = { ...p.at, statusCode: now.status };
    const responseParameters = fromMapped(
      now.headers.filter((h) => h.from.trim() !== ""),
      prefix,
    );
    const responseTemplates = fromTemplates(now.templates);
    if (!was)
      return [
        step("apigateway", "PutIntegrationResponse", {
          ...at,
          selectionPattern: now.pattern || undefined,
          contentHandling: now.content || undefined,
          responseParameters,
          responseTemplates,
        }),
      ];
    const patchOperations = [
      ...patchValue("/selectionPattern", was.selectionPattern, now.pattern),
      ...patchValue("/contentHandling", was.contentHandling, now.content),
      ...patchMap("/responseParameters", was.responseParameters, responseParameters),
      ...patchMap("/responseTemplates", was.responseTemplates, responseTemplates),
    ];
    return patchOperations.length > 0 ? [step("apigateway", "UpdateIntegrationResponse", { ...at, patchOperations })] : [];
  };
  return (
    <FormPage
      plan={plan}
      submit={create ? "Create" : "Save"}
      success={`The integration response ${now.status} was saved. Deploy the API for this to take effect.`}
      check={() => (now.status === "" ? "Choose a status code; the method response declares it." : wrongTemplates(now.templates))}
      cancel={p.back}
      done={() => p.back}
      dirty={JSON.stringify(now) !== JSON.stringify(first)}
    >
      <Container header={<Header variant="h2">Response details</Header>}>
        <SpaceBetween size="l">
          <TextField
            label={regexLabel(of.method)}
            optional
            value={now.pattern}
            onChange={(pattern) => part({ pattern })}
            placeholder="400.*"
            description="A regular expression for the whole error message (Lambda) or status (HTTP). Without one, this is the default response."
          />
          <SelectField
            label="Method response status code"
            value={now.status}
            onChange={(s) => part({ status: s })}
            choices={create ? free : [status]}
            disabled={!create}
            empty="Create a method response first"
          />
          <SelectField
            label="Content handling"
            value={now.content}
            onChange={(content) => part({ content })}
            choices={[
              { value: "", label: "Passthrough" },
              { value: "CONVERT_TO_BINARY", label: "Convert to binary" },
              { value: "CONVERT_TO_TEXT", label: "Convert to text" },
            ]}
          />
        </SpaceBetween>
      </Container>
      <Container>
        <MappedRows
          title="Header mappings"
          add="Add header mapping"
          nameLabel="Response header"
          fromLabel="Mapping value"
          rows={now.headers}
          set={(headers) => part({ headers })}
          placeholder="integration.response.header.name"
          constraint="integration.response.header.…, integration.response.body.…, or 'text' in quotes. The method response declares the header."
          open
        />
      </Container>
      <Container>
        <ExpandableSection headerText="Mapping templates" headingTagOverride="h2" defaultExpanded={now.templates.length > 0}>
          <MappingTemplates api={p.api} rows={now.templates} set={(templates) => part({ templates })} />
        </ExpandableSection>
      </Container>
    </FormPage>
  );
}

/** declared adds the headers that the method response declares and that have no mapping yet. */
function declared(of: MethodOf, status: string, rows: { name: string; from: string }[]) {
  const names = Object.keys(of.method.methodResponses?.[status]?.responseParameters ?? {}).map((k) => k.slice(prefix.length));
  return [...rows, ...names.filter((n) => !rows.some((r) => r.name === n)).map((name) => ({ name, from: "" }))];
}
