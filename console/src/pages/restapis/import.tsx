// Import API: into an API that is there, merged or overwritten.
import Container from "@cloudscape-design/components/container";
import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState, type ReactNode } from "react";
import { toBase64 } from "../../api/cli";
import { output, step, type Plan } from "../../api/step";
import { CodeField } from "../../editor/code";
import { FormPage } from "../../shell/act";
import { notify } from "../../shell/notify";
import { Page } from "../../shell/page";
import { to, type Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";

export function languageOf(definition: string): "json" | "yaml" {
  return /^\s*(\{|$)/.test(definition) ? "json" : "yaml";
}

export function FilePicker({
  label,
  description,
  onText,
  accept,
}: {
  label: string;
  description?: ReactNode;
  onText: (text: string) => void;
  accept?: string;
}) {
  const [files, setFiles] = useState<File[]>([]);
  return (
    <FormField label={label} description={description}>
      <FileUpload
        value={files}
        accept={accept ?? ".json,.yaml,.yml"}
        onChange={(e) => {
          setFiles(e.detail.value);
          e.detail.value[0]?.text().then(onText, (why: Error) => notify("error", why.message, undefined, "The file could not be read"));
        }}
        i18nStrings={{
          uploadButtonText: () => "Choose file",
          dropzoneText: () => "Drop file to upload",
          removeFileAriaLabel: () => "Remove file",
          limitShowFewer: "Show fewer files",
          limitShowMore: "Show more files",
          errorIconAriaLabel: "Error",
        }}
        showFileSize
      />
    </FormField>
  );
}

export function ImportInto({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const [mode, setMode] = useState("merge");
  const [body, setBody] = useState("");
  const plan = (): Plan => [step("apigateway", "PutRestApi", { restApiId: id, mode, body: toBase64(body) })];
  return (
    <Page info={apiInfo("Import API", { id, name: api.name }, { text: "Resources", href: to("apigateway", id, "resources") })}>
      <FormPage
        plan={plan}
        submit="Import"
        success={`The definition was imported into ${api.name}. Deploy the API for this to take effect.`}
        check={() => (body.trim() === "" ? "Paste a definition, or choose a file." : undefined)}
        cancel={to("apigateway", id, "resources")}
        done={(out) => {
          const warnings = output("apigateway", "PutRestApi", out[0]).warnings ?? [];
          if (warnings.length > 0) notify("warning", warnings.join("\n"), undefined, "Imported with warnings");
          return to("apigateway", id, "resources");
        }}
        dirty={body !== ""}
      >
        <Container header={<Header variant="h2">API definition</Header>}>
          <SpaceBetween size="l">
            <FormField label="Import mode">
              <RadioGroup
                value={mode}
                onChange={(e) => setMode(e.detail.value)}
                items={[
                  { value: "merge", label: "Merge", description: "What the definition does not mention stays." },
                  { value: "overwrite", label: "Overwrite", description: "The definition takes the API's place; its ID and stages stay." },
                ]}
              />
            </FormField>
            <FilePicker label="File" onText={setBody} />
            <CodeField label="Definition" language={languageOf(body)} value={body} onChange={setBody} rows={16} check={() => undefined} />
          </SpaceBetween>
        </Container>
      </FormPage>
    </Page>
  );
}
