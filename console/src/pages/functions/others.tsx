// Layers and event source mappings: lists.
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";
import { usePage } from "../../shell/page";
import { to } from "../../shell/router";

const crumbs = [{ text: "Lambda", href: to("lambda") }];

export function Layers() {
  usePage({ title: "Layers", service: "lambda", crumbs });
  const layers = useList("lambda", "ListLayers", {}, "Layers");
  return (
    <ListTable
      title="Layers"
      headingVariant="h1"
      load={layers}
      items={layers.data}
      id={(l) => l.LayerName ?? ""}
      label={(l) => l.LayerName ?? ""}
      columns={[
        { id: "name", header: "Name", cell: (l) => l.LayerName ?? "-", text: (l) => l.LayerName ?? "" },
        {
          id: "version",
          header: "Latest version",
          cell: (l) => String(l.LatestMatchingVersion?.Version ?? "-"),
          text: (l) => l.LatestMatchingVersion?.Version ?? 0,
        },
        { id: "runtimes", header: "Compatible runtimes", cell: (l) => l.LatestMatchingVersion?.CompatibleRuntimes?.join(", ") || "-" },
        {
          id: "arn",
          header: "Version ARN",
          cell: (l) => <span className="mono">{l.LatestMatchingVersion?.LayerVersionArn}</span>,
          text: (l) => l.LatestMatchingVersion?.LayerVersionArn ?? "",
        },
        { id: "created", header: "Created", cell: (l) => when(l.LatestMatchingVersion?.CreatedDate) },
      ]}
      empty="No layers"
      emptyText="A layer is code that several functions share: aws lambda publish-layer-version."
    />
  );
}

export function EventSourceMappings() {
  usePage({ title: "Event source mappings", service: "lambda", crumbs });
  const mappings = useList("lambda", "ListEventSourceMappings", {}, "EventSourceMappings");
  return (
    <ListTable
      title="Event source mappings"
      headingVariant="h1"
      load={mappings}
      items={mappings.data}
      id={(m) => m.UUID ?? ""}
      label={(m) => m.UUID ?? ""}
      columns={[
        { id: "uuid", header: "UUID", cell: (m) => <span className="mono">{m.UUID}</span>, text: (m) => m.UUID ?? "" },
        {
          id: "source",
          header: "Event source",
          cell: (m) => <span className="mono">{m.EventSourceArn ?? "-"}</span>,
          text: (m) => m.EventSourceArn ?? "",
        },
        {
          id: "function",
          header: "Function",
          cell: (m) => <span className="mono">{m.FunctionArn ?? "-"}</span>,
          text: (m) => m.FunctionArn ?? "",
        },
        { id: "state", header: "State", cell: (m) => m.State ?? "-", text: (m) => m.State ?? "" },
      ]}
      empty="No event source mappings"
    />
  );
}
