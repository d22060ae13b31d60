// Deploy API: a deployment of what the resources are now, to a stage.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { step, type Plan } from "../../api/step";
import { ActError, useAct } from "../../shell/act";
import { showCommands } from "../../shell/commands";
import { AreaField, SelectField, TextField } from "../../shell/fields";
import { useCall } from "../../shell/load";
import { preview } from "../../api/step";
import { navigate, to } from "../../shell/router";

const newStage = "*New stage*";
const noStage = "*No stage*";

export function DeployDialog({ api, name, open, close }: { api: string; name: string; open: boolean; close: () => void }) {
  const stages = useCall("apigateway", "GetStages", open ? { restApiId: api } : undefined);
  const [stage, setStage] = useState("");
  const [stageName, setStageName] = useState("");
  const [description, setDescription] = useState("");
  const [wrong, setWrong] = useState<string>();
  const act = useAct();
  useEffect(() => {
    if (!open) return;
    setStage("");
    setStageName("");
    setDescription("");
    setWrong(undefined);
    act.clear();
    // Anew each time it opens.
  }, [open]);
  const target = stage === newStage ? stageName.trim() : stage === noStage ? undefined : stage;
  const plan = (): Plan => [
    step("apigateway", "CreateDeployment", { restApiId: api, stageName: target, description: description.trim() || undefined }),
  ];
  const deploy = async () => {
    if (stage === "" || (stage === newStage && target === ""))
      return setWrong(stage === "" ? "Choose a stage." : "Enter a name for the stage.");
    setWrong(undefined);
    const done = await act.run(
      plan(),
      target === undefined ? `${name} was deployed, to no stage.` : `${name} was deployed to the stage ${target}.`,
    );
    if (done === undefined) return;
    close();
    navigate(target === undefined ? to("apigateway", api, "stages") : to("apigateway", api, "stages", target));
  };
  return (
    <Modal
      visible={open}
      onDismiss={close}
      header="Deploy API"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            <Button onClick={() => showCommands(preview(plan()))}>Show as AWS CLI</Button>
            <Button variant="primary" loading={act.busy} loadingText="Deploying" onClick={() => void deploy()}>
              Deploy
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>Create or update a stage where your API is made available to clients, as its resources are now.</Box>
        <SelectField
          label="Stage"
          value={stage}
          onChange={setStage}
          placeholder="Choose a stage"
          loading={stages.loading}
          choices={[newStage, ...(stages.data?.item ?? []).map((s) => s.stageName), noStage]}
          error={stage === "" ? wrong : undefined}
        />
        {stage === newStage && (
          <TextField
            label="Stage name"
            value={stageName}
            onChange={setStageName}
            placeholder="test"
            error={wrong}
            constraint="Letters, digits, - and _"
          />
        )}
        <AreaField label="Deployment description" optional value={description} onChange={setDescription} rows={2} />
        <ActError act={act} header="The API was not deployed" />
      </SpaceBetween>
    </Modal>
  );
}
