// What every dialog looks like: a title, and Cancel before what it does.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

/** DialogFrame has Cancel, what may be seen before, and what it does; shown is false while there is nothing to ask. */
export function DialogFrame({
  title,
  shown = true,
  close,
  before,
  submit,
  children,
}: {
  title: string;
  shown?: boolean;
  close: () => void;
  before?: ReactNode;
  submit: ReactNode;
  children: ReactNode;
}) {
  return (
    <Modal
      visible={shown}
      onDismiss={close}
      header={title}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            {before}
            {submit}
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
