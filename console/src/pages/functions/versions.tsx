// Versions and aliases of a function.
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { AliasConfiguration, FunctionConfiguration } from "../../api/lambda_gen";
import { step, type Plan } from "../../api/step";
import { Dialog } from "../../shell/dialog";
import { SelectField, TextField } from "../../shell/fields";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";
import type { FunctionProps } from "./detail";

export function VersionsTab({ name, ask }: FunctionProps) {
  const versions = useList("lambda", "ListVersionsByFunction", { FunctionName: name }, "Versions");
  const [selected, setSelected] = useState<FunctionConfiguration[]>([]);
  const one = selected[0];
  const publish = () =>
    ask({
      title: "Publish new version",
      text: "A version keeps the code and the configuration as they are now.",
      submit: "Publish",
      plan: [step("lambda", "PublishVersion", { FunctionName: name })],
      success: `A version of ${name} was published.`,
      done: versions.reload,
    });
  const remove = (version: string) =>
    ask({
      title: `Delete version ${version}?`,
      text: "A version that an alias points to cannot be deleted.",
      plan: [step("lambda", "DeleteFunction", { FunctionName: name, Qualifier: version })],
      success: `Version ${version} was deleted.`,
      done: () => {
        setSelected([]);
        versions.reload();
      },
    });
  return (
    <ListTable
      title="Versions"
      load={versions}
      items={versions.data?.toReversed()}
      id={(v) => v.Version}
      label={(v) => v.Version}
      select="single"
      selected={selected}
      onSelect={setSelected}
      actions={
        <>
          <Button disabled={!one || one.Version === "$LATEST"} onClick={() => one && remove(one.Version)}>
            Delete
          </Button>
          <Button onClick={publish}>Publish new version</Button>
        </>
      }
      columns={[
        { id: "version", header: "Version", cell: (v) => v.Version, text: (v) => v.Version },
        { id: "description", header: "Description", cell: (v) => v.Description || "-", text: (v) => v.Description ?? "" },
        { id: "modified", header: "Last modified", cell: (v) => when(v.LastModified), text: (v) => v.LastModified ?? "" },
        { id: "runtime", header: "Runtime", cell: (v) => v.Runtime ?? "-", text: (v) => v.Runtime ?? "" },
      ]}
      empty="No versions"
    />
  );
}

export function AliasesTab({ name, ask }: FunctionProps) {
  const aliases = useList("lambda", "ListAliases", { FunctionName: name }, "Aliases");
  const [selected, setSelected] = useState<AliasConfiguration[]>([]);
  const [editing, setEditing] = useState<"new" | AliasConfiguration>();
  const one = selected[0];
  const weights = (a: AliasConfiguration) =>
    Object.entries(a.RoutingConfig?.AdditionalVersionWeights ?? {})
      .map(([v, w]) => `${v}: ${w * 100} %`)
      .join(", ");
  return (
    <>
      <ListTable
        title="Aliases"
        load={aliases}
        items={aliases.data}
        id={(a) => a.Name}
        label={(a) => a.Name}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button
              disabled={!one}
              onClick={() =>
                one &&
                ask({
                  title: `Delete the alias ${one.Name}?`,
                  text: "Who calls the function by this name gets an error from then on.",
                  plan: [step("lambda", "DeleteAlias", { FunctionName: name, Name: one.Name })],
                  success: `The alias ${one.Name} was deleted.`,
                  done: () => {
                    setSelected([]);
                    aliases.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            <Button disabled={!one} onClick={() => setEditing(one)}>
              Edit
            </Button>
            <Button onClick={() => setEditing("new")}>Create alias</Button>
          </>
        }
        columns={[
          { id: "name", header: "Name", cell: (a) => a.Name, text: (a) => a.Name },
          {
            id: "version",
            header: "Version",
            cell: (a) => [a.FunctionVersion, weights(a)].filter(Boolean).join("; "),
            text: (a) => a.FunctionVersion,
          },
          { id: "description", header: "Description", cell: (a) => a.Description || "-", text: (a) => a.Description ?? "" },
        ]}
        empty="No aliases"
        emptyText="An alias is a name that points to a version."
      />
      {editing && (
        <AliasDialog
          name={name}
          alias={editing === "new" ? undefined : editing}
          close={() => setEditing(undefined)}
          done={aliases.reload}
        />
      )}
    </>
  );
}

function AliasDialog({ name, alias, close, done }: { name: string; alias?: AliasConfiguration; close: () => void; done: () => void }) {
  const versions = useList("lambda", "ListVersionsByFunction", { FunctionName: name }, "Versions");
  const [aliasName, setAliasName] = useState(alias?.Name ?? "");
  const [version, setVersion] = useState(alias?.FunctionVersion ?? "$LATEST");
  const [description, setDescription] = useState(alias?.Description ?? "");
  const plan = (): Plan => {
    const input = { FunctionName: name, Name: aliasName.trim(), FunctionVersion: version, Description: description.trim() };
    return [alias ? step("lambda", "UpdateAlias", input) : step("lambda", "CreateAlias", input)];
  };
  return (
    <Dialog
      title={alias ? `Edit the alias ${alias.Name}` : "Create alias"}
      submit="Save"
      ready={aliasName.trim() !== ""}
      plan={plan}
      success={`The alias ${aliasName.trim()} was saved.`}
      close={close}
      done={done}
    >
      <TextField label="Name" value={aliasName} onChange={setAliasName} disabled={alias !== undefined} />
      <SelectField
        label="Version"
        value={version}
        onChange={setVersion}
        choices={(versions.data ?? []).map((v) => v.Version).toReversed()}
        loading={versions.loading}
        failed={versions.error}
      />
      <TextField label="Description" optional value={description} onChange={setDescription} />
    </Dialog>
  );
}
