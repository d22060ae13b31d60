// Code source: the files of the package, edited and deployed here.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useRef, useState } from "react";
import { bytesToBase64 } from "../../api/cli";
import { output, step, type Step } from "../../api/step";
import { CodeBox, type Language } from "../../editor/code";
import { ActError, useAct } from "../../shell/act";
import { showCommands } from "../../shell/commands";
import { DialogFrame } from "../../shell/dialogframe";
import { size } from "../../shell/format";
import { useLoad } from "../../shell/load";
import { Loaded } from "../../shell/problem";
import { navigate, to, useUnsaved } from "../../shell/router";
import type { FunctionProps } from "./detail";
import { moduleMistake } from "./runtimes";
import { isText, newEntry, unzip, zip, type Entry } from "./zip";

export function CodeTab(p: FunctionProps) {
  const { configuration: c, answer } = p;
  const location_ = answer.Code?.Location ?? "";
  const local = location_.startsWith("file:");
  // What is deployed from here is known; the code is fetched anew only when it was changed elsewhere.
  const own = useRef(new Set<string>());
  const [base, setBase] = useState(c.CodeSha256 ?? "");
  if (c.CodeSha256 !== undefined && c.CodeSha256 !== base && !own.current.has(c.CodeSha256)) setBase(c.CodeSha256);
  const entries = useLoad(local || c.PackageType === "Image" ? undefined : `code ${p.name} ${base}`, (signal) =>
    download(location_, signal),
  );
  return (
    <SpaceBetween size="l">
      {local ? (
        <Alert type="info" header="The code is a folder on this machine">
          {decodeURI(location_.slice("file://".length))}: change it there, and the next start of the function has it.
        </Alert>
      ) : c.PackageType === "Image" ? (
        <Alert type="info">The code is a container image: {answer.Code?.ImageUri}</Alert>
      ) : (
        <Loaded load={entries} what="the code">
          {(e) => <Source key={base} p={p} entries={e} deployed={(sha) => own.current.add(sha)} />}
        </Loaded>
      )}
      <Container header={<Header variant="h2">Code properties</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Package size", value: size(c.CodeSize) },
            { label: "SHA256 hash", value: <span className="mono">{c.CodeSha256}</span> },
            { label: "Architecture", value: c.Architectures?.join(", ") ?? "-" },
          ]}
        />
      </Container>
    </SpaceBetween>
  );
}

/** download fetches the package from this server, under whichever name it is called here. */
async function download(link: string, signal: AbortSignal): Promise<Entry[]> {
  const url = new URL(link, location.origin);
  const response = await fetch(url.pathname + url.search, { signal });
  if (!response.ok) throw new Error(`The code package could not be fetched: ${await response.text()}`);
  return unzip(new Uint8Array(await response.arrayBuffer()));
}

function languageOf(name: string): Language {
  if (/\.(mjs|cjs|js)$/.test(name)) return "javascript";
  if (name.endsWith(".py")) return "python";
  if (name.endsWith(".json")) return "json";
  if (/\.ya?ml$/.test(name)) return "yaml";
  return "text";
}

/** updateCode packs the code when it runs; as a command it names a file anyway. */
function updateCode(name: string, pack: () => Promise<Uint8Array<ArrayBuffer>>): Step {
  const send = (ZipFile: string) => step("lambda", "UpdateFunctionCode", { FunctionName: name, ZipFile });
  return { ...send(""), run: async () => send(bytesToBase64(await pack())).run() };
}

const maxShown = 300; // files in the list

function Source({ p, entries, deployed }: { p: FunctionProps; entries: Entry[]; deployed: (sha: string) => void }) {
  const first = () =>
    entries.find((e) => e.name.startsWith((p.configuration.Handler ?? "").split(".")[0] ?? "\0") && isText(e.bytes))?.name ??
    entries[0]?.name ??
    "";
  const [files, setFiles] = useState(entries);
  const [current, setCurrent] = useState(entries); // what runs now
  const [open, setOpen] = useState(first);
  const [naming, setNaming] = useState<"new" | "rename">();
  const [uploading, setUploading] = useState(false);
  const act = useAct();
  const changed = files !== current;
  useUnsaved(changed && !act.busy);
  const file = files.find((f) => f.name === open);
  const text = file && isText(file.bytes) ? new TextDecoder().decode(file.bytes) : undefined;
  const wrong = file && text !== undefined ? moduleMistake(file.name, text) : undefined;
  const mistake = files.some((f) => f.name === wrong?.rename) ? undefined : wrong; // that name is taken

  const edit = (value: string) => {
    if (value !== text) setFiles(files.map((f) => (f.name === open ? { ...f, bytes: new TextEncoder().encode(value) } : f)));
  };
  const rename = (to: string) => {
    setFiles(files.map((f) => (f.name === open ? { ...f, name: to } : f)));
    setOpen(to);
  };
  const update = updateCode(p.name, () => zip(files));
  const deploy = async () => {
    const done = await act.run([update], `The function ${p.name} was updated.`);
    if (!done) return;
    deployed(output("lambda", "UpdateFunctionCode", done[0]).CodeSha256 ?? "");
    setCurrent(files);
    p.reload();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          info={changed ? <Box color="text-status-warning">Changes not deployed</Box> : undefined}
          actions={
            <div className="buttons">
              <Button onClick={() => setUploading(true)}>Upload from .zip file</Button>
              <Button onClick={() => navigate(to("lambda", "functions", p.name, "test"))}>Test</Button>
              <Button onClick={() => showCommands([update])}>Show as AWS CLI</Button>
              <Button variant="primary" disabled={!changed} loading={act.busy} loadingText="Deploying" onClick={() => void deploy()}>
                Deploy
              </Button>
            </div>
          }
        >
          Code source
        </Header>
      }
    >
      <SpaceBetween size="s">
        <ActError act={act} header="The code was not deployed" />
        {mistake && (
          <Alert
            type="warning"
            statusIconAriaLabel="Warning"
            action={<Button onClick={() => rename(mistake.rename)}>Rename to {mistake.rename}</Button>}
          >
            {mistake.message}
          </Alert>
        )}
        <div className="files">
          <SpaceBetween size="xs">
            <nav aria-label="Files">
              <ul className="tree">
                {files.slice(0, maxShown).map((f) => (
                  <li key={f.name} className="node">
                    <a
                      href="#"
                      role="button"
                      aria-current={f.name === open}
                      onClick={(e) => {
                        e.preventDefault();
                        setOpen(f.name);
                      }}
                    >
                      {f.name}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
            {files.length > maxShown && <span className="quiet">and {files.length - maxShown} more files</span>}
            <div className="buttons">
              <Button variant="icon" iconName="add-plus" ariaLabel="New file" onClick={() => setNaming("new")} />
              <Button variant="icon" iconName="edit" ariaLabel={`Rename ${open}`} disabled={!file} onClick={() => setNaming("rename")} />
              <Button
                variant="icon"
                iconName="remove"
                ariaLabel={`Remove ${open}`}
                disabled={!file || files.length === 1}
                onClick={() => {
                  const rest = files.filter((f) => f.name !== open);
                  setFiles(rest);
                  setOpen(rest[0]?.name ?? "");
                }}
              />
            </div>
          </SpaceBetween>
          {text === undefined ? (
            <Box color="text-body-secondary">
              {file ? `${file.name} is not text, or is too large to be edited here (${size(file.bytes.length)}).` : "No file is open."}
            </Box>
          ) : (
            <CodeBox key={open} label={`Code of ${open}`} language={languageOf(open)} value={text} onChange={edit} rows={22} maxRows={40} />
          )}
        </div>
      </SpaceBetween>
      {naming && (
        <NameDialog
          title={naming === "new" ? "New file" : "Rename file"}
          value={naming === "new" ? "" : open}
          taken={files.map((f) => f.name)}
          close={() => setNaming(undefined)}
          done={(name) => {
            if (naming === "rename") return rename(name);
            setFiles([...files, newEntry(name, "")]);
            setOpen(name);
          }}
        />
      )}
      {uploading && <UploadDialog p={p} close={() => setUploading(false)} />}
    </Container>
  );
}

function NameDialog({
  title,
  value,
  taken,
  close,
  done,
}: {
  title: string;
  value: string;
  taken: string[];
  close: () => void;
  done: (name: string) => void;
}) {
  const [name, setName] = useState(value);
  const bad = name.trim() === "" || (name !== value && taken.includes(name.trim()));
  const save = () => {
    if (bad) return;
    close();
    done(name.trim());
  };
  return (
    <DialogFrame
      title={title}
      close={close}
      submit={
        <Button variant="primary" disabled={bad} onClick={save}>
          OK
        </Button>
      }
    >
      <FormField label="File name" description="Folders are part of the name: lib/tools.js">
        <Input value={name} onChange={(e) => setName(e.detail.value)} onKeyDown={(e) => e.detail.key === "Enter" && save()} autoFocus />
      </FormField>
    </DialogFrame>
  );
}

function UploadDialog({ p, close }: { p: FunctionProps; close: () => void }) {
  const [files, setFiles] = useState<File[]>([]);
  const act = useAct();
  const upload = async () => {
    const file = files[0];
    if (!file) return;
    const update = updateCode(p.name, async () => new Uint8Array(await file.arrayBuffer()));
    if (!(await act.run([update], `The function ${p.name} was updated.`))) return;
    close();
    p.reload();
  };
  return (
    <DialogFrame
      title="Upload a .zip file"
      close={close}
      submit={
        <Button variant="primary" disabled={files.length === 0} loading={act.busy} onClick={() => void upload()}>
          Save
        </Button>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Code package" description="It takes the place of all the code that the function has now.">
          <FileUpload
            value={files}
            accept=".zip"
            showFileSize
            onChange={(e) => setFiles(e.detail.value)}
            i18nStrings={{
              uploadButtonText: () => "Choose file",
              dropzoneText: () => "Drop file to upload",
              removeFileAriaLabel: () => "Remove file",
              limitShowFewer: "Fewer",
              limitShowMore: "More",
              errorIconAriaLabel: "Error",
            }}
          />
        </FormField>
        <ActError act={act} />
      </SpaceBetween>
    </DialogFrame>
  );
}
