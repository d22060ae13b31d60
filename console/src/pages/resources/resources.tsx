// Resources: the tree at the left, the chosen resource or method at the right.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Method } from "../../api/apigateway_gen";
import { step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { CopyButton } from "../../shell/copy";
import { ListTable } from "../../shell/listtable";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";
import { apiInfo, useApi, useResources } from "./api";
import { DeployDialog } from "./deploy";
import { describe } from "./integration";
import { MethodExecution } from "./methodexecution";
import { tree, within, type Node } from "./tree";
import { ResourceTree } from "./resourcetree";

export function Resources({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const resources = useResources(id);
  const [resourceId, verb, tab] = (params.rest ?? "").split("/");
  const [deploying, setDeploying] = useState(false);
  const [question, setQuestion] = useState<Question>();
  const deleteApi = (): Question => ({
    title: `Delete ${api.name}?`,
    text: `The API with all its resources, deployments and stages is deleted. Its URLs stop answering at once.`,
    word: "confirm",
    plan: [step("apigateway", "DeleteRestApi", { restApiId: id })],
    success: `${api.name} was deleted.`,
    done: () => navigate(to("apigateway")),
  });
  return (
    <Page
      info={apiInfo("Resources", { id, name: api.name })}
      title={<>Resources</>}
      description={
        <>
          {api.name} ({id}) <CopyButton inline text={id} what="the API's ID" />
        </>
      }
      actions={
        <>
          <ButtonDropdown
            items={[
              { id: "import", text: "Import API", href: to("apigateway", id, "import") },
              { id: "settings", text: "API settings", href: to("apigateway", id, "settings") },
              { id: "delete", text: "Delete API" },
            ]}
            onItemClick={(e) => e.detail.id === "delete" && setQuestion(deleteApi())}
          >
            API actions
          </ButtonDropdown>
          <Button variant="primary" onClick={() => setDeploying(true)}>
            Deploy API
          </Button>
        </>
      }
    >
      <Loaded load={resources} what="resources">
        {(all) => {
          const root = tree(all);
          if (!root) return <Box>This API has no root resource.</Box>;
          const nodes = within(root);
          const chosen = nodes.find((n) => n.resource.id === resourceId) ?? root;
          const method = chosen.methods.find((m) => m.httpMethod === verb);
          return (
            <div className="split">
              <Container
                header={
                  <Header
                    variant="h2"
                    actions={
                      <Button iconName="refresh" ariaLabel="Refresh resources" onClick={resources.reload} loading={resources.loading} />
                    }
                  >
                    Resources
                  </Header>
                }
              >
                <SpaceBetween size="s">
                  <Button fullWidth onClick={() => navigate(to("apigateway", id, "create-resource", chosen.resource.id))}>
                    Create resource
                  </Button>
                  <ResourceTree
                    root={root}
                    chosen={chosen.resource.id}
                    verb={method?.httpMethod}
                    href={(r, m) => to("apigateway", id, "resources", r, ...(m === undefined ? [] : [m]))}
                  />
                </SpaceBetween>
              </Container>
              {method ? (
                <MethodExecution
                  key={chosen.resource.id + method.httpMethod}
                  api={id}
                  resource={chosen.resource}
                  verb={method.httpMethod}
                  tab={tab}
                  changed={resources.reload}
                  ask={setQuestion}
                />
              ) : (
                <ResourceDetails key={chosen.resource.id} api={id} node={chosen} ask={setQuestion} changed={resources.reload} />
              )}
            </div>
          );
        }}
      </Loaded>
      {deploying && <DeployDialog api={id} name={api.name} close={() => setDeploying(false)} />}
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}

function ResourceDetails({ api, node, ask, changed }: { api: string; node: Node; ask: (q: Question) => void; changed: () => void }) {
  const { resource, methods } = node;
  const [selected, setSelected] = useState<Method[]>([]);
  const one = selected[0];
  const root = resource.path === "/";
  const below = within(node).length - 1;
  const deleteResource = (): Question => ({
    title: `Delete ${resource.path}?`,
    text:
      below === 0
        ? `The resource ${resource.path} and its methods are deleted.`
        : `The resource ${resource.path}, its methods and ${below} resource(s) below it are deleted.`,
    plan: [step("apigateway", "DeleteResource", { restApiId: api, resourceId: resource.id })],
    success: `${resource.path} was deleted. Deploy the API for this to take effect.`,
    done: () => {
      changed();
      navigate(to("apigateway", api, "resources", resource.parentId ?? ""));
    },
  });
  const deleteMethod = (m: Method): Question => ({
    title: `Delete ${m.httpMethod} ${resource.path}?`,
    text: "The method with its integration and responses is deleted.",
    plan: [step("apigateway", "DeleteMethod", { restApiId: api, resourceId: resource.id, httpMethod: m.httpMethod })],
    success: `${m.httpMethod} ${resource.path} was deleted. Deploy the API for this to take effect.`,
    done: () => {
      setSelected([]);
      changed();
    },
  });
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {!root && <Button onClick={() => ask(deleteResource())}>Delete</Button>}
                <Button onClick={() => navigate(to("apigateway", api, "enable-cors", resource.id))}>Enable CORS</Button>
              </SpaceBetween>
            }
          >
            Resource details
          </Header>
        }
      >
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Path", value: <span className="mono">{resource.path}</span> },
            { label: "Resource ID", value: <span className="mono">{resource.id}</span> },
          ]}
        />
      </Container>
      <ListTable
        title="Methods"
        load={{ loading: false, reload: changed }}
        items={methods}
        id={(m) => m.httpMethod}
        label={(m) => m.httpMethod}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button disabled={!one} onClick={() => one && ask(deleteMethod(one))}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => navigate(to("apigateway", api, "create-method", resource.id))}>
              Create method
            </Button>
          </>
        }
        columns={[
          {
            id: "method",
            header: "Method type",
            cell: (m) => <Link href={to("apigateway", api, "resources", resource.id, m.httpMethod)}>{m.httpMethod}</Link>,
            text: (m) => m.httpMethod,
          },
          {
            id: "integration",
            header: "Integration type",
            cell: (m) => describe(m.methodIntegration).kind,
            text: (m) => describe(m.methodIntegration).kind,
          },
          {
            id: "authorization",
            header: "Authorization",
            cell: authorization,
            text: authorization,
          },
          {
            id: "key",
            header: "API key",
            cell: apiKey,
            text: apiKey,
          },
        ]}
        empty="No methods"
        emptyText="No methods defined."
      />
    </SpaceBetween>
  );
}

function authorization(m: Method): string {
  return m.authorizationType === "NONE" ? "None" : m.authorizationType;
}

function apiKey(m: Method): string {
  return m.apiKeyRequired ? "Required" : "Not required";
}
