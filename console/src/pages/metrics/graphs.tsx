// Graphs of an API's stage or a function, from CloudWatch.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import LineChart, { type LineChartProps } from "@cloudscape-design/components/line-chart";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import { useState } from "react";
import type { GetMetricDataInput, MetricDataResult } from "../../api/cloudwatch_gen";
import { list } from "../../api/list";
import { step } from "../../api/step";
import { showCommands } from "../../shell/commands";
import { useLoad } from "../../shell/load";
import { Problem } from "../../shell/problem";
import { points, question, ranges, top, type Graph, type Place } from "./series";

interface Answer {
  asked: GetMetricDataInput;
  results: MetricDataResult[];
}

export function Graphs({ place, graphs }: { place: Place; graphs: Graph[] }) {
  const [chosen, setChosen] = useState("3h");
  const range = ranges.find((r) => r.id === chosen) ?? ranges[0];
  const ask = () => question(place, graphs, range, Date.now());
  const load = useLoad(`graphs ${JSON.stringify([place, chosen])}`, async (signal): Promise<Answer> => {
    const asked = ask();
    return { asked, results: await list("cloudwatch", "GetMetricData", asked, "MetricDataResults", signal) };
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <div className="buttons">
              <SegmentedControl
                label="Time range"
                selectedId={chosen}
                onChange={(e) => setChosen(e.detail.selectedId)}
                options={ranges.map((r) => ({ id: r.id, text: r.label }))}
              />
              <Button onClick={() => showCommands([step("cloudwatch", "GetMetricData", ask())])}>Show as AWS CLI</Button>
              <Button iconName="refresh" ariaLabel="Refresh metrics" loading={load.loading} onClick={load.reload} />
            </div>
          }
        >
          CloudWatch metrics
        </Header>
      }
    >
      {load.error ? (
        <Problem error={load.error} retry={load.reload} />
      ) : (
        <ColumnLayout columns={2}>
          {graphs.map((g, n) => (
            <One key={g.title} graph={g} n={n} answer={load.data} />
          ))}
        </ColumnLayout>
      )}
    </Container>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const units: Record<Graph["unit"], string> = { Count: "Count", Milliseconds: "Milliseconds" };

function One({ graph, n, answer }: { graph: Graph; n: number; answer?: Answer }) {
  const lines: LineChartProps<Date>["series"] = graph.lines.map((l, i) => ({
    type: "line",
    title: l.label ?? graph.title,
    data: answer ? points(answer.results, n, i, graph.unit, answer.asked) : [],
    valueFormatter: number,
  }));
  const drawn = lines.filter((l) => "data" in l && l.data.length > 0);
  const lone = drawn.every((l) => "data" in l && l.data.length === 1); // a dot, which has to be seen
  return (
    <section className={lone ? "lone" : undefined} aria-label={graph.title}>
      <Box variant="h3">{graph.title}</Box>
      <LineChart
        series={drawn}
        xScaleType="time"
        xDomain={answer && [new Date(answer.asked.StartTime * 1000), new Date(answer.asked.EndTime * 1000)]}
        yDomain={[0, top(drawn.flatMap((l) => ("data" in l ? l.data.map((p) => p.y) : [])))]}
        yTitle={units[graph.unit]}
        height={160}
        hideFilter
        hideLegend={graph.lines.length === 1}
        ariaLabel={`${graph.title}, ${units[graph.unit].toLowerCase()}`}
        statusType={answer ? "finished" : "loading"}
        loadingText={`Loading ${graph.title.toLowerCase()}`}
        empty={
          <Box textAlign="center" color="inherit">
            No data in this time
          </Box>
        }
        i18nStrings={{
          chartAriaRoleDescription: "line chart",
          detailPopoverDismissAriaLabel: "Close",
          legendAriaLabel: `Legend of ${graph.title.toLowerCase()}`,
          xAxisAriaRoleDescription: "time",
          yAxisAriaRoleDescription: "values",
          xTickFormatter: (t) => clock.format(t),
          yTickFormatter: number,
        }}
      />
    </section>
  );
}

function number(v: number): string {
  return v.toLocaleString(undefined, { maximumFractionDigits: v < 10 ? 2 : 0 });
}
