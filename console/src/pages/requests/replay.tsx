// Replay: the same request again, and what was different then.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { toBase64 } from "../../api/cli";
import { replayRequest, type Detail, type Replayed } from "../../api/requests";
import { AreaField, SelectField, TextField } from "../../shell/fields";
import { useCall } from "../../shell/load";
import { Problem } from "../../shell/problem";
import { duration, tone } from "./facts";
import { detailPage } from "./list";

interface Secret {
  place: string;
  name: string;
  value: string;
  without: boolean;
}

export function ReplayDialog({ detail: d, close }: { detail: Detail; close: () => void }) {
  const stages = useCall("apigateway", "GetStages", { restApiId: d.api });
  const [stage, setStage] = useState(d.stage);
  const [secrets, setSecrets] = useState<Secret[]>(() =>
    d.masked
      .filter((m) => m !== "body")
      .map((m) => {
        const [place = "", ...name] = m.split(" ");
        return { place, name: name.join(" "), value: "", without: false };
      }),
  );
  const unknown = d.masked.includes("body") || d.client.body?.cut === true;
  const [body, setBody] = useState(unknown ? "" : (d.client.body?.text ?? ""));
  const [changed, setChanged] = useState(unknown);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const [result, setResult] = useState<Replayed>();
  const names = [...new Set([d.stage, ...(stages.data?.item ?? []).map((s) => s.stageName)])];

  const run = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const given = (place: string) => secrets.filter((s) => s.place === place && !s.without).map(({ name, value }) => ({ name, value }));
      setResult(
        await replayRequest({
          id: d.id,
          stage,
          headers: given("header"),
          query: given("query"),
          without: secrets.filter((s) => s.without).map((s) => s.name),
          body: changed ? toBase64(body) : undefined,
        }),
      );
    } catch (e) {
      setError(e instanceof Error ? e : new Error(String(e)));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal
      visible
      size="large"
      header={result ? "Replayed" : "Replay the request"}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {result ? "Close" : "Cancel"}
            </Button>
            {result && <Button href={detailPage(result.replayed)}>Show the new request</Button>}
            <Button variant="primary" loading={busy} onClick={() => void run()}>
              {result ? "Replay again" : "Send"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        {!result && (
          <>
            <Box>
              Sends {d.method} {d.path} through the API again, from here: the back end is really called.
            </Box>
            <SelectField label="Stage" value={stage} onChange={setStage} choices={names.map((n) => ({ value: n, label: n }))} />
            {secrets.length > 0 && (
              <Alert type="info" statusIconAriaLabel="Information">
                Secrets are not kept. Give them again, or leave them out.
              </Alert>
            )}
            {secrets.map((s, i) => {
              const set = (next: Partial<Secret>) => setSecrets(secrets.map((x, n) => (n === i ? { ...x, ...next } : x)));
              return (
                <div key={i} className="row">
                  <TextField label={`${s.name} (${s.place})`} value={s.value} onChange={(value) => set({ value })} disabled={s.without} />
                  <span className="check">
                    <Checkbox checked={s.without} onChange={(e) => set({ without: e.detail.checked })} ariaLabel={`Leave out ${s.name}`}>
                      Leave out
                    </Checkbox>
                  </span>
                </div>
              );
            })}
            {d.method !== "GET" && d.method !== "HEAD" && (
              <AreaField
                label="Body"
                value={body}
                onChange={(v) => {
                  setBody(v);
                  setChanged(true);
                }}
                rows={6}
                description={unknown ? "The whole body is not kept: give it again." : undefined}
              />
            )}
          </>
        )}
        {error && <Problem error={error} />}
        {result && <Comparison result={result} />}
      </SpaceBetween>
    </Modal>
  );
}

function Comparison({ result: r }: { result: Replayed }) {
  const steps = [...new Set(r.differences.map((d) => d.step))];
  return (
    <SpaceBetween size="m">
      <div className="fields">
        {[
          { title: "Before", d: r.original },
          { title: "Now", d: r.replayed },
        ].map(({ title, d }) => (
          <div key={title}>
            <Box variant="awsui-key-label">{title}</Box>
            <StatusIndicator type={tone(d)}>{`${d.status}, ${duration(d.took)}, stage ${d.stage}`}</StatusIndicator>
          </div>
        ))}
      </div>
      {steps.length === 0 && <StatusIndicator type="success">Nothing differs.</StatusIndicator>}
      {steps.map((step) => (
        <section key={step} className="message" aria-label={step}>
          <h3>{step}</h3>
          {r.differences
            .filter((d) => d.step === step)
            .map((d, i) => (
              <div key={i}>
                <span className="mono">{d.what}</span>
                <pre className="code lines">
                  <span className="gone">− {d.before}</span>
                  {"\n"}
                  <span className="new">+ {d.after}</span>
                </pre>
              </div>
            ))}
        </section>
      ))}
      {r.more !== undefined && r.more > 0 && <Box>{r.more} further differences</Box>}
    </SpaceBetween>
  );
}
