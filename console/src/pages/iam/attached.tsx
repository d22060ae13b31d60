// The managed policies of a user or a group.
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";
import type { AttachedPolicy } from "../../api/iam_gen";
import type { Step } from "../../api/step";
import { Dialog } from "../../shell/dialog";
import { EntityList } from "../../shell/entitylist";
import { SelectField } from "../../shell/fields";
import type { Load } from "../../shell/load";
import { to } from "../../shell/router";
import { usePolicies } from "./load";

export interface Holder {
  noun: "user" | "group";
  name: string;
  removeLabel: string;
  addTitle: string;
  attach: (arn: string) => Step;
  detach: (arn: string) => Step;
}

export function AttachedPolicies({ of, load }: { of: Holder; load: Load<AttachedPolicy[]> }) {
  const [adding, setAdding] = useState(false);
  return (
    <>
      <EntityList
        title="Permissions policies"
        load={load}
        items={load.data}
        id={(p) => p.PolicyArn ?? ""}
        label={(p) => p.PolicyName ?? ""}
        removeLabel={of.removeLabel}
        remove={(p, ask) =>
          ask({
            title: `Remove ${p.PolicyName}?`,
            text: `The policy is detached from the ${of.noun}; it stays in the account.`,
            submit: "Remove",
            plan: [of.detach(p.PolicyArn ?? "")],
            success: "The policy was detached.",
          })
        }
        add={<Button onClick={() => setAdding(true)}>Add permissions</Button>}
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
      {adding && <Attach to={of} close={() => setAdding(false)} done={load.reload} />}
    </>
  );
}

function Attach({ to: holder, close, done }: { to: Holder; close: () => void; done: () => void }) {
  const policies = usePolicies();
  const [arn, setArn] = useState("");
  return (
    <Dialog
      title={holder.addTitle}
      ready={arn !== ""}
      plan={() => [holder.attach(arn)]}
      success={`The policy was attached to ${holder.name}.`}
      close={close}
      done={done}
    >
      <SelectField
        label="Policy"
        value={arn}
        onChange={setArn}
        choices={(policies.data ?? []).map((p) => ({ value: p.Arn ?? "", label: p.PolicyName, description: p.Arn }))}
        loading={policies.loading}
        failed={policies.error}
        filter
        placeholder="Choose a policy"
      />
    </Dialog>
  );
}
