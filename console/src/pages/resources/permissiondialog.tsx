// Asks before a function's policy is changed.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { AddPermissionRequest } from "../../api/lambda_gen";

export function PermissionDialog({
  permission,
  answer,
}: {
  permission?: AddPermissionRequest;
  answer: (add: boolean | undefined) => void;
}) {
  return (
    <Modal
      visible={permission !== undefined}
      onDismiss={() => answer(undefined)}
      header="Add Permission to Lambda Function"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => answer(undefined)}>
              Cancel
            </Button>
            <Button onClick={() => answer(false)}>Save without permission</Button>
            <Button variant="primary" onClick={() => answer(true)}>
              OK
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="s">
        <Box>You are about to give API Gateway permission to invoke your Lambda function:</Box>
        <Box>
          <span className="mono">{permission?.FunctionName}</span>
        </Box>
        <Box>for requests of</Box>
        <Box>
          <span className="mono">{permission?.SourceArn}</span>
        </Box>
      </SpaceBetween>
    </Modal>
  );
}
