// Groups of users: members and the policies that they share.
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Group as IamGroup } from "../../api/iam_gen";
import { step } from "../../api/step";
import { Dialog } from "../../shell/dialog";
import { EntityList } from "../../shell/entitylist";
import { SelectField } from "../../shell/fields";
import { when } from "../../shell/format";
import { useCall, useList } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { AttachedPolicies } from "./attached";
import { Entities, type Kind } from "./entities";
import { groupsCrumb, iamInfo } from "./info";
import { Summary } from "./summary";

const kind: Kind<IamGroup> = {
  noun: "group",
  title: "User groups",
  description: "The policies of a group speak for every user in it.",
  page: "groups",
  name: (g) => g.GroupName,
  create: (GroupName) => step("iam", "CreateGroup", { GroupName }),
  delete: (GroupName) => step("iam", "DeleteGroup", { GroupName }),
  first: "Remove the group's users and policies first.",
};

export function Groups() {
  return <Entities kind={kind} load={useList("iam", "ListGroups", {}, "Groups")} />;
}

export function Group({ params }: { params: Params }) {
  const name = params.group ?? "";
  const group = useCall("iam", "GetGroup", { GroupName: name, MaxItems: 1 });
  const attached = useList("iam", "ListAttachedGroupPolicies", { GroupName: name }, "AttachedPolicies");
  return (
    <Page info={iamInfo(name, groupsCrumb)}>
      <Loaded load={group} what="the group">
        {({ Group }) => (
          <SpaceBetween size="l">
            <Summary arn={Group.Arn} created={Group.CreateDate} />
            <Members group={name} />
            <AttachedPolicies
              load={attached}
              of={{
                noun: "group",
                name,
                removeLabel: "Remove policy",
                addTitle: "Add permissions to group",
                attach: (PolicyArn) => step("iam", "AttachGroupPolicy", { GroupName: name, PolicyArn }),
                detach: (PolicyArn) => step("iam", "DetachGroupPolicy", { GroupName: name, PolicyArn }),
              }}
            />
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}

function Members({ group }: { group: string }) {
  const users = useList("iam", "GetGroup", { GroupName: group }, "Users");
  const [adding, setAdding] = useState(false);
  return (
    <>
      <EntityList
        title="Users in this group"
        load={users}
        items={users.data}
        id={(u) => u.UserName}
        label={(u) => u.UserName}
        removeLabel="Remove user"
        remove={(u, ask) =>
          ask({
            title: `Remove ${u.UserName}?`,
            text: "The group's policies speak for the user no more; the user stays in the account.",
            submit: "Remove",
            plan: [step("iam", "RemoveUserFromGroup", { GroupName: group, UserName: u.UserName })],
            success: `${u.UserName} was removed from ${group}.`,
          })
        }
        add={<Button onClick={() => setAdding(true)}>Add user</Button>}
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
      {adding && <AddUser group={group} close={() => setAdding(false)} done={users.reload} />}
    </>
  );
}

function AddUser({ group, close, done }: { group: string; close: () => void; done: () => void }) {
  const users = useList("iam", "ListUsers", {}, "Users");
  const [user, setUser] = useState("");
  return (
    <Dialog
      title="Add user to group"
      ready={user !== ""}
      plan={() => [step("iam", "AddUserToGroup", { GroupName: group, UserName: user })]}
      success={`${user} was added to ${group}.`}
      close={close}
      done={done}
    >
      <SelectField
        label="User"
        value={user}
        onChange={setUser}
        choices={(users.data ?? []).map((u) => u.UserName)}
        loading={users.loading}
        failed={users.error}
        filter
        placeholder="Choose a user"
      />
    </Dialog>
  );
}
