// Functions: the list.
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";
import type { FunctionConfiguration } from "../../api/lambda_gen";
import { step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { size, when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";
import { usePage } from "../../shell/page";
import { navigate, to } from "../../shell/router";

export function deleteFunction(name: string, done: () => void): Question {
  return {
    title: `Delete ${name}?`,
    text: "The function with all its versions and aliases is deleted. Its logs and its role stay.",
    word: "confirm",
    plan: [step("lambda", "DeleteFunction", { FunctionName: name })],
    success: `${name} was deleted.`,
    done,
  };
}

export function Functions() {
  usePage({ title: "Functions", service: "lambda", crumbs: [{ text: "Lambda", href: to("lambda") }] });
  const functions = useList("lambda", "ListFunctions", {}, "Functions");
  const [selected, setSelected] = useState<FunctionConfiguration[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  const create = (
    <Button variant="primary" onClick={() => navigate(to("lambda", "create"))}>
      Create function
    </Button>
  );
  return (
    <>
      <ListTable
        title="Functions"
        headingVariant="h1"
        load={functions}
        items={functions.data}
        id={(f) => f.FunctionName}
        label={(f) => f.FunctionName}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button
              disabled={!one}
              onClick={() =>
                one &&
                setQuestion(
                  deleteFunction(one.FunctionName, () => {
                    setSelected([]);
                    functions.reload();
                  }),
                )
              }
            >
              Delete
            </Button>
            {create}
          </>
        }
        columns={[
          {
            id: "name",
            header: "Function name",
            cell: (f) => <Link href={to("lambda", "functions", f.FunctionName)}>{f.FunctionName}</Link>,
            text: (f) => f.FunctionName,
          },
          { id: "description", header: "Description", cell: (f) => f.Description || "-", text: (f) => f.Description ?? "" },
          { id: "package", header: "Package type", cell: (f) => f.PackageType ?? "Zip", text: (f) => f.PackageType ?? "" },
          { id: "runtime", header: "Runtime", cell: (f) => f.Runtime ?? "-", text: (f) => f.Runtime ?? "" },
          { id: "size", header: "Code size", cell: (f) => size(f.CodeSize), text: (f) => f.CodeSize ?? 0 },
          { id: "modified", header: "Last modified", cell: (f) => when(f.LastModified), text: (f) => f.LastModified ?? "" },
        ]}
        empty="No functions"
        emptyText="A function is code that runs when something calls it."
        emptyAction={create}
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}
