// A list whose rows can be removed, each after a question.
import Button from "@cloudscape-design/components/button";
import { useState, type ComponentProps, type ReactNode } from "react";
import { Confirm, type Question } from "./confirm";
import { ListTable } from "./listtable";

type Table<T> = Omit<ComponentProps<typeof ListTable<T>>, "select" | "selected" | "onSelect" | "actions">;

type Ask = (q: Question) => void;

/** EntityList has one action that asks, remove; ask clears the choice and reloads the list when it was done. */
export function EntityList<T>({
  remove,
  removeLabel = "Delete",
  kept,
  before,
  add,
  ...table
}: Table<T> & {
  remove: (item: T, ask: Ask) => void;
  removeLabel?: string;
  /** kept tells which rows cannot be removed */
  kept?: (item: T) => boolean;
  /** before makes the actions that stand before the removal */
  before?: (one: T | undefined, ask: Ask) => ReactNode;
  add?: ReactNode;
}) {
  const [selected, setSelected] = useState<T[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  const ask: Ask = (q) =>
    setQuestion({
      ...q,
      done: (out) => {
        setSelected([]);
        table.load.reload();
        q.done?.(out);
      },
    });
  return (
    <>
      <ListTable
        {...table}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            {before?.(one, ask)}
            <Button disabled={!one || kept?.(one)} onClick={() => one && remove(one, ask)}>
              {removeLabel}
            </Button>
            {add}
          </>
        }
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}
