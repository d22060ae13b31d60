// One small thing to do, in a dialog above the page.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { preview, type Plan } from "../api/step";
import { ActError, useAct, useHere } from "./act";
import { showCommands } from "./commands";

/** Dialog asks for what a plan takes, and runs it. It is there as long as it is open. */
export function Dialog({
  title,
  submit = title,
  busyText,
  refused,
  ready = true,
  check,
  plan,
  success,
  close,
  done,
  children,
}: {
  title: string;
  submit?: string;
  busyText?: string;
  /** refused heads the error of a plan that failed */
  refused?: string;
  ready?: boolean;
  /** check tells whether the input is right, and shows what is wrong with it */
  check?: () => boolean;
  plan: () => Plan;
  success: string;
  close: () => void;
  /** done is told whether the dialog was still open then */
  done: (shown: boolean) => void;
  children: ReactNode;
}) {
  const act = useAct();
  const here = useHere();
  const run = async () => {
    if (check?.() === false || (await act.run(plan(), success)) === undefined) return;
    const shown = here.current;
    if (shown) close(); // else it is another one that may be open by now
    done(shown);
  };
  return (
    <Modal
      visible
      onDismiss={close}
      header={title}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            <Button onClick={() => showCommands(preview(plan()))}>Show as AWS CLI</Button>
            <Button variant="primary" disabled={!ready} loading={act.busy} loadingText={busyText} onClick={() => void run()}>
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        <ActError act={act} header={refused} />
      </SpaceBetween>
    </Modal>
  );
}
