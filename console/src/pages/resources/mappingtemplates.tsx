// Mapping templates by content type.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useRef, useState } from "react";
import { call } from "../../api/client";
import { CodeField } from "../../editor/code";
import { SelectField, TextField } from "../../shell/fields";
import { useList } from "../../shell/load";
import { notify } from "../../shell/notify";

export interface Template {
  contentType: string;
  template: string;
}

export function toTemplates(map: Record<string, string> | undefined): Template[] {
  return Object.entries(map ?? {}).map(([contentType, template]) => ({ contentType, template }));
}

export function fromTemplates(rows: Template[]): Record<string, string> {
  return Object.fromEntries(rows.map((r) => [r.contentType.trim(), r.template]));
}

export function wrongTemplates(rows: Template[]): string | undefined {
  const types = rows.map((r) => r.contentType.trim());
  if (types.includes("")) return "Enter a content type for each mapping template, or remove it.";
  const twice = types.find((t, i) => types.indexOf(t) !== i);
  return twice === undefined ? undefined : `There are two mapping templates for ${twice}.`;
}

export function MappingTemplates({
  api,
  rows,
  set,
  first,
}: {
  api: string;
  rows: Template[];
  set: (rows: Template[]) => void;
  first?: () => void;
}) {
  const models = useList("apigateway", "GetModels", { restApiId: api }, "items");
  const [generated, setGenerated] = useState<Record<number, string>>({});
  const change = (i: number, part: Partial<Template>) => set(rows.map((r, n) => (n === i ? { ...r, ...part } : r)));
  const latest = useRef(change);
  latest.current = change;
  const generate = async (i: number, model: string) => {
    setGenerated((g) => ({ ...g, [i]: model }));
    if (model === "") return;
    try {
      const out = await call("apigateway", "GetModelTemplate", { restApiId: api, modelName: model });
      latest.current(i, { template: out.value ?? "" }); // other things may have been typed meanwhile
    } catch (e) {
      notify("error", e instanceof Error ? e.message : String(e), undefined, `No template could be generated from ${model}`);
    }
  };
  return (
    <SpaceBetween size="l">
      {rows.length === 0 && <span className="quiet">No mapping templates.</span>}
      {rows.map((row, i) => (
        <SpaceBetween size="s" key={i}>
          <div className="row">
            <div className="fields">
              <TextField
                label="Content type"
                value={row.contentType}
                onChange={(contentType) => change(i, { contentType })}
                placeholder="application/json"
              />
              <SelectField
                label="Generate template"
                optional
                value={generated[i] ?? ""}
                onChange={(m) => void generate(i, m)}
                choices={(models.data ?? []).map((m) => m.name)}
                placeholder="From a model"
                loading={models.loading}
              />
            </div>
            <Button
              formAction="none"
              ariaLabel={`Remove mapping template ${i + 1}`}
              onClick={() => {
                setGenerated({}); // known by place
                set(rows.filter((_, n) => n !== i));
              }}
            >
              Remove
            </Button>
          </div>
          <CodeField
            label="Template body"
            language="velocity"
            value={row.template}
            onChange={(template) => change(i, { template })}
            rows={8}
          />
        </SpaceBetween>
      ))}
      <Button
        formAction="none"
        iconName="add-plus"
        onClick={() => {
          if (rows.length === 0) first?.();
          set([...rows, { contentType: rows.length === 0 ? "application/json" : "", template: "" }]);
        }}
      >
        Add mapping template
      </Button>
    </SpaceBetween>
  );
}

/** SecureDialog asks about the passthrough behaviour when the first template is added. */
export function SecureDialog({ open, answer }: { open: boolean; answer: (secure: boolean) => void }) {
  return (
    <Modal
      visible={open}
      onDismiss={() => answer(false)}
      header="Change passthrough behavior"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => answer(false)}>No, use current settings</Button>
            <Button variant="primary" onClick={() => answer(true)}>
              Yes, secure this integration
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      This integration lets request bodies pass through when no template fits their content type. With a template defined, only bodies that
      a template maps should reach the back end. Shall request body passthrough be set to "When there are no templates defined
      (recommended)"?
    </Modal>
  );
}
