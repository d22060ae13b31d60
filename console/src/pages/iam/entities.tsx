// The list of users and that of groups: a name to make one, a question to delete one.
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";
import type { Step } from "../../api/step";
import { Dialog } from "../../shell/dialog";
import { EntityList } from "../../shell/entitylist";
import { TextField } from "../../shell/fields";
import { when } from "../../shell/format";
import type { Load } from "../../shell/load";
import { usePage } from "../../shell/page";
import { to } from "../../shell/router";
import { iamInfo } from "./info";

export interface Kind<T> {
  /** noun names one of them */
  noun: "user" | "group";
  title: string;
  description: string;
  page: string;
  name: (item: T) => string;
  create: (name: string) => Step;
  delete: (name: string) => Step;
  /** first is what has to be done before one can be deleted */
  first: string;
}

export function Entities<T extends { Arn: string; CreateDate: number }>({ kind, load }: { kind: Kind<T>; load: Load<T[]> }) {
  usePage(iamInfo(kind.title));
  const [creating, setCreating] = useState(false);
  const { noun, name } = kind;
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      Create {noun}
    </Button>
  );
  return (
    <>
      <EntityList
        title={kind.title}
        headingVariant="h1"
        description={kind.description}
        load={load}
        items={load.data}
        id={name}
        label={name}
        remove={(e, ask) =>
          ask({
            title: `Delete ${name(e)}?`,
            text: kind.first,
            word: "confirm",
            plan: [kind.delete(name(e))],
            success: `The ${noun} ${name(e)} was deleted.`,
          })
        }
        add={create}
        columns={[
          {
            id: "name",
            header: label(noun),
            cell: (e) => <Link href={to("iam", kind.page, name(e))}>{name(e)}</Link>,
            text: name,
          },
          { id: "arn", header: "ARN", cell: (e) => <span className="mono">{e.Arn}</span>, text: (e) => e.Arn },
          { id: "created", header: "Created", cell: (e) => when(e.CreateDate), text: (e) => e.CreateDate },
        ]}
        empty={`No ${noun}s`}
        emptyAction={create}
      />
      {creating && <Create kind={kind} close={() => setCreating(false)} done={load.reload} />}
    </>
  );
}

function Create<T>({ kind, close, done }: { kind: Kind<T>; close: () => void; done: () => void }) {
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  return (
    <Dialog
      title={`Create ${kind.noun}`}
      ready={name !== ""}
      plan={() => [kind.create(name)]}
      success={`The ${kind.noun} ${name} was created.`}
      close={close}
      done={done}
    >
      <TextField label={label(kind.noun)} value={typed} onChange={setTyped} constraint="Letters, digits and +=,.@-_" />
    </Dialog>
  );
}

/** label is what the name of one of them is called. */
function label(noun: string): string {
  return `${noun[0]?.toUpperCase()}${noun.slice(1)} name`;
}
