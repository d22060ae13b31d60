// Custom domain names, VPC links and client certificates: lists.
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { ClientCertificate } from "../../api/apigateway_gen";
import { step } from "../../api/step";
import { Confirm, type Question } from "../../shell/confirm";
import { when } from "../../shell/format";
import { ListTable } from "../../shell/listtable";
import { useList } from "../../shell/load";
import { usePage } from "../../shell/page";
import { to } from "../../shell/router";

const crumbs = [{ text: "API Gateway", href: to("apigateway") }];

export function DomainNames() {
  usePage({ title: "Custom domain names", service: "apigateway", crumbs });
  const names = useList("apigateway", "GetDomainNames", {}, "items");
  return (
    <ListTable
      title="Custom domain names"
      headingVariant="h1"
      load={names}
      items={names.data}
      id={(d) => d.domainName}
      label={(d) => d.domainName}
      columns={[
        { id: "name", header: "Domain name", cell: (d) => d.domainName, text: (d) => d.domainName },
        { id: "type", header: "Endpoint type", cell: (d) => d.endpointConfiguration?.types?.join(", ") ?? "-" },
        {
          id: "target",
          header: "API Gateway domain name",
          cell: (d) => <span className="mono">{d.regionalDomainName ?? d.distributionDomainName ?? "-"}</span>,
          text: (d) => d.regionalDomainName ?? "",
        },
        { id: "status", header: "Status", cell: (d) => d.domainNameStatus ?? "-", text: (d) => d.domainNameStatus ?? "" },
      ]}
      empty="No custom domain names"
      emptyText="Made with: aws apigateway create-domain-name, then create-base-path-mapping."
    />
  );
}

export function VpcLinks() {
  usePage({ title: "VPC links", service: "apigateway", crumbs });
  const links = useList("apigateway", "GetVpcLinks", {}, "items");
  return (
    <ListTable
      title="VPC links"
      headingVariant="h1"
      load={links}
      items={links.data}
      id={(l) => l.id}
      label={(l) => l.name ?? l.id}
      columns={[
        { id: "name", header: "Name", cell: (l) => l.name ?? "-", text: (l) => l.name ?? "" },
        { id: "id", header: "ID", cell: (l) => <span className="mono">{l.id}</span>, text: (l) => l.id },
        {
          id: "target",
          header: "Target",
          cell: (l) => <span className="mono">{l.targetArns?.join(", ") ?? "-"}</span>,
          text: (l) => l.targetArns?.join(" ") ?? "",
        },
        { id: "status", header: "Status", cell: (l) => l.status ?? "-", text: (l) => l.status ?? "" },
      ]}
      empty="No VPC links"
      emptyText="Made with: aws apigateway create-vpc-link."
    />
  );
}

export function ClientCertificates() {
  usePage({ title: "Client certificates", service: "apigateway", crumbs });
  const certificates = useList("apigateway", "GetClientCertificates", {}, "items");
  const [selected, setSelected] = useState<ClientCertificate[]>([]);
  const [question, setQuestion] = useState<Question>();
  const one = selected[0];
  return (
    <>
      <ListTable
        title="Client certificates"
        headingVariant="h1"
        description="With one, a back end can tell that a request comes from API Gateway."
        load={certificates}
        items={certificates.data}
        id={(c) => c.clientCertificateId}
        label={(c) => c.clientCertificateId}
        select="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <>
            <Button
              disabled={!one}
              onClick={() =>
                one &&
                setQuestion({
                  title: "Delete the client certificate?",
                  text: "A certificate that a stage uses cannot be deleted.",
                  plan: [step("apigateway", "DeleteClientCertificate", { clientCertificateId: one.clientCertificateId })],
                  success: "The client certificate was deleted.",
                  done: () => {
                    setSelected([]);
                    certificates.reload();
                  },
                })
              }
            >
              Delete
            </Button>
            <Button
              variant="primary"
              onClick={() =>
                setQuestion({
                  title: "Generate client certificate",
                  text: "A stage can then be given the certificate.",
                  submit: "Generate",
                  plan: [step("apigateway", "GenerateClientCertificate", {})],
                  success: "A client certificate was generated.",
                  done: certificates.reload,
                })
              }
            >
              Generate certificate
            </Button>
          </>
        }
        columns={[
          {
            id: "id",
            header: "Certificate ID",
            cell: (c) => <span className="mono">{c.clientCertificateId}</span>,
            text: (c) => c.clientCertificateId,
          },
          { id: "description", header: "Description", cell: (c) => c.description ?? "-", text: (c) => c.description ?? "" },
          { id: "created", header: "Created", cell: (c) => when(c.createdDate), text: (c) => c.createdDate ?? 0 },
          { id: "expires", header: "Expires", cell: (c) => when(c.expirationDate), text: (c) => c.expirationDate ?? 0 },
        ]}
        empty="No client certificates"
      />
      <Confirm question={question} close={() => setQuestion(undefined)} />
    </>
  );
}
