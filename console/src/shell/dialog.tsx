// One small thing to do, in a dialog above the page.
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { preview, type Plan } from "../api/step";
import { ActError, useAct, useHere } from "./act";
import { showCommands } from "./commands";
import { DialogFrame } from "./dialogframe";

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
    <DialogFrame
      title={title}
      close={close}
      before={<Button onClick={() => showCommands(preview(plan()))}>Show as AWS CLI</Button>}
      submit={
        <Button variant="primary" disabled={!ready} loading={act.busy} loadingText={busyText} onClick={() => void run()}>
          {submit}
        </Button>
      }
    >
      <SpaceBetween size="m">
        {children}
        <ActError act={act} header={refused} />
      </SpaceBetween>
    </DialogFrame>
  );
}
