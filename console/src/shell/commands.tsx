// "Show as AWS CLI": each change here is one or more operations, and each of
// them is a command that a script can run.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSyncExternalStore } from "react";
import { command } from "../api/cli";
import type { Step } from "../api/step";
import { CopyButton } from "./copy";

let shown: { steps: Step[]; title: string } | undefined;
let history: Step[] = [];
const listeners = new Set<() => void>();
const maxHistory = 200;

function changed() {
  listeners.forEach((f) => f());
}

export function showCommands(steps: Step[], title = "AWS CLI commands"): void {
  shown = { steps, title };
  changed();
}

/** remember keeps what was run in this tab, for "AWS CLI commands of this visit". */
export function remember(s: Step): void {
  history = [...history, s].slice(-maxHistory);
}

export function showHistory(): void {
  showCommands(history, "AWS CLI commands of this visit");
}

export function commandText(steps: Step[]): string {
  return steps.map((s) => command(s, location.origin, s.region)).join("\n\n");
}

export function Commands() {
  const show = useSyncExternalStore(
    (f) => (listeners.add(f), () => listeners.delete(f)),
    () => shown,
  );
  const close = () => {
    shown = undefined;
    changed();
  };
  if (show === undefined) return null; // a dialog is above those that came before it, so this one comes when it is asked for
  const text = commandText(show.steps);
  return (
    <Modal
      visible
      onDismiss={close}
      size="large"
      header={show.title}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {text !== "" && <CopyButton label="Copy" text={text} />}
            <Button variant="primary" onClick={close}>
              Close
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {text === "" ? (
        <Box color="text-body-secondary">Nothing was changed yet. What you change in this tab is listed here as commands.</Box>
      ) : (
        <pre className="code" tabIndex={0} role="region" aria-label="Commands">
          {text}
        </pre>
      )}
    </Modal>
  );
}
