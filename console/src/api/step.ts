// A change is a list of steps, each one operation with its input. The same list
// is what a page runs and what it shows as AWS CLI commands.
import { region } from "../shell/region";
import { call, type Input, type Name, type Output, type Service } from "./client";

export interface Step {
  service: Service;
  operation: string;
  input: unknown;
  /** region is where it runs */
  region: string;
  /** run sends it. */
  run: () => Promise<unknown>;
  /** ignore says which errors do not matter, such as "exists already". */
  ignore?: (code: string) => boolean;
  /** undo takes back what it returned when a later step fails. */
  undo?: (done: unknown) => Step;
}

/** undoable adds what takes a step back. */
export function undoable(s: Step, undo: Step | ((done: unknown) => Step)): Step {
  return { ...s, undo: typeof undo === "function" ? undo : () => undo };
}

/** A step whose input needs what earlier steps returned. */
export type Later = (done: unknown[]) => Step | undefined;
export type Plan = (Step | Later)[];

export function step<S extends Service, N extends Name<S>>(service: S, operation: N, input: Input<S, N>, ignore?: Step["ignore"]): Step {
  const at = region();
  return { service, operation, input, region: at, run: () => call(service, operation, input, undefined, at), ignore };
}

/** output types what an earlier step returned. */
export function output<S extends Service, N extends Name<S>>(_service: S, _operation: N, done: unknown): Output<S, N> {
  return done as Output<S, N>;
}

/** runPlan runs the steps in order and stops at the first that fails, taking back what can be. */
export async function runPlan(plan: Plan, ran: (s: Step) => void): Promise<unknown[]> {
  const done: unknown[] = [];
  const undo: Step[] = [];
  for (const part of plan) {
    const s = typeof part === "function" ? part(done) : part;
    if (s === undefined) {
      done.push(undefined);
      continue;
    }
    try {
      const made = await s.run();
      done.push(made);
      if (s.undo) undo.unshift(s.undo(made));
    } catch (e) {
      if (!(e instanceof Error && s.ignore?.(e.name))) {
        for (const u of undo) await u.run().catch(() => {});
        throw e;
      }
      done.push(undefined);
    }
    ran(s);
  }
  return done;
}

/** preview lists the steps before they run: what is not known yet reads <name>. */
export function preview(plan: Plan): Step[] {
  const done = plan.map(() => unknownOutput);
  return plan.map((part) => (typeof part === "function" ? part(done) : part)).filter((s) => s !== undefined);
}

const unknownOutput: unknown = new Proxy({}, { get: (_, name) => (typeof name === "string" ? `<${name}>` : undefined) });
