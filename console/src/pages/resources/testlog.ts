// Reads the log of a test invocation: what each step turned the request into.

export interface Stage {
  title: string;
  facts: [name: string, value: string][];
}

const line = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d [A-Z]+ \d{4} : /;

// Which line belongs to which box, in the order of the picture.
const known: [prefix: string, stage: number, name: string][] = [
  ["HTTP Method: ", 0, "Request"],
  ["Method request path: ", 0, "Path parameters"],
  ["Method request query string: ", 0, "Query string"],
  ["Method request headers: ", 0, "Headers"],
  ["Method request body before transformations: ", 0, "Body"],
  ["Endpoint request URI: ", 1, "URI"],
  ["Endpoint request headers: ", 1, "Headers"],
  ["Endpoint request body after transformations: ", 1, "Body"],
  ["Received response. ", 2, "Outcome"],
  ["Endpoint response headers: ", 2, "Headers"],
  ["Endpoint response body before transformations: ", 2, "Body"],
  ["Method response body after transformations: ", 3, "Body"],
  ["Method response headers: ", 3, "Headers"],
  ["Method completed with status: ", 3, "Status"],
];

const titles = ["Method request", "Integration request", "Integration response", "Method response"];

/** entries splits a log into its lines; a body may have line breaks of its own. */
export function entries(log: string): string[] {
  const out: string[] = [];
  for (const l of log.split("\n")) {
    const text = l.replace(line, "");
    if (text !== l || out.length === 0) out.push(text);
    else out[out.length - 1] += "\n" + l;
  }
  return out.map((e) => e.replace(/\n+$/, ""));
}

export function stages(log: string): { stages: Stage[]; failures: string[] } {
  const found: Stage[] = titles.map((title) => ({ title, facts: [] }));
  const failures: string[] = [];
  for (const entry of entries(log)) {
    if (/^(Execution failed|Unable to|Body does not|Validation)/.test(entry)) failures.push(entry);
    const hit = known.find(([prefix]) => entry.startsWith(prefix));
    if (!hit) continue;
    found[hit[1]]?.facts.push([hit[2], entry.slice(hit[0].length)]);
  }
  return { stages: found.filter((s) => s.facts.length > 0), failures };
}
