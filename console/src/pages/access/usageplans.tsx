// Usage plans: rates and quotas of API keys on stages.
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { ApiStage, UsagePlan as Plan_, UsagePlanKey } from "../../api/apigateway_gen";
import { output, step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { Confirm, type Question } from "../../shell/confirm";
import { Dialog } from "../../shell/dialog";
import { SelectField, TextField } from "../../shell/fields";
import { ListTable } from "../../shell/listtable";
import { useCall, useList } from "../../shell/load";
import { Page, usePage } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";
import { useApis } from "../restapis/list";

const crumbs = [{ text: "API Gateway", href: to("apigateway") }];
const plansCrumb = { text: "Usage plans", href: to("apigateway", "usage-plans") };

const rate = (p: Plan_) =>
  p.throttle?.rateLimit === undefined ? "-" : `${p.throttle.rateLimit} per second, burst ${p.throttle.burstLimit ?? 0}`;
const quota = (p: Plan_) => (p.quota?.limit === undefined ? "-" : `${p.quota.limit} per ${(p.quota.period ?? "").toLowerCase()}`);

/** remove takes the stages out first: a plan with stages cannot be deleted. */
function remove(p: Plan_, done: () => void): Question {
  const stages = (p.apiStages ?? []).map((s) => ({ op: "remove", path: "/apiStages", value: `${s.apiId}:${s.stage}` }));
  return {
    title: `Delete the usage plan ${p.name}?`,
    text: "Its stages and keys stay; requests with its keys are refused on them from then on.",
    plan: [
      ...(stages.length > 0 ? [step("apigateway", "UpdateUsagePlan", { usagePlanId: p.id, patchOperations: stages })] : []),
      step("apigateway", "DeleteUsagePlan", { usagePlanId: p.id }),
    ],
    success: `The usage plan ${p.name} was deleted.`,
    done,
  };
}

export function UsagePlans() {
  usePage({ title: "Usage plans", service: "apigateway", crumbs });
  const plans = useList("apigateway", "GetUsagePlans", {}, "items");
  const [selected, setSelected] = useState<Plan_[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  const create = (
    <Button variant="primary" onClick={() => navigate(to("apigateway", "usage-plans", "create"))}>
      Create usage plan
    </Button>
  );
  return (
    <>
      <ListTable
        title="Usage plans"
        headingVariant="h1"
        load={plans}
        items={plans.data}
        id={(p) => p.id}
        label={(p) => p.name ?? p.id}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button disabled={!one} onClick={() => one && setQuestion(remove(one, () => (setSelected([]), plans.reload())))}>
              Delete
            </Button>
            {create}
          </>
        }
        columns={[
          {
            id: "name",
            header: "Name",
            cell: (p) => <Link href={to("apigateway", "usage-plans", p.id)}>{p.name}</Link>,
            text: (p) => p.name ?? "",
          },
          { id: "rate", header: "Rate", cell: rate, text: (p) => p.throttle?.rateLimit ?? 0 },
          { id: "quota", header: "Quota", cell: quota, text: (p) => p.quota?.limit ?? 0 },
          { id: "stages", header: "Stages", cell: (p) => String(p.apiStages?.length ?? 0), text: (p) => p.apiStages?.length ?? 0 },
        ]}
        empty="No usage plans"
        emptyText="A usage plan says how much its API keys may call its stages."
        emptyAction={create}
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}

export function CreateUsagePlan() {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [throttling, setThrottling] = useState(true);
  const [rateLimit, setRate] = useState("10");
  const [burst, setBurst] = useState("5");
  const [limited, setLimited] = useState(false);
  const [limit, setLimit] = useState("1000");
  const [period, setPeriod] = useState("MONTH");
  const plan = (): Plan => [
    step("apigateway", "CreateUsagePlan", {
      name: name.trim(),
      description: description.trim() || undefined,
      throttle: throttling ? { rateLimit: Number(rateLimit), burstLimit: Number(burst) } : undefined,
      quota: limited ? { limit: Number(limit), period } : undefined,
    }),
  ];
  const check = () => {
    if (name.trim() === "") return "Enter a name.";
    if (throttling && !(Number(rateLimit) > 0 && /^\d+$/.test(burst))) return "Rate and burst are numbers.";
    return limited && !/^\d+$/.test(limit) ? "The quota is a number." : undefined;
  };
  return (
    <Page info={{ title: "Create usage plan", service: "apigateway", crumbs: [...crumbs, plansCrumb] }}>
      <FormPage
        plan={plan}
        submit="Create usage plan"
        success={`The usage plan ${name} was created.`}
        check={check}
        cancel={plansCrumb.href}
        done={(out) => to("apigateway", "usage-plans", output("apigateway", "CreateUsagePlan", out[0]).id)}
        dirty={name !== ""}
      >
        <Container header={<Header variant="h2">Usage plan details</Header>}>
          <SpaceBetween size="l">
            <TextField label="Name" value={name} onChange={setName} />
            <TextField label="Description" optional value={description} onChange={setDescription} />
            <Checkbox checked={throttling} onChange={(e) => setThrottling(e.detail.checked)}>
              Throttling
            </Checkbox>
            {throttling && (
              <SpaceBetween size="l">
                <TextField label="Rate" value={rateLimit} onChange={setRate} constraint="Requests per second" inputMode="decimal" />
                <TextField label="Burst" value={burst} onChange={setBurst} constraint="Requests" inputMode="numeric" />
              </SpaceBetween>
            )}
            <Checkbox checked={limited} onChange={(e) => setLimited(e.detail.checked)}>
              Quota
            </Checkbox>
            {limited && (
              <SpaceBetween size="l">
                <TextField label="Requests" value={limit} onChange={setLimit} inputMode="numeric" />
                <SelectField
                  label="Per"
                  value={period}
                  onChange={setPeriod}
                  choices={[
                    { value: "DAY", label: "Day" },
                    { value: "WEEK", label: "Week" },
                    { value: "MONTH", label: "Month" },
                  ]}
                />
              </SpaceBetween>
            )}
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}

export function UsagePlan({ params }: { params: Params }) {
  const id = params.plan ?? "";
  const plan = useCall("apigateway", "GetUsagePlan", { usagePlanId: id });
  const keys = useList("apigateway", "GetUsagePlanKeys", { usagePlanId: id }, "items");
  const apis = useApis();
  const [stage, setStage] = useState<ApiStage[]>([]);
  const [key, setKey] = useState<UsagePlanKey[]>([]);
  const [question, setQuestion] = useState<Question>();
  const [adding, setAdding] = useState<"stage" | "key">();
  const nameOf = (api: string | undefined) => apis.data?.find((a) => a.id === api)?.name ?? api ?? "-";
  const drop = (s: ApiStage): Question => ({
    title: "Remove the stage from the plan?",
    text: `Requests to ${nameOf(s.apiId)}, ${s.stage} with the plan's keys are refused from then on.`,
    submit: "Remove",
    plan: [
      step("apigateway", "UpdateUsagePlan", {
        usagePlanId: id,
        patchOperations: [{ op: "remove", path: "/apiStages", value: `${s.apiId}:${s.stage}` }],
      }),
    ],
    success: "The stage was removed.",
    done: () => {
      setStage([]);
      plan.reload();
    },
  });
  const dropKey = (k: UsagePlanKey): Question => ({
    title: "Remove the API key from the plan?",
    text: `Requests with ${k.name ?? k.id} are refused on the plan's stages from then on.`,
    submit: "Remove",
    plan: [step("apigateway", "DeleteUsagePlanKey", { usagePlanId: id, keyId: k.id })],
    success: "The API key was removed.",
    done: () => {
      setKey([]);
      keys.reload();
    },
  });
  return (
    <Page
      info={{ title: plan.data?.name ?? id, service: "apigateway", crumbs: [...crumbs, plansCrumb] }}
      actions={
        plan.data && <Button onClick={() => plan.data && setQuestion(remove(plan.data, () => navigate(plansCrumb.href)))}>Delete</Button>
      }
    >
      <Loaded load={plan} what="the usage plan">
        {(p) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Usage plan details</Header>}>
              <KeyValuePairs
                columns={2}
                items={[
                  { label: "ID", value: <span className="mono">{p.id}</span> },
                  { label: "Description", value: p.description ?? "-" },
                  { label: "Rate", value: rate(p) },
                  { label: "Quota", value: quota(p) },
                ]}
              />
            </Container>
            <ListTable
              title="Associated stages"
              load={plan}
              items={p.apiStages ?? []}
              id={(s) => `${s.apiId}:${s.stage}`}
              label={(s) => `${s.apiId} ${s.stage}`}
              select="single"
              selected={stage}
              onSelect={setStage}
              actions={
                <>
                  <Button disabled={stage.length === 0} onClick={() => stage[0] && setQuestion(drop(stage[0]))}>
                    Remove
                  </Button>
                  <Button onClick={() => setAdding("stage")}>Add stage</Button>
                </>
              }
              columns={[
                {
                  id: "api",
                  header: "API",
                  cell: (s) => <Link href={to("apigateway", s.apiId ?? "", "stages", s.stage ?? "")}>{nameOf(s.apiId)}</Link>,
                  text: (s) => nameOf(s.apiId),
                },
                { id: "stage", header: "Stage", cell: (s) => s.stage, text: (s) => s.stage ?? "" },
              ]}
              empty="No stages"
            />
            <ListTable
              title="Associated API keys"
              load={keys}
              items={keys.data}
              id={(k) => k.id}
              label={(k) => k.name ?? k.id}
              select="single"
              selected={key}
              onSelect={setKey}
              actions={
                <>
                  <Button disabled={key.length === 0} onClick={() => key[0] && setQuestion(dropKey(key[0]))}>
                    Remove
                  </Button>
                  <Button onClick={() => setAdding("key")}>Add API key</Button>
                </>
              }
              columns={[
                {
                  id: "name",
                  header: "Name",
                  cell: (k) => <Link href={to("apigateway", "api-keys", k.id)}>{k.name ?? k.id}</Link>,
                  text: (k) => k.name ?? "",
                },
                { id: "id", header: "ID", cell: (k) => <span className="mono">{k.id}</span>, text: (k) => k.id },
              ]}
              empty="No API keys"
            />
          </SpaceBetween>
        )}
      </Loaded>
      <Confirm question={question} close={() => setQuestion(undefined)} />
      {adding && (
        <AddDialog
          plan={id}
          what={adding}
          close={() => setAdding(undefined)}
          done={() => {
            plan.reload();
            keys.reload();
          }}
        />
      )}
    </Page>
  );
}

function AddDialog({ plan: id, what, close, done }: { plan: string; what: "stage" | "key"; close: () => void; done: () => void }) {
  const apis = useApis(what === "stage");
  const keys = useList("apigateway", "GetApiKeys", what === "key" ? {} : undefined, "items");
  const [api, setApi] = useState("");
  const stages = useCall("apigateway", "GetStages", api === "" ? undefined : { restApiId: api });
  const [stage, setStage] = useState("");
  const [key, setKey] = useState("");
  const plan = (): Plan => [
    what === "stage"
      ? step("apigateway", "UpdateUsagePlan", {
          usagePlanId: id,
          patchOperations: [{ op: "add", path: "/apiStages", value: `${api}:${stage}` }],
        })
      : step("apigateway", "CreateUsagePlanKey", { usagePlanId: id, keyId: key, keyType: "API_KEY" }),
  ];
  return (
    <Dialog
      title={what === "stage" ? "Add stage" : "Add API key"}
      submit="Add"
      ready={what === "stage" ? api !== "" && stage !== "" : key !== ""}
      plan={plan}
      success="It was added to the usage plan."
      close={close}
      done={done}
    >
      {what === "stage" ? (
        <SpaceBetween size="m">
          <SelectField
            label="API"
            value={api}
            onChange={(v) => (setApi(v), setStage(""))}
            choices={(apis.data ?? []).map((a) => ({ value: a.id, label: a.name, description: a.id }))}
            loading={apis.loading}
            failed={apis.error}
            placeholder="Choose an API"
          />
          <SelectField
            label="Stage"
            value={stage}
            onChange={setStage}
            choices={(stages.data?.item ?? []).map((s) => s.stageName)}
            loading={stages.loading}
            failed={stages.error}
            disabled={api === ""}
            placeholder="Choose a stage"
          />
        </SpaceBetween>
      ) : (
        <SelectField
          label="API key"
          value={key}
          onChange={setKey}
          choices={(keys.data ?? []).map((k) => ({ value: k.id, label: k.name ?? k.id, description: k.id }))}
          loading={keys.loading}
          failed={keys.error}
          placeholder="Choose an API key"
        />
      )}
    </Dialog>
  );
}
