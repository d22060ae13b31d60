// Roles: the list, and one of them.
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { call } from "../../api/client";
import { list } from "../../api/list";
import { step, type Plan } from "../../api/step";
import { Code } from "../../editor/code";
import { Confirm, type Question } from "../../shell/confirm";
import { CopyableCode } from "../../shell/copy";
import { EntityList } from "../../shell/entitylist";
import { pretty, when } from "../../shell/format";
import { useLoad } from "../../shell/load";
import { notify } from "../../shell/notify";
import { Page, usePage } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";
import { iamInfo, rolesCrumb } from "./info";
import { policyType, useRoles } from "./load";
import { decodeDocument, trusted } from "./trust";

interface Permission {
  name: string;
  arn?: string; // of a managed policy; an inline one has none
}

async function permissions(role: string, signal?: AbortSignal): Promise<Permission[]> {
  const [attached, inline] = await Promise.all([
    list("iam", "ListAttachedRolePolicies", { RoleName: role }, "AttachedPolicies", signal),
    list("iam", "ListRolePolicies", { RoleName: role }, "PolicyNames", signal),
  ]);
  return [...attached.map((p) => ({ name: p.PolicyName ?? "", arn: p.PolicyArn })), ...inline.map((name) => ({ name }))];
}

/** askToDelete finds out what has to be detached first. */
async function askToDelete(role: string, ask: (q: Question) => void, done?: () => void): Promise<void> {
  try {
    const all = await permissions(role);
    const plan: Plan = [
      ...all.map((p) =>
        p.arn === undefined
          ? step("iam", "DeleteRolePolicy", { RoleName: role, PolicyName: p.name })
          : step("iam", "DetachRolePolicy", { RoleName: role, PolicyArn: p.arn }),
      ),
      step("iam", "DeleteRole", { RoleName: role }),
    ];
    ask({
      title: `Delete ${role}?`,
      text: "Its managed policies are detached, its inline policies deleted. Functions and integrations that use the role stop working.",
      word: role,
      plan,
      success: `The role ${role} was deleted.`,
      done,
    });
  } catch (e) {
    notify("error", e instanceof Error ? e.message : String(e), undefined, "The role cannot be deleted");
  }
}

export function Roles() {
  usePage(iamInfo("Roles"));
  const roles = useRoles();
  const create = (
    <Button variant="primary" onClick={() => navigate(to("iam", "roles", "create"))}>
      Create role
    </Button>
  );
  return (
    <EntityList
      title="Roles"
      headingVariant="h1"
      description="A role has permissions for whom its trust policy names: services such as Lambda and API Gateway, users, other accounts."
      load={roles}
      items={roles.data}
      id={(r) => r.RoleName}
      label={(r) => r.RoleName}
      remove={(r, ask) => void askToDelete(r.RoleName, ask)}
      add={create}
      columns={[
        {
          id: "name",
          header: "Role name",
          cell: (r) => <Link href={to("iam", "roles", r.RoleName)}>{r.RoleName}</Link>,
          text: (r) => r.RoleName,
        },
        {
          id: "trusted",
          header: "Trusted entities",
          cell: (r) => trusted(r.AssumeRolePolicyDocument),
          text: (r) => trusted(r.AssumeRolePolicyDocument),
        },
        { id: "created", header: "Created", cell: (r) => when(r.CreateDate), text: (r) => r.CreateDate },
      ]}
      empty="No roles"
      emptyAction={create}
    />
  );
}

export function Role({ params }: { params: Params }) {
  const name = params.role ?? "";
  const load = useLoad(`role ${name}`, async (signal) => (await call("iam", "GetRole", { RoleName: name }, signal)).Role);
  const [question, setQuestion] = useState<Question>();
  const tab = params.rest === "trust-relationships" ? "trust-relationships" : "permissions";
  return (
    <Page
      info={iamInfo(name, rolesCrumb)}
      actions={<Button onClick={() => void askToDelete(name, setQuestion, () => navigate(to("iam", "roles")))}>Delete</Button>}
    >
      <Loaded load={load} what="the role">
        {(role) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Summary</Header>}>
              <KeyValuePairs
                columns={2}
                items={[
                  { label: "ARN", value: <CopyableCode text={role.Arn} what="ARN" /> },
                  { label: "Creation date", value: when(role.CreateDate) },
                  { label: "Description", value: role.Description || "-" },
                  { label: "Maximum session duration", value: `${(role.MaxSessionDuration ?? 3600) / 3600} h` },
                ]}
              />
            </Container>
            <Tabs
              i18nStrings={{ scrollLeftAriaLabel: "Scroll left", scrollRightAriaLabel: "Scroll right" }}
              ariaLabel="Role"
              activeTabId={tab}
              onChange={(e) =>
                navigate(to("iam", "roles", name, ...(e.detail.activeTabId === "permissions" ? [] : [e.detail.activeTabId])), "stay")
              }
              tabs={[
                {
                  id: "permissions",
                  label: "Permissions",
                  content: tab === "permissions" && <Permissions role={name} />,
                },
                {
                  id: "trust-relationships",
                  label: "Trust relationships",
                  content: (
                    <Container
                      header={
                        <Header
                          variant="h2"
                          description="Who may take on this role."
                          actions={
                            <Button onClick={() => navigate(to("iam", "roles", name, "edit-trust-policy"))}>Edit trust policy</Button>
                          }
                        >
                          Trusted entities
                        </Header>
                      }
                    >
                      <Code text={pretty(decodeDocument(role.AssumeRolePolicyDocument))} label="Trust policy" />
                    </Container>
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

function Permissions({ role }: { role: string }) {
  const load = useLoad(`permissions ${role}`, (signal) => permissions(role, signal));
  return (
    <EntityList
      title="Permissions policies"
      load={load}
      items={load.data}
      id={(p) => p.arn ?? p.name}
      label={(p) => p.name}
      removeLabel="Remove"
      remove={(p, ask) =>
        ask({
          title: `Remove ${p.name}?`,
          text: p.arn === undefined ? "The inline policy is deleted." : "The policy is detached from the role; it stays in the account.",
          submit: "Remove",
          plan: [
            p.arn === undefined
              ? step("iam", "DeleteRolePolicy", { RoleName: role, PolicyName: p.name })
              : step("iam", "DetachRolePolicy", { RoleName: role, PolicyArn: p.arn }),
          ],
          success: `${p.name} was removed from ${role}.`,
        })
      }
      add={
        <ButtonDropdown
          variant="primary"
          items={[
            { id: "attach", text: "Attach policies" },
            { id: "inline", text: "Create inline policy" },
          ]}
          onItemClick={(e) =>
            navigate(e.detail.id === "attach" ? to("iam", "roles", role, "attach") : to("iam", "roles", role, "inline-policy", "*new"))
          }
        >
          Add permissions
        </ButtonDropdown>
      }
      columns={[
        {
          id: "name",
          header: "Policy name",
          cell: (p) => (
            <Link href={p.arn === undefined ? to("iam", "roles", role, "inline-policy", p.name) : to("iam", "policies", p.arn)}>
              {p.name}
            </Link>
          ),
          text: (p) => p.name,
        },
        { id: "type", header: "Type", cell: typeOf, text: typeOf },
      ]}
      empty="No permissions"
      emptyText="The role may do nothing yet."
    />
  );
}

function typeOf(p: Permission): string {
  return p.arn === undefined ? "Customer inline" : policyType(p.arn);
}
