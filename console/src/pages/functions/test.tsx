// Test: events that are kept in this browser, and a call with one of them.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { fromBase64, toBase64 } from "../../api/cli";
import type { InvocationResponse } from "../../api/lambda_gen";
import { output, step } from "../../api/step";
import { jsonFault } from "../../editor/check";
import { Code, CodeField } from "../../editor/code";
import { ActError, useAct } from "../../shell/act";
import { showCommands } from "../../shell/commands";
import { SelectField, TextField } from "../../shell/fields";
import { pretty } from "../../shell/format";
import { notify } from "../../shell/notify";
import { region } from "../../shell/region";
import { to } from "../../shell/router";
import type { FunctionProps } from "./detail";
import { report } from "./report";

const blank = `{
  "key1": "value1",
  "key2": "value2",
  "key3": "value3"
}`;

type Saved = Record<string, string>;

const key = (name: string) => `lambdagate.events.${region()}.${name}`;

function savedEvents(name: string): Saved {
  try {
    return JSON.parse(localStorage.getItem(key(name)) ?? "{}") as Saved;
  } catch {
    return {};
  }
}

export function TestTab({ name, configuration: c }: FunctionProps) {
  const [saved, setSaved] = useState(() => savedEvents(name));
  const latest = Object.keys(saved).at(-1);
  const [action, setAction] = useState(latest === undefined ? "new" : "edit");
  const [eventName, setEventName] = useState(latest ?? "");
  const [event, setEvent] = useState(latest === undefined ? blank : (saved[latest] ?? blank));
  const [invocation, setInvocation] = useState("RequestResponse");
  const [result, setResult] = useState<InvocationResponse>();
  const [wrong, setWrong] = useState<string>();
  const act = useAct();

  const keep = (next: Saved) => {
    setSaved(next);
    localStorage.setItem(key(name), JSON.stringify(next));
  };
  const save = () => {
    const fault = jsonFault(event);
    if (eventName.trim() === "") return setWrong("Enter a name for the event.");
    if (fault) return setWrong("The event is not JSON.");
    setWrong(undefined);
    const { [eventName.trim()]: _, ...rest } = saved;
    keep({ ...rest, [eventName.trim()]: event });
    setAction("edit");
    notify("success", `The test event ${eventName.trim()} was saved in this browser.`);
  };
  const call = () =>
    step("lambda", "Invoke", {
      FunctionName: name,
      InvocationType: invocation,
      LogType: invocation === "RequestResponse" ? "Tail" : undefined,
      Payload: toBase64(event),
    });
  const run = async () => {
    setWrong(undefined);
    setResult(undefined);
    const done = await act.run([call()]);
    if (done) setResult(output("lambda", "Invoke", done[0]));
  };

  return (
    <SpaceBetween size="l">
      <div aria-live="polite">
        <ActError act={act} header="The function could not be invoked" />
        {result && <Result result={result} group={c.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`} />}
      </div>
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <div className="buttons">
                <Button onClick={() => showCommands([call()])}>Show as AWS CLI</Button>
                <Button onClick={save}>Save</Button>
                <Button variant="primary" loading={act.busy} loadingText="Running" onClick={() => void run()}>
                  Test
                </Button>
              </div>
            }
          >
            Test event
          </Header>
        }
      >
        <SpaceBetween size="l">
          <FormField label="Test event action">
            <RadioGroup
              value={action}
              onChange={(e) => {
                setAction(e.detail.value);
                if (e.detail.value === "new") {
                  setEventName("");
                  setEvent(blank);
                }
              }}
              items={[
                { value: "new", label: "Create new event" },
                { value: "edit", label: "Edit saved event", disabled: Object.keys(saved).length === 0 },
              ]}
            />
          </FormField>
          {action === "new" ? (
            <TextField label="Event name" value={eventName} onChange={setEventName} placeholder="MyEventName" error={wrong} />
          ) : (
            <div className="row">
              <SelectField
                label="Event name"
                value={eventName}
                onChange={(n) => {
                  setEventName(n);
                  setEvent(saved[n] ?? blank);
                }}
                choices={Object.keys(saved)}
                error={wrong}
              />
              <Button
                ariaLabel={`Delete the event ${eventName}`}
                onClick={() => {
                  const { [eventName]: _, ...rest } = saved;
                  keep(rest);
                  const other = Object.keys(rest).at(-1);
                  setAction(other === undefined ? "new" : "edit");
                  setEventName(other ?? "");
                  setEvent(other === undefined ? blank : (rest[other] ?? blank));
                }}
              >
                Delete
              </Button>
            </div>
          )}
          <SelectField
            label="Invocation type"
            value={invocation}
            onChange={setInvocation}
            choices={[
              { value: "RequestResponse", label: "Synchronous", description: "Waits for the result." },
              { value: "Event", label: "Asynchronous", description: "Queues the event; retries and destinations apply." },
              { value: "DryRun", label: "Dry run", description: "Checks permission and parameters only." },
            ]}
          />
          <CodeField label="Event JSON" language="json" value={event} onChange={setEvent} rows={8} />
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}

function Result({ result, group }: { result: InvocationResponse; group: string }) {
  const failed = result.FunctionError !== undefined;
  const log = result.LogResult ? fromBase64(result.LogResult) : "";
  const payload = result.Payload ? fromBase64(result.Payload) : "";
  const facts = report(log);
  if (result.StatusCode !== 200)
    return (
      <Container header={<Header variant="h2">Executing function: accepted</Header>}>
        <StatusIndicator type="success">
          {result.StatusCode === 202 ? "The event was queued; its log shows when it ran." : "The invocation would be allowed."}
        </StatusIndicator>
      </Container>
    );
  return (
    <ExpandableSection
      variant="container"
      defaultExpanded
      headingTagOverride="h2"
      headerText={
        <StatusIndicator type={failed ? "error" : "success"}>
          {failed ? "Executing function: failed" : "Executing function: succeeded"}
        </StatusIndicator>
      }
      headerActions={<Link href={to("cloudwatch", "log-groups", group)}>Logs</Link>}
    >
      <SpaceBetween size="m">
        <SpaceBetween size="xxs">
          <Box variant="h3">{failed ? `Response (${result.FunctionError})` : "Response"}</Box>
          <Code text={pretty(payload)} label="Response" />
        </SpaceBetween>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Request ID", value: <span className="mono">{facts.requestId ?? "-"}</span> },
            { label: "Duration", value: facts.duration ?? "-" },
            { label: "Billed duration", value: facts.billed ?? "-" },
            { label: "Init duration", value: facts.init ?? "-" },
            { label: "Resources configured", value: facts.memory ?? "-" },
            { label: "Max memory used", value: facts.used ?? "-" },
          ]}
        />
        <SpaceBetween size="xxs">
          <Box variant="h3">Log output</Box>
          <Code text={log} label="Log output" />
        </SpaceBetween>
      </SpaceBetween>
    </ExpandableSection>
  );
}
