// Stages: the list at the left, the chosen stage at the right.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import type { MethodSetting, RestApi, Stage } from "../../api/apigateway_gen";
import { call } from "../../api/client";
import { base64ToBytes } from "../../api/cli";
import { step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { Copyable } from "../../shell/copy";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useCall, type Load } from "../../shell/load";
import { notify } from "../../shell/notify";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { region } from "../../shell/region";
import { navigate, to, type Params } from "../../shell/router";
import { Graphs } from "../metrics/graphs";
import { apiName, stageGraphs } from "../metrics/series";
import { apiInfo, invokeUrls, useApi } from "../resources/api";
import { DeployDialog } from "../resources/deploy";
import { DeploymentHistory } from "./history";

export function Stages({ params }: { params: Params }) {
  const id = params.api ?? "";
  const [name, tab] = (params.rest ?? "").split("/");
  const api = useApi(id);
  const stages = useCall("apigateway", "GetStages", { restApiId: id });
  const [deploying, setDeploying] = useState(false);
  const [question, setQuestion] = useState<Question>();
  const all = stages.data?.item ?? [];
  const chosen = all.find((s) => s.stageName === name) ?? (name ? undefined : all[0]);
  return (
    <Page
      info={apiInfo("Stages", { id, name: api.name })}
      description={`${api.name} (${id})`}
      actions={
        <>
          <Button onClick={() => navigate(to("apigateway", id, "create-stage"))}>Create stage</Button>
          <Button variant="primary" onClick={() => setDeploying(true)}>
            Deploy API
          </Button>
        </>
      }
    >
      <Loaded load={stages} what="stages">
        {() =>
          all.length === 0 ? (
            <Container>
              <Box textAlign="center" padding="l">
                <SpaceBetween size="s">
                  <b>No stages</b>
                  <Box color="text-body-secondary">Deploy the API to a stage, and clients can call it.</Box>
                  <Button onClick={() => setDeploying(true)}>Deploy API</Button>
                </SpaceBetween>
              </Box>
            </Container>
          ) : (
            <div className="split">
              <Container
                header={
                  <Header variant="h2" counter={`(${all.length})`}>
                    Stages
                  </Header>
                }
              >
                <nav aria-label="Stages of the API">
                  <ul className="tree">
                    {all.map((s) => (
                      <li key={s.stageName} className="node">
                        <a href={to("apigateway", id, "stages", s.stageName)} aria-current={s === chosen}>
                          {s.stageName}
                        </a>
                      </li>
                    ))}
                  </ul>
                </nav>
              </Container>
              {chosen ? (
                <StageDetails key={chosen.stageName} api={id} of={api} stage={chosen} tab={tab} reload={stages.reload} ask={setQuestion} />
              ) : (
                <Box>{stages.loading ? "Loading the stage" : `There is no stage ${name}.`}</Box>
              )}
            </div>
          )
        }
      </Loaded>
      {deploying && <DeployDialog api={id} name={api.name} close={() => setDeploying(false)} deployed={stages.reload} />}
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}

interface StageProps {
  api: string;
  stage: Stage;
  reload: () => void;
  ask: (q: Question) => void;
}

const exports: Record<string, { type: string; accepts: string; parameters?: Record<string, string>; file: string }> = {
  "oas30-json": { type: "oas30", accepts: "application/json", file: "oas30.json" },
  "oas30-yaml": { type: "oas30", accepts: "application/yaml", file: "oas30.yaml" },
  "oas30-json-extensions": {
    type: "oas30",
    accepts: "application/json",
    parameters: { extensions: "apigateway" },
    file: "oas30-apigateway.json",
  },
  "oas30-yaml-extensions": {
    type: "oas30",
    accepts: "application/yaml",
    parameters: { extensions: "apigateway" },
    file: "oas30-apigateway.yaml",
  },
  "swagger-json": { type: "swagger", accepts: "application/json", file: "swagger.json" },
  "swagger-json-extensions": {
    type: "swagger",
    accepts: "application/json",
    parameters: { extensions: "apigateway" },
    file: "swagger-apigateway.json",
  },
};

const sdks: Record<string, { label: string; parameters: Record<string, string> }> = {
  javascript: { label: "JavaScript", parameters: {} },
  java: {
    label: "Java",
    parameters: {
      serviceName: "Api",
      "java.package-name": "com.example.api",
      "java.build-system": "maven",
      "java.group-id": "com.example",
      "java.artifact-id": "api",
      "java.artifact-version": "1.0.0",
    },
  },
  android: {
    label: "Android",
    parameters: { groupId: "com.example", artifactId: "api", artifactVersion: "1.0.0", invokerPackage: "com.example.api" },
  },
  objectivec: { label: "iOS (Objective-C)", parameters: { classPrefix: "API" } },
  swift: { label: "iOS (Swift)", parameters: { classPrefix: "API" } },
  ruby: { label: "Ruby", parameters: { "service.name": "Api" } },
};

/** save gives bytes to the browser as a file. */
export function save(bytes: Uint8Array<ArrayBuffer>, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function fetchExport(api: string, stage: string, id: string): Promise<void> {
  try {
    const sdk = sdks[id];
    if (sdk) {
      const out = await call("apigateway", "GetSdk", { restApiId: api, stageName: stage, sdkType: id, parameters: sdk.parameters });
      return save(base64ToBytes(out.body ?? ""), `${api}-${stage}-${id}.zip`, "application/zip");
    }
    const e = exports[id];
    if (!e) return;
    const out = await call("apigateway", "GetExport", {
      restApiId: api,
      stageName: stage,
      exportType: e.type,
      accepts: e.accepts,
      parameters: e.parameters,
    });
    save(base64ToBytes(out.body ?? ""), `${api}-${stage}-${e.file}`, e.accepts);
  } catch (e) {
    notify("error", e instanceof Error ? e.message : String(e), undefined, "The export failed");
  }
}

function StageDetails({ api, of, stage, tab, reload, ask }: StageProps & { of: Load<RestApi>; tab?: string }) {
  const name = stage.stageName;
  const urls = invokeUrls(api, name, region());
  const edit = to("apigateway", api, "stages", name, "edit");
  const remove = (): Question => ({
    title: `Delete the stage ${name}?`,
    text: `Its URLs stop answering at once. The deployments stay.`,
    word: "confirm",
    plan: [step("apigateway", "DeleteStage", { restApiId: api, stageName: name })],
    success: `The stage ${name} was deleted.`,
    done: () => {
      reload();
      navigate(to("apigateway", api, "stages"));
    },
  });
  const defaults = stage.methodSettings?.["*/*"];
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <div className="buttons">
                <ButtonDropdown
                  items={[
                    {
                      text: "Export",
                      items: [
                        { id: "oas30-json", text: "OpenAPI 3, JSON" },
                        { id: "oas30-yaml", text: "OpenAPI 3, YAML" },
                        { id: "oas30-json-extensions", text: "OpenAPI 3 with API Gateway extensions, JSON" },
                        { id: "oas30-yaml-extensions", text: "OpenAPI 3 with API Gateway extensions, YAML" },
                        { id: "swagger-json", text: "Swagger 2, JSON" },
                        { id: "swagger-json-extensions", text: "Swagger 2 with API Gateway extensions, JSON" },
                      ],
                    },
                    { text: "Generate SDK", items: Object.entries(sdks).map(([id, s]) => ({ id, text: s.label })) },
                    { id: "flush", text: "Flush stage cache" },
                    { id: "flush-authorizers", text: "Flush authorizer cache" },
                    { id: "delete", text: "Delete stage" },
                  ]}
                  onItemClick={(e) => {
                    if (e.detail.id === "delete") return ask(remove());
                    if (e.detail.id === "flush" || e.detail.id === "flush-authorizers")
                      return ask({
                        title: e.detail.id === "flush" ? "Flush the stage's cache?" : "Flush the authorizers' cache?",
                        text: "The next requests are answered without it.",
                        submit: "Flush",
                        plan: [
                          step("apigateway", e.detail.id === "flush" ? "FlushStageCache" : "FlushStageAuthorizersCache", {
                            restApiId: api,
                            stageName: name,
                          }),
                        ],
                        success: "The cache was flushed.",
                      });
                    void fetchExport(api, name, e.detail.id);
                  }}
                >
                  Stage actions
                </ButtonDropdown>
                <Button onClick={() => navigate(to("apigateway", api, "requests") + "?stage=" + encodeURIComponent(name))}>Requests</Button>
                <Button onClick={() => navigate(edit)}>Edit</Button>
              </div>
            }
          >
            Stage details
          </Header>
        }
      >
        <SpaceBetween size="l">
          <KeyValuePairs
            columns={1}
            items={[
              {
                label: "Invoke URL",
                value: (
                  <span className="mono">
                    <Copyable text={urls.path} what="invoke URL" />
                  </span>
                ),
              },
              {
                label: "Invoke URL by host (curl and browsers)",
                value: (
                  <span className="mono">
                    <Copyable text={urls.host} what="invoke URL by host" />
                  </span>
                ),
              },
            ]}
          />
          <KeyValuePairs
            columns={3}
            items={[
              { label: "Stage name", value: name },
              { label: "Active deployment", value: <span className="mono">{stage.deploymentId}</span> },
              { label: "Description", value: stage.description ?? "-" },
              { label: "Created", value: when(stage.createdDate) },
              { label: "Last updated", value: when(stage.lastUpdatedDate) },
              { label: "Cache cluster", value: stage.cacheClusterEnabled ? `Active, ${stage.cacheClusterSize ?? ""} GB` : "Inactive" },
              {
                label: "Default method-level caching",
                value: defaults?.cachingEnabled ? `Active, ${defaults.cacheTtlInSeconds ?? 300} s` : "Inactive",
              },
              { label: "Rate", value: rate(defaults?.throttlingRateLimit) },
              { label: "Burst", value: rate(defaults?.throttlingBurstLimit) },
              { label: "Client certificate", value: stage.clientCertificateId ?? "None" },
              {
                label: "Canary",
                value: stage.canarySettings
                  ? `${stage.canarySettings.percentTraffic ?? 0} % to ${stage.canarySettings.deploymentId ?? ""}`
                  : "None",
              },
            ]}
          />
        </SpaceBetween>
      </Container>
      <Tabs
        ariaLabel="Stage"
        i18nStrings={{ scrollLeftAriaLabel: "Scroll left", scrollRightAriaLabel: "Scroll right" }}
        activeTabId={tab ?? "logs"}
        onChange={(e) => navigate(to("apigateway", api, "stages", name, e.detail.activeTabId), "stay")}
        tabs={[
          { id: "logs", label: "Logs and tracing", content: <Logs api={api} stage={stage} edit={edit} /> },
          { id: "variables", label: "Stage variables", content: <Variables stage={stage} edit={edit} /> },
          { id: "history", label: "Deployment history", content: <DeploymentHistory api={api} stage={stage} reload={reload} ask={ask} /> },
          { id: "methods", label: "Method overrides", content: <Overrides stage={stage} /> },
          { id: "monitor", label: "Monitor", content: <Monitor of={of} stage={name} /> },
        ]}
      />
    </SpaceBetween>
  );
}

function Monitor({ of, stage }: { of: Load<RestApi>; stage: string }) {
  return (
    <Loaded load={of} what="the API">
      {(a) => (
        <Graphs
          graphs={stageGraphs}
          place={{
            namespace: "AWS/ApiGateway",
            dimensions: [
              { Name: "ApiName", Value: apiName(a) },
              { Name: "Stage", Value: stage },
            ],
          }}
        />
      )}
    </Loaded>
  );
}

function rate(n: number | undefined): string {
  return n === undefined || n < 0 ? "The account's" : String(n);
}

const levels: Record<string, string> = { INFO: "Errors and info logs", ERROR: "Errors only", OFF: "Inactive" };

function Logs({ api, stage, edit }: { api: string; stage: Stage; edit: string }) {
  const s = stage.methodSettings?.["*/*"];
  const on = s?.loggingLevel === "INFO" || s?.loggingLevel === "ERROR";
  const group = `API-Gateway-Execution-Logs_${api}/${stage.stageName}`;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button onClick={() => navigate(edit)} ariaLabel="Edit logs and tracing">
              Edit
            </Button>
          }
        >
          Logs and tracing
        </Header>
      }
    >
      <KeyValuePairs
        columns={2}
        items={[
          { label: "CloudWatch logs", value: levels[s?.loggingLevel ?? "OFF"] ?? s?.loggingLevel },
          { label: "Data tracing", value: s?.dataTraceEnabled ? "Active" : "Inactive" },
          { label: "Detailed metrics", value: s?.metricsEnabled ? "Active" : "Inactive" },
          { label: "X-Ray tracing", value: stage.tracingEnabled ? "Active" : "Inactive" },
          { label: "Log group", value: on ? <a href={to("cloudwatch", "log-groups", group)}>{group}</a> : "-" },
          {
            label: "Custom access logging",
            value: stage.accessLogSettings?.destinationArn ? (
              <span className="mono">{stage.accessLogSettings.destinationArn}</span>
            ) : (
              "Inactive"
            ),
          },
          ...(stage.accessLogSettings?.format
            ? [{ label: "Access log format", value: <span className="mono">{stage.accessLogSettings.format}</span> }]
            : []),
        ]}
      />
    </Container>
  );
}

function Variables({ stage, edit }: { stage: Stage; edit: string }) {
  return (
    <ListTable
      title="Stage variables"
      load={{ loading: false, reload: () => {} }}
      items={Object.entries(stage.variables ?? {})}
      id={([name]) => name}
      label={([name]) => name}
      actions={<Button onClick={() => navigate(edit)}>Manage variables</Button>}
      columns={[
        { id: "name", header: "Name", cell: ([name]) => name, text: ([name]) => name },
        { id: "value", header: "Value", cell: ([, value]) => <span className="mono">{value}</span>, text: ([, value]) => value },
      ]}
      empty="No stage variables"
      emptyText="No variables associated with the stage."
    />
  );
}

function Overrides({ stage }: { stage: Stage }) {
  const rows = Object.entries(stage.methodSettings ?? {}).filter(([key]) => key !== "*/*");
  return (
    <ListTable<[string, MethodSetting]>
      title="Method overrides"
      description="Settings of one method that differ from the stage's."
      load={{ loading: false, reload: () => {} }}
      items={rows}
      id={([key]) => key}
      label={([key]) => key}
      columns={[
        { id: "method", header: "Method", cell: ([key]) => key.replaceAll("~1", "/"), text: ([key]) => key },
        { id: "logs", header: "Logs", cell: ([, s]) => levels[s.loggingLevel ?? "OFF"] ?? s.loggingLevel },
        { id: "rate", header: "Rate", cell: ([, s]) => rate(s.throttlingRateLimit) },
        { id: "burst", header: "Burst", cell: ([, s]) => rate(s.throttlingBurstLimit) },
        { id: "cache", header: "Caching", cell: ([, s]) => (s.cachingEnabled ? "Active" : "Inactive") },
      ]}
      empty="No overrides"
      emptyText="Every method has the stage's settings."
    />
  );
}
