// Faults in what is typed, at their place.
import { post } from "../api/client";

export interface Fault {
  /** from 1 */
  line: number;
  column: number;
  message: string;
}

/** jsonFault finds the first fault of a JSON text; an empty text has none. */
export function jsonFault(text: string): Fault | undefined {
  if (text.trim() === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (e) {
    const message = e instanceof Error ? e.message : String(e);
    return { ...place(text, message), message: message.replace(/ (in JSON )?at (position|line) .*$/, "").replace(/^JSON\.parse: /, "") };
  }
}

function place(text: string, message: string): { line: number; column: number } {
  const lc = /line (\d+) column (\d+)/.exec(message);
  if (lc) return { line: Number(lc[1]), column: Number(lc[2]) };
  const p = /position (\d+)/.exec(message);
  const before = p ? text.slice(0, Number(p[1])) : text;
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** policyFault checks that a text is an IAM policy document, as far as can be told here. */
export function policyFault(text: string, kind: "identity" | "trust" | "resource"): Fault | undefined {
  if (text.trim() === "") return { line: 1, column: 1, message: "The policy is empty" };
  const fault = jsonFault(text);
  if (fault) return fault;
  const at = (word: string, message: string): Fault => ({ ...find(text, word), message });
  const doc: unknown = JSON.parse(text);
  if (!isObject(doc)) return { line: 1, column: 1, message: "A policy is a JSON object" };
  if (doc.Version !== undefined && doc.Version !== "2012-10-17" && doc.Version !== "2008-10-17")
    return at('"Version"', 'Version must be "2012-10-17" or "2008-10-17"');
  if (doc.Statement === undefined) return { line: 1, column: 1, message: "Statement is missing" };
  const statements = Array.isArray(doc.Statement) ? (doc.Statement as unknown[]) : [doc.Statement];
  for (const s of statements) {
    if (!isObject(s)) return at('"Statement"', "A statement is a JSON object");
    if (s.Effect !== "Allow" && s.Effect !== "Deny") return at('"Effect"', 'Effect must be "Allow" or "Deny"');
    if (s.Action === undefined && s.NotAction === undefined) return at('"Statement"', "A statement needs Action or NotAction");
    if (kind === "identity" && (s.Principal !== undefined || s.NotPrincipal !== undefined))
      return at('"Principal"', "A policy of an identity has no Principal");
    if (kind === "identity" && s.Resource === undefined && s.NotResource === undefined)
      return at('"Statement"', "A statement needs Resource or NotResource");
    if (kind !== "identity" && s.Principal === undefined && s.NotPrincipal === undefined)
      return at('"Statement"', "A statement needs Principal");
    if (kind === "trust" && s.Resource !== undefined) return at('"Resource"', "A trust policy has no Resource");
  }
  return undefined;
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

function find(text: string, word: string): { line: number; column: number } {
  const i = Math.max(text.indexOf(word), 0);
  const lines = text.slice(0, i).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** templateFault asks the server's own parser, which is the one that runs the template. */
export async function templateFault(template: string, signal?: AbortSignal): Promise<Fault | undefined> {
  const answer = (await post("check-template", { template, mode: "apigateway" }, "check-template", signal)) as { ok?: boolean } & Fault;
  return answer.ok ? undefined : answer;
}
