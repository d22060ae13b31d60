// Managed policies.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { call } from "../../api/client";
import type { Policy as IamPolicy } from "../../api/iam_gen";
import { list } from "../../api/list";
import { step, type Plan } from "../../api/step";
import { policyFault } from "../../editor/check";
import { Code, CodeField } from "../../editor/code";
import { FormPage } from "../../shell/act";
import { Confirm, type Question } from "../../shell/confirm";
import { CopyableCode } from "../../shell/copy";
import { EntityList } from "../../shell/entitylist";
import { TextField } from "../../shell/fields";
import { pretty, when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList, useLoad } from "../../shell/load";
import { Page, usePage } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";
import { iamInfo, policiesCrumb } from "./info";
import { isManagedByAws, ownFirst, policyType, usePolicies } from "./load";
import { decodeDocument } from "./trust";

export function Policies() {
  usePage(iamInfo("Policies"));
  const policies = usePolicies();
  const [kind, setKind] = useState("all");
  const create = (
    <Button variant="primary" onClick={() => navigate(to("iam", "policies", "create"))}>
      Create policy
    </Button>
  );
  return (
    <EntityList
      title="Policies"
      headingVariant="h1"
      description="A policy says which actions are allowed on what."
      load={policies}
      items={policies.data?.filter((p) => kind === "all" || isManagedByAws(p.Arn) === (kind === "aws")).sort(ownFirst)}
      id={(p) => p.Arn ?? ""}
      label={(p) => p.PolicyName ?? ""}
      before={() => (
        <SegmentedControl
          selectedId={kind}
          onChange={(e) => setKind(e.detail.selectedId)}
          label="Type of policies"
          options={[
            { id: "all", text: "All" },
            { id: "customer", text: "Customer managed" },
            { id: "aws", text: "AWS managed" },
          ]}
        />
      )}
      kept={(p) => isManagedByAws(p.Arn)}
      remove={(p, ask) => ask(deletePolicy(p))}
      add={create}
      columns={[
        {
          id: "name",
          header: "Policy name",
          cell: (p) => <Link href={to("iam", "policies", p.Arn ?? "")}>{p.PolicyName}</Link>,
          text: (p) => p.PolicyName ?? "",
        },
        { id: "type", header: "Type", cell: (p) => policyType(p.Arn), text: (p) => policyType(p.Arn) },
        {
          id: "used",
          header: "Used as",
          cell: (p) => (p.AttachmentCount ? `Permissions policy (${p.AttachmentCount})` : "None"),
          text: (p) => p.AttachmentCount ?? 0,
        },
        { id: "description", header: "Description", cell: (p) => p.Description ?? "-", text: (p) => p.Description ?? "" },
      ]}
      empty="No policies"
      emptyAction={create}
    />
  );
}

function deletePolicy(p: IamPolicy, done?: () => void): Question {
  return {
    title: `Delete ${p.PolicyName}?`,
    text: "A policy that is attached somewhere cannot be deleted.",
    plan: [step("iam", "DeletePolicy", { PolicyArn: p.Arn ?? "" })],
    success: `The policy ${p.PolicyName} was deleted.`,
    done,
  };
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

export function PolicyField({
  value,
  onChange,
  kind,
  label,
}: {
  value: string;
  onChange: (v: string) => void;
  kind: "identity" | "trust";
  label?: string;
}) {
  return (
    <CodeField
      label={label ?? "Policy editor (JSON)"}
      language="json"
      value={value}
      onChange={onChange}
      rows={16}
      check={(t) => policyFault(t, kind)}
    />
  );
}

/** faultText is what hinders saving a policy. */
export function faultText(text: string, kind: "identity" | "trust"): string | undefined {
  const f = policyFault(text, kind);
  return f && `Line ${f.line}, column ${f.column}: ${f.message}`;
}

export function CreatePolicy() {
  const [document_, setDocument] = useState(blank);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const plan = (): Plan => [
    step("iam", "CreatePolicy", { PolicyName: name.trim(), PolicyDocument: document_, Description: description.trim() || undefined }),
  ];
  return (
    <Page info={iamInfo("Create policy", policiesCrumb)}>
      <FormPage
        plan={plan}
        submit="Create policy"
        success={`The policy ${name} was created.`}
        check={() => faultText(document_, "identity") ?? (name.trim() === "" ? "Enter a policy name." : undefined)}
        cancel={to("iam", "policies")}
        done={() => to("iam", "policies")}
        dirty={document_ !== blank || name !== ""}
      >
        <Container
          header={
            <Header variant="h2" description="Which actions are allowed on which resources.">
              Specify permissions
            </Header>
          }
        >
          <PolicyField value={document_} onChange={setDocument} kind="identity" />
        </Container>
        <Container header={<Header variant="h2">Policy details</Header>}>
          <SpaceBetween size="l">
            <TextField label="Policy name" value={name} onChange={setName} constraint="Letters, digits and +=,.@-_" />
            <TextField label="Description" optional value={description} onChange={setDescription} />
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}

/** usePolicyDocument loads a managed policy with its default document. */
function usePolicyDocument(arn: string) {
  return useLoad(`policy ${arn}`, async (signal) => {
    const policy = (await call("iam", "GetPolicy", { PolicyArn: arn }, signal)).Policy ?? {};
    const version = await call("iam", "GetPolicyVersion", { PolicyArn: arn, VersionId: policy.DefaultVersionId ?? "v1" }, signal);
    return { policy, document: pretty(decodeDocument(version.PolicyVersion?.Document)) };
  });
}

interface Entity {
  name: string;
  type: "Role" | "User" | "Group";
  href: string;
}

/** attachedTo lists who has a policy. AWS: one answer's page has entities of all kinds. */
async function attachedTo(arn: string, signal: AbortSignal): Promise<Entity[]> {
  const of = <K extends "Role" | "User" | "Group">(type: K, names: (string | undefined)[]) =>
    names.map((name = ""): Entity => ({ name, type, href: to("iam", `${type.toLowerCase()}s`, name) }));
  const [roles, users, groups] = await Promise.all([
    list("iam", "ListEntitiesForPolicy", { PolicyArn: arn, EntityFilter: "Role" }, "PolicyRoles", signal),
    list("iam", "ListEntitiesForPolicy", { PolicyArn: arn, EntityFilter: "User" }, "PolicyUsers", signal),
    list("iam", "ListEntitiesForPolicy", { PolicyArn: arn, EntityFilter: "Group" }, "PolicyGroups", signal),
  ]);
  return [
    ...of(
      "Role",
      roles.map((r) => r.RoleName),
    ),
    ...of(
      "User",
      users.map((u) => u.UserName),
    ),
    ...of(
      "Group",
      groups.map((g) => g.GroupName),
    ),
  ];
}

export function Policy({ params }: { params: Params }) {
  const arn = params.arn ?? "";
  const load = usePolicyDocument(arn);
  const versions = useList("iam", "ListPolicyVersions", { PolicyArn: arn }, "Versions");
  const entities = useLoad(`entities of ${arn}`, (signal) => attachedTo(arn, signal));
  const [question, setQuestion] = useState<Question>();
  const name = arn.split("/").pop() ?? arn;
  return (
    <Page
      info={iamInfo(name, policiesCrumb)}
      actions={
        !isManagedByAws(arn) && (
          <>
            <Button onClick={() => load.data && setQuestion(deletePolicy(load.data.policy, () => navigate(to("iam", "policies"))))}>
              Delete
            </Button>
            <Button onClick={() => navigate(to("iam", "policies", "edit", arn))}>Edit</Button>
          </>
        )
      }
    >
      <Loaded load={load} what="the policy">
        {({ policy, document: text }) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Policy details</Header>}>
              <KeyValuePairs
                columns={3}
                items={[
                  { label: "Type", value: policyType(arn) },
                  { label: "Created", value: when(policy.CreateDate) },
                  { label: "ARN", value: <CopyableCode text={arn} what="ARN" /> },
                ]}
              />
            </Container>
            <Tabs
              i18nStrings={{ scrollLeftAriaLabel: "Scroll left", scrollRightAriaLabel: "Scroll right" }}
              ariaLabel="Policy"
              tabs={[
                { id: "permissions", label: "Permissions", content: <Code text={text} label="Policy document" /> },
                {
                  id: "entities",
                  label: "Entities attached",
                  content: (
                    <ListTable
                      title="Entities attached"
                      load={entities}
                      items={entities.data}
                      id={(u) => u.type + u.name}
                      label={(u) => u.name}
                      columns={[
                        { id: "name", header: "Entity name", cell: (u) => <Link href={u.href}>{u.name}</Link>, text: (u) => u.name },
                        { id: "type", header: "Entity type", cell: (u) => u.type, text: (u) => u.type },
                      ]}
                      empty="Attached to nothing"
                    />
                  ),
                },
                {
                  id: "versions",
                  label: "Policy versions",
                  content: (
                    <ListTable
                      title="Policy versions"
                      load={versions}
                      items={versions.data}
                      id={(v) => v.VersionId ?? ""}
                      label={(v) => v.VersionId ?? ""}
                      columns={[
                        { id: "version", header: "Version", cell: (v) => v.VersionId, text: (v) => v.VersionId ?? "" },
                        {
                          id: "default",
                          header: "Default",
                          cell: (v) => (v.IsDefaultVersion ? <Box color="text-status-success">Default</Box> : "-"),
                        },
                        { id: "created", header: "Created", cell: (v) => when(v.CreateDate), text: (v) => v.CreateDate ?? 0 },
                      ]}
                      empty="No versions"
                    />
                  ),
                },
              ]}
            />
          </SpaceBetween>
        )}
      </Loaded>
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </Page>
  );
}

export function EditPolicy({ params }: { params: Params }) {
  const arn = params.arn ?? "";
  const load = usePolicyDocument(arn);
  const name = arn.split("/").pop() ?? arn;
  return (
    <Page info={iamInfo("Edit policy", policiesCrumb, { text: name, href: to("iam", "policies", arn) })} description={name}>
      <Loaded load={load} what="the policy">
        {({ document: text }) => <PolicyForm arn={arn} name={name} was={text} />}
      </Loaded>
    </Page>
  );
}

const maxVersions = 5;

function PolicyForm({ arn, name, was }: { arn: string; name: string; was: string }) {
  const [text, setText] = useState(was);
  const versions = useList("iam", "ListPolicyVersions", { PolicyArn: arn }, "Versions");
  const back = to("iam", "policies", arn);
  const plan = (): Plan => {
    const all = versions.data ?? [];
    const oldest = all.filter((v) => !v.IsDefaultVersion).sort((a, b) => (a.CreateDate ?? 0) - (b.CreateDate ?? 0))[0];
    return [
      ...(all.length >= maxVersions && oldest
        ? [step("iam", "DeletePolicyVersion", { PolicyArn: arn, VersionId: oldest.VersionId ?? "" })]
        : []),
      step("iam", "CreatePolicyVersion", { PolicyArn: arn, PolicyDocument: text, SetAsDefault: true }),
    ];
  };
  return (
    <FormPage
      plan={plan}
      submit="Save changes"
      success={`The policy ${name} was saved.`}
      check={() => faultText(text, "identity")}
      cancel={back}
      done={() => back}
      dirty={text !== was}
    >
      <Container
        header={
          <Header
            variant="h2"
            description="Saved as a new version, which is the default then. With five versions the oldest one is deleted."
          >
            Modify permissions
          </Header>
        }
      >
        <PolicyField value={text} onChange={setText} kind="identity" />
      </Container>
    </FormPage>
  );
}
