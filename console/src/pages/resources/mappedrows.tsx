// Rows of a name and what it is mapped from.
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { Rows, TextField } from "../../shell/fields";

export interface Mapped {
  name: string;
  from: string;
}

/** toMapped takes the members of a map that have a prefix. */
export function toMapped(map: Record<string, string> | undefined, prefix: string): Mapped[] {
  return Object.entries(map ?? {})
    .filter(([k]) => k.startsWith(prefix))
    .map(([k, from]) => ({ name: k.slice(prefix.length), from }));
}

export function fromMapped(rows: Mapped[], prefix: string): Record<string, string> {
  return Object.fromEntries(rows.filter((r) => r.name !== "").map((r) => [prefix + r.name, r.from]));
}

export function MappedRows({
  title,
  add,
  rows,
  set,
  placeholder,
  constraint,
  nameLabel = "Name",
  fromLabel = "Mapped from",
  open,
}: {
  title: string;
  add: string;
  rows: Mapped[];
  set: (rows: Mapped[]) => void;
  placeholder: string;
  constraint?: string;
  nameLabel?: string;
  fromLabel?: string;
  open?: boolean;
}) {
  return (
    <ExpandableSection headerText={title} defaultExpanded={open || rows.length > 0} headingTagOverride="h3">
      <Rows rows={rows} onChange={set} empty="None." add={add} blank={() => ({ name: "", from: "" })}>
        {(m, setRow) => (
          <div className="fields">
            <TextField label={nameLabel} value={m.name} onChange={(name) => setRow({ ...m, name })} />
            <TextField
              label={fromLabel}
              value={m.from}
              onChange={(from) => setRow({ ...m, from })}
              placeholder={placeholder}
              constraint={constraint}
            />
          </div>
        )}
      </Rows>
    </ExpandableSection>
  );
}
