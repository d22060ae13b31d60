// The one way to the server: POST /console/api/<service>/<Operation>.
import type { Operations as APIGateway } from "./apigateway_gen";
import type { Operations as CloudWatch } from "./cloudwatch_gen";
import type { Operations as IAM } from "./iam_gen";
import type { Operations as Lambda } from "./lambda_gen";
import type { Operations as Logs } from "./logs_gen";
import type { Operations as STS } from "./sts_gen";
import { region } from "../shell/region";

interface Services {
  apigateway: APIGateway;
  cloudwatch: CloudWatch;
  iam: IAM;
  lambda: Lambda;
  logs: Logs;
  sts: STS;
}

// What the server calls a service where the AWS CLI has another name for it.
const doors: Partial<Record<keyof Services, string>> = { cloudwatch: "monitoring" };

export type Service = keyof Services;
export type Name<S extends Service> = keyof Services[S] & string;
export type Input<S extends Service, N extends Name<S>> = Services[S][N] extends { input: infer I } ? I : never;
export type Output<S extends Service, N extends Name<S>> = Services[S][N] extends { output: infer O } ? O : never;

/** A refusal of the server, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly operation: string,
  ) {
    super(message);
    this.name = code;
  }
  get denied(): boolean {
    return this.status === 403 || this.status === 401;
  }
  get missing(): boolean {
    return this.status === 404 || this.code === "NoSuchEntity";
  }
}

let signedOut = () => {};

/** onSignedOut sets what is done when the session has ended. */
export function onSignedOut(f: () => void): void {
  signedOut = f;
}

/** post sends JSON to one of the console's own addresses. */
export async function post(path: string, body: unknown, operation: string, signal?: AbortSignal, of = region()): Promise<unknown> {
  const response = await send(path, body, operation, signal, of);
  return reading(operation, signal, () => json(response, operation));
}

/** send is a post whose answer is still to be read; it throws what the server refused. */
export async function send(path: string, body: unknown, operation: string, signal?: AbortSignal, of = region()): Promise<Response> {
  const response = await reading(operation, signal, () =>
    fetch("/console/" + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Lambdagate-Console": "1", "X-Lambdagate-Region": of },
      body: JSON.stringify(body),
      signal,
    }),
  );
  if (response.ok) return response;
  const { code, message } = (await reading(operation, signal, () => json(response, operation))) as { code?: string; message?: string };
  if (code === "NotSignedIn") signedOut();
  throw new ApiError(code ?? `HTTP ${response.status}`, message ?? response.statusText, response.status, operation);
}

/** reading says in words that the server went away, before its answer or amidst it. */
async function reading<T>(operation: string, signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (e) {
    if (signal?.aborted || e instanceof ApiError) throw e;
    throw new ApiError("Unreachable", "The server does not answer. Is it still running?", 0, operation);
  }
}

async function json(response: Response, operation: string): Promise<unknown> {
  const text = await response.text();
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ApiError("BadAnswer", `The server's answer is not JSON: ${text.slice(0, 200)}`, response.status, operation);
  }
}

/** call runs an operation, in the region that is shown or another one. Dates are epoch seconds, blobs are base64. */
export async function call<S extends Service, N extends Name<S>>(
  service: S,
  operation: N,
  input: Input<S, N>,
  signal?: AbortSignal,
  of?: string,
): Promise<Output<S, N>> {
  return (await post(`api/${doors[service] ?? service}/${operation}`, input, operation, signal, of)) as Output<S, N>;
}
