// Models: JSON schemas of bodies.
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Model } from "../../api/apigateway_gen";
import { step, type Plan } from "../../api/step";
import { jsonFault } from "../../editor/check";
import { CodeField } from "../../editor/code";
import { FormPage } from "../../shell/act";
import { Confirm, type Question } from "../../shell/confirm";
import { AreaField, TextField } from "../../shell/fields";
import { ListTable } from "../../shell/listtable";
import { useCall, useList } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";
import { patchValue } from "../resources/patch";

export function Models({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const models = useList("apigateway", "GetModels", { restApiId: id }, "items");
  const [selected, setSelected] = useState<Model[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  return (
    <Page
      info={apiInfo("Models", { id, name: api.name })}
      description="What bodies of requests and responses look like, as JSON schemas of draft 4."
    >
      <ListTable
        title="Models"
        load={models}
        items={models.data}
        id={(m) => m.id}
        label={(m) => m.name}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button
              disabled={!one}
              onClick={() =>
                one &&
                setQuestion({
                  title: `Delete the model ${one.name}?`,
                  text: "A model that a method uses cannot be deleted.",
                  plan: [step("apigateway", "DeleteModel", { restApiId: id, modelName: one.name })],
                  success: `The model ${one.name} was deleted.`,
                  done: () => {
                    setSelected([]);
                    models.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            <Button variant="primary" onClick={() => navigate(to("apigateway", id, "models", "create"))}>
              Create model
            </Button>
          </>
        }
        columns={[
          {
            id: "name",
            header: "Name",
            cell: (m) => <Link href={to("apigateway", id, "models", "edit", m.name)}>{m.name}</Link>,
            text: (m) => m.name,
          },
          { id: "type", header: "Content type", cell: (m) => m.contentType, text: (m) => m.contentType ?? "" },
          { id: "description", header: "Description", cell: (m) => m.description ?? "-", text: (m) => m.description ?? "" },
        ]}
        empty="No models"
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}

const blank = `{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "type": "object",
  "properties": {}
}`;

export function CreateModel({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const [name, setName] = useState("");
  const [type, setType] = useState("application/json");
  const [description, setDescription] = useState("");
  const [schema, setSchema] = useState(blank);
  const plan = (): Plan => [
    step("apigateway", "CreateModel", {
      restApiId: id,
      name: name.trim(),
      contentType: type.trim(),
      description: description.trim() || undefined,
      schema,
    }),
  ];
  return (
    <Page
      info={apiInfo("Create model", { id, name: api.name }, { text: "Models", href: to("apigateway", id, "models") })}
      description={`${api.name} (${id})`}
    >
      <FormPage
        plan={plan}
        submit="Create"
        success={`The model ${name} was created.`}
        check={() => (name.trim() === "" ? "Enter a name for the model." : schemaWrong(schema))}
        cancel={to("apigateway", id, "models")}
        done={() => to("apigateway", id, "models")}
        dirty={name !== "" || schema !== blank}
      >
        <Container header={<Header variant="h2">Model details</Header>}>
          <SpaceBetween size="l">
            <TextField label="Name" value={name} onChange={setName} constraint="Letters and digits" autoFocus />
            <TextField label="Content type" value={type} onChange={setType} />
            <AreaField label="Description" optional value={description} onChange={setDescription} rows={2} />
            <SchemaField api={id} value={schema} onChange={setSchema} />
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}

function schemaWrong(schema: string): string | undefined {
  const fault = jsonFault(schema);
  return fault && `The schema is not JSON: line ${fault.line}, column ${fault.column}: ${fault.message}`;
}

function SchemaField({ api, value, onChange }: { api: string; value: string; onChange: (v: string) => void }) {
  return (
    <CodeField
      label="Model schema"
      description={
        <>
          Another model is referred to as{" "}
          <span className="mono">{`{"$ref": "https://apigateway.amazonaws.com/restapis/${api}/models/NAME"}`}</span>
        </>
      }
      language="json"
      value={value}
      onChange={onChange}
      rows={14}
    />
  );
}

export function EditModel({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const model = useCall("apigateway", "GetModel", { restApiId: id, modelName: params.model ?? "" });
  return (
    <Page
      info={apiInfo("Edit model", { id, name: api.name }, { text: "Models", href: to("apigateway", id, "models") })}
      description={params.model}
    >
      <Loaded load={model} what="the model">
        {(m) => <ModelForm api={id} model={m} />}
      </Loaded>
    </Page>
  );
}

function ModelForm({ api, model }: { api: string; model: Model }) {
  const [description, setDescription] = useState(model.description ?? "");
  const [schema, setSchema] = useState(model.schema ?? "");
  const back = to("apigateway", api, "models");
  const plan = (): Plan => {
    const patchOperations = [...patchValue("/description", model.description, description), ...patchValue("/schema", model.schema, schema)];
    return patchOperations.length > 0
      ? [step("apigateway", "UpdateModel", { restApiId: api, modelName: model.name, patchOperations })]
      : [];
  };
  return (
    <FormPage
      plan={plan}
      submit="Save changes"
      success={`The model ${model.name} was saved.`}
      check={() => schemaWrong(schema)}
      cancel={back}
      done={() => back}
      dirty={description !== (model.description ?? "") || schema !== (model.schema ?? "")}
    >
      <Container header={<Header variant="h2">Model details</Header>}>
        <SpaceBetween size="l">
          <TextField label="Name" value={model.name} onChange={() => {}} disabled />
          <TextField label="Content type" value={model.contentType ?? ""} onChange={() => {}} disabled />
          <AreaField label="Description" optional value={description} onChange={setDescription} rows={2} />
          <SchemaField api={api} value={schema} onChange={setSchema} />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
