// Why a principal may do something, or may not: the policy simulator.
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { post } from "../../api/client";
import { CodeBox } from "../../editor/code";
import { Rows, SuggestField, TextField } from "../../shell/fields";
import { ListTable } from "../../shell/listtable";
import { useList, useLoad, type Load } from "../../shell/load";
import { Page } from "../../shell/page";
import { Problem } from "../../shell/problem";
import { query } from "../../shell/router";
import { iamInfo } from "./info";
import { useRoles } from "./load";

interface Condition {
  operator: string;
  key: string;
  wanted: string[];
  actual: string[];
  holds: boolean;
}

interface Statement {
  index: number;
  sid: string;
  effect: string;
  text: string;
  fits: boolean;
  decides: boolean;
  whyNot: string[];
  conditions: Condition[];
}

interface Explanation {
  principal: string;
  action: string;
  resource: string;
  allowed: boolean;
  outcome: string;
  because: string;
  text: string;
  policies: { name: string; kind: string; statements: Statement[] }[] | null;
}

interface Question {
  principal: string;
  action: string;
  resource: string;
  context: Record<string, string[]>;
}

const services = ["apigateway.amazonaws.com", "lambda.amazonaws.com"];

const actions = [
  "lambda:InvokeFunction",
  "lambda:InvokeFunctionUrl",
  "lambda:CreateFunction",
  "execute-api:Invoke",
  "apigateway:GET",
  "apigateway:POST",
  "logs:PutLogEvents",
  "iam:PassRole",
  "sts:AssumeRole",
];

export function Explain() {
  const [principal, setPrincipal] = useState(query("principal") ?? "");
  const [action, setAction] = useState(query("action") ?? "");
  const [resource, setResource] = useState(query("resource") ?? "*");
  const [context, setContext] = useState<{ key: string; value: string }[]>([]);
  const asked = (): Question => ({
    principal: principal.trim(),
    action: action.trim(),
    resource: resource.trim(),
    context: contextOf(context),
  });
  const [question, setQuestion] = useState<Question | undefined>(() => (principal !== "" && action !== "" ? asked() : undefined));
  const answer = useLoad(question && JSON.stringify(question), async (signal) => {
    return (await post("explain", question, "Explain", signal)) as Explanation;
  });
  const principals = usePrincipals();
  return (
    <Page
      info={iamInfo("Policy simulator")}
      description="Every policy that speaks for somebody and something, held against one request: what decides, and why the rest does not."
    >
      <SpaceBetween size="l">
        <form
          onSubmit={(e) => {
            e.preventDefault();
            setQuestion(asked());
            if (question && JSON.stringify(asked()) === JSON.stringify(question)) answer.reload();
          }}
        >
          <Form
            actions={
              <Button variant="primary" disabled={principal.trim() === "" || action.trim() === ""} loading={answer.loading}>
                Simulate
              </Button>
            }
          >
            <Container header={<Header variant="h2">Request</Header>}>
              <SpaceBetween size="m">
                <ColumnLayout columns={2}>
                  <SuggestField
                    label="Principal"
                    description="A user, a role or session, or a service."
                    value={principal}
                    onChange={setPrincipal}
                    choices={principals.choices}
                    loading={principals.loading}
                    empty="No users and roles"
                  />
                  <SuggestField
                    label="Action"
                    description="The service's prefix and the action's name."
                    value={action}
                    onChange={setAction}
                    choices={actions}
                    placeholder="lambda:InvokeFunction"
                    empty="Type an action"
                  />
                </ColumnLayout>
                <TextField
                  label="Resource"
                  description="The ARN. A function's own policy, a deployed API's and a role's trust policy are asked too."
                  value={resource}
                  onChange={setResource}
                />
                <Rows
                  rows={context}
                  onChange={setContext}
                  empty="No condition keys, apart from those that follow from the principal and the time."
                  add="Add condition key"
                  removeLabel="Remove condition key"
                  blank={() => ({ key: "", value: "" })}
                >
                  {(row, set) => (
                    <>
                      <TextField label="Key" value={row.key} placeholder="aws:SourceIp" onChange={(key) => set({ ...row, key })} />
                      <TextField label="Value" value={row.value} onChange={(value) => set({ ...row, value })} />
                    </>
                  )}
                </Rows>
              </SpaceBetween>
            </Container>
          </Form>
        </form>
        {answer.error && <Problem error={answer.error} retry={answer.reload} />}
        {answer.data && <Answer load={answer} of={answer.data} />}
      </SpaceBetween>
    </Page>
  );
}

function contextOf(rows: { key: string; value: string }[]): Record<string, string[]> {
  const context: Record<string, string[]> = {};
  for (const { key, value } of rows) if (key.trim() !== "") (context[key.trim()] ??= []).push(value);
  return context;
}

function usePrincipals() {
  const users = useList("iam", "ListUsers", {}, "Users");
  const roles = useRoles();
  const choices = [
    ...(users.data ?? []).map((u) => ({ value: u.Arn, description: "User" })),
    ...(roles.data ?? []).map((r) => ({ value: r.Arn, description: "Role" })),
    ...services.map((value) => ({ value, description: "Service" })),
  ];
  return { choices, loading: users.loading || roles.loading };
}

/** Row is a statement with the policy that it stands in. */
interface Row extends Statement {
  id: string;
  policy: string;
  kind: string;
}

function Answer({ load, of }: { load: Load<Explanation>; of: Explanation }) {
  const rows: Row[] = (of.policies ?? []).flatMap((p, n) =>
    p.statements.map((s) => ({ ...s, id: `${n}/${s.index}`, policy: p.name, kind: p.kind })),
  );
  const [chosen, setChosen] = useState<string>();
  const shown = rows.find((r) => r.id === chosen) ?? rows.find((r) => r.decides) ?? rows[0];
  return (
    <SpaceBetween size="l">
      <Alert type={of.allowed ? "success" : "error"} header={of.allowed ? "Allowed" : `Denied: ${of.outcome}`}>
        {of.because}
      </Alert>
      {of.text !== "" && (
        <Container header={<Header variant="h2">What AWS answers</Header>}>
          <span className="mono">{of.text}</span>
        </Container>
      )}
      <ListTable
        title="Statements"
        description={`For ${of.action} on ${of.resource}`}
        load={load}
        items={rows}
        id={(r) => r.id}
        label={(r) => `statement ${r.index + 1} of ${r.policy}`}
        select="single"
        selected={shown ? [shown] : []}
        onSelect={(s) => setChosen(s[0]?.id)}
        columns={[
          { id: "policy", header: "Policy", cell: (r) => r.policy, text: (r) => r.policy },
          { id: "kind", header: "Kind", cell: kindName, text: kindName },
          { id: "statement", header: "Statement", cell: statementName, text: statementName },
          { id: "effect", header: "Effect", cell: (r) => r.effect, text: (r) => r.effect },
          { id: "result", header: "Result", cell: (r) => <span className="nowrap">{result(r)}</span>, text: (r) => r.whyNot.join() },
        ]}
        empty="No policies"
        emptyText="Nothing speaks for the principal or the resource."
      />
      {shown && <Shown statement={shown} />}
    </SpaceBetween>
  );
}

function kindName(r: Row): string {
  return r.kind.replace(/ policy$/, "");
}

function statementName(r: Statement): string {
  return r.sid === "" ? `${r.index + 1}` : `${r.index + 1} (${r.sid})`;
}

function result(r: Statement) {
  if (r.decides) return <StatusIndicator type={r.effect === "Deny" ? "error" : "success"}>Fits and decides</StatusIndicator>;
  if (r.fits) return <StatusIndicator type="info">Fits</StatusIndicator>;
  return <StatusIndicator type="stopped">Does not fit</StatusIndicator>;
}

function Shown({ statement: s }: { statement: Row }) {
  return (
    <Container header={<Header variant="h2" description={<span className="anywhere">{`${s.kind} ${s.policy}`}</span>}>{`Statement ${statementName(s)}`}</Header>}>
      <SpaceBetween size="m">
        {s.whyNot.length > 0 && (
          <Alert type="info" header="Why it does not fit">
            <ul>
              {s.whyNot.map((why) => (
                <li key={why}>{why}</li>
              ))}
            </ul>
          </Alert>
        )}
        {s.conditions.length > 0 && (
          <KeyValuePairs
            columns={1}
            items={s.conditions.map((c) => ({
              label: `${c.operator} ${c.key}`,
              value: (
                <StatusIndicator type={c.holds ? "success" : "stopped"}>
                  {`wanted ${c.wanted.join(" or ")}; ${c.actual.length === 0 ? "the request does not have it" : `is ${c.actual.join(", ")}`}`}
                </StatusIndicator>
              ),
            }))}
          />
        )}
        <CodeBox key={s.id} label="Statement" language="json" readOnly value={s.text} rows={s.text.split("\n").length} />
      </SpaceBetween>
    </Container>
  );
}
