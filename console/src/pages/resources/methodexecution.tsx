// Method execution: the picture of the way there and back, and a tab for each
// of its boxes.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import type { Method, Resource } from "../../api/apigateway_gen";
import { step } from "../../api/step";
import type { Question } from "../../shell/confirm";
import { Copyable } from "../../shell/copy";
import { Loaded } from "../../shell/problem";
import { region } from "../../shell/region";
import { navigate, to } from "../../shell/router";
import { useAccount } from "./api";
import { describe } from "./integration";
import { useMethod } from "./load";
import { IntegrationRequestTab, IntegrationResponseTab, MethodRequestTab, MethodResponseTab } from "./methodtabs";
import { TestTab } from "./test";

export interface TabProps {
  api: string;
  resource: Resource;
  method: Method;
  ask: (q: Question) => void;
  reload: () => void;
}

const tabs = [
  { id: "method-request", label: "Method request", content: MethodRequestTab },
  { id: "integration-request", label: "Integration request", content: IntegrationRequestTab },
  { id: "integration-response", label: "Integration response", content: IntegrationResponseTab },
  { id: "method-response", label: "Method response", content: MethodResponseTab },
  { id: "test", label: "Test", content: TestTab },
];

export function MethodExecution({
  api,
  resource,
  verb,
  tab,
  changed,
  ask,
}: {
  api: string;
  resource: Resource;
  verb: string;
  tab?: string;
  changed: () => void;
  ask: (q: Question) => void;
}) {
  const account = useAccount();
  const load = useMethod(api, resource.id, verb);
  const at = (...more: string[]) => to("apigateway", api, "resources", resource.id, verb, ...more);
  const current = tabs.find((t) => t.id === tab)?.id ?? "method-request";
  const arn = `arn:aws:execute-api:${region()}:${account}:${api}/*/${verb === "ANY" ? "*" : verb}${resource.path.replace(/\{[^}]*\}/g, "*")}`;
  const remove = (): Question => ({
    title: `Delete ${verb} ${resource.path}?`,
    text: "The method with its integration and responses is deleted.",
    plan: [step("apigateway", "DeleteMethod", { restApiId: api, resourceId: resource.id, httpMethod: verb })],
    success: `${verb} ${resource.path} was deleted. Deploy the API for this to take effect.`,
    done: () => {
      changed();
      navigate(to("apigateway", api, "resources", resource.id));
    },
  });
  return (
    <Loaded load={load} what="the method">
      {({ method }) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h2"
                actions={
                  <SpaceBetween direction="horizontal" size="xs">
                    {current !== "test" && <Button onClick={() => navigate(at("test"), "stay")}>Test</Button>}
                    <Button onClick={() => ask(remove())}>Delete</Button>
                  </SpaceBetween>
                }
              >
                {resource.path} - {verb} - Method execution
              </Header>
            }
          >
            <SpaceBetween size="l">
              <KeyValuePairs
                columns={2}
                items={[
                  {
                    label: "ARN",
                    value: (
                      <span className="mono">
                        <Copyable text={arn} what="ARN" />
                      </span>
                    ),
                  },
                  {
                    label: "Resource ID",
                    value: (
                      <span className="mono">
                        <Copyable text={resource.id} what="resource ID" />
                      </span>
                    ),
                  },
                ]}
              />
              <Picture method={method} current={current} open={(id) => navigate(at(id), "stay")} />
            </SpaceBetween>
          </Container>
          <Tabs
            activeTabId={current}
            onChange={(e) => navigate(at(e.detail.activeTabId), "stay")}
            ariaLabel="Method execution"
            i18nStrings={{ scrollLeftAriaLabel: "Scroll left", scrollRightAriaLabel: "Scroll right" }}
            tabs={tabs.map(({ id, label, content: Content }) => ({
              id,
              label,
              content: id === current && <Content api={api} resource={resource} method={method} ask={ask} reload={load.reload} />,
            }))}
          />
        </SpaceBetween>
      )}
    </Loaded>
  );
}

/** Picture draws client → method request → integration request → back end and the way back. */
function Picture({ method, current, open }: { method: Method; current: string; open: (tab: string) => void }) {
  const backend = describe(method.methodIntegration);
  const proxy = /PROXY/.test(method.methodIntegration?.type ?? "");
  const box = (id: string, title: string, note: string, kind: string) => (
    <button type="button" className={`box ${kind}`} aria-pressed={current === id} onClick={() => open(id)}>
      <b>{title}</b>
      <small>{note}</small>
    </button>
  );
  return (
    <div className="flow-room">
      <div className="flow" role="group" aria-label="Method execution picture">
        <div className="end">
          <b>Client</b>
        </div>
        {box("method-request", "Method request", requestNote(method), "")}
        {box("integration-request", "Integration request", method.methodIntegration?.type ? `Type: ${backend.kind}` : "Not set up", "last")}
        <div className="end backend">
          <b>{backend.kind}</b>
          <Box variant="small">{backend.target}</Box>
        </div>
        {box("method-response", "Method response", statusNote(Object.keys(method.methodResponses ?? {})), "back")}
        {box(
          "integration-response",
          "Integration response",
          proxy ? "Proxy: passed on as it is" : statusNote(Object.keys(method.methodIntegration?.integrationResponses ?? {})),
          "last back",
        )}
      </div>
    </div>
  );
}

function requestNote(m: Method): string {
  const notes = [`Authorization: ${m.authorizationType === "NONE" ? "None" : m.authorizationType}`];
  const count = Object.keys(m.requestParameters ?? {}).length;
  if (count > 0) notes.push(`Parameters: ${count}`);
  if (m.apiKeyRequired) notes.push("API key");
  return notes.join(" · ");
}

function statusNote(codes: string[]): string {
  return codes.length === 0 ? "None" : `HTTP status: ${codes.sort().join(", ")}`;
}
