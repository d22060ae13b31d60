// Users and their access keys.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call } from "../../api/client";
import type { AccessKey, AccessKeyMetadata, AttachedPolicy, User as IamUser } from "../../api/iam_gen";
import { output, preview, step, type Plan } from "../../api/step";
import { ActError, useAct } from "../../shell/act";
import { showCommands } from "../../shell/commands";
import { Confirm, type Question } from "../../shell/confirm";
import { Copyable } from "../../shell/copy";
import { SelectField, TextField } from "../../shell/fields";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useCall, useLoad } from "../../shell/load";
import { Page, usePage } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { iamInfo, usersCrumb } from "./info";
import { usePolicies } from "./load";

export function Users() {
  usePage(iamInfo("Users"));
  const users = useCall("iam", "ListUsers", { MaxItems: 1000 });
  const [selected, setSelected] = useState<IamUser[]>([]);
  const [question, setQuestion] = useState<Question>();
  const [creating, setCreating] = useState(false);
  const one = selected[0];
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      Create user
    </Button>
  );
  return (
    <>
      <ListTable
        title="Users"
        headingVariant="h1"
        description="A user is a person or a program with access keys of its own."
        load={users}
        items={users.data?.Users}
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
                  title: `Delete ${one.UserName}?`,
                  text: "Remove the user's access keys and policies first.",
                  word: "confirm",
                  plan: [step("iam", "DeleteUser", { UserName: one.UserName })],
                  success: `The user ${one.UserName} was deleted.`,
                  done: () => {
                    setSelected([]);
                    users.reload();
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
            header: "User name",
            cell: (u) => <Link href={to("iam", "users", u.UserName)}>{u.UserName}</Link>,
            text: (u) => u.UserName,
          },
          { id: "arn", header: "ARN", cell: (u) => <span className="mono">{u.Arn}</span>, text: (u) => u.Arn },
          { id: "created", header: "Created", cell: (u) => when(u.CreateDate), text: (u) => u.CreateDate },
        ]}
        empty="No users"
        emptyAction={create}
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
      {creating && <CreateUser close={() => setCreating(false)} done={users.reload} />}
    </>
  );
}

function CreateUser({ close, done }: { close: () => void; done: () => void }) {
  const [name, setName] = useState("");
  const act = useAct();
  const plan = (): Plan => [step("iam", "CreateUser", { UserName: name.trim() })];
  const create = async () => {
    if ((await act.run(plan(), `The user ${name.trim()} was created.`)) === undefined) return;
    done();
    close();
  };
  return (
    <Modal
      visible
      onDismiss={close}
      header="Create user"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            <Button onClick={() => showCommands(preview(plan()))}>Show as AWS CLI</Button>
            <Button variant="primary" disabled={name.trim() === ""} loading={act.busy} onClick={() => void create()}>
              Create user
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <TextField label="User name" value={name} onChange={setName} constraint="Letters, digits and +=,.@-_" />
        <ActError act={act} />
      </SpaceBetween>
    </Modal>
  );
}

export function User({ params }: { params: Params }) {
  const name = params.user ?? "";
  const user = useLoad(`user ${name}`, async (signal) => (await call("iam", "GetUser", { UserName: name }, signal)).User);
  const keys = useCall("iam", "ListAccessKeys", { UserName: name });
  const attached = useCall("iam", "ListAttachedUserPolicies", { UserName: name, MaxItems: 1000 });
  const [question, setQuestion] = useState<Question>();
  const [made, setMade] = useState<AccessKey>();
  const [key, setKey] = useState<AccessKeyMetadata[]>([]);
  const [policy, setPolicy] = useState<AttachedPolicy[]>([]);
  const [attaching, setAttaching] = useState(false);
  const one = key[0];
  const oneId = one?.AccessKeyId ?? "";
  const create = () =>
    setQuestion({
      title: "Create access key?",
      text: "Its secret is shown once, and only then.",
      submit: "Create access key",
      plan: [step("iam", "CreateAccessKey", { UserName: name })],
      success: "The access key was created.",
      done: (out) => {
        setMade(output("iam", "CreateAccessKey", out[0]).AccessKey);
        keys.reload();
      },
    });
  return (
    <Page info={iamInfo(name, usersCrumb)}>
      <Loaded load={user} what="the user">
        {(u) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Summary</Header>}>
              <KeyValuePairs
                columns={2}
                items={[
                  {
                    label: "ARN",
                    value: (
                      <span className="mono">
                        <Copyable text={u.Arn} what="ARN" />
                      </span>
                    ),
                  },
                  { label: "Created", value: when(u.CreateDate) },
                ]}
              />
            </Container>
            {made && (
              <Alert
                type="success"
                header="Access key created"
                dismissible
                dismissAriaLabel="Hide the secret"
                onDismiss={() => setMade(undefined)}
              >
                <KeyValuePairs
                  columns={1}
                  items={[
                    {
                      label: "Access key",
                      value: (
                        <span className="mono">
                          <Copyable text={made.AccessKeyId} what="access key" />
                        </span>
                      ),
                    },
                    {
                      label: "Secret access key",
                      value: (
                        <span className="mono">
                          <Copyable text={made.SecretAccessKey} what="secret access key" />
                        </span>
                      ),
                    },
                  ]}
                />
              </Alert>
            )}
            <ListTable
              title="Permissions policies"
              load={attached}
              items={attached.data?.AttachedPolicies}
              id={(p) => p.PolicyArn ?? ""}
              label={(p) => p.PolicyName ?? ""}
              select="single"
              selected={policy}
              onSelect={setPolicy}
              actions={
                <>
                  <Button
                    disabled={policy.length === 0}
                    onClick={() =>
                      policy[0] &&
                      setQuestion({
                        title: `Remove ${policy[0].PolicyName}?`,
                        text: "The policy is detached from the user; it stays in the account.",
                        submit: "Remove",
                        plan: [step("iam", "DetachUserPolicy", { UserName: name, PolicyArn: policy[0].PolicyArn ?? "" })],
                        success: "The policy was detached.",
                        done: () => {
                          setPolicy([]);
                          attached.reload();
                        },
                      })
                    }
                  >
                    Remove
                  </Button>
                  <Button onClick={() => setAttaching(true)}>Add permissions</Button>
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
            <ListTable
              title="Access keys"
              load={keys}
              items={keys.data?.AccessKeyMetadata}
              id={(k) => k.AccessKeyId ?? ""}
              label={(k) => k.AccessKeyId ?? ""}
              select="single"
              selected={key}
              onSelect={setKey}
              actions={
                <>
                  <Button
                    disabled={!one}
                    onClick={() =>
                      setQuestion({
                        title: one?.Status === "Active" ? "Deactivate the access key?" : "Activate the access key?",
                        text:
                          one?.Status === "Active"
                            ? "Requests that are signed with it are refused until it is active again."
                            : "Requests that are signed with it are accepted again.",
                        submit: one?.Status === "Active" ? "Deactivate" : "Activate",
                        plan: [
                          step("iam", "UpdateAccessKey", {
                            UserName: name,
                            AccessKeyId: oneId,
                            Status: one?.Status === "Active" ? "Inactive" : "Active",
                          }),
                        ],
                        success: "The access key was changed.",
                        done: () => {
                          setKey([]);
                          keys.reload();
                        },
                      })
                    }
                  >
                    {one?.Status === "Inactive" ? "Activate" : "Deactivate"}
                  </Button>
                  <Button
                    disabled={!one}
                    onClick={() =>
                      setQuestion({
                        title: "Delete the access key?",
                        text: `Requests that are signed with ${oneId} are refused from then on.`,
                        plan: [step("iam", "DeleteAccessKey", { UserName: name, AccessKeyId: oneId })],
                        success: "The access key was deleted.",
                        done: () => {
                          setKey([]);
                          keys.reload();
                        },
                      })
                    }
                  >
                    Delete
                  </Button>
                  <Button onClick={create}>Create access key</Button>
                </>
              }
              columns={[
                {
                  id: "id",
                  header: "Access key ID",
                  cell: (k) => <span className="mono">{k.AccessKeyId}</span>,
                  text: (k) => k.AccessKeyId ?? "",
                },
                { id: "status", header: "Status", cell: (k) => k.Status, text: (k) => k.Status ?? "" },
                { id: "created", header: "Created", cell: (k) => when(k.CreateDate), text: (k) => k.CreateDate ?? 0 },
              ]}
              empty="No access keys"
            />
          </SpaceBetween>
        )}
      </Loaded>
      <Confirm question={question} close={() => setQuestion(undefined)} />
      {attaching && <AttachDialog user={name} close={() => setAttaching(false)} done={attached.reload} />}
    </Page>
  );
}

function AttachDialog({ user, close, done }: { user: string; close: () => void; done: () => void }) {
  const policies = usePolicies();
  const [arn, setArn] = useState("");
  const act = useAct();
  const plan = (): Plan => [step("iam", "AttachUserPolicy", { UserName: user, PolicyArn: arn })];
  const attach = async () => {
    if ((await act.run(plan(), `The policy was attached to ${user}.`)) === undefined) return;
    done();
    close();
  };
  return (
    <Modal
      visible
      onDismiss={close}
      header="Add permissions"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            <Button onClick={() => showCommands(preview(plan()))}>Show as AWS CLI</Button>
            <Button variant="primary" disabled={arn === ""} loading={act.busy} onClick={() => void attach()}>
              Add permissions
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <SelectField
          label="Policy"
          value={arn}
          onChange={setArn}
          choices={(policies.data ?? []).map((p) => ({ value: p.Arn ?? "", label: p.PolicyName, description: p.Arn }))}
          loading={policies.loading}
          filter
          placeholder="Choose a policy"
        />
        <ActError act={act} />
      </SpaceBetween>
    </Modal>
  );
}
