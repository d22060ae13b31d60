// IAM dashboard: what there is.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Copyable } from "../../shell/copy";
import { useCall, useList } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to } from "../../shell/router";
import { isManagedByAws, usePolicies, useRoles } from "./load";

export function Dashboard() {
  const roles = useRoles();
  const policies = usePolicies();
  const users = useList("iam", "ListUsers", {}, "Users");
  const identity = useCall("sts", "GetCallerIdentity", {});
  return (
    <Page info={{ title: "IAM Dashboard", service: "iam", crumbs: [{ text: "IAM", href: to("iam") }] }}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">IAM resources</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: "Users", value: <Link href={to("iam", "users")}>{users.data?.length ?? "-"}</Link> },
              { label: "Roles", value: <Link href={to("iam", "roles")}>{roles.data?.length ?? "-"}</Link> },
              {
                label: "Policies",
                value: (
                  <Link href={to("iam", "policies")}>
                    {policies.data ? `${policies.data.filter((p) => !isManagedByAws(p.Arn)).length} customer managed` : "-"}
                  </Link>
                ),
              },
            ]}
          />
        </Container>
        <Container header={<Header variant="h2">AWS account</Header>}>
          <Loaded load={identity} what="the account">
            {(i) => (
              <KeyValuePairs
                columns={2}
                items={[
                  {
                    label: "Account ID",
                    value: (
                      <span className="mono">
                        <Copyable text={i.Account ?? ""} what="account ID" />
                      </span>
                    ),
                  },
                  { label: "You are", value: <span className="mono">{i.Arn}</span> },
                ]}
              />
            )}
          </Loaded>
        </Container>
      </SpaceBetween>
    </Page>
  );
}
