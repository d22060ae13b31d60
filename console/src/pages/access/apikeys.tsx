// API keys.
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { ApiKey as Key } from "../../api/apigateway_gen";
import { output, step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { Confirm, type Question } from "../../shell/confirm";
import { Copyable } from "../../shell/copy";
import { TextField } from "../../shell/fields";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useCall, useList } from "../../shell/load";
import { Page, usePage } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";

const crumbs = [{ text: "API Gateway", href: to("apigateway") }];
const keysCrumb = { text: "API keys", href: to("apigateway", "api-keys") };

function status(k: Key): string {
  return k.enabled ? "Active" : "Inactive";
}

function remove(k: Key, done: () => void): Question {
  return {
    title: `Delete the API key ${k.name ?? k.id}?`,
    text: "Requests with it are refused from then on.",
    plan: [step("apigateway", "DeleteApiKey", { apiKey: k.id })],
    success: `The API key ${k.name ?? k.id} was deleted.`,
    done,
  };
}

export function ApiKeys() {
  usePage({ title: "API keys", service: "apigateway", crumbs });
  const keys = useList("apigateway", "GetApiKeys", {}, "items");
  const [selected, setSelected] = useState<Key[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  const create = (
    <Button variant="primary" onClick={() => navigate(to("apigateway", "api-keys", "create"))}>
      Create API key
    </Button>
  );
  return (
    <>
      <ListTable
        title="API keys"
        headingVariant="h1"
        load={keys}
        items={keys.data}
        id={(k) => k.id}
        label={(k) => k.name ?? k.id}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button disabled={!one} onClick={() => one && setQuestion(remove(one, () => (setSelected([]), keys.reload())))}>
              Delete
            </Button>
            {create}
          </>
        }
        columns={[
          {
            id: "name",
            header: "Name",
            cell: (k) => <Link href={to("apigateway", "api-keys", k.id)}>{k.name ?? k.id}</Link>,
            text: (k) => k.name ?? "",
          },
          { id: "id", header: "API key ID", cell: (k) => <span className="mono">{k.id}</span>, text: (k) => k.id },
          { id: "status", header: "Status", cell: status, text: status },
          { id: "created", header: "Created", cell: (k) => when(k.createdDate), text: (k) => k.createdDate ?? 0 },
        ]}
        empty="No API keys"
        emptyText="A method that requires a key takes those of the usage plans of its stage."
        emptyAction={create}
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}

export function CreateApiKey() {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [value, setValue] = useState("");
  const plan = (): Plan => [
    step("apigateway", "CreateApiKey", {
      name: name.trim(),
      description: description.trim() || undefined,
      value: value.trim() || undefined,
      enabled: true,
    }),
  ];
  return (
    <Page info={{ title: "Create API key", service: "apigateway", crumbs: [...crumbs, keysCrumb] }}>
      <FormPage
        plan={plan}
        submit="Save"
        success={`The API key ${name} was created.`}
        check={() => (name.trim() === "" ? "Enter a name." : undefined)}
        cancel={keysCrumb.href}
        done={(out) => to("apigateway", "api-keys", output("apigateway", "CreateApiKey", out[0]).id)}
        dirty={name !== ""}
      >
        <Container header={<Header variant="h2">API key details</Header>}>
          <SpaceBetween size="l">
            <TextField label="Name" value={name} onChange={setName} />
            <TextField label="Description" optional value={description} onChange={setDescription} />
            <TextField
              label="API key"
              optional
              value={value}
              onChange={setValue}
              constraint="At least 20 characters; empty: made for you"
            />
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}

export function ApiKey({ params }: { params: Params }) {
  const id = params.key ?? "";
  const [shown, setShown] = useState(false);
  const key = useCall("apigateway", "GetApiKey", { apiKey: id, includeValue: true });
  const plans = useList("apigateway", "GetUsagePlans", { keyId: id }, "items");
  const [question, setQuestion] = useState<Question>();
  const change = (enabled: boolean) =>
    setQuestion({
      title: enabled ? "Activate the API key?" : "Deactivate the API key?",
      text: enabled ? "Requests with it are accepted again." : "Requests with it are refused until it is active again.",
      submit: enabled ? "Activate" : "Deactivate",
      plan: [
        step("apigateway", "UpdateApiKey", { apiKey: id, patchOperations: [{ op: "replace", path: "/enabled", value: String(enabled) }] }),
      ],
      success: "The API key was changed.",
      done: key.reload,
    });
  return (
    <Page
      info={{ title: key.data?.name ?? id, service: "apigateway", crumbs: [...crumbs, keysCrumb] }}
      actions={
        key.data && (
          <>
            <Button onClick={() => key.data && setQuestion(remove(key.data, () => navigate(keysCrumb.href)))}>Delete</Button>
            <Button onClick={() => change(!key.data?.enabled)}>{key.data.enabled ? "Deactivate" : "Activate"}</Button>
          </>
        )
      }
    >
      <Loaded load={key} what="the API key">
        {(k) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">API key details</Header>}>
              <SpaceBetween size="m">
                <KeyValuePairs
                  columns={2}
                  items={[
                    { label: "Name", value: k.name ?? "-" },
                    {
                      label: "API key ID",
                      value: (
                        <span className="mono">
                          <Copyable text={k.id} what="API key ID" />
                        </span>
                      ),
                    },
                    { label: "Status", value: status(k) },
                    { label: "Created", value: when(k.createdDate) },
                    {
                      label: "API key",
                      value: shown ? (
                        <span className="mono">
                          <Copyable text={k.value ?? ""} what="API key" />
                        </span>
                      ) : (
                        "••••••••••••••••••••"
                      ),
                    },
                    { label: "Description", value: k.description ?? "-" },
                  ]}
                />
                <Checkbox checked={shown} onChange={(e) => setShown(e.detail.checked)}>
                  Show the key
                </Checkbox>
              </SpaceBetween>
            </Container>
            <ListTable
              title="Associated usage plans"
              load={plans}
              items={plans.data}
              id={(p) => p.id}
              label={(p) => p.name ?? p.id}
              columns={[
                {
                  id: "name",
                  header: "Name",
                  cell: (p) => <Link href={to("apigateway", "usage-plans", p.id)}>{p.name}</Link>,
                  text: (p) => p.name ?? "",
                },
                { id: "id", header: "ID", cell: (p) => <span className="mono">{p.id}</span>, text: (p) => p.id },
              ]}
              empty="No usage plans"
              emptyText="Without a usage plan the key opens nothing: add it on the page of a plan."
            />
          </SpaceBetween>
        )}
      </Loaded>
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}
