// Graphs: what is asked for, and what is drawn.
import { expect, test } from "vitest";
import { apiName, points, question, ranges, stageGraphs, top, type Graph } from "../src/pages/metrics/series";

const graphs: Graph[] = [
  { title: "Invocations", unit: "Count", lines: [{ metric: "Invocations", stat: "Sum" }] },
  { title: "Duration", unit: "Milliseconds", lines: [{ metric: "Duration", stat: "Average" }] },
];
const place = { namespace: "AWS/Lambda", dimensions: [{ Name: "FunctionName", Value: "f" }] };
const twoMinutes = { id: "2m", label: "", seconds: 120, period: 60 };
const asked = question(place, graphs, twoMinutes, 1_000_030_000);

test("all lines are asked for at once, up to the period that now is in", () => {
  const stat = (MetricName: string, Stat: string) => ({
    Metric: { Namespace: "AWS/Lambda", MetricName, Dimensions: place.dimensions },
    Period: 60,
    Stat,
  });
  expect(asked).toEqual({
    StartTime: 999_960,
    EndTime: 1_000_080,
    ScanBy: "TimestampAscending",
    MetricDataQueries: [
      { Id: "g0l0", MetricStat: stat("Invocations", "Sum") },
      { Id: "g1l0", MetricStat: stat("Duration", "Average") },
    ],
  });
});

test("a range holds a whole number of periods, and no more points than can be told apart", () => {
  for (const r of ranges) expect([r.id, r.seconds % r.period, r.seconds / r.period <= 200]).toEqual([r.id, 0, true]);
});

const drawn = (graph: number, unit: Graph["unit"], ...results: Parameters<typeof points>[0]) =>
  points(results, graph, 0, unit, asked).map((p) => [p.x.getTime() / 1000, p.y]);

test.each([
  ["nothing was counted", drawn(0, "Count", { Id: "g0l0", Timestamps: [], Values: [] }), []],
  [
    "nothing is 0 where something was counted before",
    drawn(0, "Count", { Id: "g0l0", Timestamps: [999_960], Values: [3] }),
    [
      [999_960, 3],
      [1_000_020, 0],
    ],
  ],
  ["no duration is none", drawn(1, "Milliseconds", { Id: "g1l0", Timestamps: [1_000_020], Values: [7.5] }), [[1_000_020, 7.5]]],
  ["another line's values", drawn(1, "Milliseconds", { Id: "g0l0", Timestamps: [1_000_020], Values: [1] }), []],
  [
    "pages of one line",
    drawn(1, "Milliseconds", { Id: "g1l0", Timestamps: [1_000_020], Values: [2] }, { Id: "g1l0", Timestamps: [999_960], Values: [1] }),
    [
      [999_960, 1],
      [1_000_020, 2],
    ],
  ],
])("%s", (_, got, want) => expect(got).toEqual(want));

test.each([
  [[], 1],
  [[0], 1],
  [[1], 1],
  [[1.5], 2],
  [[3, 4.2], 5],
  [[7], 10],
  [[230], 500],
])("the axis for %j ends at %d", (values, want) => expect(top(values)).toBe(want));

test.each([
  [{ id: "a1", name: "Pets" }, "Pets"],
  [{ id: "a1", name: "Caf\u00e9 1" }, "Caf 1"],
  [{ id: "a1", name: "\u65e5\u672c" }, "a1"],
  [{ id: "a1" }, "a1"],
])("the dimension of %j", (api, want) => expect(apiName(api)).toBe(want));

test("every line of a graph has a name where there are several", () => {
  for (const g of stageGraphs) expect([g.title, g.lines.length === 1 || g.lines.every((l) => l.label)]).toEqual([g.title, true]);
});
