// Create resource.
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { output, step, undoable, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { SelectField, TextField, ToggleField } from "../../shell/fields";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { apiInfo, useApi, useResources } from "./api";
import { corsPlan, defaultCors } from "./cors";

export function CreateResource({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const resources = useResources(id);
  const [parent, setParent] = useState(params.parent ?? "");
  const [name, setName] = useState("");
  const [proxy, setProxy] = useState(false);
  const [cors, setCors] = useState(false);
  const info = apiInfo("Create resource", { id, name: api.name }, { text: "Resources", href: to("apigateway", id, "resources") });
  const create = () => step("apigateway", "CreateResource", { restApiId: id, parentId: parent, pathPart: name.trim() });
  const plan = (): Plan => {
    if (!cors) return [create()];
    const made = (done: unknown[]) => output("apigateway", "CreateResource", done[0]).id;
    const undo = (out: unknown) => step("apigateway", "DeleteResource", { restApiId: id, resourceId: made([out]) });
    return [undoable(create(), undo), ...corsPlan(id, made, defaultCors)];
  };
  return (
    <Page info={info}>
      <Loaded load={resources} what="resources">
        {(all) => (
          <FormPage
            plan={plan}
            submit="Create resource"
            success={`The resource ${name} was created.`}
            check={() => (name.trim() === "" ? "Enter a resource name." : undefined)}
            cancel={to("apigateway", id, "resources", parent)}
            done={(out) => to("apigateway", id, "resources", output("apigateway", "CreateResource", out[0]).id)}
            dirty={name !== ""}
          >
            <Container header={<Header variant="h2">Resource details</Header>}>
              <SpaceBetween size="l">
                <ToggleField
                  label="Proxy resource"
                  checked={proxy}
                  onChange={(on) => {
                    setProxy(on);
                    setName(on ? "{proxy+}" : "");
                  }}
                  description="Handles requests to all paths below it. Its name is a greedy path variable, such as {proxy+}."
                />
                <SelectField
                  label="Resource path"
                  value={parent}
                  onChange={setParent}
                  filter={all.length > 10}
                  choices={all.map((r) => ({ value: r.id, label: r.path })).sort((a, b) => a.label.localeCompare(b.label))}
                />
                <TextField
                  label="Resource name"
                  value={name}
                  onChange={setName}
                  placeholder="my-resource"
                  constraint={"The last part of the path. In braces it is a path parameter: {operand1}"}
                  autoFocus
                />
                <FormField label="CORS (Cross Origin Resource Sharing)">
                  <Checkbox
                    checked={cors}
                    onChange={(e) => setCors(e.detail.checked)}
                    description="Creates an OPTIONS method that allows all origins, methods and some usual headers."
                  >
                    Turn on CORS
                  </Checkbox>
                </FormField>
              </SpaceBetween>
            </Container>
          </FormPage>
        )}
      </Loaded>
    </Page>
  );
}
