// Authorizers.
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Authorizer } from "../../api/apigateway_gen";
import { output, step, undoable, type Plan } from "../../api/step";
import { uuid } from "../../api/uuid";
import { FormPage } from "../../shell/act";
import { Confirm, type Question } from "../../shell/confirm";
import { AreaField, SelectField, SuggestField, TextField } from "../../shell/fields";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";
import { Page } from "../../shell/page";
import { region } from "../../shell/region";
import { navigate, to, type Params } from "../../shell/router";
import { apiInfo, useAccount, useApi } from "../resources/api";
import { functionArn } from "../resources/integration";

const types: Record<string, string> = { TOKEN: "Lambda (token)", REQUEST: "Lambda (request)", COGNITO_USER_POOLS: "Cognito user pool" };

export function Authorizers({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const authorizers = useList("apigateway", "GetAuthorizers", { restApiId: id }, "items");
  const [selected, setSelected] = useState<Authorizer[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  return (
    <Page
      info={apiInfo("Authorizers", { id, name: api.name })}
      description="Who may call a method: a Lambda function or a user pool decides."
    >
      <ListTable
        title="Authorizers"
        load={authorizers}
        items={authorizers.data}
        id={(a) => a.id}
        label={(a) => a.name}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button
              disabled={!one}
              onClick={() =>
                one &&
                setQuestion({
                  title: `Delete the authorizer ${one.name}?`,
                  text: "An authorizer that a method uses cannot be deleted.",
                  plan: [step("apigateway", "DeleteAuthorizer", { restApiId: id, authorizerId: one.id })],
                  success: `The authorizer ${one.name} was deleted.`,
                  done: () => {
                    setSelected([]);
                    authorizers.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            <Button variant="primary" onClick={() => navigate(to("apigateway", id, "authorizers", "create"))}>
              Create authorizer
            </Button>
          </>
        }
        columns={[
          { id: "name", header: "Name", cell: (a) => a.name, text: (a) => a.name },
          { id: "id", header: "ID", cell: (a) => <span className="mono">{a.id}</span>, text: (a) => a.id },
          { id: "type", header: "Type", cell: (a) => types[a.type ?? ""] ?? a.type, text: (a) => a.type ?? "" },
          {
            id: "source",
            header: "Identity source",
            cell: (a) => <span className="mono">{a.identitySource ?? "-"}</span>,
            text: (a) => a.identitySource ?? "",
          },
          { id: "ttl", header: "Cached for", cell: (a) => `${a.authorizerResultTtlInSeconds ?? 300} s` },
        ]}
        empty="No authorizers"
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}

export function CreateAuthorizer({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const account = useAccount();
  const functions = useList("lambda", "ListFunctions", {}, "Functions");
  const [name, setName] = useState("");
  const [type, setType] = useState("TOKEN");
  const [lambda, setLambda] = useState("");
  const [role, setRole] = useState("");
  const [pools, setPools] = useState("");
  const [source, setSource] = useState("Authorization");
  const [pattern, setPattern] = useState("");
  const [ttl, setTtl] = useState("300");
  const cognito = type === "COGNITO_USER_POOLS";
  const arn = functionArn(lambda.trim(), region(), account);
  const identitySource = type === "REQUEST" ? source.trim() : `method.request.header.${source.trim()}`;
  const back = to("apigateway", id, "authorizers");
  const plan = (): Plan => [
    undoable(
      step("apigateway", "CreateAuthorizer", {
        restApiId: id,
        name: name.trim(),
        type,
        providerARNs: cognito ? pools.split(/\s+/).filter(Boolean) : undefined,
        authorizerUri: cognito ? undefined : `arn:aws:apigateway:${region()}:lambda:path/2015-03-31/functions/${arn}/invocations`,
        authorizerCredentials: role.trim() || undefined,
        identitySource: identitySource || undefined,
        identityValidationExpression: pattern.trim() || undefined,
        authorizerResultTtlInSeconds: Number(ttl),
      }),
      (made) => step("apigateway", "DeleteAuthorizer", { restApiId: id, authorizerId: output("apigateway", "CreateAuthorizer", made).id }),
    ),
    (done) =>
      cognito || role.trim() !== "" || lambda.includes("$")
        ? undefined
        : step("lambda", "AddPermission", {
            FunctionName: arn,
            StatementId: uuid(),
            Action: "lambda:InvokeFunction",
            Principal: "apigateway.amazonaws.com",
            SourceArn: `arn:aws:execute-api:${region()}:${account}:${id}/authorizers/${output("apigateway", "CreateAuthorizer", done[0]).id}`,
          }),
  ];
  const check = () => {
    if (name.trim() === "") return "Enter a name.";
    if (cognito ? pools.trim() === "" : lambda.trim() === "")
      return cognito ? "Enter the ARN of a user pool." : "Choose a Lambda function.";
    return /^\d+$/.test(ttl) ? undefined : "The time to cache is a number of seconds.";
  };
  return (
    <Page info={apiInfo("Create authorizer", { id, name: api.name }, { text: "Authorizers", href: back })}>
      <FormPage
        plan={plan}
        submit="Create authorizer"
        success={`The authorizer ${name} was created.`}
        check={check}
        cancel={back}
        done={() => back}
        dirty={name !== ""}
      >
        <Container header={<Header variant="h2">Authorizer details</Header>}>
          <SpaceBetween size="l">
            <TextField label="Authorizer name" value={name} onChange={setName} />
            <SelectField
              label="Authorizer type"
              value={type}
              onChange={(t) => {
                setType(t);
                setSource(t === "REQUEST" ? "method.request.header.Authorization" : "Authorization");
              }}
              choices={Object.entries(types).map(([value, label]) => ({ value, label }))}
            />
            {cognito ? (
              <AreaField label="Cognito user pools" value={pools} onChange={setPools} rows={2} description="ARNs, one on each line." />
            ) : (
              <SpaceBetween size="l">
                <SuggestField
                  label="Lambda function"
                  description="API Gateway is given permission to invoke it."
                  value={lambda}
                  onChange={setLambda}
                  choices={(functions.data ?? []).map((f) => ({ value: f.FunctionArn, label: f.FunctionName }))}
                  empty="No functions"
                  loading={functions.loading}
                  failed={functions.error}
                />
                <TextField
                  label="Lambda invoke role"
                  optional
                  value={role}
                  onChange={setRole}
                  placeholder="arn:aws:iam::000000000000:role/my-role"
                  description="Instead of the permission."
                />
              </SpaceBetween>
            )}
            <TextField
              label={type === "REQUEST" ? "Identity sources" : "Token source"}
              value={source}
              onChange={setSource}
              constraint={
                type === "REQUEST"
                  ? "method.request.header.…, method.request.querystring.…, stageVariables.…, context.…; separated by commas"
                  : "The header that holds the token"
              }
            />
            {type === "TOKEN" && (
              <TextField label="Token validation" optional value={pattern} onChange={setPattern} constraint="A regular expression" />
            )}
            <TextField
              label="Authorization caching"
              value={ttl}
              onChange={setTtl}
              constraint="Seconds; 0 turns it off"
              inputMode="numeric"
            />
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}
