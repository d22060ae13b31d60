// The set-up of an integration: which kind, and where it goes.
import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { list } from "../../api/list";
import { SelectField, SuggestField, TextField, ToggleField } from "../../shell/fields";
import { useLoad } from "../../shell/load";
import { regions } from "../../shell/region";
import { useRoles } from "../iam/load";
import { defaultTimeout, type IntegrationForm, type Kind } from "./integration";

const kinds: { value: Kind; label: string; description: string }[] = [
  { value: "LAMBDA", label: "Lambda function", description: "Your API calls a Lambda function." },
  { value: "HTTP", label: "HTTP", description: "Your API calls an HTTP endpoint." },
  { value: "MOCK", label: "Mock", description: "Your API answers from its mappings alone." },
  { value: "AWS", label: "AWS service", description: "Your API calls an action of an AWS service." },
  { value: "VPC_LINK", label: "VPC link", description: "Your API calls what a VPC link leads to." },
];

const services: Record<string, string> = {
  lambda: "Lambda",
  sqs: "Simple Queue Service (SQS)",
  sns: "Simple Notification Service (SNS)",
  dynamodb: "DynamoDB",
  s3: "Simple Storage Service (S3)",
  states: "Step Functions",
  kinesis: "Kinesis",
  firehose: "Firehose",
  events: "EventBridge Events",
  logs: "CloudWatch Logs",
  sts: "Security Token Service (STS)",
  iam: "IAM",
  ssm: "Systems Manager",
  secretsmanager: "Secrets Manager",
};

const verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"];

export function IntegrationFields({ form, set }: { form: IntegrationForm; set: (f: IntegrationForm) => void }) {
  const part = (p: Partial<IntegrationForm>) => set({ ...form, ...p });
  return (
    <SpaceBetween size="l">
      <FormField label="Integration type" stretch>
        <Tiles
          value={form.kind}
          columns={3}
          items={kinds}
          onChange={(e) => part({ kind: e.detail.value as Kind })}
          ariaLabel="Integration type"
        />
      </FormField>
      {form.kind === "LAMBDA" && <LambdaFields form={form} part={part} />}
      {(form.kind === "HTTP" || form.kind === "VPC_LINK") && (
        <SpaceBetween size="l">
          <ToggleField
            label="HTTP proxy integration"
            checked={form.proxy}
            onChange={(proxy) => part({ proxy })}
            description="Send the request to your HTTP endpoint as it came."
          />
          {form.kind === "VPC_LINK" && (
            <TextField
              label="VPC link"
              value={form.vpcLink}
              onChange={(vpcLink) => part({ vpcLink })}
              placeholder="ID, or ${stageVariables.vpcLinkId}"
            />
          )}
          <SelectField
            label="HTTP method"
            value={form.httpMethod}
            onChange={(httpMethod) => part({ httpMethod })}
            choices={verbs}
            placeholder="Choose a method"
          />
          <TextField label="Endpoint URL" value={form.url} onChange={(url) => part({ url })} placeholder="https://example.com/pets/{id}" />
        </SpaceBetween>
      )}
      {form.kind === "AWS" && <ServiceFields form={form} part={part} />}
      {form.kind !== "MOCK" && !((form.kind === "LAMBDA" || form.kind === "HTTP") && form.proxy) && (
        <SelectField
          label="Content handling"
          value={form.contentHandling}
          onChange={(c) => part({ contentHandling: c as IntegrationForm["contentHandling"] })}
          choices={[
            { value: "", label: "Passthrough" },
            { value: "CONVERT_TO_BINARY", label: "Convert to binary" },
            { value: "CONVERT_TO_TEXT", label: "Convert to text" },
          ]}
        />
      )}
      {form.kind !== "MOCK" && (
        <SpaceBetween size="xs">
          <ToggleField
            label="Default timeout"
            checked={form.defaultTimeout}
            onChange={(on) => part({ defaultTimeout: on })}
            description="The default timeout is 29 seconds."
          />
          {!form.defaultTimeout && (
            <TextField
              label="Timeout in milliseconds"
              value={form.timeout}
              onChange={(timeout) => part({ timeout })}
              inputMode="numeric"
              constraint={`50 to ${defaultTimeout}`}
            />
          )}
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

interface Part {
  form: IntegrationForm;
  part: (p: Partial<IntegrationForm>) => void;
}

function LambdaFields({ form, part }: Part) {
  const functions = useLoad(`functions in ${form.lambdaRegion}`, (signal) =>
    list("lambda", "ListFunctions", {}, "Functions", signal, { region: form.lambdaRegion }),
  );
  return (
    <SpaceBetween size="l">
      <ToggleField
        label="Lambda proxy integration"
        checked={form.proxy}
        onChange={(proxy) => part({ proxy })}
        description="Send the request to your Lambda function as a structured event."
      />
      <SelectField
        label="Lambda region"
        value={form.lambdaRegion}
        onChange={(lambdaRegion) => part({ lambdaRegion })}
        choices={regionChoices(form.lambdaRegion)}
        filter
      />
      <SuggestField
        label="Lambda function"
        description="Choose a function, or enter a name or an ARN; an alias or version may follow."
        value={form.lambda}
        onChange={(lambda) => part({ lambda })}
        choices={(functions.data ?? []).map((f) => ({ value: f.FunctionArn, label: f.FunctionName, description: f.FunctionArn }))}
        placeholder="Find a function"
        empty="No functions in this region"
        loading={functions.loading}
        failed={functions.error}
      />
      <TextField
        label="Execution role"
        optional
        value={form.role}
        onChange={(role) => part({ role })}
        placeholder="arn:aws:iam::000000000000:role/my-role"
        description="Instead of a permission on the function: the role that API Gateway takes on to call it."
      />
      {form.role.trim() === "" && form.lambda.trim() !== "" && !form.lambda.includes("${stageVariables.") && (
        <Alert type="info">When you save, you are asked to grant API Gateway permission to invoke your Lambda function.</Alert>
      )}
      {form.lambda.includes("${stageVariables.") && (
        <Alert type="info">
          The function's name comes from a stage variable: add the permission to each function that it can name, on the function's page
          under Configuration, Permissions.
        </Alert>
      )}
    </SpaceBetween>
  );
}

function regionChoices(more: string) {
  return [...new Set([...Object.keys(regions), more])].map((value) => ({ value, label: value, description: regions[value] }));
}

function ServiceFields({ form, part }: Part) {
  const roles = useRoles();
  return (
    <SpaceBetween size="l">
      <SelectField
        label="AWS Region"
        value={form.region}
        onChange={(region) => part({ region })}
        choices={regionChoices(form.region)}
        filter
      />
      <SelectField
        label="AWS service"
        value={form.service}
        onChange={(service) => part({ service })}
        filter
        placeholder="Choose a service"
        choices={[...new Set([...Object.keys(services), ...(form.service === "" ? [] : [form.service])])].map((value) => ({
          value,
          label: services[value] ?? value,
          description: value,
        }))}
      />
      <TextField label="AWS subdomain" optional value={form.subdomain} onChange={(subdomain) => part({ subdomain })} />
      <SelectField
        label="HTTP method"
        value={form.httpMethod}
        onChange={(httpMethod) => part({ httpMethod })}
        choices={verbs}
        placeholder="Choose a method"
      />
      <FormField label="Action type" stretch>
        <Tiles
          value={form.actionType}
          ariaLabel="Action type"
          items={[
            { value: "action", label: "Use action name" },
            { value: "path", label: "Use path override" },
          ]}
          onChange={(e) => part({ actionType: e.detail.value as "path" | "action" })}
        />
      </FormField>
      {form.actionType === "action" ? (
        <TextField label="Action name" value={form.action} onChange={(action) => part({ action })} placeholder="SendMessage" />
      ) : (
        <TextField
          label="Path override"
          optional
          value={form.path}
          onChange={(path) => part({ path })}
          placeholder="/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:Calc/invocations"
        />
      )}
      <SuggestField
        label="Execution role"
        description="The ARN of the role that API Gateway takes on for the call."
        value={form.role}
        onChange={(role) => part({ role })}
        choices={(roles.data ?? []).map((r) => ({ value: r.Arn, description: r.RoleName }))}
        placeholder="arn:aws:iam::000000000000:role/my-role"
        empty="No roles"
        loading={roles.loading}
        failed={roles.error}
      />
    </SpaceBetween>
  );
}
