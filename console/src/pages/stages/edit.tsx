// Create a stage, and edit one: variables, logs, throttling, caching, canary.
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { PatchOperation, Stage } from "../../api/apigateway_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { AreaField, Rows, SelectField, TextField } from "../../shell/fields";
import { when } from "../../shell/format";
import { useCall, useList } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";
import { patchMap, patchValue } from "../resources/patch";

interface Variable {
  name: string;
  value: string;
}

const rows = (map: Record<string, string> | undefined): Variable[] => Object.entries(map ?? {}).map(([name, value]) => ({ name, value }));
const map = (list: Variable[]): Record<string, string> =>
  Object.fromEntries(list.filter((v) => v.name !== "").map((v) => [v.name, v.value]));

function VariableRows({ list, set }: { list: Variable[]; set: (list: Variable[]) => void }) {
  return (
    <Rows rows={list} onChange={set} empty="No stage variables." add="Add stage variable" blank={() => ({ name: "", value: "" })}>
      {(v, setRow) => (
        <div className="fields">
          <TextField label="Name" value={v.name} onChange={(name) => setRow({ ...v, name })} />
          <TextField label="Value" value={v.value} onChange={(value) => setRow({ ...v, value })} />
        </div>
      )}
    </Rows>
  );
}

export function CreateStage({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const deployments = useList("apigateway", "GetDeployments", { restApiId: id }, "items");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [deployment, setDeployment] = useState("");
  const [variables, setVariables] = useState<Variable[]>([]);
  const plan = (): Plan => [
    step("apigateway", "CreateStage", {
      restApiId: id,
      stageName: name.trim(),
      deploymentId: deployment,
      description: description.trim() || undefined,
      variables: variables.length > 0 ? map(variables) : undefined,
    }),
  ];
  return (
    <Page info={apiInfo("Create stage", { id, name: api.name }, { text: "Stages", href: to("apigateway", id, "stages") })}>
      <FormPage
        plan={plan}
        submit="Create stage"
        success={`The stage ${name} was created.`}
        check={() => (name.trim() === "" ? "Enter a stage name." : deployment === "" ? "Choose a deployment." : undefined)}
        cancel={to("apigateway", id, "stages")}
        done={() => to("apigateway", id, "stages", name.trim())}
        dirty={name !== ""}
      >
        <Container header={<Header variant="h2">Stage details</Header>}>
          <SpaceBetween size="l">
            <TextField label="Stage name" value={name} onChange={setName} />
            <AreaField label="Stage description" optional value={description} onChange={setDescription} rows={2} />
            <SelectField
              label="Deployment"
              value={deployment}
              onChange={setDeployment}
              loading={deployments.loading}
              placeholder="Choose a deployment"
              empty="Deploy the API first"
              choices={(deployments.data ?? []).map((d) => ({
                value: d.id,
                label: `${d.id} · ${when(d.createdDate)}`,
                description: d.description,
              }))}
            />
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Stage variables</Header>}>
          <VariableRows list={variables} set={setVariables} />
        </Container>
      </FormPage>
    </Page>
  );
}

export function EditStage({ params }: { params: Params }) {
  const id = params.api ?? "";
  const name = params.stage ?? "";
  const api = useApi(id);
  const stage = useCall("apigateway", "GetStage", { restApiId: id, stageName: name });
  return (
    <Page
      info={apiInfo(
        "Edit stage",
        { id, name: api.name },
        { text: "Stages", href: to("apigateway", id, "stages") },
        { text: name, href: to("apigateway", id, "stages", name) },
      )}
      description={name}
    >
      <Loaded load={stage} what="the stage">
        {(s) => <StageForm api={id} stage={s} />}
      </Loaded>
    </Page>
  );
}

function StageForm({ api, stage }: { api: string; stage: Stage }) {
  const settings = stage.methodSettings?.["*/*"];
  const certificates = useList("apigateway", "GetClientCertificates", {}, "items");
  const number = (n: number | undefined) => (n === undefined || n < 0 ? "" : String(n));
  const [first] = useState(() => ({
    description: stage.description ?? "",
    cache: stage.cacheClusterEnabled ?? false,
    cacheSize: stage.cacheClusterSize ?? "0.5",
    caching: settings?.cachingEnabled ?? false,
    ttl: String(settings?.cacheTtlInSeconds ?? 300),
    rate: number(settings?.throttlingRateLimit),
    burst: number(settings?.throttlingBurstLimit),
    level: settings?.loggingLevel ?? "OFF",
    trace: settings?.dataTraceEnabled ?? false,
    metrics: settings?.metricsEnabled ?? false,
    tracing: stage.tracingEnabled ?? false,
    access: stage.accessLogSettings?.destinationArn ?? "",
    format: stage.accessLogSettings?.format ?? "",
    certificate: stage.clientCertificateId ?? "",
    variables: rows(stage.variables),
  }));
  const [now, setNow] = useState(first);
  const part = (p: Partial<typeof first>) => setNow((n) => ({ ...n, ...p }));
  const back = to("apigateway", api, "stages", stage.stageName);
  const operations = (): PatchOperation[] => [
    ...patchValue("/description", first.description, now.description),
    ...patchValue("/cacheClusterEnabled", first.cache, now.cache),
    ...(now.cache ? patchValue("/cacheClusterSize", stage.cacheClusterSize, now.cacheSize) : []),
    ...patchValue("/*/*/caching/enabled", first.caching, now.caching),
    ...patchValue("/*/*/caching/ttlInSeconds", first.ttl, now.ttl),
    ...patchValue("/*/*/throttling/rateLimit", first.rate, now.rate === "" && first.rate !== "" ? "-1" : now.rate),
    ...patchValue("/*/*/throttling/burstLimit", first.burst, now.burst === "" && first.burst !== "" ? "-1" : now.burst),
    ...patchValue("/*/*/logging/loglevel", first.level, now.level),
    ...patchValue("/*/*/logging/dataTrace", first.trace, now.trace),
    ...patchValue("/*/*/metrics/enabled", first.metrics, now.metrics),
    ...patchValue("/tracingEnabled", first.tracing, now.tracing),
    ...(now.access === "" && first.access !== ""
      ? [{ op: "remove", path: "/accessLogSettings" }]
      : [
          ...patchValue("/accessLogSettings/destinationArn", first.access, now.access),
          ...patchValue("/accessLogSettings/format", first.format, now.format),
        ]),
    ...patchValue("/clientCertificateId", first.certificate, now.certificate),
    ...patchMap("/variables", stage.variables, map(now.variables)),
  ];
  const plan = (): Plan => {
    const patchOperations = operations();
    return patchOperations.length === 0
      ? []
      : [step("apigateway", "UpdateStage", { restApiId: api, stageName: stage.stageName, patchOperations })];
  };
  return (
    <FormPage
      plan={plan}
      submit="Save changes"
      success={`The stage ${stage.stageName} was saved.`}
      cancel={back}
      done={() => back}
      dirty={JSON.stringify(now) !== JSON.stringify(first)}
    >
      <Container header={<Header variant="h2">Stage details</Header>}>
        <AreaField label="Stage description" optional value={now.description} onChange={(description) => part({ description })} rows={2} />
      </Container>
      <Container header={<Header variant="h2">Stage variables</Header>}>
        <VariableRows list={now.variables} set={(variables) => part({ variables })} />
      </Container>
      <Container
        header={
          <Header variant="h2" description="Logging needs the account's CloudWatch log role: API Gateway, Settings.">
            Logs and tracing
          </Header>
        }
      >
        <SpaceBetween size="l">
          <SelectField
            label="CloudWatch logs"
            value={now.level}
            onChange={(level) => part({ level })}
            choices={[
              { value: "OFF", label: "Off" },
              { value: "ERROR", label: "Errors only" },
              { value: "INFO", label: "Errors and info logs" },
            ]}
          />
          <Checkbox
            checked={now.trace}
            onChange={(e) => part({ trace: e.detail.checked })}
            description="Full requests and responses, up to 1,024 bytes of each part."
          >
            Data tracing
          </Checkbox>
          <Checkbox checked={now.metrics} onChange={(e) => part({ metrics: e.detail.checked })}>
            Detailed metrics
          </Checkbox>
          <Checkbox checked={now.tracing} onChange={(e) => part({ tracing: e.detail.checked })}>
            X-Ray tracing
          </Checkbox>
          <TextField
            label="Access log destination ARN"
            optional
            value={now.access}
            onChange={(access) => part({ access })}
            placeholder="arn:aws:logs:us-east-1:000000000000:log-group:my-access-log"
          />
          <AreaField
            label="Log format"
            optional
            value={now.format}
            onChange={(format) => part({ format })}
            rows={2}
            placeholder={'{"requestId":"$context.requestId","status":"$context.status"}'}
          />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" description="Empty: the account's limits.">
            Throttling
          </Header>
        }
      >
        <SpaceBetween size="l">
          <TextField
            label="Rate"
            value={now.rate}
            onChange={(rate) => part({ rate })}
            constraint="Requests per second"
            inputMode="decimal"
          />
          <TextField label="Burst" value={now.burst} onChange={(burst) => part({ burst })} constraint="Requests" inputMode="numeric" />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Cache and client certificate</Header>}>
        <SpaceBetween size="l">
          <Checkbox checked={now.cache} onChange={(e) => part({ cache: e.detail.checked })}>
            Provision API cache
          </Checkbox>
          {now.cache && (
            <SpaceBetween size="l">
              <SelectField
                label="Cache capacity"
                value={now.cacheSize}
                onChange={(cacheSize) => part({ cacheSize })}
                choices={["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"].map((v) => ({ value: v, label: `${v} GB` }))}
              />
              <Checkbox
                checked={now.caching}
                onChange={(e) => part({ caching: e.detail.checked })}
                description="For all GET methods of the stage."
              >
                Default method-level caching
              </Checkbox>
              <TextField
                label="Cache time-to-live (TTL)"
                value={now.ttl}
                onChange={(ttl) => part({ ttl })}
                constraint="Seconds, 0 to 3600"
                inputMode="numeric"
              />
            </SpaceBetween>
          )}
          <SelectField
            label="Client certificate"
            value={now.certificate}
            onChange={(certificate) => part({ certificate })}
            choices={[
              { value: "", label: "None" },
              ...(certificates.data ?? []).map((c) => ({ value: c.clientCertificateId ?? "", description: c.description })),
            ]}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
