// Graphs of CloudWatch's metrics: what is asked for, and what is drawn of it.
import type { Dimension, GetMetricDataInput, MetricDataResult } from "../../api/cloudwatch_gen";

export interface Line {
  metric: string;
  stat: "Sum" | "Average" | "Maximum";
  /** label names the line where its graph has several */
  label?: string;
}

export interface Graph {
  title: string;
  unit: "Count" | "Milliseconds";
  lines: Line[];
}

const averageAndMaximum = (metric: string): Line[] => [
  { metric, stat: "Average", label: "Average" },
  { metric, stat: "Maximum", label: "Maximum" },
];

export const lambdaGraphs: Graph[] = [
  { title: "Invocations", unit: "Count", lines: [{ metric: "Invocations", stat: "Sum" }] },
  { title: "Errors", unit: "Count", lines: [{ metric: "Errors", stat: "Sum" }] },
  { title: "Duration", unit: "Milliseconds", lines: averageAndMaximum("Duration") },
  { title: "Throttles", unit: "Count", lines: [{ metric: "Throttles", stat: "Sum" }] },
  { title: "Concurrent executions", unit: "Count", lines: [{ metric: "ConcurrentExecutions", stat: "Maximum" }] },
];

export const stageGraphs: Graph[] = [
  { title: "Count", unit: "Count", lines: [{ metric: "Count", stat: "Sum" }] },
  { title: "4XX errors", unit: "Count", lines: [{ metric: "4XXError", stat: "Sum" }] },
  { title: "5XX errors", unit: "Count", lines: [{ metric: "5XXError", stat: "Sum" }] },
  { title: "Latency", unit: "Milliseconds", lines: averageAndMaximum("Latency") },
  { title: "Integration latency", unit: "Milliseconds", lines: averageAndMaximum("IntegrationLatency") },
];

export interface Range {
  id: string;
  label: string;
  seconds: number;
  /** period is how much time a point stands for, in seconds */
  period: number;
}

export const ranges: [Range, ...Range[]] = [
  { id: "1h", label: "1 hour", seconds: 3600, period: 60 },
  { id: "3h", label: "3 hours", seconds: 3 * 3600, period: 60 },
  { id: "12h", label: "12 hours", seconds: 12 * 3600, period: 300 },
  { id: "1d", label: "1 day", seconds: 24 * 3600, period: 600 },
];

export interface Place {
  namespace: string;
  dimensions: Dimension[];
}

/** question asks for all lines at once. It ends with the period that now is in, so that what has just happened shows. */
export function question(place: Place, graphs: Graph[], { seconds, period }: Range, now: number): GetMetricDataInput {
  const EndTime = (Math.floor(now / 1000 / period) + 1) * period;
  return {
    StartTime: EndTime - seconds,
    EndTime,
    ScanBy: "TimestampAscending",
    MetricDataQueries: graphs.flatMap((g, n) =>
      g.lines.map((l, i) => ({
        Id: lineId(n, i),
        MetricStat: {
          Metric: { Namespace: place.namespace, MetricName: l.metric, Dimensions: place.dimensions },
          Period: period,
          Stat: l.stat,
        },
      })),
    ),
  };
}

const lineId = (graph: number, line: number) => `g${graph}l${line}`;

export interface Point {
  x: Date;
  y: number;
}

/** points are those of one line. Where nothing was counted, there is no data: a count is 0 there, unless there is none at all. */
export function points(results: MetricDataResult[], graph: number, line: number, unit: Graph["unit"], asked: GetMetricDataInput): Point[] {
  const at = new Map<number, number>();
  for (const r of results) if (r.Id === lineId(graph, line)) r.Timestamps?.forEach((t, i) => at.set(t, r.Values?.[i] ?? 0));
  const period = asked.MetricDataQueries[0]?.MetricStat?.Period;
  if (unit === "Count" && at.size > 0 && period !== undefined)
    for (let t = asked.StartTime; t < asked.EndTime; t += period) if (!at.has(t)) at.set(t, 0);
  return [...at].sort(([a], [b]) => a - b).map(([t, y]) => ({ x: new Date(t * 1000), y }));
}

/** top is where the axis of values ends: at a round number above them all. */
export function top(values: number[]): number {
  const most = Math.max(1, ...values);
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((n) => n * power >= most) ?? 10) * power;
}

// AWS: the dimension has the API's name without what is not ASCII, and the ID where nothing is left.
export function apiName(api: { id: string; name?: string }): string {
  return (api.name ?? "").replace(/[^ -~]/g, "") || api.id;
}
