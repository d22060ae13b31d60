// Reads the REPORT line that ends an invocation's log.

export interface Report {
  requestId?: string;
  duration?: string;
  billed?: string;
  memory?: string;
  used?: string;
  init?: string;
}

export function report(log: string): Report {
  const line = log.split("\n").findLast((l) => l.startsWith("REPORT "));
  if (line === undefined) return {};
  const fact = (name: string) => new RegExp(`(?:^|\\t)${name}: ([^\\t]+)`).exec(line)?.[1]?.trim();
  return {
    requestId: /RequestId: (\S+)/.exec(line)?.[1],
    duration: fact("Duration"),
    billed: fact("Billed Duration"),
    memory: fact("Memory Size"),
    used: fact("Max Memory Used"),
    init: fact("Init Duration"),
  };
}
