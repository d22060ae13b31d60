// Test: the method as it is now, deployed or not, with its log, and what each
// step turned the request into.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { TestInvokeMethodResponse } from "../../api/apigateway_gen";
import { output, step } from "../../api/step";
import { Code, CodeField } from "../../editor/code";
import { ActError, useAct } from "../../shell/act";
import { showCommands } from "../../shell/commands";
import { AreaField, Rows, TextField } from "../../shell/fields";
import { pretty } from "../../shell/format";
import { to } from "../../shell/router";
import { stages } from "./testlog";
import { headers, parameters, pathWith, withQuery } from "./testrequest";
import type { TabProps } from "./methodexecution";

/** requestsTo lists real requests to a resource: by its path up to the first parameter. */
const requestsTo = (api: string, path: string) => to("apigateway", api, "requests") + "?path=" + encodeURIComponent(path.replace(/\{.*/, ""));

export function TestTab({ api, resource, method }: TabProps) {
  const names = parameters(resource.path);
  const [values, setValues] = useState<Record<string, string>>({});
  const [query, setQuery] = useState("");
  const [head, setHead] = useState("");
  const [variables, setVariables] = useState<{ name: string; value: string }[]>([]);
  const [body, setBody] = useState("");
  const [wrong, setWrong] = useState<string>();
  const [result, setResult] = useState<{ path: string; out: TestInvokeMethodResponse }>();
  const act = useAct();
  const withBody = method.httpMethod !== "GET" && method.httpMethod !== "HEAD";

  const make = () => {
    const h = headers(head);
    const path = withQuery(pathWith(resource.path, values), query);
    const stageVariables = Object.fromEntries(variables.filter((v) => v.name !== "").map((v) => [v.name, v.value]));
    const s = step("apigateway", "TestInvokeMethod", {
      restApiId: api,
      resourceId: resource.id,
      httpMethod: method.httpMethod,
      pathWithQueryString: path,
      headers: h.headers,
      multiValueHeaders: h.multiValueHeaders,
      stageVariables: Object.keys(stageVariables).length > 0 ? stageVariables : undefined,
      body: withBody && body !== "" ? body : undefined,
    });
    return { path, wrong: h.wrong, step: s };
  };

  const run = async () => {
    const request = make();
    setWrong(request.wrong);
    if (request.wrong !== undefined) return;
    setResult(undefined);
    const done = await act.run([request.step]);
    if (done) setResult({ path: request.path, out: output("apigateway", "TestInvokeMethod", done[0]) });
  };

  return (
    <SpaceBetween size="l">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void run();
        }}
      >
        <Container
          header={
            <Header
              variant="h2"
              actions={<Button href={requestsTo(api, resource.path)}>Requests</Button>}
              description="Calls the method as it is now, whether deployed or not. Authorization, API keys and throttling are skipped; the back end is really called."
            >
              Test method
            </Header>
          }
          footer={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="primary" loading={act.busy} loadingText="Testing">
                Test
              </Button>
              <Button formAction="none" onClick={() => showCommands([make().step])}>
                Show as AWS CLI
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {names.length > 0 && (
              <SpaceBetween size="s">
                <Box variant="h3">Path</Box>
                <div className="fields">
                  {names.map((n) => (
                    <TextField key={n} label={n} value={values[n] ?? ""} onChange={(v) => setValues({ ...values, [n]: v })} />
                  ))}
                </div>
              </SpaceBetween>
            )}
            <TextField label="Query strings" value={query} onChange={setQuery} placeholder="param1=value1&param2=value2" />
            <AreaField
              label="Headers"
              value={head}
              onChange={setHead}
              placeholder="header1:value1"
              description="One on each line, as name:value."
              rows={3}
              error={wrong}
            />
            <SpaceBetween size="xs">
              <Box variant="h3">Stage variables</Box>
              <Rows
                rows={variables}
                onChange={setVariables}
                empty="No stage variables."
                add="Add stage variable"
                blank={() => ({ name: "", value: "" })}
              >
                {(v, set) => (
                  <div className="fields">
                    <TextField label="Variable name" value={v.name} onChange={(name) => set({ ...v, name })} />
                    <TextField label="Variable value" value={v.value} onChange={(value) => set({ ...v, value })} />
                  </div>
                )}
              </Rows>
            </SpaceBetween>
            {withBody && <CodeField label="Request body" language="json" value={body} onChange={setBody} rows={6} />}
            <ActError act={act} header="The test could not be run" />
          </SpaceBetween>
        </Container>
      </form>
      <div aria-live="polite">{result && <Result verb={method.httpMethod} path={result.path} out={result.out} />}</div>
    </SpaceBetween>
  );
}

function Result({ verb, path, out }: { verb: string; path: string; out: TestInvokeMethodResponse }) {
  const status = out.status ?? 0;
  const log = out.log ?? "";
  const seen = stages(log);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{`${verb} method test results`}</Header>}>
        <SpaceBetween size="l">
          <KeyValuePairs
            columns={3}
            items={[
              { label: "Request", value: <span className="mono">{path}</span> },
              { label: "Latency ms", value: String(out.latency ?? "-") },
              { label: "Status", value: <StatusIndicator type={status < 400 ? "success" : "error"}>{String(status)}</StatusIndicator> },
            ]}
          />
          {seen.failures.map((f, i) => (
            <Alert key={i} type="error" statusIconAriaLabel="Error">
              {f}
            </Alert>
          ))}
          <Part title="Response body" text={pretty(out.body ?? "")} />
          <Part title="Response headers" text={pretty(JSON.stringify(out.headers ?? {}))} />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" description="What each box of the picture made of the request and of the answer.">
            Step by step
          </Header>
        }
      >
        <div className="stages-room">
          <div className="stages">
            {seen.stages.map((s) => (
              <section key={s.title}>
                <h3>{s.title}</h3>
                <dl>
                  {s.facts.map(([name, value], i) => (
                    <div key={i}>
                      <dt>{name}</dt>
                      <dd className="mono">{value === "" ? "-" : name === "Body" ? pretty(value) : value}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </div>
      </Container>
      <Container header={<Header variant="h2">Log</Header>}>
        <Code text={log} label="Execution log" />
      </Container>
    </SpaceBetween>
  );
}

function Part({ title, text }: { title: string; text: string }) {
  return (
    <SpaceBetween size="xxs">
      <Box variant="h3">{title}</Box>
      <Code text={text} label={title} />
    </SpaceBetween>
  );
}
