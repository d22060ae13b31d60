// Writes an operation as a command of the AWS CLI.
import type { Step } from "./step";

/** command returns the command line for a step, over several lines when long. */
export function command(s: Pick<Step, "service" | "operation" | "input">, endpoint: string, region: string): string {
  const parts = [`aws ${s.service} ${kebab(s.operation)}`, ...flags(s)];
  parts.push(`--region ${quote(region)}`, `--endpoint-url ${quote(endpoint)}`);
  const line = parts.join(" ");
  return line.length <= 100 ? line : parts.join(" \\\n    ");
}

/** kebab turns a name of AWS's model into the CLI's: CreateRestApi → create-rest-api. */
export function kebab(name: string): string {
  return name
    .replace(/([A-Z]{2,})s$/, (_, acronym: string) => "-" + acronym.toLowerCase() + "s") // providerARNs
    .replace(/(.)([A-Z][a-z]+)/g, "$1-$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/-+/g, "-")
    .replace(/^-/, "");
}

// What the CLI calls otherwise, since the flag is its own.
const renamed: Record<string, string> = { "apigateway.CreateRestApi.version": "api-version" };

function flags(s: Pick<Step, "service" | "operation" | "input">): string[] {
  const out: string[] = [];
  for (const [name, value] of Object.entries(s.input as Record<string, unknown>)) {
    if (value === undefined) continue;
    const special = files(s.operation, name, value);
    if (special !== undefined) {
      out.push(...special);
      continue;
    }
    const flag = renamed[`${s.service}.${s.operation}.${name}`] ?? kebab(name);
    if (typeof value === "boolean") out.push(value ? `--${flag}` : `--no-${flag}`);
    else out.push(given(flag, argument(value)));
  }
  if (s.operation === "Invoke") out.push("/dev/stdout");
  if (s.operation === "GetExport" || s.operation === "GetSdk") out.push("/dev/stdout");
  return out;
}

// Bytes are given as files, the payload of an event as its text.
function files(operation: string, name: string, value: unknown): string[] | undefined {
  if (name === "ZipFile" || (name === "Code" && hasZip(value))) return ["--zip-file fileb://function.zip"];
  if (name === "Payload") return [given("payload", argument(fromBase64(String(value)))), "--cli-binary-format raw-in-base64-out"];
  if (name === "body" && /Import|PutRestApi/.test(operation)) return ["--body fileb://api.json"];
  return undefined;
}

function hasZip(value: unknown): boolean {
  return typeof value === "object" && value !== null && "ZipFile" in value;
}

function argument(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every((v) => typeof v !== "object"))
    return value.map((v) => quote(String(v))).join(" ");
  return quote(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** given writes a flag with its value, which would be taken for a flag itself if it started like one. */
function given(flag: string, value: string): string {
  return /^'?-/.test(value) ? `--${flag}=${value}` : `--${flag} ${value}`;
}

/** quote makes a word of the shell. zsh: a word that starts with = is a program's path. */
export function quote(word: string): string {
  return /^(?!=)[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function toBase64(text: string): string {
  return bytesToBase64(new TextEncoder().encode(text));
}

export function bytesToBase64(bytes: Uint8Array): string {
  let s = "";
  for (let i = 0; i < bytes.length; i += 0x8000) s += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(s);
}

export function base64ToBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

export function fromBase64(text: string): string {
  return new TextDecoder().decode(base64ToBytes(text));
}
