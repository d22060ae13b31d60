// Configuration: general, environment variables, permissions, URL, concurrency.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ApiError, call } from "../../api/client";
import { list } from "../../api/list";
import { step, type Plan } from "../../api/step";
import { Code } from "../../editor/code";
import { Copyable } from "../../shell/copy";
import { Dialog } from "../../shell/dialog";
import { SelectField, TextField } from "../../shell/fields";
import { pretty } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useLoad } from "../../shell/load";
import { navigate, to } from "../../shell/router";
import type { FunctionProps } from "./detail";

export function ConfigurationTab(p: FunctionProps) {
  const { name, configuration: c, answer } = p;
  const edit = (what: string) => () => navigate(to("lambda", "functions", name, "edit", what));
  const role = c.Role?.split("/").pop() ?? "";
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button ariaLabel="Edit general configuration" onClick={edit("general")}>
                Edit
              </Button>
            }
          >
            General configuration
          </Header>
        }
      >
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Description", value: c.Description || "-" },
            { label: "Memory", value: `${c.MemorySize ?? 128} MB` },
            { label: "Ephemeral storage", value: `${c.EphemeralStorage?.Size ?? 512} MB` },
            { label: "Timeout", value: `${Math.floor((c.Timeout ?? 3) / 60)} min ${(c.Timeout ?? 3) % 60} sec` },
            { label: "Runtime", value: c.Runtime ?? "-" },
            { label: "Handler", value: <span className="mono">{c.Handler ?? "-"}</span> },
            {
              label: "Reserved concurrency",
              value:
                answer.Concurrency?.ReservedConcurrentExecutions === undefined
                  ? "Unreserved account concurrency"
                  : String(answer.Concurrency.ReservedConcurrentExecutions),
            },
            { label: "Log format", value: c.LoggingConfig?.LogFormat ?? "Text" },
            { label: "Layers", value: c.Layers?.map((l) => l.Arn).join(", ") || "None" },
          ]}
        />
      </Container>
      <ListTable
        title="Environment variables"
        load={{ loading: false, reload: p.reload }}
        items={Object.entries(c.Environment?.Variables ?? {})}
        id={([k]) => k}
        label={([k]) => k}
        actions={
          <Button ariaLabel="Edit environment variables" onClick={edit("environment")}>
            Edit
          </Button>
        }
        columns={[
          { id: "key", header: "Key", cell: ([k]) => <span className="mono">{k}</span>, text: ([k]) => k },
          { id: "value", header: "Value", cell: ([, v]) => <span className="mono">{v}</span>, text: ([, v]) => v },
        ]}
        empty="No environment variables"
        emptyText="No environment variables associated with this function."
      />
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button ariaLabel="Edit execution role" onClick={edit("general")}>
                Edit
              </Button>
            }
          >
            Execution role
          </Header>
        }
      >
        <KeyValuePairs
          columns={1}
          items={[
            { label: "Role name", value: <Link href={to("iam", "roles", role)}>{role}</Link> },
            { label: "Role ARN", value: <span className="mono">{c.Role}</span> },
          ]}
        />
      </Container>
      <ResourcePolicy {...p} />
      <FunctionUrl {...p} />
    </SpaceBetween>
  );
}

interface Statement {
  Sid: string;
  Effect: string;
  Principal: unknown;
  Action: string;
  Condition?: Record<string, Record<string, string>>;
}

/** orNone turns "there is none" into undefined. */
async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (e) {
    if (e instanceof ApiError && e.code === "ResourceNotFoundException") return undefined;
    throw e;
  }
}

function ResourcePolicy({ name, ask }: FunctionProps) {
  const policy = useLoad(
    `policy ${name}`,
    async (signal) => (await orNone(call("lambda", "GetPolicy", { FunctionName: name }, signal)))?.Policy ?? "",
  );
  const [adding, setAdding] = useState(false);
  const [showing, setShowing] = useState(false);
  const [selected, setSelected] = useState<Statement[]>([]);
  const statements = policy.data
    ? (JSON.parse(policy.data) as { Statement: Statement[] }).Statement
    : policy.data === undefined
      ? undefined
      : [];
  const one = selected[0];
  const conditions = (s: Statement) =>
    Object.values(s.Condition ?? {}).flatMap((c) => Object.entries(c).map(([k, v]) => `${k.split(":").pop() ?? k}: ${v}`));
  const principal = (s: Statement) =>
    typeof s.Principal === "string" ? s.Principal : Object.values(s.Principal as Record<string, string>).join(", ");
  return (
    <>
      <ListTable
        title="Resource-based policy statements"
        description="Who else may use the function: services such as API Gateway, and other accounts."
        load={policy}
        items={statements}
        id={(s) => s.Sid}
        label={(s) => s.Sid}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button disabled={!policy.data} onClick={() => setShowing(true)}>
              View policy document
            </Button>
            <Button
              disabled={!one}
              onClick={() =>
                one &&
                ask({
                  title: `Delete the statement ${one.Sid}?`,
                  text: "What it allowed is refused from then on.",
                  plan: [step("lambda", "RemovePermission", { FunctionName: name, StatementId: one.Sid })],
                  success: `The statement ${one.Sid} was deleted.`,
                  done: () => {
                    setSelected([]);
                    policy.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            <Button onClick={() => setAdding(true)}>Add permissions</Button>
          </>
        }
        columns={[
          { id: "sid", header: "Statement ID", cell: (s) => <span className="mono">{s.Sid}</span>, text: (s) => s.Sid },
          { id: "principal", header: "Principal", cell: (s) => principal(s), text: principal },
          {
            id: "conditions",
            header: "Conditions",
            cell: (s) => <span className="mono">{conditions(s).join("\n") || "None"}</span>,
            text: (s) => conditions(s).join(" "),
          },
          { id: "action", header: "Action", cell: (s) => s.Action, text: (s) => s.Action },
        ]}
        empty="No permissions"
        emptyText="Nobody outside this account's identities may use the function."
      />
      {adding && <PermissionDialog name={name} close={() => setAdding(false)} done={policy.reload} />}
      <Modal
        visible={showing}
        onDismiss={() => setShowing(false)}
        header="Resource-based policy document"
        closeAriaLabel="Close"
        size="large"
      >
        <Code text={pretty(policy.data ?? "")} label="Policy document" />
      </Modal>
    </>
  );
}

function PermissionDialog({ name, close, done }: { name: string; close: () => void; done: () => void }) {
  const [sid, setSid] = useState("");
  const [principal, setPrincipal] = useState("apigateway.amazonaws.com");
  const [action, setAction] = useState("lambda:InvokeFunction");
  const [source, setSource] = useState("");
  const plan = (): Plan => [
    step("lambda", "AddPermission", {
      FunctionName: name,
      StatementId: sid.trim(),
      Principal: principal.trim(),
      Action: action,
      SourceArn: source.trim() || undefined,
    }),
  ];
  return (
    <Dialog
      title="Add permissions"
      submit="Save"
      ready={sid.trim() !== ""}
      plan={plan}
      success={`The statement ${sid.trim()} was added.`}
      close={close}
      done={done}
    >
      <TextField label="Statement ID" value={sid} onChange={setSid} />
      <TextField label="Principal" value={principal} onChange={setPrincipal} constraint="A service, an account or an ARN" />
      <TextField
        label="Source ARN"
        optional
        value={source}
        onChange={setSource}
        placeholder="arn:aws:execute-api:us-east-1:000000000000:api-id/*/GET/calc"
      />
      <SelectField
        label="Action"
        value={action}
        onChange={setAction}
        choices={["lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "lambda:GetFunction", "lambda:*"]}
      />
    </Dialog>
  );
}

function FunctionUrl({ name, ask }: FunctionProps) {
  const url = useLoad(`url ${name}`, async (signal) => {
    const all = await list("lambda", "ListFunctionUrlConfigs", { FunctionName: name }, "FunctionUrlConfigs", signal);
    return all.find((u) => !/:function:[^:]+:/.test(u.FunctionArn)) ?? null; // the others are of aliases
  });
  const create = () =>
    ask({
      title: "Create a function URL?",
      text: "Anyone who knows the URL can call the function (auth type NONE): a permission for that is added, too.",
      submit: "Create function URL",
      plan: [
        step("lambda", "CreateFunctionUrlConfig", { FunctionName: name, AuthType: "NONE" }),
        step(
          "lambda",
          "AddPermission",
          {
            FunctionName: name,
            StatementId: "FunctionURLAllowPublicAccess",
            Action: "lambda:InvokeFunctionUrl",
            Principal: "*",
            FunctionUrlAuthType: "NONE",
          },
          (code) => code === "ResourceConflictException",
        ),
      ],
      success: "The function URL was created.",
      done: url.reload,
    });
  const remove = () =>
    ask({
      title: "Delete the function URL?",
      text: "It stops answering at once, and it cannot be had back.",
      plan: [step("lambda", "DeleteFunctionUrlConfig", { FunctionName: name })],
      success: "The function URL was deleted.",
      done: url.reload,
    });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            url.data ? (
              <Button ariaLabel="Delete function URL" onClick={remove}>
                Delete
              </Button>
            ) : (
              <Button onClick={create} disabled={url.data === undefined}>
                Create function URL
              </Button>
            )
          }
        >
          Function URL
        </Header>
      }
    >
      {url.error ? (
        <Alert type="error">{url.error.message}</Alert>
      ) : url.data ? (
        <KeyValuePairs
          columns={2}
          items={[
            {
              label: "Function URL",
              value: (
                <span className="mono">
                  <Copyable text={url.data.FunctionUrl} what="function URL" />
                </span>
              ),
            },
            { label: "Auth type", value: url.data.AuthType },
            { label: "Invoke mode", value: url.data.InvokeMode ?? "BUFFERED" },
          ]}
        />
      ) : (
        <Box color="text-body-secondary">{url.loading ? "Loading" : "No function URL configured."}</Box>
      )}
    </Container>
  );
}
