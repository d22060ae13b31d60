// Groups of users: members and the policies that they share.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { AttachedPolicy, Group as IamGroup, User } from "../../api/iam_gen";
import { preview, step, type Plan } from "../../api/step";
import { ActError, useAct } from "../../shell/act";
import { showCommands } from "../../shell/commands";
import { Confirm, type Question } from "../../shell/confirm";
import { Copyable } from "../../shell/copy";
import { SelectField, TextField, type Choice } from "../../shell/fields";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useCall } from "../../shell/load";
import { Page, usePage } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { groupsCrumb, iamInfo } from "./info";
import { usePolicies } from "./load";

export function Groups() {
  usePage(iamInfo("User groups"));
  const groups = useCall("iam", "ListGroups", { MaxItems: 1000 });
  const [selected, setSelected] = useState<IamGroup[]>([]);
  const [question, setQuestion] = useState<Question>();
  const [creating, setCreating] = useState(false);
  const one = selected[0];
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      Create group
    </Button>
  );
  return (
    <>
      <ListTable
        title="User groups"
        headingVariant="h1"
        description="The policies of a group speak for every user in it."
        load={groups}
        items={groups.data?.Groups}
        id={(g) => g.GroupName}
        label={(g) => g.GroupName}
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
                  title: `Delete ${one.GroupName}?`,
                  text: "Remove the group's users and policies first.",
                  word: "confirm",
                  plan: [step("iam", "DeleteGroup", { GroupName: one.GroupName })],
                  success: `The group ${one.GroupName} was deleted.`,
                  done: () => {
                    setSelected([]);
                    groups.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            {create}
          </>
        }
        columns={[
          {
            id: "name",
            header: "Group name",
            cell: (g) => <Link href={to("iam", "groups", g.GroupName)}>{g.GroupName}</Link>,
            text: (g) => g.GroupName,
          },
          { id: "arn", header: "ARN", cell: (g) => <span className="mono">{g.Arn}</span>, text: (g) => g.Arn },
          { id: "created", header: "Created", cell: (g) => when(g.CreateDate), text: (g) => g.CreateDate },
        ]}
        empty="No groups"
        emptyAction={create}
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
      {creating && <CreateGroup close={() => setCreating(false)} done={groups.reload} />}
    </>
  );
}

function CreateGroup({ close, done }: { close: () => void; done: () => void }) {
  const [name, setName] = useState("");
  return (
    <Dialog
      title="Create group"
      ready={name.trim() !== ""}
      plan={() => [step("iam", "CreateGroup", { GroupName: name.trim() })]}
      success={`The group ${name.trim()} was created.`}
      close={close}
      done={done}
    >
      <TextField label="Group name" value={name} onChange={setName} constraint="Letters, digits and +=,.@-_" />
    </Dialog>
  );
}

/** Dialog is one small thing to do, with what it takes. */
function Dialog({
  title,
  ready,
  plan,
  success,
  close,
  done,
  children,
}: {
  title: string;
  ready: boolean;
  plan: () => Plan;
  success: string;
  close: () => void;
  done: () => void;
  children: React.ReactNode;
}) {
  const act = useAct();
  const run = async () => {
    if ((await act.run(plan(), success)) === undefined) return;
    done();
    close();
  };
  return (
    <Modal
      visible
      onDismiss={close}
      header={title}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            <Button onClick={() => showCommands(preview(plan()))}>Show as AWS CLI</Button>
            <Button variant="primary" disabled={!ready} loading={act.busy} onClick={() => void run()}>
              {title}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        <ActError act={act} />
      </SpaceBetween>
    </Modal>
  );
}

export function Group({ params }: { params: Params }) {
  const name = params.group ?? "";
  const group = useCall("iam", "GetGroup", { GroupName: name, MaxItems: 1000 });
  const attached = useCall("iam", "ListAttachedGroupPolicies", { GroupName: name, MaxItems: 1000 });
  const [dialog, setDialog] = useState<"user" | "policy">();
  const close = () => setDialog(undefined);
  return (
    <Page info={iamInfo(name, groupsCrumb)}>
      <Loaded load={group} what="the group">
        {(g) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Summary</Header>}>
              <KeyValuePairs
                columns={2}
                items={[
                  {
                    label: "ARN",
                    value: (
                      <span className="mono">
                        <Copyable text={g.Group.Arn} what="ARN" />
                      </span>
                    ),
                  },
                  { label: "Created", value: when(g.Group.CreateDate) },
                ]}
              />
            </Container>
            <Members name={name} load={group} users={g.Users} add={() => setDialog("user")} />
            <Policies name={name} load={attached} policies={attached.data?.AttachedPolicies} add={() => setDialog("policy")} />
          </SpaceBetween>
        )}
      </Loaded>
      {dialog === "user" && <AddUser group={name} close={close} done={group.reload} />}
      {dialog === "policy" && <AddPolicy group={name} close={close} done={attached.reload} />}
    </Page>
  );
}

interface Loading {
  loading: boolean;
  error?: Error;
  reload: () => void;
}

function Members({ name, load, users, add }: { name: string; load: Loading; users: User[]; add: () => void }) {
  const [selected, setSelected] = useState<User[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  return (
    <>
      <ListTable
        title="Users in this group"
        load={load}
        items={users}
        id={(u) => u.UserName}
        label={(u) => u.UserName}
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
                  title: `Remove ${one.UserName}?`,
                  text: "The group's policies speak for the user no more; the user stays in the account.",
                  submit: "Remove",
                  plan: [step("iam", "RemoveUserFromGroup", { GroupName: name, UserName: one.UserName })],
                  success: `${one.UserName} was removed from ${name}.`,
                  done: () => {
                    setSelected([]);
                    load.reload();
                  },
                })
              }
            >
              Remove user
            </Button>
            <Button onClick={add}>Add user</Button>
          </>
        }
        columns={[
          {
            id: "name",
            header: "User name",
            cell: (u) => <Link href={to("iam", "users", u.UserName)}>{u.UserName}</Link>,
            text: (u) => u.UserName,
          },
          { id: "created", header: "Created", cell: (u) => when(u.CreateDate), text: (u) => u.CreateDate },
        ]}
        empty="No users"
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}

function Policies({
  name,
  load,
  policies,
  add,
}: {
  name: string;
  load: Loading;
  policies: AttachedPolicy[] | undefined;
  add: () => void;
}) {
  const [selected, setSelected] = useState<AttachedPolicy[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  return (
    <>
      <ListTable
        title="Permissions policies"
        load={load}
        items={policies}
        id={(p) => p.PolicyArn ?? ""}
        label={(p) => p.PolicyName ?? ""}
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
                  title: `Remove ${one.PolicyName}?`,
                  text: "The policy is detached from the group; it stays in the account.",
                  submit: "Remove",
                  plan: [step("iam", "DetachGroupPolicy", { GroupName: name, PolicyArn: one.PolicyArn ?? "" })],
                  success: "The policy was detached.",
                  done: () => {
                    setSelected([]);
                    load.reload();
                  },
                })
              }
            >
              Remove policy
            </Button>
            <Button onClick={add}>Add permissions</Button>
          </>
        }
        columns={[
          {
            id: "name",
            header: "Policy name",
            cell: (p) => <Link href={to("iam", "policies", p.PolicyArn ?? "")}>{p.PolicyName}</Link>,
            text: (p) => p.PolicyName ?? "",
          },
        ]}
        empty="No permissions"
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}

function AddUser({ group, close, done }: { group: string; close: () => void; done: () => void }) {
  const users = useCall("iam", "ListUsers", { MaxItems: 1000 });
  const [user, setUser] = useState("");
  const choices: Choice[] = (users.data?.Users ?? []).map((u) => u.UserName);
  return (
    <Dialog
      title="Add user to group"
      ready={user !== ""}
      plan={() => [step("iam", "AddUserToGroup", { GroupName: group, UserName: user })]}
      success={`${user} was added to ${group}.`}
      close={close}
      done={done}
    >
      <SelectField label="User" value={user} onChange={setUser} choices={choices} loading={users.loading} filter placeholder="Choose a user" />
    </Dialog>
  );
}

function AddPolicy({ group, close, done }: { group: string; close: () => void; done: () => void }) {
  const policies = usePolicies();
  const [arn, setArn] = useState("");
  return (
    <Dialog
      title="Add permissions to group"
      ready={arn !== ""}
      plan={() => [step("iam", "AttachGroupPolicy", { GroupName: group, PolicyArn: arn })]}
      success={`The policy was attached to ${group}.`}
      close={close}
      done={done}
    >
      <SelectField
        label="Policy"
        value={arn}
        onChange={setArn}
        choices={(policies.data ?? []).map((p) => ({ value: p.Arn ?? "", label: p.PolicyName, description: p.Arn }))}
        loading={policies.loading}
        filter
        placeholder="Choose a policy"
      />
    </Dialog>
  );
}
