// Deploy API: a deployment of what the resources are now, to a stage.
import Box from "@cloudscape-design/components/box";
import { useState } from "react";
import { step } from "../../api/step";
import { Dialog } from "../../shell/dialog";
import { AreaField, SelectField, TextField } from "../../shell/fields";
import { useCall } from "../../shell/load";
import { navigate, to } from "../../shell/router";

const newStage = "*New stage*";
const noStage = "*No stage*";

/** DeployDialog asks for the stage, and shows it then. */
export function DeployDialog({ api, name, close, deployed }: { api: string; name: string; close: () => void; deployed?: () => void }) {
  const stages = useCall("apigateway", "GetStages", { restApiId: api });
  const [stage, setStage] = useState("");
  const [stageName, setStageName] = useState("");
  const [description, setDescription] = useState("");
  const [wrong, setWrong] = useState<string>();
  const target = stage === newStage ? stageName.trim() : stage === noStage ? undefined : stage;
  return (
    <Dialog
      title="Deploy API"
      submit="Deploy"
      busyText="Deploying"
      refused="The API was not deployed"
      check={() => {
        const w = stage === "" ? "Choose a stage." : target === "" ? "Enter a name for the stage." : undefined;
        setWrong(w);
        return w === undefined;
      }}
      plan={() => [
        step("apigateway", "CreateDeployment", { restApiId: api, stageName: target, description: description.trim() || undefined }),
      ]}
      success={target === undefined ? `${name} was deployed, to no stage.` : `${name} was deployed to the stage ${target}.`}
      close={close}
      done={(shown) => {
        deployed?.();
        if (!shown) return;
        navigate(target === undefined ? to("apigateway", api, "stages") : to("apigateway", api, "stages", target));
      }}
    >
      <Box>Create or update a stage where your API is made available to clients, as its resources are now.</Box>
      <SelectField
        label="Stage"
        value={stage}
        onChange={setStage}
        placeholder="Choose a stage"
        loading={stages.loading}
        failed={stages.error}
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
    </Dialog>
  );
}
