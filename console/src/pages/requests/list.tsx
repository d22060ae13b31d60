// Requests: a live table, of one API or stage or of all.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import type { Request } from "../../api/requests";
import { useCall } from "../../shell/load";
import { usePage } from "../../shell/page";
import { Problem } from "../../shell/problem";
import { region } from "../../shell/region";
import { query, to, type Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";
import { duration, timeOf, tone, where } from "./facts";
import { useLive } from "./live";

const results = [
  { value: "", label: "Any result" },
  { value: "failed", label: "Failed" },
  { value: "2xx", label: "2xx" },
  { value: "3xx", label: "3xx" },
  { value: "4xx", label: "4xx" },
  { value: "5xx", label: "5xx" },
];

const pageSize = 50;

export const detailPage = (r: Pick<Request, "id">) => to("apigateway", "requests", r.id);

export function Requests({ params }: { params: Params }) {
  return params.api === undefined ? <AllRequests /> : <RequestsOfApi id={params.api} />;
}

function AllRequests() {
  usePage({ title: "Requests", service: "apigateway", crumbs: [{ text: "API Gateway", href: to("apigateway") }] });
  return <LiveTable withApi />;
}

function RequestsOfApi({ id }: { id: string }) {
  const api = useApi(id);
  usePage(apiInfo("Requests", { id, name: api.name }));
  const stages = useCall("apigateway", "GetStages", { restApiId: id });
  return <LiveTable api={id} stages={(stages.data?.item ?? []).map((s) => s.stageName)} />;
}

function LiveTable({ api, stages = [], withApi = false }: { api?: string; stages?: string[]; withApi?: boolean }) {
  const [stage, setStage] = useState(query("stage") ?? "");
  const [path, setPath] = useState(query("path") ?? "");
  const [result, setResult] = useState("");
  const [paused, setPaused] = useState(false);
  const [page, setPage] = useState(1);
  const live = useLive(
    {
      api,
      stage: stage || undefined,
      region: region(),
      path: path.trim() || undefined,
      failed: result === "failed" || undefined,
      status: result !== "" && result !== "failed" ? result : undefined,
    },
    paused,
  );
  const stageOptions = [{ value: "", label: "Any stage" }, ...[...new Set([...stages, stage])].filter(Boolean).map((s) => ({ value: s, label: s }))];
  const pages = Math.max(1, Math.ceil(live.requests.length / pageSize));
  const at = Math.min(page, pages);
  const filtered = stage !== "" || path !== "" || result !== "";
  const clear = () => {
    setStage("");
    setPath("");
    setResult("");
  };
  return (
    <Table
      variant="full-page"
      wrapLines
      trackBy="id"
      items={live.requests.slice((at - 1) * pageSize, at * pageSize)}
      columnDefinitions={columns(withApi)}
      loading={live.loading}
      loadingText="Loading requests"
      ariaLabels={{ tableLabel: "Requests" }}
      header={
        <SpaceBetween size="s">
          <Header
            variant="h1"
            counter={live.loading ? undefined : `(${live.requests.length})`}
            description="What happened to requests for deployed APIs: the last 1,000 of each stage, newest first."
            actions={
              <div className="buttons">
                <span aria-live="polite">
                  <LinkState live={live} paused={paused} />
                </span>
                <Button iconName={paused ? "play" : "pause"} onClick={() => setPaused(!paused)}>
                  {paused ? "Resume" : "Pause"}
                </Button>
              </div>
            }
          >
            Requests
          </Header>
          {live.error && !live.connected && <Problem error={live.error} retry={live.retry} />}
          {live.lost > 0 && (
            <Alert type="info" statusIconAriaLabel="Information">
              {live.lost} {live.lost === 1 ? "request was" : "requests were"} too quick to be shown here.
            </Alert>
          )}
        </SpaceBetween>
      }
      filter={
        <div className="fields">
          <FormField label="Path">
            <Input type="search" value={path} onChange={(e) => setPath(e.detail.value)} placeholder="A part of the path" clearAriaLabel="Clear path" />
          </FormField>
          <FormField label="Result">
            <Select
              selectedOption={results.find((r) => r.value === result) ?? null}
              options={results}
              onChange={(e) => setResult(e.detail.selectedOption.value ?? "")}
            />
          </FormField>
          {!withApi && (
            <FormField label="Stage">
              <Select
                selectedOption={stageOptions.find((s) => s.value === stage) ?? null}
                options={stageOptions}
                onChange={(e) => setStage(e.detail.selectedOption.value ?? "")}
              />
            </FormField>
          )}
        </div>
      }
      pagination={
        pages > 1 && (
          <Pagination
            currentPageIndex={at}
            pagesCount={pages}
            onChange={(e) => setPage(e.detail.currentPageIndex)}
            ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (n) => `Page ${n}` }}
          />
        )
      }
      empty={
        <Box textAlign="center" color="inherit" padding="l">
          <SpaceBetween size="xs">
            <b>{filtered ? "No matches" : "No requests"}</b>
            {filtered ? <Button onClick={clear}>Clear filter</Button> : <Box color="inherit">Call a deployed API, and its requests show here at once.</Box>}
          </SpaceBetween>
        </Box>
      }
    />
  );
}

function LinkState({ live, paused }: { live: { connected: boolean; waiting: number }; paused: boolean }) {
  if (paused) return <StatusIndicator type="stopped">{live.waiting > 0 ? `Paused, ${live.waiting} new` : "Paused"}</StatusIndicator>;
  if (!live.connected) return <StatusIndicator type="pending">Connecting</StatusIndicator>;
  return <StatusIndicator type="success">Live</StatusIndicator>;
}

function columns(withApi: boolean): TableProps.ColumnDefinition<Request>[] {
  return [
    { id: "time", header: "Time", cell: (r) => <span className="nowrap">{timeOf(r.time)}</span>, width: 120 },
    {
      id: "request",
      header: "Request",
      isRowHeader: true,
      minWidth: 180,
      cell: (r) => (
        <>
          <span className="verb">{r.method}</span> <Link href={detailPage(r)}>{r.path}</Link>
        </>
      ),
    },
    { id: "status", header: "Status", cell: (r) => <StatusIndicator type={tone(r)}>{String(r.status)}</StatusIndicator>, width: 100 },
    { id: "took", header: "Duration", cell: (r) => <span className="nowrap">{duration(r.took)}</span>, width: 110 },
    {
      id: "stage",
      header: withApi ? "API and stage" : "Stage",
      minWidth: withApi ? 150 : 90,
      cell: (r) =>
        withApi ? (
          <span className="anywhere">
            <Link href={to("apigateway", r.api, "requests")}>{r.apiName || r.api}</Link> {r.stage}
          </span>
        ) : (
          r.stage
        ),
    },
    { id: "where", header: "Went to", minWidth: 110, cell: (r) => <span className="anywhere">{where(r)}</span> },
    { id: "error", header: "Error", minWidth: 220, cell: (r) => <span className="anywhere clamped">{r.error ?? "-"}</span> },
  ];
}
