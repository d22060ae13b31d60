// One request, step by step.
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { getRequest, type Body, type Detail } from "../../api/requests";
import { Copyable } from "../../shell/copy";
import { useLoad } from "../../shell/load";
import { Page } from "../../shell/page";
import { Loaded } from "../../shell/problem";
import { to, type Params } from "../../shell/router";
import { bodyText, command, duration, tone, where } from "./facts";
import { FunctionLog, Part, Waterfall } from "./parts";
import { ReplayDialog } from "./replay";

export function RequestDetail({ params }: { params: Params }) {
  const id = params.id ?? "";
  const load = useLoad(`request ${id}`, (signal) => getRequest(id, signal));
  const [replaying, setReplaying] = useState(false);
  const d = load.data;
  return (
    <Page
      info={{
        title: d ? `${d.method} ${d.path}` : "Request",
        service: "apigateway",
        api: d && { id: d.api, name: d.apiName || d.api },
        crumbs: [
          { text: "API Gateway", href: to("apigateway") },
          { text: "Requests", href: d ? to("apigateway", d.api, "requests") : to("apigateway", "requests") },
        ],
      }}
      title={d ? <span className="anywhere">{`${d.method} ${d.path}`}</span> : "Request"}
      description={d && `${d.apiName || d.api}, stage ${d.stage}`}
      actions={
        d && (
          <Button variant="primary" onClick={() => setReplaying(true)}>
            Replay
          </Button>
        )
      }
    >
      <Loaded load={load} what="request">
        {(detail) => (
          <>
            <Steps detail={detail} />
            {replaying && <ReplayDialog detail={detail} close={() => setReplaying(false)} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function Steps({ detail: d }: { detail: Detail }) {
  return (
    <SpaceBetween size="l">
      {d.failures.map((f, i) => (
        <Alert key={i} type={d.status >= 500 ? "error" : "warning"} statusIconAriaLabel="Why it failed">
          {f}
        </Alert>
      ))}
      {d.failures.length === 0 && d.error && (
        <Alert type="error" statusIconAriaLabel="Error">
          {d.error}
        </Alert>
      )}
      <Container header={<Header variant="h2">Overview</Header>}>
        <SpaceBetween size="l">
          <KeyValuePairs
            columns={4}
            items={[
              { label: "Status", value: <StatusIndicator type={tone(d)}>{String(d.status)}</StatusIndicator> },
              { label: "Duration", value: duration(d.took) },
              { label: "Time", value: exact.format(new Date(d.time)) },
              { label: "Went to", value: <Target detail={d} /> },
              { label: "Method", value: <Method detail={d} /> },
              {
                label: "Deployment",
                value: (
                  <>
                    <a href={to("apigateway", d.api, "stages", d.stage, "history")}>{d.deployment}</a>
                    {d.canary ? " (canary)" : ""}
                  </>
                ),
              },
              { label: "Client", value: <span className="anywhere">{d.sourceIp}</span> },
              { label: "Masked", value: d.masked.length === 0 ? "Nothing" : d.masked.join(", ") },
              {
                label: "Request id",
                value: (
                  <span className="mono">
                    <Copyable text={d.id} what="request id" />
                  </span>
                ),
              },
              { label: "Trace", value: <span className="mono">{d.trace ?? "-"}</span> },
              {
                label: "In a terminal",
                value: (
                  <span className="mono">
                    <Copyable text={command(d, "show")} what="command" />
                  </span>
                ),
              },
            ]}
          />
          <Waterfall detail={d} />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" description="What each step made of the request and of the answer. Marked lines are what the step changed.">
            Step by step
          </Header>
        }
      >
        <div className="messages">
          <Part title="Request" message={d.client} />
          {(d.authorizer || d.decisions.length > 0) && <Authorization detail={d} />}
          {d.invalid !== undefined && (
            <section className="message" aria-label="Validation">
              <h3>Validation</h3>
              <p>{d.invalid}</p>
            </section>
          )}
          {d.cacheHit && (
            <section className="message" aria-label="Cache">
              <h3>Cache</h3>
              <p>Answered from the stage's cache.</p>
            </section>
          )}
          {d.sent && (
            <Part
              title="Integration request"
              note={d.template ? `Made by the template for ${d.template}.` : undefined}
              message={d.sent}
              before={comparable(d.client.body, d.sent.body)}
            />
          )}
          {d.functionLog && <FunctionLog title="Function log" log={d.functionLog} />}
          {d.received && <Part title="Integration response" message={d.received} before={comparable(d.sent?.body, d.received.body)} />}
          <Part
            title="Response"
            note={
              d.selected
                ? `Mapped by the integration response for ${d.selected.status}, ${d.selected.pattern === "" ? "the default." : `since ${d.selected.pattern} matches.`}`
                : undefined
            }
            message={d.answer}
            before={comparable(d.received?.body, d.answer.body)}
          />
        </div>
      </Container>
    </SpaceBetween>
  );
}

/** comparable is a body that a later one was made of, as far as the two have lines in common. */
function comparable(before: Body | undefined, after: Body | undefined): Body | undefined {
  if (before === undefined || after === undefined) return undefined;
  const bare = (s: string) => s.trim().replace(/,$/, "");
  const have = new Set(bodyText(before).split("\n").map(bare));
  const words = bodyText(after).split("\n").map(bare).filter((l) => /\w/.test(l));
  const kept = words.filter((l) => have.has(l)).length;
  return 4 * kept >= words.length ? before : undefined;
}

function Target({ detail: d }: { detail: Detail }) {
  const fn = /:function:([^:]+)/.exec(d.target ?? "");
  return (
    <span className="anywhere">
      {fn?.[1] ? <a href={to("lambda", "functions", fn[1])}>{where(d)}</a> : (d.target ?? where(d))}
      {d.integration && ` (${d.integration})`}
    </span>
  );
}

function Method({ detail: d }: { detail: Detail }) {
  if (!d.resourceId || !d.configuredMethod) return <>No method fits</>;
  return (
    <a className="anywhere" href={to("apigateway", d.api, "resources", d.resourceId, d.configuredMethod)}>
      {d.configuredMethod} {d.resource}
    </a>
  );
}

function Authorization({ detail: d }: { detail: Detail }) {
  const a = d.authorizer;
  return (
    <section className="message" aria-label="Authorization">
      <h3>Authorization</h3>
      {a && (
        <dl className="pairs">
          <div>
            <dt>Authorizer</dt>
            <dd>
              {a.id}
              {a.cached && ", answered from its cache"}
              {a.took !== undefined && a.took > 0 && `, ${duration(a.took)}`}
            </dd>
          </div>
          {a.principal && (
            <div>
              <dt>Principal</dt>
              <dd>{a.principal}</dd>
            </div>
          )}
        </dl>
      )}
      {d.decisions.map((text, i) => (
        <StatusIndicator key={i} type={text.startsWith("allowed") ? "success" : "error"} wrapText>
          {text}
        </StatusIndicator>
      ))}
      {a?.result && <Part title="Authorizer's answer" message={{ body: a.result }} />}
      {a?.log && <FunctionLog title="Authorizer's log" log={a.log} />}
    </section>
  );
}
