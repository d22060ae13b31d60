// What happened to requests of deployed APIs: the server's own operations,
// besides AWS's. The types are those of internal/requests.
import { post, send } from "./client";

export interface Query {
  api?: string;
  stage?: string;
  region?: string;
  failed?: boolean;
  path?: string;
  status?: string;
  limit?: number;
}

export interface Request {
  id: string;
  sequence: number;
  /** milliseconds since the epoch */
  time: number;
  api: string;
  apiName: string;
  stage: string;
  region: string;
  deployment: string;
  canary?: boolean;
  method: string;
  path: string;
  resource?: string;
  resourceId?: string;
  configuredMethod?: string;
  status: number;
  failed: boolean;
  /** milliseconds */
  took: number;
  integration?: string;
  target?: string;
  error?: string;
  responseType?: string;
  sourceIp: string;
  userAgent?: string;
  trace?: string;
}

export interface Field {
  name: string;
  value: string;
}

export interface Body {
  text?: string;
  binary?: string;
  size: number;
  cut?: boolean;
}

export interface Message {
  method?: string;
  uri?: string;
  status?: number;
  path?: Field[];
  query?: Field[];
  headers?: Field[];
  body?: Body;
}

export interface Log {
  function: string;
  requestId: string;
  lines: string[];
  problem?: string;
}

export interface Phase {
  name: string;
  from: number;
  took: number;
  within?: string;
}

export interface Authorizer {
  id: string;
  cached?: boolean;
  identity?: Field[];
  principal?: string;
  function?: string;
  requestId?: string;
  event?: Body;
  result?: Body;
  took?: number;
  log?: Log;
}

export interface Detail extends Request {
  masked: string[];
  phases: Phase[];
  client: Message;
  decisions: string[];
  authorizer?: Authorizer;
  cacheHit?: boolean;
  invalid?: string;
  template?: string;
  sent?: Message;
  received?: Message;
  selected?: { pattern: string; status: number };
  answer: Message;
  failures: string[];
  steps: { at: number; kind: string; text?: string; status?: number; took?: number }[];
  functionLog?: Log;
}

export interface Difference {
  step: string;
  what: string;
  before: string;
  after: string;
}

export interface Replay {
  id: string;
  stage?: string;
  headers?: Field[];
  query?: Field[];
  without?: string[];
  /** base64 */
  body?: string;
}

export interface Replayed {
  original: Detail;
  replayed: Detail;
  differences: Difference[];
  more?: number;
}

export const getRequest = (id: string, signal?: AbortSignal) => post("requests/get", { id }, "Requests", signal) as Promise<Detail>;
export const replayRequest = (in_: Replay) => post("requests/replay", in_, "Replay") as Promise<Replayed>;

export interface Event {
  name: string;
  data: string;
}

/** parseEvents splits the text of server-sent events; what is not whole yet is left over. */
export function parseEvents(text: string): { events: Event[]; rest: string } {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const events: Event[] = [];
  for (const block of blocks) {
    let name = "message";
    let data: string | undefined;
    for (const line of block.split("\n")) {
      if (line.startsWith("event: ")) name = line.slice(7);
      else if (line.startsWith("data: ")) data = line.slice(6);
    }
    if (data !== undefined) events.push({ name, data });
  }
  return { events, rest };
}

/** followRequests calls back for each request that fits until the server ends the connection or signal does. */
export async function followRequests(query: Query, signal: AbortSignal, opened: () => void, each: (e: Event) => void): Promise<void> {
  const response = await send("requests/follow", query, "Requests", signal);
  if (response.body === null) return;
  opened();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const { events, rest } = parseEvents(text + value);
    text = rest;
    events.forEach(each);
  }
}
