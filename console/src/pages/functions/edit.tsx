// Edit a function's configuration: general, environment variables.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { GetFunctionResponse } from "../../api/lambda_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { Rows, SelectField, TextField } from "../../shell/fields";
import { useCall } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { useRoles } from "../iam/load";
import { runtimes } from "./runtimes";

export function EditConfiguration({ params }: { params: Params }) {
  const name = params.name ?? "";
  const environment = params.what === "environment";
  const load = useCall("lambda", "GetFunction", { FunctionName: name });
  const Form = environment ? EnvironmentForm : GeneralForm;
  return (
    <Page
      info={{
        title: environment ? "Edit environment variables" : "Edit basic settings",
        service: "lambda",
        crumbs: [
          { text: "Lambda", href: to("lambda") },
          { text: "Functions", href: to("lambda") },
          { text: name, href: to("lambda", "functions", name, "configuration") },
        ],
      }}
      description={name}
    >
      <Loaded load={load} what="the function">
        {(answer) => <Form name={name} answer={answer} />}
      </Loaded>
    </Page>
  );
}

function GeneralForm({ name, answer }: { name: string; answer: GetFunctionResponse }) {
  const c = answer.Configuration;
  const roles = useRoles();
  const reserved = answer.Concurrency?.ReservedConcurrentExecutions;
  const [first] = useState(() => ({
    description: c?.Description ?? "",
    runtime: c?.Runtime ?? "",
    handler: c?.Handler ?? "",
    memory: String(c?.MemorySize ?? 128),
    storage: String(c?.EphemeralStorage?.Size ?? 512),
    timeout: String(c?.Timeout ?? 3),
    role: c?.Role ?? "",
    concurrency: reserved === undefined ? "" : String(reserved),
  }));
  const [now, setNow] = useState(first);
  const part = (p: Partial<typeof first>) => setNow({ ...now, ...p });
  const back = to("lambda", "functions", name, "configuration");
  const changed = <T,>(was: string, is: string, make: (v: string) => T) => (was === is ? undefined : make(is));
  const plan = (): Plan => {
    const input = {
      FunctionName: name,
      Description: changed(first.description, now.description, String),
      Runtime: changed(first.runtime, now.runtime, String),
      Handler: changed(first.handler, now.handler, String),
      MemorySize: changed(first.memory, now.memory, Number),
      EphemeralStorage: changed(first.storage, now.storage, (v) => ({ Size: Number(v) })),
      Timeout: changed(first.timeout, now.timeout, Number),
      Role: changed(first.role, now.role, String),
    };
    const plan: Plan = [];
    if (Object.values(input).filter((v) => v !== undefined).length > 1) plan.push(step("lambda", "UpdateFunctionConfiguration", input));
    if (first.concurrency !== now.concurrency)
      plan.push(
        now.concurrency === ""
          ? step("lambda", "DeleteFunctionConcurrency", { FunctionName: name })
          : step("lambda", "PutFunctionConcurrency", { FunctionName: name, ReservedConcurrentExecutions: Number(now.concurrency) }),
      );
    return plan;
  };
  const check = () => {
    const wrong = (
      [
        ["Memory", now.memory],
        ["Ephemeral storage", now.storage],
        ["Timeout", now.timeout],
      ] as const
    ).find(([, v]) => !/^\d+$/.test(v));
    if (wrong) return `${wrong[0]} is a number.`;
    return now.concurrency === "" || /^\d+$/.test(now.concurrency) ? undefined : "Reserved concurrency is a number.";
  };
  return (
    <FormPage
      plan={plan}
      submit="Save"
      success={`The configuration of ${name} was saved.`}
      check={check}
      cancel={back}
      done={() => back}
      dirty={JSON.stringify(now) !== JSON.stringify(first)}
    >
      <Container header={<Header variant="h2">Basic settings</Header>}>
        <SpaceBetween size="l">
          <TextField label="Description" optional value={now.description} onChange={(description) => part({ description })} />
          <SelectField label="Runtime" value={now.runtime} onChange={(runtime) => part({ runtime })} choices={runtimes} />
          <TextField label="Handler" value={now.handler} onChange={(handler) => part({ handler })} />
          <TextField
            label="Memory"
            value={now.memory}
            onChange={(memory) => part({ memory })}
            constraint="MB, 128 to 10240"
            inputMode="numeric"
          />
          <TextField
            label="Ephemeral storage"
            value={now.storage}
            onChange={(storage) => part({ storage })}
            constraint="MB of /tmp, 512 to 10240"
            inputMode="numeric"
          />
          <TextField
            label="Timeout"
            value={now.timeout}
            onChange={(timeout) => part({ timeout })}
            constraint="Seconds, 1 to 900"
            inputMode="numeric"
          />
          <SelectField
            label="Execution role"
            value={now.role}
            onChange={(role) => part({ role })}
            choices={(roles.data ?? []).map((r) => ({ value: r.Arn, label: r.RoleName, description: r.Arn }))}
            loading={roles.loading}
            failed={roles.error}
            filter
          />
          <TextField
            label="Reserved concurrency"
            optional
            value={now.concurrency}
            onChange={(concurrency) => part({ concurrency })}
            constraint="Empty: unreserved; 0: the function is not run"
            inputMode="numeric"
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}

function EnvironmentForm({ name, answer }: { name: string; answer: GetFunctionResponse }) {
  const [first] = useState(() =>
    Object.entries(answer.Configuration?.Environment?.Variables ?? {}).map(([key, value]) => ({ key, value })),
  );
  const [rows, setRows] = useState(first);
  const back = to("lambda", "functions", name, "configuration");
  const plan = (): Plan => [
    step("lambda", "UpdateFunctionConfiguration", {
      FunctionName: name,
      Environment: { Variables: Object.fromEntries(rows.filter((r) => r.key !== "").map((r) => [r.key, r.value])) },
    }),
  ];
  const keys = rows.map((r) => r.key);
  return (
    <FormPage
      plan={plan}
      submit="Save"
      success={`The environment variables of ${name} were saved.`}
      check={() => (new Set(keys).size < keys.length ? "Each key may be there once only." : undefined)}
      cancel={back}
      done={() => back}
      dirty={JSON.stringify(rows) !== JSON.stringify(first)}
    >
      <Container header={<Header variant="h2">Environment variables</Header>}>
        <Rows
          rows={rows}
          onChange={setRows}
          empty="No environment variables."
          add="Add environment variable"
          blank={() => ({ key: "", value: "" })}
        >
          {(r, set) => (
            <div className="fields">
              <TextField label="Key" value={r.key} onChange={(key) => set({ ...r, key })} />
              <TextField label="Value" value={r.value} onChange={(value) => set({ ...r, value })} />
            </div>
          )}
        </Rows>
      </Container>
    </FormPage>
  );
}
