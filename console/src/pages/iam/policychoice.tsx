// Choosing managed policies.
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import type { Policy } from "../../api/iam_gen";
import { ListTable } from "../../shell/listtable";
import type { Load } from "../../shell/load";
import { to } from "../../shell/router";
import { ownFirst, policyType } from "./load";

export function PolicyChoice({
  title,
  load,
  chosen,
  choose,
  without = [],
}: {
  title: string;
  load: Load<Policy[]>;
  chosen: Policy[];
  choose: (p: Policy[]) => void;
  without?: string[];
}) {
  const items = load.data?.filter((p) => !without.includes(p.Arn ?? "")).sort(ownFirst);
  return (
    <ListTable
      title="Permissions policies"
      description={
        chosen.length === 0 ? `${title}: choose the policies to attach.` : `${title}: ${chosen.map((p) => p.PolicyName).join(", ")}`
      }
      load={load}
      items={items}
      id={(p) => p.Arn ?? ""}
      label={(p) => p.PolicyName ?? ""}
      select="multi"
      selected={chosen}
      onSelect={choose}
      pageSize={10}
      actions={
        <Button
          formAction="none"
          iconName="external"
          iconAlign="right"
          href={to("iam", "policies", "create")}
          target="_blank"
          ariaLabel="Create policy (opens a new tab)"
        >
          Create policy
        </Button>
      }
      columns={[
        {
          id: "name",
          header: "Policy name",
          cell: (p) => (
            <Link href={to("iam", "policies", p.Arn ?? "")} target="_blank">
              {p.PolicyName}
            </Link>
          ),
          text: (p) => p.PolicyName ?? "",
        },
        {
          id: "type",
          header: "Type",
          cell: (p) => policyType(p.Arn),
          text: (p) => policyType(p.Arn),
        },
        { id: "description", header: "Description", cell: (p) => p.Description ?? "-", text: (p) => p.Description ?? "" },
      ]}
      empty="No policies"
    />
  );
}
