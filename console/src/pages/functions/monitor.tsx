// Monitor: the function's metrics and logs.
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ListTable } from "../../shell/listtable";
import Link from "@cloudscape-design/components/link";
import { call } from "../../api/client";
import { when } from "../../shell/format";
import { useLoad } from "../../shell/load";
import { navigate, to } from "../../shell/router";
import { Graphs } from "../metrics/graphs";
import { lambdaGraphs } from "../metrics/series";
import type { FunctionProps } from "./detail";

export function MonitorTab({ name, configuration }: FunctionProps) {
  const group = configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
  const streams = useLoad(`streams ${group}`, async (signal) => {
    // Before the function ran for the first time, it has no group.
    const groups = await call("logs", "DescribeLogGroups", { logGroupNamePrefix: group }, signal);
    if (!groups.logGroups?.some((g) => g.logGroupName === group)) return [];
    return (
      (await call("logs", "DescribeLogStreams", { logGroupName: group, orderBy: "LastEventTime", descending: true, limit: 50 }, signal))
        .logStreams ?? []
    );
  });
  return (
    <SpaceBetween size="l">
      <Graphs place={{ namespace: "AWS/Lambda", dimensions: [{ Name: "FunctionName", Value: name }] }} graphs={lambdaGraphs} />
      <ListTable
        title="Recent log streams"
        description={group}
        load={streams}
        items={streams.data}
        id={(s) => s.logStreamName}
        label={(s) => s.logStreamName}
        actions={
          <>
            <Button onClick={() => navigate(to("cloudwatch", "log-groups", group, "search"))}>Search all</Button>
            <Button onClick={() => navigate(to("cloudwatch", "log-groups", group))}>View CloudWatch logs</Button>
          </>
        }
        columns={[
          {
            id: "name",
            header: "Log stream",
            cell: (s) => <Link href={to("cloudwatch", "log-groups", group, "streams", s.logStreamName)}>{s.logStreamName}</Link>,
            text: (s) => s.logStreamName,
          },
          { id: "last", header: "Last event time", cell: (s) => when(s.lastEventTimestamp), text: (s) => s.lastEventTimestamp ?? 0 },
        ]}
        empty="No logs"
        emptyText="The function has not run yet."
      />
    </SpaceBetween>
  );
}
