// Log groups, and the streams of one.
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call } from "../../api/client";
import type { LogGroup as Group, LogStream } from "../../api/logs_gen";
import { step, type Plan } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { Copyable } from "../../shell/copy";
import { Dialog } from "../../shell/dialog";
import { SelectField, TextField } from "../../shell/fields";
import { size, when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList, useLoad } from "../../shell/load";
import { Page, usePage } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { navigate, to, type Params } from "../../shell/router";

const crumbs = [{ text: "CloudWatch", href: to("cloudwatch") }];
const retentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
const retention = (days: number | undefined) => (days === undefined ? "Never expire" : `${days} day${days === 1 ? "" : "s"}`);

const mostGroups = 5000;
const mostStreams = 2000;

export function LogGroups() {
  usePage({ title: "Log groups", service: "logs", crumbs });
  const groups = useList("logs", "DescribeLogGroups", {}, "logGroups", mostGroups);
  const [selected, setSelected] = useState<Group[]>([]);
  const [question, setQuestion] = useState<Question>();
  const [creating, setCreating] = useState(false);
  const one = selected[0];
  return (
    <>
      <ListTable
        title="Log groups"
        headingVariant="h1"
        load={groups}
        items={groups.data}
        id={(g) => g.logGroupName}
        label={(g) => g.logGroupName}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button
              disabled={!one}
              onClick={() => one && setQuestion(deleteGroup(one.logGroupName, () => (setSelected([]), groups.reload())))}
            >
              Delete
            </Button>
            <Button onClick={() => setCreating(true)}>Create log group</Button>
          </>
        }
        columns={[
          {
            id: "name",
            header: "Log group",
            cell: (g) => <Link href={to("cloudwatch", "log-groups", g.logGroupName)}>{g.logGroupName}</Link>,
            text: (g) => g.logGroupName,
          },
          { id: "retention", header: "Retention", cell: (g) => retention(g.retentionInDays), text: (g) => g.retentionInDays ?? 1e9 },
          { id: "size", header: "Stored bytes", cell: (g) => size(g.storedBytes), text: (g) => g.storedBytes ?? 0 },
          { id: "created", header: "Created", cell: (g) => when(g.creationTime), text: (g) => g.creationTime ?? 0 },
        ]}
        empty="No log groups"
        emptyText="A function makes its log group when it runs for the first time."
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
      {creating && <GroupDialog close={() => setCreating(false)} done={groups.reload} />}
    </>
  );
}

function deleteGroup(name: string, done: () => void): Question {
  return {
    title: "Delete log group?",
    text: `${name} and all its log events are deleted.`,
    plan: [step("logs", "DeleteLogGroup", { logGroupName: name })],
    success: `${name} was deleted.`,
    done,
  };
}

/** GroupDialog makes a group, or changes how long one is kept. */
function GroupDialog({ group, close, done }: { group?: Group; close: () => void; done: () => void }) {
  const [name, setName] = useState(group?.logGroupName ?? "");
  const [days, setDays] = useState(group?.retentionInDays === undefined ? "" : String(group.retentionInDays));
  const plan = (): Plan => [
    ...(group ? [] : [step("logs", "CreateLogGroup", { logGroupName: name.trim() })]),
    ...(days !== ""
      ? [step("logs", "PutRetentionPolicy", { logGroupName: name.trim(), retentionInDays: Number(days) })]
      : group?.retentionInDays !== undefined
        ? [step("logs", "DeleteRetentionPolicy", { logGroupName: name.trim() })]
        : []),
  ];
  return (
    <Dialog
      title={group ? "Edit retention setting" : "Create log group"}
      submit={group ? "Save" : "Create"}
      ready={name.trim() !== ""}
      plan={plan}
      success={`${name.trim()} was saved.`}
      close={close}
      done={done}
    >
      <TextField label="Log group name" value={name} onChange={setName} disabled={group !== undefined} />
      <SelectField
        label="Retention setting"
        value={days}
        onChange={setDays}
        choices={[{ value: "", label: "Never expire" }, ...retentions.map((d) => ({ value: String(d), label: retention(d) }))]}
      />
    </Dialog>
  );
}

export function LogGroup({ params }: { params: Params }) {
  const name = params.group ?? "";
  const group = useLoad(
    `group ${name}`,
    async (signal) =>
      (await call("logs", "DescribeLogGroups", { logGroupNamePrefix: name }, signal)).logGroups?.find((g) => g.logGroupName === name) ??
      null,
  );
  const streams = useList(
    "logs",
    "DescribeLogStreams",
    { logGroupName: name, orderBy: "LastEventTime", descending: true },
    "logStreams",
    mostStreams,
  );
  const [selected, setSelected] = useState<LogStream[]>([]);
  const [question, setQuestion] = useState<Question>();
  const [editing, setEditing] = useState(false);
  const one = selected[0];
  return (
    <Page
      info={{ title: name, service: "logs", crumbs: [...crumbs, { text: "Log groups", href: to("cloudwatch") }] }}
      actions={
        <>
          <Button onClick={() => setQuestion(deleteGroup(name, () => navigate(to("cloudwatch"))))}>Delete</Button>
          <Button disabled={!group.data} onClick={() => setEditing(true)}>
            Edit retention setting
          </Button>
          <Button variant="primary" onClick={() => navigate(to("cloudwatch", "log-groups", name, "search"))}>
            Search log group
          </Button>
        </>
      }
    >
      <Loaded load={group} what="the log group">
        {(g) => (
          <SpaceBetween size="l">
            {g && (
              <Container header={<Header variant="h2">Log group details</Header>}>
                <KeyValuePairs
                  columns={2}
                  items={[
                    {
                      label: "ARN",
                      value: (
                        <span className="mono">
                          <Copyable text={g.arn} what="ARN" />
                        </span>
                      ),
                    },
                    { label: "Retention", value: retention(g.retentionInDays) },
                    { label: "Creation time", value: when(g.creationTime) },
                    { label: "Stored bytes", value: size(g.storedBytes) },
                  ]}
                />
              </Container>
            )}
            <ListTable
              title="Log streams"
              load={streams}
              items={streams.data}
              id={(s) => s.logStreamName}
              label={(s) => s.logStreamName}
              select="single"
              selected={selected}
              onSelect={setSelected}
              actions={
                <Button
                  disabled={!one}
                  onClick={() =>
                    one &&
                    setQuestion({
                      title: "Delete log stream?",
                      text: `${one.logStreamName} and its log events are deleted.`,
                      plan: [step("logs", "DeleteLogStream", { logGroupName: name, logStreamName: one.logStreamName })],
                      success: "The log stream was deleted.",
                      done: () => {
                        setSelected([]);
                        streams.reload();
                      },
                    })
                  }
                >
                  Delete
                </Button>
              }
              columns={[
                {
                  id: "name",
                  header: "Log stream",
                  cell: (s) => <Link href={to("cloudwatch", "log-groups", name, "streams", s.logStreamName)}>{s.logStreamName}</Link>,
                  text: (s) => s.logStreamName,
                },
                { id: "last", header: "Last event time", cell: (s) => when(s.lastEventTimestamp), text: (s) => s.lastEventTimestamp ?? 0 },
              ]}
              empty="No log streams"
            />
          </SpaceBetween>
        )}
      </Loaded>
      <Confirm question={question} close={() => setQuestion(undefined)} />
      {editing && group.data && <GroupDialog group={group.data} close={() => setEditing(false)} done={group.reload} />}
    </Page>
  );
}
