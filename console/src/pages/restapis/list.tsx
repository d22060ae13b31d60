// APIs: the list.
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";
import type { RestApi } from "../../api/apigateway_gen";
import { step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { CopyButton } from "../../shell/copy";
import { when } from "../../shell/format";
import { ListTable, type Column } from "../../shell/listtable";
import { useList, type Load } from "../../shell/load";
import { usePage } from "../../shell/page";
import { navigate, to } from "../../shell/router";

const columns: Column<RestApi>[] = [
  { id: "name", header: "Name", cell: (a) => <Link href={to("apigateway", a.id, "resources")}>{a.name}</Link>, text: (a) => a.name ?? "" },
  { id: "description", header: "Description", cell: (a) => a.description ?? "-", text: (a) => a.description ?? "" },
  {
    id: "id",
    header: "ID",
    cell: (a) => (
      <span className="mono">
        <CopyButton inline text={a.id} what="ID" /> {a.id}
      </span>
    ),
    text: (a) => a.id,
  },
  { id: "protocol", header: "Protocol", cell: () => "REST" },
  { id: "endpoint", header: "Endpoint type", cell: (a) => endpoint(a), text: (a) => endpoint(a) },
  { id: "created", header: "Created", cell: (a) => when(a.createdDate), text: (a) => a.createdDate ?? 0 },
];

export function endpoint(a: RestApi): string {
  const t = a.endpointConfiguration?.types?.[0] ?? "EDGE";
  return { REGIONAL: "Regional", EDGE: "Edge-optimized", PRIVATE: "Private" }[t] ?? t;
}

/** useApis loads all APIs, when they are wanted. */
export function useApis(wanted = true): Load<RestApi[]> {
  return useList("apigateway", "GetRestApis", wanted ? {} : undefined, "items");
}

export function RestApis() {
  usePage({ title: "APIs", service: "apigateway", crumbs: [{ text: "API Gateway", href: to("apigateway") }] });
  const apis = useApis();
  const [selected, setSelected] = useState<RestApi[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  const create = (
    <Button variant="primary" onClick={() => navigate(to("apigateway", "create"))}>
      Create API
    </Button>
  );
  return (
    <>
      <ListTable
        title="APIs"
        headingVariant="h1"
        load={apis}
        items={apis.data}
        columns={columns}
        id={(a) => a.id}
        label={(a) => a.name ?? a.id}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button
              disabled={!one}
              onClick={() =>
                one &&
                setQuestion({
                  title: `Delete ${one.name}?`,
                  text: "The API with all its resources, deployments and stages is deleted. Its URLs stop answering at once.",
                  word: "confirm",
                  plan: [step("apigateway", "DeleteRestApi", { restApiId: one.id })],
                  success: `${one.name} was deleted.`,
                  done: () => {
                    setSelected([]);
                    apis.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            {create}
          </>
        }
        empty="No APIs"
        emptyText="An API takes requests of clients to functions and other back ends."
        emptyAction={create}
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}
