// A function: overview and tabs.
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState, type ComponentType } from "react";
import type { FunctionConfiguration, GetFunctionResponse } from "../../api/lambda_gen";
import { step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { Copyable } from "../../shell/copy";
import { when } from "../../shell/format";
import { useCall } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";
import { CodeTab } from "./code";
import { ConfigurationTab } from "./configuration";
import { deleteFunction } from "./list";
import { MonitorTab } from "./monitor";
import { TestTab } from "./test";
import { AliasesTab, VersionsTab } from "./versions";

export interface FunctionProps {
  name: string;
  answer: GetFunctionResponse;
  configuration: FunctionConfiguration;
  reload: () => void;
  ask: (q: Question) => void;
}

const tabs: { id: string; label: string; content: ComponentType<FunctionProps> }[] = [
  { id: "code", label: "Code", content: CodeTab },
  { id: "test", label: "Test", content: TestTab },
  { id: "monitor", label: "Monitor", content: MonitorTab },
  { id: "configuration", label: "Configuration", content: ConfigurationTab },
  { id: "aliases", label: "Aliases", content: AliasesTab },
  { id: "versions", label: "Versions", content: VersionsTab },
];

export function Function({ params }: { params: Params }) {
  const name = params.name ?? "";
  const current = tabs.find((t) => t.id === params.rest) ?? tabs[0];
  const load = useCall("lambda", "GetFunction", { FunctionName: name });
  const [question, setQuestion] = useState<Question>();
  const publish = (): Question => ({
    title: "Publish new version",
    text: "A version keeps the code and the configuration as they are now.",
    submit: "Publish",
    plan: [step("lambda", "PublishVersion", { FunctionName: name })],
    success: `A version of ${name} was published.`,
    done: () => navigate(to("lambda", "functions", name, "versions")),
  });
  return (
    <Page
      info={{
        title: name,
        service: "lambda",
        crumbs: [
          { text: "Lambda", href: to("lambda") },
          { text: "Functions", href: to("lambda") },
        ],
      }}
      actions={
        <>
          <ButtonDropdown
            items={[
              { id: "publish", text: "Publish new version" },
              { id: "delete", text: "Delete function" },
            ]}
            onItemClick={(e) => setQuestion(e.detail.id === "publish" ? publish() : deleteFunction(name, () => navigate(to("lambda"))))}
          >
            Actions
          </ButtonDropdown>
          {current?.id !== "test" && <Button onClick={() => navigate(to("lambda", "functions", name, "test"))}>Test</Button>}
        </>
      }
    >
      <Loaded load={load} what="the function">
        {(answer) => {
          const c = answer.Configuration;
          if (!c) return null;
          return (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">Function overview</Header>}>
                <KeyValuePairs
                  columns={3}
                  items={[
                    {
                      label: "Function ARN",
                      value: (
                        <span className="mono">
                          <Copyable text={c.FunctionArn} what="function ARN" />
                        </span>
                      ),
                    },
                    { label: "Runtime", value: c.Runtime ?? c.PackageType ?? "-" },
                    { label: "Handler", value: <span className="mono">{c.Handler ?? "-"}</span> },
                    { label: "Last modified", value: when(c.LastModified) },
                    { label: "State", value: [c.State, c.StateReason].filter(Boolean).join(": ") || "-" },
                    { label: "Description", value: c.Description || "-" },
                  ]}
                />
              </Container>
              <Tabs
                ariaLabel="Function"
                i18nStrings={{ scrollLeftAriaLabel: "Scroll left", scrollRightAriaLabel: "Scroll right" }}
                activeTabId={current?.id}
                onChange={(e) => navigate(to("lambda", "functions", name, e.detail.activeTabId), "stay")}
                tabs={tabs.map(({ id, label, content: Content }) => ({
                  id,
                  label,
                  content: id === current?.id && (
                    <Content name={name} answer={answer} configuration={c} reload={load.reload} ask={setQuestion} />
                  ),
                }))}
              />
            </SpaceBetween>
          );
        }}
      </Loaded>
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}
