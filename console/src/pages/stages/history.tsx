// Deployment history: which deployments there are, and which one is served.
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { Deployment, Stage } from "../../api/apigateway_gen";
import { step } from "../../api/step";
import type { Question } from "../../shell/confirm";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";

export function DeploymentHistory({
  api,
  stage,
  reload,
  ask,
}: {
  api: string;
  stage: Stage;
  reload: () => void;
  ask: (q: Question) => void;
}) {
  const deployments = useList("apigateway", "GetDeployments", { restApiId: api }, "items");
  const [selected, setSelected] = useState<Deployment[]>([]);
  const one = selected[0];
  const items = deployments.data?.toSorted((a, b) => (b.createdDate ?? 0) - (a.createdDate ?? 0));
  const change = (d: Deployment): Question => ({
    title: "Change active deployment?",
    text: `From now on the stage ${stage.stageName} serves the deployment ${d.id} of ${when(d.createdDate)}.`,
    submit: "Change deployment",
    plan: [
      step("apigateway", "UpdateStage", {
        restApiId: api,
        stageName: stage.stageName,
        patchOperations: [{ op: "replace", path: "/deploymentId", value: d.id }],
      }),
    ],
    success: `The stage ${stage.stageName} serves the deployment ${d.id}.`,
    done: reload,
  });
  const remove = (d: Deployment): Question => ({
    title: "Delete this deployment?",
    text: `The deployment ${d.id} of ${when(d.createdDate)} is deleted.`,
    plan: [step("apigateway", "DeleteDeployment", { restApiId: api, deploymentId: d.id })],
    success: `The deployment ${d.id} was deleted.`,
    done: () => {
      setSelected([]);
      deployments.reload();
    },
  });
  const active = one?.id === stage.deploymentId;
  return (
    <ListTable
      title="Deployments"
      load={deployments}
      items={items}
      id={(d) => d.id}
      label={(d) => d.id}
      select="single"
      selected={selected}
      onSelect={setSelected}
      actions={
        <>
          <Button disabled={!one || active} onClick={() => one && ask(remove(one))}>
            Delete
          </Button>
          <Button disabled={!one || active} onClick={() => one && ask(change(one))}>
            Change active deployment
          </Button>
        </>
      }
      columns={[
        { id: "id", header: "Deployment ID", cell: (d) => <span className="mono">{d.id}</span>, text: (d) => d.id },
        { id: "created", header: "Date created", cell: (d) => when(d.createdDate), text: (d) => d.createdDate ?? 0 },
        {
          id: "status",
          header: "Status",
          cell: (d) => (d.id === stage.deploymentId ? <Badge color="green">Active</Badge> : "-"),
          text: (d) => (d.id === stage.deploymentId ? "Active" : ""),
        },
        { id: "description", header: "Description", cell: (d) => d.description ?? "-", text: (d) => d.description ?? "" },
      ]}
      empty="No deployments"
    />
  );
}
