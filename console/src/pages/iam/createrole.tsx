// Create role: trusted entity, permissions, name.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";
import type { Policy } from "../../api/iam_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { AreaField, SelectField, TextField } from "../../shell/fields";
import { pretty } from "../../shell/format";
import { Page } from "../../shell/page";
import { to } from "../../shell/router";
import { iamInfo, rolesCrumb } from "./info";
import { usePolicies } from "./load";
import { faultText, PolicyField } from "./policies";
import { PolicyChoice } from "./policychoice";
import { serviceTrust } from "./trust";

const useCases: { value: string; label: string; description: string }[] = [
  { value: "lambda.amazonaws.com", label: "Lambda", description: "Allows Lambda functions to call AWS services on your behalf." },
  { value: "apigateway.amazonaws.com", label: "API Gateway", description: "Allows API Gateway to call AWS services on your behalf." },
  { value: "events.amazonaws.com", label: "EventBridge", description: "Allows EventBridge to call AWS services on your behalf." },
  { value: "states.amazonaws.com", label: "Step Functions", description: "Allows Step Functions to call AWS services on your behalf." },
];

export function CreateRole() {
  const policies = usePolicies();
  const [entity, setEntity] = useState("service");
  const [service, setService] = useState("lambda.amazonaws.com");
  const [account, setAccount] = useState("");
  const [custom, setCustom] = useState(() => pretty(serviceTrust("lambda.amazonaws.com", "apigateway.amazonaws.com")));
  const [chosen, setChosen] = useState<Policy[]>([]);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const trust = () => {
    if (entity === "service") return serviceTrust(service);
    if (entity === "account")
      return JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: account.trim() }, Action: "sts:AssumeRole" }],
      });
    return custom;
  };
  const plan = (): Plan => [
    step("iam", "CreateRole", { RoleName: name.trim(), AssumeRolePolicyDocument: trust(), Description: description.trim() || undefined }),
    ...chosen.map((p) => step("iam", "AttachRolePolicy", { RoleName: name.trim(), PolicyArn: p.Arn ?? "" })),
  ];
  const check = () => {
    if (entity === "account" && !/^\d{12}$/.test(account.trim())) return "An account ID has 12 digits.";
    if (entity === "custom") {
      const fault = faultText(custom, "trust");
      if (fault) return fault;
    }
    return name.trim() === "" ? "Enter a role name." : undefined;
  };
  return (
    <Page info={iamInfo("Create role", rolesCrumb)}>
      <FormPage
        plan={plan}
        submit="Create role"
        success={`The role ${name} was created.`}
        check={check}
        cancel={to("iam", "roles")}
        done={() => to("iam", "roles", name.trim())}
        dirty={name !== "" || chosen.length > 0}
      >
        <Container header={<Header variant="h2">Select trusted entity</Header>}>
          <SpaceBetween size="l">
            <FormField label="Trusted entity type" stretch>
              <Tiles
                value={entity}
                onChange={(e) => setEntity(e.detail.value)}
                ariaLabel="Trusted entity type"
                columns={3}
                items={[
                  {
                    value: "service",
                    label: "AWS service",
                    description: "Allow AWS services like Lambda or API Gateway to perform actions in this account.",
                  },
                  {
                    value: "account",
                    label: "AWS account",
                    description: "Allow entities in an AWS account to perform actions in this account.",
                  },
                  { value: "custom", label: "Custom trust policy", description: "Write the trust policy yourself." },
                ]}
              />
            </FormField>
            {entity === "service" && (
              <SelectField
                label="Use case"
                description="The service that will use this role."
                value={service}
                onChange={setService}
                choices={useCases}
              />
            )}
            {entity === "account" && (
              <TextField label="Account ID" value={account} onChange={setAccount} inputMode="numeric" placeholder="000000000000" />
            )}
            {entity === "custom" && <PolicyField label="Custom trust policy" value={custom} onChange={setCustom} kind="trust" />}
          </SpaceBetween>
        </Container>
        <PolicyChoice title="Add permissions" load={policies} chosen={chosen} choose={setChosen} />
        <Container header={<Header variant="h2">Role details</Header>}>
          <SpaceBetween size="l">
            <TextField label="Role name" value={name} onChange={setName} constraint="Letters, digits and +=,.@-_" />
            <AreaField label="Description" optional value={description} onChange={setDescription} rows={2} />
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}
