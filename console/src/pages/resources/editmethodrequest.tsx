// Edit method request.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import type { RequestValidator } from "../../api/apigateway_gen";
import { step, type Plan } from "../../api/step";
import { FormPage } from "../../shell/act";
import { useList, type Load } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import type { Params } from "../../shell/router";
import { apiInfo, useApi } from "./api";
import { authorizationOf, validatorPlan } from "./createmethod";
import { place, useMethod, type MethodOf } from "./load";
import { patchCacheKeys, patchMethod, toRequestForm, wrongRequest } from "./methodrequest";
import { RequestFields } from "./requestfields";

export function EditMethodRequest({ params }: { params: Params }) {
  const p = place(params, "method-request");
  const api = useApi(p.api);
  const method = useMethod(p.api, p.resource, p.verb);
  const own = useList("apigateway", "GetRequestValidators", { restApiId: p.api }, "items");
  return (
    <Page
      info={apiInfo("Edit method request", { id: p.api, name: api.name }, ...p.crumbs)}
      description={method.data && `${p.verb} ${method.data.resource.path}`}
    >
      <Loaded load={method} what="the method">
        {(m) => (
          <Loaded load={own} what="the validators">
            {(validators) => <RequestForm p={p} of={m} own={{ ...own, data: validators }} />}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function RequestForm({
  p,
  of,
  own,
}: {
  p: ReturnType<typeof place>;
  of: MethodOf;
  own: Load<RequestValidator[]> & { data: RequestValidator[] };
}) {
  const { method, resource } = of;
  const [was] = useState(() => toRequestForm(method, own.data));
  const [form, setForm] = useState(was);
  const authorizers = useList("apigateway", "GetAuthorizers", { restApiId: p.api }, "items");
  const plan = (): Plan => {
    const same = form.validator === was.validator;
    const v = same ? { plan: [], id: () => method.requestValidatorId } : validatorPlan(p.api, form.validator, own.data);
    const keys = patchCacheKeys(method.methodIntegration, form);
    const dropped = keys.filter((k) => k.op === "remove");
    const added = keys.filter((k) => k.op === "add");
    const auth =
      form.authorization === was.authorization
        ? { type: method.authorizationType, authorizerId: method.authorizerId }
        : authorizationOf(form.authorization, authorizers.data ?? []);
    return [
      ...v.plan,
      ...(dropped.length > 0 ? [step("apigateway", "UpdateIntegration", { ...p.at, patchOperations: dropped })] : []),
      (done) => {
        const patchOperations = patchMethod(method, form, auth, v.id(done) ?? "");
        return patchOperations.length === 0 ? undefined : step("apigateway", "UpdateMethod", { ...p.at, patchOperations });
      },
      ...(added.length > 0 ? [step("apigateway", "UpdateIntegration", { ...p.at, patchOperations: added })] : []),
    ];
  };
  return (
    <FormPage
      plan={plan}
      submit="Save"
      success={`The method request of ${p.verb} ${resource.path} was saved. Deploy the API for this to take effect.`}
      check={() => wrongRequest(form)}
      cancel={p.back}
      done={() => p.back}
      dirty={JSON.stringify(form) !== JSON.stringify(was)}
    >
      <Container header={<Header variant="h2">Method request settings</Header>}>
        <RequestFields api={p.api} authorizers={authorizers} own={own} form={form} set={setForm} open />
      </Container>
    </FormPage>
  );
}
