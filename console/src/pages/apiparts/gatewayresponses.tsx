// Gateway responses: what API Gateway answers when it does not get to the back end.
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";
import type { GatewayResponse } from "../../api/apigateway_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { Confirm, type Question } from "../../shell/confirm";
import { TextField } from "../../shell/fields";
import { ListTable } from "../../shell/listtable";
import { useCall, useList } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";
import { fromMapped, MappedRows, toMapped } from "../resources/mappedrows";
import { fromTemplates, MappingTemplates, toTemplates, wrongTemplates } from "../resources/mappingtemplates";

export function GatewayResponses({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const responses = useList("apigateway", "GetGatewayResponses", { restApiId: id }, "items");
  const [selected, setSelected] = useState<GatewayResponse[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  return (
    <Page
      info={apiInfo("Gateway responses", { id, name: api.name })}
      description="What clients get when a request does not reach the back end."
    >
      <ListTable
        title="Gateway responses"
        load={responses}
        items={responses.data?.toSorted((a, b) => a.responseType.localeCompare(b.responseType))}
        pageSize={30}
        id={(r) => r.responseType}
        label={(r) => r.responseType}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <Button
            disabled={!one || one.defaultResponse}
            onClick={() =>
              one &&
              setQuestion({
                title: "Reset to default?",
                text: `${one.responseType} becomes API Gateway's own again.`,
                submit: "Reset to default",
                plan: [step("apigateway", "DeleteGatewayResponse", { restApiId: id, responseType: one.responseType })],
                success: `${one.responseType} is the default again.`,
                done: () => {
                  setSelected([]);
                  responses.reload();
                },
              })
            }
          >
            Reset to default
          </Button>
        }
        columns={[
          {
            id: "type",
            header: "Response type",
            cell: (r) => <Link href={to("apigateway", id, "gateway-responses", r.responseType)}>{r.responseType}</Link>,
            text: (r) => r.responseType,
          },
          { id: "status", header: "Status code", cell: (r) => r.statusCode ?? "Default", text: (r) => r.statusCode ?? "" },
          {
            id: "own",
            header: "Customized",
            cell: (r) => (r.defaultResponse ? "-" : <Badge color="blue">Customized</Badge>),
            text: (r) => (r.defaultResponse ? "" : "Customized"),
          },
        ]}
        empty="No gateway responses"
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}

const prefix = "gatewayresponse.header.";

export function EditGatewayResponse({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const response = useCall("apigateway", "GetGatewayResponse", { restApiId: id, responseType: params.type ?? "" });
  return (
    <Page
      info={apiInfo(
        params.type ?? "",
        { id, name: api.name },
        { text: "Gateway responses", href: to("apigateway", id, "gateway-responses") },
      )}
    >
      <Loaded load={response} what="the gateway response">
        {(r) => <ResponseForm api={id} response={r} />}
      </Loaded>
    </Page>
  );
}

function ResponseForm({ api, response }: { api: string; response: GatewayResponse }) {
  const [first] = useState(() => ({
    status: response.statusCode ?? "",
    headers: toMapped(response.responseParameters, prefix),
    templates: toTemplates(response.responseTemplates),
  }));
  const [now, setNow] = useState(first);
  const part = (p: Partial<typeof first>) => setNow((n) => ({ ...n, ...p }));
  const back = to("apigateway", api, "gateway-responses");
  const plan = (): Plan => [
    step("apigateway", "PutGatewayResponse", {
      restApiId: api,
      responseType: response.responseType,
      statusCode: now.status.trim() || undefined,
      responseParameters: fromMapped(now.headers, prefix),
      responseTemplates: fromTemplates(now.templates),
    }),
  ];
  return (
    <FormPage
      plan={plan}
      submit="Save changes"
      success={`${response.responseType} was saved. Deploy the API for this to take effect.`}
      check={() => wrongTemplates(now.templates)}
      cancel={back}
      done={() => back}
      dirty={JSON.stringify(now) !== JSON.stringify(first)}
    >
      <Container header={<Header variant="h2">Response details</Header>}>
        <TextField label="Status code" optional value={now.status} onChange={(status) => part({ status })} inputMode="numeric" />
      </Container>
      <Container>
        <MappedRows
          title="Response headers"
          add="Add response header"
          nameLabel="Response header"
          fromLabel="Mapping"
          rows={now.headers}
          set={(headers) => part({ headers })}
          placeholder="'*'"
          constraint="method.request.…, context.…, stageVariables.… or 'text' in quotes"
          open
        />
      </Container>
      <Container header={<Header variant="h2">Response templates</Header>}>
        <MappingTemplates api={api} rows={now.templates} set={(templates) => part({ templates })} />
      </Container>
    </FormPage>
  );
}
