// Doing things: a plan of operations runs, its failure is shown where it was
// started, its success above the page.
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { ApiError } from "../api/client";
import { preview, runPlan, type Plan, type Step } from "../api/step";
import { remember, showCommands } from "./commands";
import { notify } from "./notify";
import { navigate, saved, useUnsaved } from "./router";

export interface Act {
  busy: boolean;
  error?: Error;
  clear: () => void;
  /** run returns what the operations returned, or undefined when one failed. */
  run: (plan: Plan, success?: string) => Promise<unknown[] | undefined>;
}

export function useAct(): Act {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const run = async (plan: Plan, success?: string) => {
    setBusy(true);
    setError(undefined);
    const ran: Step[] = [];
    try {
      const done = await runPlan(plan, (s) => {
        ran.push(s);
        remember(s);
      });
      if (success !== undefined) notify("success", success, ran);
      return done;
    } catch (e) {
      setError(e instanceof Error ? e : new Error(String(e)));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run, clear: () => setError(undefined) };
}

/** useHere tells whether the page or dialog that started something is still shown when that has ended. */
export function useHere(): RefObject<boolean> {
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => void (here.current = false);
  }, []);
  return here;
}

export function ActError({ act, header }: { act: Act; header?: string }) {
  if (act.error === undefined) return null;
  const denied = act.error instanceof ApiError && act.error.denied;
  return (
    <Alert
      type="error"
      dismissible
      dismissAriaLabel="Dismiss error"
      onDismiss={act.clear}
      header={denied ? "You don't have permission to do this" : header}
    >
      {act.error.message}
    </Alert>
  );
}

/** FormPage is a form with Cancel, "Show as AWS CLI" and its one action. */
export function FormPage({
  plan,
  submit,
  success,
  check,
  before,
  cancel,
  done,
  dirty,
  children,
  secondary,
}: {
  plan: () => Plan;
  submit: string;
  success: string;
  /** check returns what is wrong with the input, or nothing; shown after the first try. */
  check?: () => string | undefined;
  /** before asks what has to be asked; false calls it off. */
  before?: () => Promise<boolean>;
  cancel: string;
  done: (out: unknown[]) => string | undefined;
  dirty: boolean;
  children: ReactNode;
  secondary?: ReactNode;
}) {
  const act = useAct();
  const here = useHere();
  const [wrong, setWrong] = useState<string>();
  useUnsaved(dirty && !act.busy);
  const send = async () => {
    const w = check?.();
    setWrong(w);
    if (w !== undefined || act.busy || (before && !(await before()))) return;
    const out = await act.run(plan(), success);
    if (out === undefined || !here.current) return;
    saved();
    const next = done(out);
    if (next !== undefined) navigate(next);
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <Form
        errorText={wrong}
        secondaryActions={secondary}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" variant="link" onClick={() => navigate(cancel)}>
              Cancel
            </Button>
            <Button formAction="none" onClick={() => showCommands(preview(plan()))}>
              Show as AWS CLI
            </Button>
            <Button variant="primary" loading={act.busy} loadingText="Working">
              {submit}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {children}
          <div aria-live="polite">
            <ActError act={act} header="This was refused" />
          </div>
        </SpaceBetween>
      </Form>
    </form>
  );
}
