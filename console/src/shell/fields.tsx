// Form fields with their label, in one line each.
import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import Toggle from "@cloudscape-design/components/toggle";
import type { ReactNode } from "react";

interface Common {
  label: string;
  description?: ReactNode;
  constraint?: ReactNode;
  error?: string;
  optional?: boolean;
}

function name(label: string, optional?: boolean): ReactNode {
  return optional ? (
    <>
      {label} <i>- optional</i>
    </>
  ) : (
    label
  );
}

export function TextField({
  label,
  value,
  onChange,
  description,
  constraint,
  error,
  optional,
  ...rest
}: Common & {
  value: string;
  onChange: (v: string) => void;
  placeholder?: string;
  type?: InputProps.Type;
  inputMode?: InputProps.InputMode;
  disabled?: boolean;
  autoFocus?: boolean;
}) {
  return (
    <FormField label={name(label, optional)} description={description} constraintText={constraint} errorText={error} stretch={false}>
      <Input value={value} onChange={(e) => onChange(e.detail.value)} spellcheck={false} autoComplete={false} {...rest} />
    </FormField>
  );
}

export function AreaField({
  label,
  value,
  onChange,
  description,
  optional,
  rows = 3,
  placeholder,
  error,
  stretch,
}: Common & {
  value: string;
  onChange: (v: string) => void;
  rows?: number;
  placeholder?: string;
  stretch?: boolean;
}) {
  return (
    <FormField label={name(label, optional)} description={description} errorText={error} stretch={stretch}>
      <Textarea value={value} rows={rows} placeholder={placeholder} spellcheck={false} onChange={(e) => onChange(e.detail.value)} />
    </FormField>
  );
}

export type Choice = string | { value: string; label?: string; description?: string; tags?: string[]; disabled?: boolean };

export function options(choices: Choice[]): SelectProps.Option[] {
  return choices.map((c) => (typeof c === "string" ? { value: c, label: c } : { ...c, label: c.label ?? c.value }));
}

export function SelectField({
  label,
  value,
  onChange,
  choices,
  description,
  constraint,
  error,
  optional,
  placeholder,
  filter,
  disabled,
  empty,
  loading,
  failed,
  refresh,
}: Common & {
  value: string;
  onChange: (v: string) => void;
  choices: Choice[];
  placeholder?: string;
  filter?: boolean;
  disabled?: boolean;
  empty?: string;
  loading?: boolean;
  failed?: Error;
  refresh?: () => void;
}) {
  const all = options(choices);
  const selected = all.find((o) => o.value === value) ?? (value === "" ? null : { value, label: value });
  return (
    <FormField
      label={name(label, optional)}
      description={description}
      constraintText={constraint}
      errorText={error}
      secondaryControl={refresh && <Button formAction="none" iconName="refresh" ariaLabel={`Refresh ${label}`} onClick={refresh} />}
    >
      <Select
        selectedOption={selected}
        options={all}
        onChange={(e) => onChange(e.detail.selectedOption.value ?? "")}
        placeholder={placeholder}
        disabled={disabled}
        empty={empty ?? "Nothing to choose from"}
        statusType={loading ? "loading" : failed ? "error" : "finished"}
        loadingText="Loading"
        errorText={failed?.message}
        errorIconAriaLabel="Error"
        filteringType={filter ? "auto" : "none"}
        filteringAriaLabel="Filter"
        filteringPlaceholder="Find"
      />
    </FormField>
  );
}

/** SuggestField takes what is chosen or what is typed. */
export function SuggestField({
  label,
  value,
  onChange,
  choices,
  description,
  constraint,
  error,
  optional,
  placeholder,
  empty,
  loading,
  failed,
}: Common & {
  value: string;
  onChange: (v: string) => void;
  choices: Choice[];
  placeholder?: string;
  empty: string;
  loading?: boolean;
  failed?: Error;
}) {
  return (
    <FormField label={name(label, optional)} description={description} constraintText={constraint} errorText={error}>
      <Autosuggest
        value={value}
        options={choices.map((c) => (typeof c === "string" ? { value: c } : c))}
        onChange={(e) => onChange(e.detail.value)}
        enteredTextLabel={(v) => `Use: "${v}"`}
        placeholder={placeholder}
        statusType={loading ? "loading" : failed ? "error" : "finished"}
        loadingText="Loading"
        errorText={failed?.message}
        empty={empty}
        ariaLabel={label}
        clearAriaLabel={`Clear ${label}`}
      />
    </FormField>
  );
}

export function ToggleField({
  label,
  checked,
  onChange,
  description,
  disabled,
}: {
  label: string;
  checked: boolean;
  onChange: (v: boolean) => void;
  description?: ReactNode;
  disabled?: boolean;
}) {
  return (
    <Toggle checked={checked} disabled={disabled} description={description} onChange={(e) => onChange(e.detail.checked)}>
      {label}
    </Toggle>
  );
}

/** Rows edits a list of same-shaped rows. */
export function Rows<T>({
  rows,
  onChange,
  empty,
  add,
  blank,
  children,
  removeLabel = "Remove",
}: {
  rows: T[];
  onChange: (rows: T[]) => void;
  empty: string;
  add: string;
  blank: () => T;
  children: (row: T, set: (row: T) => void, i: number) => ReactNode;
  removeLabel?: string;
}) {
  const set = (i: number) => (row: T) => onChange(rows.map((r, n) => (n === i ? row : r)));
  return (
    <SpaceBetween size="s">
      {rows.length === 0 && <span className="quiet">{empty}</span>}
      {rows.map((row, i) => (
        <div className="row" key={i}>
          {children(row, set(i), i)}
          <div className="row-remove">
            <Button formAction="none" ariaLabel={`${removeLabel} ${i + 1}`} onClick={() => onChange(rows.filter((_, n) => n !== i))}>
              {removeLabel}
            </Button>
          </div>
        </div>
      ))}
      <Button formAction="none" iconName="add-plus" onClick={() => onChange([...rows, blank()])}>
        {add}
      </Button>
    </SpaceBetween>
  );
}
