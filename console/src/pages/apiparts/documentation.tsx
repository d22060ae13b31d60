// Documentation: parts and versions, to look at.
import SpaceBetween from "@cloudscape-design/components/space-between";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";
import { Page } from "../../shell/page";
import type { Params } from "../../shell/router";
import { apiInfo, useApi } from "../resources/api";

export function Documentation({ params }: { params: Params }) {
  const id = params.api ?? "";
  const api = useApi(id);
  const parts = useList("apigateway", "GetDocumentationParts", { restApiId: id }, "items");
  const versions = useList("apigateway", "GetDocumentationVersions", { restApiId: id }, "items");
  return (
    <Page info={apiInfo("Documentation", { id, name: api.name })} description="Texts about parts of the API; exports contain them.">
      <SpaceBetween size="l">
        <ListTable
          title="Documentation parts"
          load={parts}
          items={parts.data}
          id={(p) => p.id}
          label={(p) => p.id}
          columns={[
            { id: "type", header: "Type", cell: (p) => p.location?.type ?? "-", text: (p) => p.location?.type ?? "" },
            {
              id: "where",
              header: "Where",
              cell: (p) =>
                [p.location?.method, p.location?.path, p.location?.name, p.location?.statusCode].filter(Boolean).join(" ") || "-",
              text: (p) => p.location?.path ?? "",
            },
            {
              id: "properties",
              header: "Properties",
              cell: (p) => <span className="mono">{p.properties ?? "-"}</span>,
              text: (p) => p.properties ?? "",
            },
          ]}
          empty="No documentation parts"
        />
        <ListTable
          title="Versions"
          load={versions}
          items={versions.data}
          id={(v) => v.version ?? ""}
          label={(v) => v.version ?? ""}
          columns={[
            { id: "version", header: "Version", cell: (v) => v.version ?? "-", text: (v) => v.version ?? "" },
            { id: "created", header: "Created", cell: (v) => when(v.createdDate), text: (v) => v.createdDate ?? 0 },
            { id: "description", header: "Description", cell: (v) => v.description ?? "-", text: (v) => v.description ?? "" },
          ]}
          empty="No versions"
        />
      </SpaceBetween>
    </Page>
  );
}
