// What a request's details are made of: where its time went, messages, logs.
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import Toggle from "@cloudscape-design/components/toggle";
import type { Body, Detail, Field, Log, Message } from "../../api/requests";
import { bodyText, changes, duration, isJson, tokens, type Line } from "./facts";

/** Waterfall draws each phase where and as long as it was. */
export function Waterfall({ detail }: { detail: Detail }) {
  const whole = Math.max(detail.took, 0.001);
  return (
    <ol className="waterfall" aria-label="Where the time went">
      {detail.phases.map((p) => (
        <li key={p.name} className={p.within === undefined ? undefined : "within"}>
          <span className="name">{p.name}</span>
          <span className="track" aria-hidden="true">
            <span
              className={p.name === "Integration" || p.within !== undefined ? "bar call" : "bar"}
              style={{ left: `${Math.min(99, (100 * p.from) / whole)}%`, width: `${Math.max(0.5, Math.min(100, (100 * p.took) / whole))}%` }}
            />
          </span>
          <span className="took">{duration(p.took)}</span>
        </li>
      ))}
    </ol>
  );
}

/** Part is one place that the request came through. */
export function Part({ title, note, message, before }: { title: string; note?: string; message: Message; before?: Body }) {
  const lines: [string, Field[] | undefined][] = [
    ["Path parameters", message.path],
    ["Query parameters", message.query],
    ["Headers", message.headers],
  ];
  return (
    <section className="message" aria-label={title}>
      <h3>{title}</h3>
      {note && <p className="quiet">{note}</p>}
      {(message.method || message.uri || message.status) && (
        <p className="mono">
          {message.method && <span className="verb">{message.method} </span>}
          {message.uri}
          {message.status !== undefined && message.status > 0 && <b>{message.status}</b>}
        </p>
      )}
      {lines.map(([name, fields]) => fields && fields.length > 0 && <Fields key={name} title={name} fields={fields} />)}
      <Content title={title} body={message.body} before={before} />
    </section>
  );
}

function Fields({ title, fields }: { title: string; fields: Field[] }) {
  return (
    <details open={title !== "Headers"}>
      <summary>
        {title} ({fields.length})
      </summary>
      <dl className="pairs mono">
        {fields.map((f, i) => (
          <div key={i}>
            <dt>{f.name}</dt>
            <dd>{f.value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** Content is a body; where it was made of another one, what is new in it is marked. */
function Content({ title, body, before }: { title: string; body?: Body; before?: Body }) {
  const [marked, setMarked] = useState(true);
  const text = bodyText(body);
  if (text === "") return <p className="quiet">No body</p>;
  const old = bodyText(before);
  const lines: Line[] = old !== "" && old !== text && marked ? changes(old, text) : text.split("\n").map((line) => ({ text: line, change: "same" }));
  return (
    <SpaceBetween size="xxs">
      {old !== "" && old === text && <p className="quiet">The body is as it was.</p>}
      {old !== "" && old !== text && (
        <Toggle checked={marked} onChange={(e) => setMarked(e.detail.checked)} ariaLabel={`Mark changes in ${title.toLowerCase()}`}>
          Mark changes
        </Toggle>
      )}
      <Lines label={`${title} body`} lines={lines} json={isJson(text)} />
    </SpaceBetween>
  );
}

const signs: Record<Line["change"], string> = { same: " ", new: "+", gone: "−" };

function Lines({ label, lines, json }: { label: string; lines: Line[]; json: boolean }) {
  const any = lines.some((l) => l.change !== "same");
  return (
    <pre className="code lines" tabIndex={0} role="region" aria-label={label}>
      {lines.map((l, i) => (
        <span key={i} className={l.change}>
          {any && signs[l.change] + " "}
          {json
            ? tokens(l.text).map((t, n) => (
                <span key={n} className={`token-${t.kind}`}>
                  {t.text}
                </span>
              ))
            : l.text}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

export function FunctionLog({ title, log }: { title: string; log: Log }) {
  return (
    <section className="message" aria-label={title}>
      <h3>{title}</h3>
      <p className="quiet anywhere">
        {log.function}, request {log.requestId}
      </p>
      {log.problem !== undefined && <Box color="text-status-warning">{log.problem}</Box>}
      {log.lines.length === 0 && log.problem === undefined && <p className="quiet">No log lines</p>}
      {log.lines.length > 0 && (
        <pre className="code" tabIndex={0} role="region" aria-label={`${title} lines`}>
          {log.lines.join("\n")}
        </pre>
      )}
    </section>
  );
}
