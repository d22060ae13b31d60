// The settings of a method request.
import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Authorizer, RequestValidator } from "../../api/apigateway_gen";
import { Rows, SelectField, TextField, type Choice } from "../../shell/fields";
import { useList, type Load } from "../../shell/load";
import { validators, type MethodRequestForm, type Parameter } from "./methodrequest";

export function RequestFields({
  api,
  authorizers,
  own,
  form,
  set,
  open,
}: {
  api: string;
  authorizers: Load<Authorizer[]>;
  /** own are the API's validators */
  own: Load<RequestValidator[]>;
  form: MethodRequestForm;
  set: (f: MethodRequestForm) => void;
  open?: boolean;
}) {
  const part = (p: Partial<MethodRequestForm>) => set({ ...form, ...p });
  const models = useList("apigateway", "GetModels", { restApiId: api }, "items");
  const offered = [
    ...new Set([
      ...Object.keys(validators),
      ...(own.data ?? []).filter((v) => v.validateRequestBody || v.validateRequestParameters).map((v) => v.name ?? v.id),
      form.validator,
    ]),
  ];
  const auth: Choice[] = [
    { value: "NONE", label: "None" },
    { value: "AWS_IAM", label: "AWS IAM" },
    ...(authorizers.data ?? []).map((a) => ({ value: a.id, label: a.name, description: a.type })),
  ];
  const cognito = authorizers.data?.find((a) => a.id === form.authorization)?.type === "COGNITO_USER_POOLS";
  return (
    <SpaceBetween size="l">
      <SelectField
        label="Authorization"
        value={form.authorization}
        onChange={(authorization) => part({ authorization })}
        choices={auth}
        loading={authorizers.loading}
        failed={authorizers.error}
      />
      {cognito && (
        <TextField
          label="Authorization scopes"
          optional
          value={form.scopes}
          onChange={(scopes) => part({ scopes })}
          constraint="Separated by blanks"
        />
      )}
      <SelectField
        label="Request validator"
        value={form.validator}
        onChange={(validator) => part({ validator })}
        choices={offered.map((v) => ({ value: v }))}
      />
      <Checkbox checked={form.apiKey} onChange={(e) => part({ apiKey: e.detail.checked })}>
        API key required
      </Checkbox>
      <TextField
        label="Operation name"
        optional
        value={form.operationName}
        onChange={(operationName) => part({ operationName })}
        placeholder="GetPets"
      />
      <ParameterRows
        title="URL query string parameters"
        add="Add query string"
        kind="query string"
        rows={form.queryStrings}
        set={(queryStrings) => part({ queryStrings })}
        open={open}
      />
      <ParameterRows
        title="HTTP request headers"
        add="Add header"
        kind="header"
        rows={form.headers}
        set={(headers) => part({ headers })}
        open={open}
      />
      <ExpandableSection headerText="Request body" defaultExpanded={open || form.models.length > 0} headingTagOverride="h3">
        <Rows
          rows={form.models}
          onChange={(rows) => part({ models: rows })}
          empty="No request body models."
          add="Add model"
          blank={() => ({ contentType: "application/json", model: "" })}
        >
          {(m, setRow) => (
            <div className="fields">
              <TextField
                label="Content type"
                value={m.contentType}
                onChange={(contentType) => setRow({ ...m, contentType })}
                placeholder="application/json"
              />
              <SelectField
                label="Model"
                value={m.model}
                onChange={(model) => setRow({ ...m, model })}
                choices={(models.data ?? []).map((x) => x.name)}
                placeholder="Choose a model"
              />
            </div>
          )}
        </Rows>
      </ExpandableSection>
    </SpaceBetween>
  );
}

function ParameterRows({
  title,
  add,
  kind,
  rows,
  set,
  open,
}: {
  title: string;
  add: string;
  kind: string;
  rows: Parameter[];
  set: (rows: Parameter[]) => void;
  open?: boolean;
}) {
  return (
    <ExpandableSection headerText={title} defaultExpanded={open || rows.length > 0} headingTagOverride="h3">
      <Rows rows={rows} onChange={set} empty={`No ${kind}s.`} add={add} blank={() => ({ name: "", required: false, caching: false })}>
        {(p, setRow) => (
          <div className="fields">
            <TextField label="Name" value={p.name} onChange={(name) => setRow({ ...p, name })} />
            <div className="check">
              <Checkbox checked={p.required} onChange={(e) => setRow({ ...p, required: e.detail.checked })}>
                Required
              </Checkbox>
            </div>
            <div className="check">
              <Checkbox checked={p.caching} onChange={(e) => setRow({ ...p, caching: e.detail.checked })}>
                Caching
              </Checkbox>
            </div>
          </div>
        )}
      </Rows>
    </ExpandableSection>
  );
}
