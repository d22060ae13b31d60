// What the pages of requests compute.
import type { Body, Request } from "../../api/requests";
import { pretty } from "../../shell/format";

export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });

export const timeOf = (ms: number): string => clock.format(new Date(ms));

/** where says where a request went: a function's name, a host, a mock. */
export function where(r: Pick<Request, "target" | "integration">): string {
  if (!r.target) return r.integration === "MOCK" ? "Mock" : "-";
  const fn = /:function:(.+)$/.exec(r.target);
  if (fn?.[1]) return fn[1];
  try {
    return new URL(r.target).host;
  } catch {
    return r.target;
  }
}

/** tone is how a status is coloured. */
export function tone(r: Pick<Request, "status" | "failed">): "success" | "warning" | "error" {
  if (r.status >= 500 || (r.failed && r.status < 400)) return "error";
  return r.status >= 400 ? "warning" : "success";
}

export function bodyText(b: Body | undefined): string {
  if (b === undefined) return "";
  if (b.binary !== undefined) return `(${b.size} bytes that are no text)`;
  return pretty(b.text ?? "") + (b.cut ? `\n… of ${b.size} bytes` : "");
}

export interface Line {
  text: string;
  change: "same" | "new" | "gone";
}

const most = 400; // lines that are compared

/** changes compares texts line by line: what of after is new, what of before is gone. */
export function changes(before: string, after: string): Line[] {
  const a = before === "" ? [] : before.split("\n");
  const b = after === "" ? [] : after.split("\n");
  if (a.length > most || b.length > most) return b.map((text) => ({ text, change: "same" }));
  const bare = (s: string) => s.trim().replace(/,$/, "");
  // length[i][j]: the longest common part of a from i and b from j
  const length = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i]![j] = bare(a[i]!) === bare(b[j]!) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const out: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && bare(a[i]!) === bare(b[j]!)) {
      out.push({ text: b[j]!, change: "same" });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      out.push({ text: a[i]!, change: "gone" });
      i++;
    } else {
      out.push({ text: b[j]!, change: "new" });
      j++;
    }
  }
  return out;
}

export interface Token {
  text: string;
  kind: "key" | "string" | "number" | "word" | "mark" | "plain";
}

const pattern = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\b|\b(true|false|null)\b|([{}[\],:])/g;

/** tokens colours a line of JSON. */
export function tokens(line: string): Token[] {
  const out: Token[] = [];
  let end = 0;
  for (const m of line.matchAll(pattern)) {
    if (m.index > end) out.push({ text: line.slice(end, m.index), kind: "plain" });
    const [all, string, colon, number, word] = m;
    if (string !== undefined) {
      out.push({ text: string, kind: colon === undefined ? "string" : "key" });
      if (colon !== undefined) out.push({ text: colon, kind: "mark" });
    } else out.push({ text: all, kind: number !== undefined ? "number" : word !== undefined ? "word" : "mark" });
    end = m.index + all.length;
  }
  if (end < line.length) out.push({ text: line.slice(end), kind: "plain" });
  return out;
}

export function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

/** command is how the same request is shown or sent again from a terminal. */
export const command = (r: Pick<Request, "id">, what: "show" | "replay"): string =>
  `lambdagate requests ${what === "replay" ? "replay " : ""}${r.id.slice(0, 8)}`;
