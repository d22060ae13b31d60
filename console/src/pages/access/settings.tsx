// Settings of API Gateway for the account.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { useState } from "react";
import type { Account } from "../../api/apigateway_gen";
import { step } from "../../api/step";
import { FormPage } from "../../shell/act";
import { SuggestField } from "../../shell/fields";
import { useCall } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to } from "../../shell/router";
import { useRoles } from "../iam/load";

export function AccountSettings() {
  const account = useCall("apigateway", "GetAccount", {});
  return (
    <Page
      info={{ title: "Settings", service: "apigateway", crumbs: [{ text: "API Gateway", href: to("apigateway") }] }}
      description="For all APIs of this account in this region."
    >
      <Loaded load={account} what="the settings">
        {(a) => <SettingsForm account={a} reload={account.reload} />}
      </Loaded>
    </Page>
  );
}

function SettingsForm({ account, reload }: { account: Account; reload: () => void }) {
  const was = account.cloudwatchRoleArn ?? "";
  const [role, setRole] = useState(was);
  const roles = useRoles();
  return (
    <FormPage
      plan={() => [
        step("apigateway", "UpdateAccount", { patchOperations: [{ op: "replace", path: "/cloudwatchRoleArn", value: role.trim() }] }),
      ]}
      submit="Save changes"
      success="The settings were saved."
      cancel={to("apigateway")}
      done={() => {
        reload();
        return undefined;
      }}
      dirty={role !== was}
    >
      <Container header={<Header variant="h2">Account details</Header>}>
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Throttling rate", value: `${account.throttleSettings?.rateLimit ?? "-"} requests per second` },
            { label: "Throttling burst", value: `${account.throttleSettings?.burstLimit ?? "-"} requests` },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Logging</Header>}>
        <SuggestField
          label="CloudWatch log role ARN"
          description="The role that API Gateway takes on to write logs; its trust policy names apigateway.amazonaws.com."
          value={role}
          onChange={setRole}
          choices={(roles.data ?? []).map((r) => ({ value: r.Arn, description: r.RoleName }))}
          placeholder="arn:aws:iam::000000000000:role/my-role"
          empty="No roles"
          loading={roles.loading}
          failed={roles.error}
        />
      </Container>
    </FormPage>
  );
}
