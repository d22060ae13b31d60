// The four boxes of the picture, each with what is set there.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { step } from "../../api/step";
import { Code } from "../../editor/code";
import { useList } from "../../shell/load";
import { navigate, to } from "../../shell/router";
import { regexLabel } from "./editintegrationresponse";
import { describe, toForm } from "./integration";
import type { TabProps } from "./methodexecution";
import { validatorName } from "./methodrequest";
import { passthroughLabel } from "./passthrough";

const edit = (p: TabProps, ...what: string[]) => to("apigateway", p.api, "edit", p.resource.id, p.method.httpMethod, ...what);

function EditButton({ href, label }: { href: string; label: string }) {
  return (
    <Button onClick={() => navigate(href)} ariaLabel={label}>
      Edit
    </Button>
  );
}

/** Facts is a small table that cannot be sorted or chosen from. */
function Facts<T>({
  title,
  items,
  columns,
  empty,
  heading = "h3",
}: {
  title: string;
  items: T[];
  columns: [header: string, cell: (item: T) => ReactNode][];
  empty: string;
  heading?: "h2" | "h3";
}) {
  return (
    <Table
      variant="embedded"
      wrapLines
      items={items}
      header={
        <Header variant={heading} counter={`(${items.length})`}>
          {title}
        </Header>
      }
      columnDefinitions={columns.map(([header, cell], i) => ({ id: header, header, cell, isRowHeader: i === 0 }))}
      ariaLabels={{ tableLabel: title }}
      empty={<Box color="text-body-secondary">{empty}</Box>}
    />
  );
}

export function MethodRequestTab(p: TabProps) {
  const { method } = p;
  const validators = useList("apigateway", "GetRequestValidators", { restApiId: p.api }, "items");
  const of = (kind: string) => {
    const prefix = `method.request.${kind}.`;
    return Object.entries(method.requestParameters ?? {})
      .filter(([k]) => k.startsWith(prefix))
      .map(([k, required]) => ({
        name: k.slice(prefix.length),
        required,
        cached: (method.methodIntegration?.cacheKeyParameters ?? []).includes(k),
      }));
  };
  const parameters: [string, (i: { name: string; required: boolean; cached: boolean }) => ReactNode][] = [
    ["Name", (i) => i.name],
    ["Required", (i) => String(i.required)],
    ["Caching", (i) => (i.cached ? "Active" : "Inactive")],
  ];
  const validator = validators.data?.find((v) => v.id === method.requestValidatorId);
  return (
    <Container
      header={
        <Header variant="h2" actions={<EditButton href={edit(p, "method-request")} label="Edit method request" />}>
          Method request settings
        </Header>
      }
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Authorization", value: method.authorizationType },
            { label: "API key required", value: method.apiKeyRequired ? "True" : "False" },
            {
              label: "Request validator",
              value: method.requestValidatorId === undefined ? "None" : validator ? validatorName(validator) : method.requestValidatorId,
            },
            { label: "SDK operation name", value: method.operationName ?? "Generated based on method and path" },
          ]}
        />
        <Facts title="Request paths" items={of("path")} columns={parameters} empty="No request paths defined" />
        <Facts
          title="URL query string parameters"
          items={of("querystring")}
          columns={parameters}
          empty="No URL query string parameters defined"
        />
        <Facts title="HTTP request headers" items={of("header")} columns={parameters} empty="No HTTP request headers defined" />
        <Facts
          title="Request body"
          items={Object.entries(method.requestModels ?? {})}
          columns={[
            ["Content type", ([type]) => type],
            ["Model", ([, model]) => <Link href={to("apigateway", p.api, "models", "edit", model)}>{model}</Link>],
          ]}
          empty="No request body models defined"
        />
      </SpaceBetween>
    </Container>
  );
}

export function IntegrationRequestTab(p: TabProps) {
  const i = p.method.methodIntegration;
  if (!i?.type)
    return (
      <Container
        header={
          <Header variant="h2" actions={<EditButton href={edit(p, "integration-request")} label="Edit integration request" />}>
            Integration request settings
          </Header>
        }
      >
        <Alert type="warning">This method has no integration: the API cannot be deployed until it has one.</Alert>
      </Container>
    );
  const backend = describe(i);
  const form = toForm(i, "");
  const mapped = (kind: string) => {
    const prefix = `integration.request.${kind}.`;
    return Object.entries(i.requestParameters ?? {})
      .filter(([k]) => k.startsWith(prefix))
      .map(([k, from]) => ({ name: k.slice(prefix.length), from, cached: (i.cacheKeyParameters ?? []).includes(k) }));
  };
  const columns: [string, (m: { name: string; from: string; cached: boolean }) => ReactNode][] = [
    ["Name", (m) => m.name],
    ["Mapped from", (m) => <span className="mono">{m.from}</span>],
    ["Caching", (m) => (m.cached ? "Active" : "Inactive")],
  ];
  const proxy = i.type === "AWS_PROXY" || i.type === "HTTP_PROXY";
  const name = backend.target.split(":")[0] ?? "";
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" actions={<EditButton href={edit(p, "integration-request")} label="Edit integration request" />}>
            Integration request settings
          </Header>
        }
      >
        <SpaceBetween size="l">
          <KeyValuePairs
            columns={2}
            items={[
              { label: "Integration type", value: backend.kind },
              ...(backend.kind.startsWith("Lambda")
                ? [
                    {
                      label: "Lambda function",
                      value: name.includes("$") ? backend.target : <Link href={to("lambda", "functions", name)}>{backend.target}</Link>,
                    },
                  ]
                : []),
              ...(i.uri ? [{ label: "URI", value: <span className="mono">{i.uri}</span> }] : []),
              ...(i.httpMethod ? [{ label: "HTTP method", value: i.httpMethod }] : []),
              ...(i.credentials ? [{ label: "Execution role", value: <RoleLink arn={i.credentials} /> }] : []),
              ...(i.connectionId ? [{ label: "VPC link", value: i.connectionId }] : []),
              { label: "Timeout", value: form.defaultTimeout ? "Default (29 seconds)" : `${form.timeout} ms` },
              ...(proxy ? [] : [{ label: "Request body passthrough", value: passthroughLabel(i.passthroughBehavior) }]),
              { label: "Content handling", value: i.contentHandling ?? "Passthrough" },
            ]}
          />
          <Facts title="URL path parameters" items={mapped("path")} columns={columns} empty="No URL path parameters defined" />
          <Facts
            title="URL query string parameters"
            items={mapped("querystring")}
            columns={columns}
            empty="No URL query string parameters defined"
          />
          <Facts
            title="URL request headers parameters"
            items={mapped("header")}
            columns={columns}
            empty="No URL request headers parameters defined"
          />
        </SpaceBetween>
      </Container>
      {!proxy && <Templates map={i.requestTemplates} />}
    </SpaceBetween>
  );
}

function RoleLink({ arn }: { arn: string }) {
  const name = /:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  return <span className="mono">{name ? <Link href={to("iam", "roles", name)}>{arn}</Link> : arn}</span>;
}

function Templates({ map, heading = "h2" }: { map?: Record<string, string>; heading?: "h2" | "h3" }) {
  const all = Object.entries(map ?? {});
  const header = (
    <Header variant={heading} counter={`(${all.length})`}>
      Mapping templates
    </Header>
  );
  const list =
    all.length === 0 ? (
      <Box color="text-body-secondary">No mapping templates defined</Box>
    ) : (
      <SpaceBetween size="m">
        {all.map(([type, template]) => (
          <SpaceBetween size="xxs" key={type}>
            <b>{type}</b>
            <Code text={template} label={`Mapping template for ${type}`} />
          </SpaceBetween>
        ))}
      </SpaceBetween>
    );
  if (heading === "h2") return <Container header={header}>{list}</Container>;
  return (
    <SpaceBetween size="s">
      {header}
      {list}
    </SpaceBetween>
  );
}

export function IntegrationResponseTab(p: TabProps) {
  const i = p.method.methodIntegration;
  if (i?.type === "AWS_PROXY" || i?.type === "HTTP_PROXY")
    return (
      <Alert type="info">Proxy integrations cannot be configured to transform responses: what the back end answers is passed on.</Alert>
    );
  if (!i?.type) return <Alert type="warning">This method has no integration yet.</Alert>;
  const responses = Object.values(i.integrationResponses ?? {});
  const label = regexLabel(p.method);
  const remove = (statusCode: string) =>
    p.ask({
      title: `Delete the integration response ${statusCode}?`,
      text: "Its pattern, header mappings and mapping templates are deleted.",
      plan: [
        step("apigateway", "DeleteIntegrationResponse", {
          restApiId: p.api,
          resourceId: p.resource.id,
          httpMethod: p.method.httpMethod,
          statusCode,
        }),
      ],
      success: `The integration response ${statusCode} was deleted.`,
      done: p.reload,
    });
  return (
    <SpaceBetween size="l">
      <Header
        variant="h2"
        counter={`(${responses.length})`}
        actions={<Button onClick={() => navigate(edit(p, "integration-response", "create"))}>Create response</Button>}
      >
        Integration responses
      </Header>
      {responses.length === 0 && <Alert type="warning">Without an integration response, API Gateway answers each call with 500.</Alert>}
      {responses.map((r) => {
        const title = (r.selectionPattern ?? "") === "" ? "Default - Response" : `${r.selectionPattern} - Response`;
        return (
          <Container
            key={r.statusCode}
            header={
              <Header
                variant="h3"
                actions={
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button ariaLabel={`Delete integration response ${r.statusCode}`} onClick={() => remove(r.statusCode)}>
                      Delete
                    </Button>
                    <EditButton href={edit(p, "integration-response", r.statusCode)} label={`Edit integration response ${r.statusCode}`} />
                  </SpaceBetween>
                }
              >
                {title}
              </Header>
            }
          >
            <SpaceBetween size="m">
              <KeyValuePairs
                columns={3}
                items={[
                  { label, value: (r.selectionPattern ?? "") === "" ? "-" : <span className="mono">{r.selectionPattern}</span> },
                  { label: "Method response status code", value: r.statusCode },
                  { label: "Content handling", value: r.contentHandling ?? "Passthrough" },
                ]}
              />
              <Facts
                title="Header mappings"
                items={Object.entries(r.responseParameters ?? {})}
                columns={[
                  ["Response header", ([k]) => k.replace("method.response.header.", "")],
                  ["Mapping value", ([, v]) => <span className="mono">{v}</span>],
                ]}
                empty="No header mappings defined"
              />
              <Templates map={r.responseTemplates} heading="h3" />
            </SpaceBetween>
          </Container>
        );
      })}
    </SpaceBetween>
  );
}

export function MethodResponseTab(p: TabProps) {
  const responses = Object.values(p.method.methodResponses ?? {}).sort((a, b) => a.statusCode.localeCompare(b.statusCode));
  const remove = (statusCode: string) =>
    p.ask({
      title: `Delete the method response ${statusCode}?`,
      text: "The integration response of the same status, if there is one, is deleted with it.",
      plan: [
        step("apigateway", "DeleteMethodResponse", {
          restApiId: p.api,
          resourceId: p.resource.id,
          httpMethod: p.method.httpMethod,
          statusCode,
        }),
      ],
      success: `The method response ${statusCode} was deleted.`,
      done: p.reload,
    });
  return (
    <SpaceBetween size="l">
      <Header
        variant="h2"
        counter={`(${responses.length})`}
        actions={<Button onClick={() => navigate(edit(p, "method-response", "create"))}>Create response</Button>}
      >
        Method responses
      </Header>
      {responses.length === 0 && <Box color="text-body-secondary">No method responses defined</Box>}
      {responses.map((r) => (
        <Container
          key={r.statusCode}
          header={
            <Header
              variant="h3"
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Button ariaLabel={`Delete method response ${r.statusCode}`} onClick={() => remove(r.statusCode)}>
                    Delete
                  </Button>
                  <EditButton href={edit(p, "method-response", r.statusCode)} label={`Edit method response ${r.statusCode}`} />
                </SpaceBetween>
              }
            >
              Response {r.statusCode}
            </Header>
          }
        >
          <SpaceBetween size="m">
            <Facts
              title="Response headers"
              items={Object.keys(r.responseParameters ?? {})}
              columns={[["Name", (k) => k.replace("method.response.header.", "")]]}
              empty="No response headers defined"
            />
            <Facts
              title="Response body"
              items={Object.entries(r.responseModels ?? {})}
              columns={[
                ["Content type", ([type]) => type],
                ["Model", ([, model]) => <Link href={to("apigateway", p.api, "models", "edit", model)}>{model}</Link>],
              ]}
              empty="No response body models defined"
            />
          </SpaceBetween>
        </Container>
      ))}
    </SpaceBetween>
  );
}
