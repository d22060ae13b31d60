// Audit: who did what in this account.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { post } from "../../api/client";
import { useLoad } from "../../shell/load";
import { Page } from "../../shell/page";
import { Problem } from "../../shell/problem";
import { to } from "../../shell/router";

interface Event {
  eventID: string;
  eventTime: string;
  eventName: string;
  eventSource: string;
  sourceIPAddress: string;
  errorCode?: string;
  userIdentity: { type: string; arn?: string; userName?: string };
}

/** outcome is how an event ended; a sign-in tells it in its answer. */
function outcome(e: Event): string | undefined {
  const failed = (e as { responseElements?: { ConsoleLogin?: string } }).responseElements?.ConsoleLogin === "Failure";
  return e.errorCode ?? (failed ? "Failure" : undefined);
}

export function Audit() {
  const [user, setUser] = useState("");
  const [operation, setOperation] = useState("");
  const [failed, setFailed] = useState(false);
  const [asked, setAsked] = useState({ user: "", operation: "", failed: false });
  const [pages, setPages] = useState<string[]>([]);
  const next = pages.at(-1);
  const load = useLoad(`audit ${JSON.stringify([asked, next])}`, async (signal) => {
    return (await post("audit", { ...asked, max: 100, next: next ?? "" }, "LookupEvents", signal)) as { records: Event[]; next?: string };
  });
  const ask = () => {
    setPages([]);
    setAsked({ user: user.trim(), operation: operation.trim(), failed });
    load.reload();
  };
  const older = load.data?.next;
  return (
    <Page info={{ title: "Audit", service: "iam", crumbs: [{ text: "IAM", href: to("iam") }] }}>
        <Table
          variant="container"
          trackBy="eventID"
          loading={load.loading}
          loadingText="Loading"
          items={load.data?.records ?? []}
          header={
            <Header
              variant="h2"
              description="Calls of the AWS APIs, sign-ins and changes to accounts, the newest first."
              actions={<Button iconName="refresh" ariaLabel="Refresh events" onClick={load.reload} />}
            >
              Events
            </Header>
          }
          filter={
            <form
              onSubmit={(e) => {
                e.preventDefault();
                ask();
              }}
            >
              <SpaceBetween direction="horizontal" size="s" alignItems="center">
                <Input value={user} onChange={(e) => setUser(e.detail.value)} placeholder="User, role, ARN or key ID" ariaLabel="User" />
                <Input
                  value={operation}
                  onChange={(e) => setOperation(e.detail.value)}
                  placeholder="Operation, such as CreateUser"
                  ariaLabel="Operation"
                />
                <Checkbox checked={failed} onChange={(e) => setFailed(e.detail.checked)}>
                  Failed only
                </Checkbox>
                <Button>Find</Button>
              </SpaceBetween>
            </form>
          }
          footer={
            (pages.length > 0 || older !== undefined) && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>
                  Newer
                </Button>
                <Button disabled={older === undefined} onClick={() => older !== undefined && setPages([...pages, older])}>
                  Older
                </Button>
              </SpaceBetween>
            )
          }
          empty={load.error ? <Problem error={load.error} retry={load.reload} /> : <Box textAlign="center">No events were found.</Box>}
          columnDefinitions={[
            { id: "time", header: "Time", cell: (e) => new Date(e.eventTime).toLocaleString() },
            { id: "who", header: "Who", cell: (e) => e.userIdentity.arn ?? e.userIdentity.userName ?? e.userIdentity.type, isRowHeader: true },
            { id: "what", header: "What", cell: (e) => `${e.eventSource.replace(/\.amazonaws\.com$/, "")}:${e.eventName}` },
            { id: "from", header: "From", cell: (e) => e.sourceIPAddress },
            {
              id: "outcome",
              header: "Outcome",
              cell: (e) => {
                const wrong = outcome(e);
                return <StatusIndicator type={wrong === undefined ? "success" : "error"}>{wrong ?? "Succeeded"}</StatusIndicator>;
              },
            },
            {
              id: "record",
              header: "Record",
              cell: (e) => (
                <ExpandableSection headerText="Show" headerAriaLabel={`Show the record of ${e.eventName}`}>
                  <pre className="mono">{JSON.stringify(e, undefined, 2)}</pre>
                </ExpandableSection>
              ),
            },
          ]}
        />
    </Page>
  );
}
