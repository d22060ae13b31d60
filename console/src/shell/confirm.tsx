// Asking before something is destroyed or lost.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { preview, type Plan } from "../api/step";
import { ActError, useAct } from "./act";
import { showCommands } from "./commands";
import { DialogFrame } from "./dialogframe";
import { onLeave } from "./router";

export interface Question {
  title: string;
  text: ReactNode;
  plan: Plan;
  success: string;
  submit?: string;
  /** a word to type first, for what cannot be had back */
  word?: string;
  warning?: string;
  done?: (out: unknown[]) => void;
}

/** Confirm asks a question while there is one. */
export function Confirm({ question, close }: { question?: Question; close: () => void }) {
  const act = useAct();
  const [typed, setTyped] = useState("");
  const shown = useRef(question);
  shown.current = question;
  useEffect(() => {
    setTyped("");
    act.clear();
    // Only when another question comes.
  }, [question]);
  const run = async () => {
    if (question === undefined) return;
    const out = await act.run(question.plan, question.success);
    if (out === undefined) return;
    if (shown.current === question) close(); // else another question is asked by now
    question.done?.(out);
  };
  const ready = question?.word === undefined || typed === question.word;
  return (
    <DialogFrame
      title={question?.title ?? ""}
      shown={question !== undefined}
      close={close}
      before={<Button onClick={() => question && showCommands(preview(question.plan))}>Show as AWS CLI</Button>}
      submit={
        <Button variant="primary" disabled={!ready} loading={act.busy} loadingText="Working" onClick={() => void run()}>
          {question?.submit ?? "Delete"}
        </Button>
      }
    >
      <SpaceBetween size="m">
        <Box>{question?.text}</Box>
        {question?.warning && (
          <Alert type="warning" statusIconAriaLabel="Warning">
            {question.warning}
          </Alert>
        )}
        {question?.word !== undefined && (
          <FormField label={`To confirm, type ${question.word}`}>
            <Input value={typed} placeholder={question.word} onChange={(e) => setTyped(e.detail.value)} />
          </FormField>
        )}
        <ActError act={act} />
      </SpaceBetween>
    </DialogFrame>
  );
}

/** LeaveGuard asks before unsaved changes are lost. */
export function LeaveGuard() {
  const [go, setGo] = useState<() => void>();
  useEffect(() => onLeave((f) => setGo(() => f)), []);
  const stay = () => setGo(undefined);
  return (
    <DialogFrame
      title="Leave page"
      shown={go !== undefined}
      close={stay}
      submit={
        <Button
          variant="primary"
          onClick={() => {
            const f = go;
            stay();
            f?.();
          }}
        >
          Leave
        </Button>
      }
    >
      <Alert type="warning" statusIconAriaLabel="Warning">
        What you changed on this page was not saved and will be lost.
      </Alert>
    </DialogFrame>
  );
}
