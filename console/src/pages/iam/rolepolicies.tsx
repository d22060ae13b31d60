// What is changed of a role: trust policy, inline policies, attached policies.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call } from "../../api/client";
import type { Policy } from "../../api/iam_gen";
import { step } from "../../api/step";
import { FormPage } from "../../shell/act";
import { TextField } from "../../shell/fields";
import { pretty } from "../../shell/format";
import { useList, useLoad } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { iamInfo, rolesCrumb } from "./info";
import { usePolicies } from "./load";
import { faultText, PolicyField } from "./policies";
import { PolicyChoice } from "./policychoice";
import { decodeDocument } from "./trust";

const crumb = (role: string) => ({ text: role, href: to("iam", "roles", role) });

export function EditTrustPolicy({ params }: { params: Params }) {
  const role = params.role ?? "";
  const load = useLoad(`trust ${role}`, async (signal) =>
    pretty(decodeDocument((await call("iam", "GetRole", { RoleName: role }, signal)).Role.AssumeRolePolicyDocument)),
  );
  return (
    <Page info={iamInfo("Edit trust policy", rolesCrumb, crumb(role))} description={role}>
      <Loaded load={load} what="the trust policy">
        {(text) => <TrustForm role={role} was={text} />}
      </Loaded>
    </Page>
  );
}

function TrustForm({ role, was }: { role: string; was: string }) {
  const [text, setText] = useState(was);
  const back = to("iam", "roles", role, "trust-relationships");
  return (
    <FormPage
      plan={() => [step("iam", "UpdateAssumeRolePolicy", { RoleName: role, PolicyDocument: text })]}
      submit="Update policy"
      success={`The trust policy of ${role} was updated.`}
      check={() => faultText(text, "trust")}
      cancel={back}
      done={() => back}
      dirty={text !== was}
    >
      <Container
        header={
          <Header variant="h2" description="Who may take on this role.">
            Edit trust policy
          </Header>
        }
      >
        <PolicyField label="Trust policy" value={text} onChange={setText} kind="trust" />
      </Container>
    </FormPage>
  );
}

const blank = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "lambda:InvokeFunction",
      "Resource": "*"
    }
  ]
}`;

/** InlinePolicy edits one; the name *new stands for one that is to be made. */
export function InlinePolicy({ params }: { params: Params }) {
  const role = params.role ?? "";
  const policy = params.policy ?? "";
  const create = policy === "*new";
  const load = useLoad(`inline ${role} ${policy}`, async (signal) =>
    create
      ? blank
      : pretty(decodeDocument((await call("iam", "GetRolePolicy", { RoleName: role, PolicyName: policy }, signal)).PolicyDocument)),
  );
  return (
    <Page info={iamInfo(create ? "Create inline policy" : "Edit inline policy", rolesCrumb, crumb(role))} description={role}>
      <Loaded load={load} what="the policy">
        {(text) => <InlineForm role={role} policy={create ? undefined : policy} was={text} />}
      </Loaded>
    </Page>
  );
}

function InlineForm({ role, policy, was }: { role: string; policy?: string; was: string }) {
  const [text, setText] = useState(was);
  const [name, setName] = useState(policy ?? "");
  const back = to("iam", "roles", role);
  return (
    <FormPage
      plan={() => [step("iam", "PutRolePolicy", { RoleName: role, PolicyName: name.trim(), PolicyDocument: text })]}
      submit={policy === undefined ? "Create policy" : "Save changes"}
      success={`The policy ${name} of ${role} was saved.`}
      check={() => faultText(text, "identity") ?? (name.trim() === "" ? "Enter a policy name." : undefined)}
      cancel={back}
      done={() => back}
      dirty={text !== was || name !== (policy ?? "")}
    >
      <Container header={<Header variant="h2">Specify permissions</Header>}>
        <SpaceBetween size="l">
          <TextField label="Policy name" value={name} onChange={setName} disabled={policy !== undefined} />
          <PolicyField value={text} onChange={setText} kind="identity" />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}

export function AttachPolicies({ params }: { params: Params }) {
  const role = params.role ?? "";
  const policies = usePolicies();
  const attached = useList("iam", "ListAttachedRolePolicies", { RoleName: role }, "AttachedPolicies");
  const [chosen, setChosen] = useState<Policy[]>([]);
  const back = to("iam", "roles", role);
  return (
    <Page info={iamInfo("Attach policies", rolesCrumb, crumb(role))} description={role}>
      <FormPage
        plan={() => chosen.map((p) => step("iam", "AttachRolePolicy", { RoleName: role, PolicyArn: p.Arn ?? "" }))}
        submit="Add permissions"
        success={`The policies were attached to ${role}.`}
        check={() => (chosen.length === 0 ? "Choose at least one policy." : undefined)}
        cancel={back}
        done={() => back}
        dirty={chosen.length > 0}
      >
        <PolicyChoice
          title={`Attach to ${role}`}
          load={policies}
          chosen={chosen}
          choose={setChosen}
          without={(attached.data ?? []).map((p) => p.PolicyArn ?? "")}
        />
      </FormPage>
    </Page>
  );
}
