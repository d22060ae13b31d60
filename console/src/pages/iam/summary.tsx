// What is said of a user or a group above its lists.
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { CopyableCode } from "../../shell/copy";
import { when } from "../../shell/format";

export function Summary({ arn, created }: { arn: string; created: number }) {
  return (
    <Container header={<Header variant="h2">Summary</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: "ARN", value: <CopyableCode text={arn} what="ARN" /> },
          { label: "Created", value: when(created) },
        ]}
      />
    </Container>
  );
}
