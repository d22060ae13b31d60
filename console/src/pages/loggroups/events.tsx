// Log events of a stream or of a whole group: filtered, and followed.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useEffect, useRef, useState } from "react";
import { call } from "../../api/client";
import type { FilteredLogEvent } from "../../api/logs_gen";
import { step } from "../../api/step";
import { showCommands } from "../../shell/commands";
import { Page } from "../../shell/page";
import { Problem } from "../../shell/problem";
import { to, type Params } from "../../shell/router";

const spans: { value: string; label: string; ms?: number }[] = [
  { value: "5m", label: "5 minutes", ms: 5 * 60_000 },
  { value: "1h", label: "1 hour", ms: 60 * 60_000 },
  { value: "12h", label: "12 hours", ms: 12 * 60 * 60_000 },
  { value: "all", label: "All" },
];

const most = 5000; // events kept on the page
const followEvery = 2000; // ms

export function LogEvents({ params }: { params: Params }) {
  const group = params.group ?? "";
  const stream = params.stream;
  const [typed, setTyped] = useState("");
  const [filter, setFilter] = useState("");
  const [span, setSpan] = useState("all");
  const [follow, setFollow] = useState(false);
  const { events, error, loading, more, cut } = useEvents(group, stream, filter, spans.find((s) => s.value === span)?.ms, follow);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (follow) end.current?.scrollIntoView({ block: "nearest" });
  }, [follow, events]);
  const title = stream ?? "Log events";
  const command = () =>
    step("logs", "FilterLogEvents", {
      logGroupName: group,
      logStreamNames: stream === undefined ? undefined : [stream],
      filterPattern: filter || undefined,
    });
  return (
    <Page
      info={{
        title,
        service: "logs",
        crumbs: [
          { text: "CloudWatch", href: to("cloudwatch") },
          { text: "Log groups", href: to("cloudwatch") },
          { text: group, href: to("cloudwatch", "log-groups", group) },
        ],
      }}
      description={stream === undefined ? group : undefined}
    >
      <Container
        header={
          <Header
            variant="h2"
            counter={`(${events.length})`}
            description="A filter is a term, several terms, a “phrase”, -without, or a JSON pattern such as { $.level = ERROR }."
            actions={
              <div className="buttons">
                <Toggle checked={follow} onChange={(e) => setFollow(e.detail.checked)}>
                  Follow
                </Toggle>
                <Button onClick={() => showCommands([command()])}>Show as AWS CLI</Button>
                <Button iconName="refresh" ariaLabel="Refresh log events" loading={loading} onClick={more} />
              </div>
            }
          >
            Log events
          </Header>
        }
      >
        <SpaceBetween size="m">
          <form
            className="fields"
            onSubmit={(e) => {
              e.preventDefault();
              setFilter(typed.trim());
            }}
          >
            <FormField label="Filter pattern">
              <Input
                type="search"
                value={typed}
                onChange={(e) => {
                  setTyped(e.detail.value);
                  if (e.detail.value === "") setFilter("");
                }}
                placeholder="Press Enter to filter"
                clearAriaLabel="Clear filter"
              />
            </FormField>
            <FormField label="From the last">
              <Select
                selectedOption={spans.find((s) => s.value === span) ?? null}
                options={spans}
                onChange={(e) => setSpan(e.detail.selectedOption.value ?? "all")}
              />
            </FormField>
          </form>
          {error && <Problem error={error} retry={more} />}
          {cut && <Alert type="info">Only the last {most} events are shown.</Alert>}
          {events.length === 0 && !error ? (
            <Box textAlign="center" color="text-body-secondary" padding="l">
              {loading ? "Loading log events" : filter === "" ? "No log events" : "No log event matches the filter"}
            </Box>
          ) : (
            <table className="events" aria-label="Log events">
              <tbody>
                {events.map((e, i) => (
                  <tr key={e.eventId ?? i}>
                    <td>{new Date(e.timestamp ?? 0).toISOString()}</td>
                    <td>{(e.message ?? "").replace(/\n$/, "")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <div ref={end} />
        </SpaceBetween>
      </Container>
    </Page>
  );
}

/** useEvents loads the events, and those that come while follow is on. */
function useEvents(group: string, stream: string | undefined, filterPattern: string, span: number | undefined, follow: boolean) {
  const [events, setEvents] = useState<FilteredLogEvent[]>([]);
  const [error, setError] = useState<Error>();
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const [cut, setCut] = useState(false);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = new Map<string, FilteredLogEvent>();
    let dropped = false;
    const first = span === undefined ? undefined : Date.now() - span;

    /** latest keeps the last events, and returns them in order. */
    const latest = () => {
      const all = [...seen].sort(([, a], [, b]) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
      dropped ||= all.length > most;
      seen = new Map(all.slice(-most));
      return [...seen.values()];
    };

    const load = async (startTime: number | undefined) => {
      let nextToken: string | undefined;
      do {
        const page = await call(
          "logs",
          "FilterLogEvents",
          {
            logGroupName: group,
            logStreamNames: stream === undefined ? undefined : [stream],
            filterPattern: filterPattern || undefined,
            startTime,
            nextToken,
            limit: 10_000,
          },
          stop.signal,
        );
        for (const e of page.events ?? []) seen.set(e.eventId ?? `${e.timestamp} ${e.message}`, e);
        if (seen.size > 4 * most) latest();
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      stop.signal.throwIfAborted();
      const kept = latest();
      setCut(dropped);
      setEvents(kept);
      return kept.at(-1)?.timestamp;
    };

    const run = async (startTime: number | undefined) => {
      try {
        const last = await load(startTime);
        setError(undefined);
        if (follow && !stop.signal.aborted) timer = setTimeout(() => void run(last ?? startTime), followEvery);
      } catch (e) {
        if (!stop.signal.aborted) setError(e instanceof Error ? e : new Error(String(e)));
      } finally {
        if (!stop.signal.aborted) setLoading(false);
      }
    };
    setLoading(true);
    void run(first);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [group, stream, filterPattern, span, follow, turn]);

  return { events, error, loading, cut, more: () => setTurn((n) => n + 1) };
}
