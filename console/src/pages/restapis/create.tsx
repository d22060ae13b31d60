// Create API: which kind, then how.
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { toBase64 } from "../../api/cli";
import { output, step, type Plan } from "../../api/step";
import { CodeField } from "../../editor/code";
import { FormPage } from "../../shell/act";
import { AreaField, SelectField, TextField } from "../../shell/fields";
import { Page, type PageInfo } from "../../shell/page";
import { navigate, query, to } from "../../shell/router";
import { example } from "./example";
import { FilePicker, languageOf } from "./import";
import { useApis } from "./list";

const crumbs = [
  { text: "API Gateway", href: to("apigateway") },
  { text: "APIs", href: to("apigateway") },
];

export function CreateApi() {
  const go = (how: string) => navigate(to("apigateway", "create", "rest") + `?how=${how}`);
  return (
    <Page info={{ title: "Create API", service: "apigateway", crumbs }}>
      <Container
        header={
          <Header
            variant="h2"
            description="Full control over requests and responses: models, validation, mapping templates, authorizers, API keys, stages."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={() => go("import")}>Import</Button>
                <Button variant="primary" onClick={() => go("new")} ariaLabel="Build REST API">
                  Build
                </Button>
              </SpaceBetween>
            }
          >
            REST API
          </Header>
        }
      />
    </Page>
  );
}

type How = "new" | "clone" | "import" | "example";

const ways: { value: How; label: string; description: string }[] = [
  { value: "new", label: "New API", description: "Create a new REST API." },
  { value: "clone", label: "Clone existing API", description: "Create a copy of an API of this account." },
  { value: "import", label: "Import API", description: "Import an API from an OpenAPI definition." },
  { value: "example", label: "Example API", description: "Learn about API Gateway with an example API." },
];

export function CreateRestApi() {
  const [how, setHow] = useState<How>(() => ways.find((w) => w.value === query("how"))?.value ?? "new");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [endpoint, setEndpoint] = useState("REGIONAL");
  const [from, setFrom] = useState("");
  const [body, setBody] = useState("");
  const [basepath, setBasepath] = useState("ignore");
  const apis = useApis(how === "clone");
  const info: PageInfo = {
    title: "Create REST API",
    service: "apigateway",
    crumbs: [...crumbs, { text: "Create API", href: to("apigateway", "create") }],
  };
  const definition = how === "example" ? example : body;

  const plan = (): Plan =>
    how === "import" || how === "example"
      ? [
          step("apigateway", "ImportRestApi", {
            body: toBase64(definition),
            parameters: { endpointConfigurationTypes: endpoint, ...(how === "import" ? { basepath } : {}) },
          }),
        ]
      : [
          step("apigateway", "CreateRestApi", {
            name: name.trim(),
            description: description.trim() || undefined,
            endpointConfiguration: { types: [endpoint] },
            cloneFrom: how === "clone" ? from : undefined,
          }),
        ];
  const check = () => {
    if ((how === "new" || how === "clone") && name.trim() === "") return "Enter a name for the API.";
    if (how === "clone" && from === "") return "Choose the API to clone.";
    if (how === "import" && body.trim() === "") return "Paste a definition, or choose a file.";
    return undefined;
  };
  return (
    <Page info={info}>
      <FormPage
        plan={plan}
        submit={how === "import" ? "Import" : "Create API"}
        success="The API was created."
        check={check}
        cancel={to("apigateway", "create")}
        done={(out) => to("apigateway", output("apigateway", "CreateRestApi", out[0]).id, "resources")}
        dirty={name !== "" || body !== ""}
      >
        <Container header={<Header variant="h2">API details</Header>}>
          <SpaceBetween size="l">
            <FormField label="Create new API">
              <RadioGroup value={how} items={ways} onChange={(e) => setHow(e.detail.value as How)} ariaLabel="Create new API" />
            </FormField>
            {(how === "new" || how === "clone") && (
              <SpaceBetween size="l">
                {how === "clone" && (
                  <SelectField
                    label="API to clone"
                    value={from}
                    onChange={setFrom}
                    loading={apis.loading}
                    failed={apis.error}
                    choices={(apis.data ?? []).map((a) => ({ value: a.id, label: a.name, description: a.id }))}
                    placeholder="Choose an API"
                  />
                )}
                <TextField label="API name" value={name} onChange={setName} placeholder="My REST API" autoFocus />
                <AreaField label="Description" optional value={description} onChange={setDescription} rows={2} />
              </SpaceBetween>
            )}
            {how === "import" && (
              <SpaceBetween size="l">
                <FilePicker
                  label="API definition"
                  description="OpenAPI 3 or Swagger 2, in JSON or YAML: choose a file or paste it below."
                  onText={setBody}
                />
                <CodeField
                  label="Definition"
                  language={languageOf(body)}
                  value={body}
                  onChange={setBody}
                  rows={16}
                  check={() => undefined}
                />
                <SelectField
                  label="Base path"
                  value={basepath}
                  onChange={setBasepath}
                  choices={[
                    { value: "ignore", label: "Ignore", description: "The definition's base path is not used." },
                    { value: "prepend", label: "Prepend", description: "The base path becomes resources above all others." },
                    { value: "split", label: "Split", description: "Its first part is taken away, the rest becomes resources." },
                  ]}
                />
              </SpaceBetween>
            )}
            {how === "example" && <CodeField label="Definition" language="json" value={example} readOnly rows={16} />}
            <SelectField
              label="API endpoint type"
              description="Endpoint type of the API."
              value={endpoint}
              onChange={setEndpoint}
              choices={[
                { value: "REGIONAL", label: "Regional", description: "Served in this region." },
                { value: "EDGE", label: "Edge-optimized", description: "On AWS, behind CloudFront; here as Regional." },
                { value: "PRIVATE", label: "Private", description: "Only for requests from a VPC." },
              ]}
            />
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}
