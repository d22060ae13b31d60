// Request validators.
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import type { RequestValidator } from "../../api/apigateway_gen";
import { step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { Dialog } from "../../shell/dialog";
import { TextField } from "../../shell/fields";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";
import { Page } from "../../shell/page";
import type { Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";

export function RequestValidators({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const validators = useList("apigateway", "GetRequestValidators", { restApiId: id }, "items");
  const [selected, setSelected] = useState<RequestValidator[]>([]);
  const [question, setQuestion] = useState<Question>();
  const [creating, setCreating] = useState(false);
  const one = selected[0];
  return (
    <Page
      info={apiInfo("Request validators", { id, name: api.name })}
      description="What is checked before a request reaches the integration; a method names one of them."
    >
      <ListTable
        title="Request validators"
        load={validators}
        items={validators.data}
        id={(v) => v.id}
        label={(v) => v.name ?? v.id}
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
                  title: `Delete ${one.name}?`,
                  text: "Methods that name it are no longer validated.",
                  plan: [step("apigateway", "DeleteRequestValidator", { restApiId: id, requestValidatorId: one.id })],
                  success: `${one.name} was deleted.`,
                  done: () => {
                    setSelected([]);
                    validators.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            <Button variant="primary" onClick={() => setCreating(true)}>
              Create request validator
            </Button>
          </>
        }
        columns={[
          { id: "name", header: "Name", cell: (v) => v.name ?? "-", text: (v) => v.name ?? "" },
          { id: "id", header: "ID", cell: (v) => <span className="mono">{v.id}</span>, text: (v) => v.id },
          { id: "body", header: "Body", cell: (v) => (v.validateRequestBody ? "Validated" : "-") },
          { id: "parameters", header: "Parameters", cell: (v) => (v.validateRequestParameters ? "Validated" : "-") },
        ]}
        empty="No request validators"
        emptyText="One is made when a method's Request validator is chosen."
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
      {creating && <CreateDialog api={id} close={() => setCreating(false)} done={validators.reload} />}
    </Page>
  );
}

function CreateDialog({ api, close, done }: { api: string; close: () => void; done: () => void }) {
  const [name, setName] = useState("");
  const [body, setBody] = useState(true);
  const [parameters, setParameters] = useState(true);
  return (
    <Dialog
      title="Create request validator"
      submit="Create"
      ready={name.trim() !== ""}
      plan={() => [
        step("apigateway", "CreateRequestValidator", {
          restApiId: api,
          name: name.trim(),
          validateRequestBody: body,
          validateRequestParameters: parameters,
        }),
      ]}
      success={`${name.trim()} was created.`}
      close={close}
      done={done}
    >
      <TextField label="Name" value={name} onChange={setName} />
      <Checkbox checked={body} onChange={(e) => setBody(e.detail.checked)}>
        Validate body
      </Checkbox>
      <Checkbox checked={parameters} onChange={(e) => setParameters(e.detail.checked)}>
        Validate query string parameters and headers
      </Checkbox>
    </Dialog>
  );
}
