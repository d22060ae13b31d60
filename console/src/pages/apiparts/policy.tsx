// Resource policy of an API.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import type { RestApi } from "../../api/apigateway_gen";
import { step, type Plan } from "../../api/step";
import { policyFault } from "../../editor/check";
import { CodeField } from "../../editor/code";
import { FormPage } from "../../shell/act";
import { pretty } from "../../shell/format";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";

export function ResourcePolicy({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  return (
    <Page
      info={apiInfo("Resource policy", { id, name: api.name })}
      description="Who may call the API, from where. Takes effect with the next deployment."
    >
      <Loaded load={api} what="the policy">
        {(a) => <PolicyForm key={a.policy} api={a} reload={api.reload} />}
      </Loaded>
    </Page>
  );
}

/** unescape reads the policy, which API Gateway gives with its quotes escaped. */
function unescape(policy: string | undefined): string {
  if (!policy) return "";
  try {
    return pretty(JSON.parse(`"${policy}"`) as string);
  } catch {
    return pretty(policy); // not escaped
  }
}

function PolicyForm({ api, reload }: { api: RestApi; reload: () => void }) {
  const was = unescape(api.policy);
  const [text, setText] = useState(was);
  const check = (t: string) => (t.trim() === "" ? undefined : policyFault(t, "resource"));
  const plan = (): Plan => [
    step("apigateway", "UpdateRestApi", { restApiId: api.id, patchOperations: [{ op: "replace", path: "/policy", value: text.trim() }] }),
  ];
  return (
    <FormPage
      plan={plan}
      submit="Save changes"
      success="The resource policy was saved. Deploy the API for this to take effect."
      check={() => check(text)?.message}
      cancel={to("apigateway", api.id, "resources")}
      done={() => {
        reload();
        return undefined;
      }}
      dirty={text !== was}
    >
      <Container header={<Header variant="h2">Policy details</Header>}>
        <CodeField
          label="Resource policy"
          description={
            <>
              Empty: none. A resource may be short, as in <span className="mono">execute-api:/*/GET/pets</span>.
            </>
          }
          language="json"
          value={text}
          onChange={setText}
          rows={16}
          check={check}
        />
      </Container>
    </FormPage>
  );
}
