// Create function.
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { useState } from "react";
import { bytesToBase64 } from "../../api/cli";
import { uuid } from "../../api/uuid";
import { output, step, undoable, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { SelectField, SuggestField, TextField } from "../../shell/fields";
import { Page } from "../../shell/page";
import { to } from "../../shell/router";
import { useAccount } from "../resources/api";
import { useRoles } from "../iam/load";
import { lambdaTrust } from "../iam/trust";
import { runtimes, starter } from "./runtimes";
import { newEntry, zip } from "./zip";

const basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

export function CreateFunction() {
  const [name, setName] = useState("");
  const [runtime, setRuntime] = useState("nodejs22.x");
  const [architecture, setArchitecture] = useState("x86_64");
  const [roleKind, setRoleKind] = useState("new");
  const [role, setRole] = useState("");
  const [suffix] = useState(() => uuid().slice(0, 8));
  const roles = useRoles(roleKind === "existing");
  const account = useAccount();
  const start = starter(runtime);
  const roleName = `${name.trim()}-role-${suffix}`;

  const packed = async () => {
    const entry = newEntry(start.file, start.text);
    if (start.executable) entry.attributes = (0o100755 << 16) >>> 0;
    return bytesToBase64(await zip([entry]));
  };
  const make = (Role: string, ZipFile: string) =>
    step("lambda", "CreateFunction", {
      FunctionName: name.trim(),
      Runtime: runtime,
      Role,
      Handler: start.handler,
      Architectures: [architecture],
      Code: { ZipFile },
    });
  // In a preview the role does not exist yet, but its ARN is known.
  const roleArn = (made: unknown) => {
    const role: unknown = output("iam", "CreateRole", made).Role;
    return typeof role === "object" && role !== null
      ? (role as { Arn: string }).Arn
      : `arn:aws:iam::${account}:role/service-role/${roleName}`;
  };
  const plan = (): Plan => {
    // The code is zipped when the step runs; a command names a file anyway.
    const create = (arn: string) => ({ ...make(arn, ""), run: async () => make(arn, await packed()).run() });
    if (roleKind === "existing") return [create(role.trim())];
    return [
      undoable(
        step("iam", "CreateRole", { RoleName: roleName, Path: "/service-role/", AssumeRolePolicyDocument: lambdaTrust }),
        step("iam", "DeleteRole", { RoleName: roleName }),
      ),
      undoable(
        step("iam", "AttachRolePolicy", { RoleName: roleName, PolicyArn: basic }),
        step("iam", "DetachRolePolicy", { RoleName: roleName, PolicyArn: basic }),
      ),
      (done) => create(roleArn(done[0])),
    ];
  };
  const check = () => {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name.trim())) return "A function's name has 1 to 64 letters, digits, - and _.";
    if (roleKind === "existing" && role.trim() === "") return "Choose the existing role.";
    return undefined;
  };
  return (
    <Page
      info={{
        title: "Create function",
        service: "lambda",
        crumbs: [
          { text: "Lambda", href: to("lambda") },
          { text: "Functions", href: to("lambda") },
        ],
      }}
    >
      <FormPage
        plan={plan}
        submit="Create function"
        success={`The function ${name} was created.`}
        check={check}
        cancel={to("lambda")}
        done={() => to("lambda", "functions", name.trim())}
        dirty={name !== ""}
      >
        <Tiles
          value="scratch"
          ariaLabel="How to create it"
          onChange={() => {}}
          items={[{ value: "scratch", label: "Author from scratch", description: "Start with a simple Hello World example." }]}
        />
        <Container header={<Header variant="h2">Basic information</Header>}>
          <SpaceBetween size="l">
            <TextField
              label="Function name"
              value={name}
              onChange={setName}
              placeholder="myFunctionName"
              constraint="Letters, digits, - and _"
              autoFocus
            />
            <SelectField
              label="Runtime"
              value={runtime}
              onChange={setRuntime}
              choices={runtimes}
              description="The language to write your function in."
            />
            <FormField label="Architecture">
              <RadioGroup
                value={architecture}
                onChange={(e) => setArchitecture(e.detail.value)}
                items={[
                  { value: "x86_64", label: "x86_64" },
                  { value: "arm64", label: "arm64" },
                ]}
              />
            </FormField>
          </SpaceBetween>
        </Container>
        <Container
          header={
            <Header variant="h2" description="What the function may do with AWS services.">
              Permissions
            </Header>
          }
        >
          <SpaceBetween size="l">
            <FormField label="Execution role">
              <RadioGroup
                value={roleKind}
                onChange={(e) => setRoleKind(e.detail.value)}
                items={[
                  {
                    value: "new",
                    label: "Create a new role with basic Lambda permissions",
                    description: name === "" ? undefined : roleName,
                  },
                  { value: "existing", label: "Use an existing role" },
                ]}
              />
            </FormField>
            {roleKind === "existing" && (
              <SuggestField
                label="Existing role"
                description="Choose a role, or enter its ARN. Its trust policy must name lambda.amazonaws.com."
                value={role}
                onChange={setRole}
                choices={(roles.data ?? []).map((r) => ({ value: r.Arn, label: r.RoleName, description: r.Arn }))}
                placeholder="Choose a role"
                empty="No roles"
                loading={roles.loading}
                failed={roles.error}
              />
            )}
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}
