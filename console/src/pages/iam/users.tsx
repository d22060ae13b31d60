// Users and their access keys.
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call } from "../../api/client";
import type { AccessKey, AccessKeyMetadata, User as IamUser } from "../../api/iam_gen";
import { output, step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { CopyableCode } from "../../shell/copy";
import { EntityList } from "../../shell/entitylist";
import { when } from "../../shell/format";
import { useList, useLoad } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import type { Params } from "../../shell/router";
import { AttachedPolicies } from "./attached";
import { Entities, type Kind } from "./entities";
import { iamInfo, usersCrumb } from "./info";
import { Summary } from "./summary";

const kind: Kind<IamUser> = {
  noun: "user",
  title: "Users",
  description: "A user is a person or a program with access keys of its own.",
  page: "users",
  name: (u) => u.UserName,
  create: (UserName) => step("iam", "CreateUser", { UserName }),
  delete: (UserName) => step("iam", "DeleteUser", { UserName }),
  first: "Remove the user's access keys and policies first.",
};

export function Users() {
  return <Entities kind={kind} load={useList("iam", "ListUsers", {}, "Users")} />;
}

export function User({ params }: { params: Params }) {
  const name = params.user ?? "";
  const user = useLoad(`user ${name}`, async (signal) => (await call("iam", "GetUser", { UserName: name }, signal)).User);
  const attached = useList("iam", "ListAttachedUserPolicies", { UserName: name }, "AttachedPolicies");
  const [made, setMade] = useState<AccessKey>();
  return (
    <Page info={iamInfo(name, usersCrumb)}>
      <Loaded load={user} what="the user">
        {(u) => (
          <SpaceBetween size="l">
            <Summary arn={u.Arn} created={u.CreateDate} />
            {made && <Made accessKey={made} dismiss={() => setMade(undefined)} />}
            <AttachedPolicies
              load={attached}
              of={{
                noun: "user",
                name,
                removeLabel: "Remove",
                addTitle: "Add permissions",
                attach: (PolicyArn) => step("iam", "AttachUserPolicy", { UserName: name, PolicyArn }),
                detach: (PolicyArn) => step("iam", "DetachUserPolicy", { UserName: name, PolicyArn }),
              }}
            />
            <AccessKeys user={name} made={setMade} />
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}

/** Made shows an access key with its secret, this once. */
function Made({ accessKey, dismiss }: { accessKey: AccessKey; dismiss: () => void }) {
  return (
    <Alert type="success" header="Access key created" dismissible dismissAriaLabel="Hide the secret" onDismiss={dismiss}>
      <KeyValuePairs
        columns={1}
        items={[
          { label: "Access key", value: <CopyableCode text={accessKey.AccessKeyId} what="access key" /> },
          { label: "Secret access key", value: <CopyableCode text={accessKey.SecretAccessKey} what="secret access key" /> },
        ]}
      />
    </Alert>
  );
}

function AccessKeys({ user, made }: { user: string; made: (k: AccessKey) => void }) {
  const keys = useList("iam", "ListAccessKeys", { UserName: user }, "AccessKeyMetadata");
  const [question, setQuestion] = useState<Question>();
  const create = () =>
    setQuestion({
      title: "Create access key?",
      text: "Its secret is shown once, and only then.",
      submit: "Create access key",
      plan: [step("iam", "CreateAccessKey", { UserName: user })],
      success: "The access key was created.",
      done: (out) => {
        made(output("iam", "CreateAccessKey", out[0]).AccessKey);
        keys.reload();
      },
    });
  return (
    <>
      <EntityList
        title="Access keys"
        load={keys}
        items={keys.data}
        id={(k) => k.AccessKeyId ?? ""}
        label={(k) => k.AccessKeyId ?? ""}
        before={(one, ask) => (
          <Button disabled={!one} onClick={() => one && ask(turn(user, one))}>
            {one?.Status === "Inactive" ? "Activate" : "Deactivate"}
          </Button>
        )}
        remove={(k, ask) =>
          ask({
            title: "Delete the access key?",
            text: `Requests that are signed with ${k.AccessKeyId} are refused from then on.`,
            plan: [step("iam", "DeleteAccessKey", { UserName: user, AccessKeyId: k.AccessKeyId ?? "" })],
            success: "The access key was deleted.",
          })
        }
        add={<Button onClick={create}>Create access key</Button>}
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
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}

/** turn makes an active key inactive, and an inactive one active. */
function turn(user: string, k: AccessKeyMetadata): Question {
  const active = k.Status === "Active";
  return {
    title: active ? "Deactivate the access key?" : "Activate the access key?",
    text: active
      ? "Requests that are signed with it are refused until it is active again."
      : "Requests that are signed with it are accepted again.",
    submit: active ? "Deactivate" : "Activate",
    plan: [step("iam", "UpdateAccessKey", { UserName: user, AccessKeyId: k.AccessKeyId ?? "", Status: active ? "Inactive" : "Active" })],
    success: "The access key was changed.",
  };
}
