// The start page: what there is, and how to begin.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { quote } from "../api/cli";
import { Copyable } from "../shell/copy";
import { useList, type Load } from "../shell/load";
import { Page } from "../shell/page";
import { useRegion } from "../shell/region";
import { navigate, to } from "../shell/router";

interface Line {
  text: string;
  href: string;
  note?: string;
}

export function Home() {
  const apis = lines(useList("apigateway", "GetRestApis", {}, "items"), (a) => ({
    text: a.name ?? a.id,
    note: a.id,
    href: to("apigateway", a.id, "resources"),
  }));
  const functions = lines(useList("lambda", "ListFunctions", {}, "Functions"), (f) => ({
    text: f.FunctionName,
    note: f.Runtime,
    href: to("lambda", "functions", f.FunctionName),
  }));
  const roles = lines(useList("iam", "ListRoles", {}, "Roles"), (r) => ({ text: r.RoleName, href: to("iam", "roles", r.RoleName) }));
  const groups = lines(useList("logs", "DescribeLogGroups", {}, "logGroups", 5000), (g) => ({
    text: g.logGroupName,
    href: to("cloudwatch", "log-groups", g.logGroupName),
  }));
  const name = useRegion();
  return (
    <Page info={{ title: "Console home", crumbs: [], service: "home" }} description={`What runs here in ${name}`}>
      <SpaceBetween size="l">
        <ColumnLayout columns={2}>
          <Card
            title="API Gateway"
            href={to("apigateway")}
            what="REST APIs"
            load={apis}
            create={{ text: "Create API", href: to("apigateway", "create") }}
          />
          <Card
            title="Lambda"
            href={to("lambda")}
            what="functions"
            load={functions}
            create={{ text: "Create function", href: to("lambda", "create") }}
          />
          <Card
            title="IAM"
            href={to("iam")}
            what="roles"
            load={roles}
            create={{ text: "Create role", href: to("iam", "roles", "create") }}
          />
          <Card title="CloudWatch Logs" href={to("cloudwatch")} what="log groups" load={groups} />
        </ColumnLayout>
        <Container header={<Header variant="h2">Use it from AWS clients</Header>}>
          <SpaceBetween size="xs">
            <Box>Every AWS client that takes an endpoint URL works here:</Box>
            <span className="mono">
              <Copyable what="command" text={`aws --endpoint-url ${location.origin} --region ${quote(name)} apigateway get-rest-apis`} />
            </span>
          </SpaceBetween>
        </Container>
      </SpaceBetween>
    </Page>
  );
}

function lines<T>(load: Load<T[]>, line: (item: T) => Line): Load<Line[]> {
  return { ...load, data: load.data?.map(line) };
}

const most = 5;

function Card({
  title,
  href,
  what,
  load,
  create,
}: {
  title: string;
  href: string;
  what: string;
  load: Load<Line[]>;
  create?: { text: string; href: string };
}) {
  return (
    <Container
      fitHeight
      header={
        <Header
          variant="h2"
          counter={load.data && `(${load.data.length})`}
          actions={
            create && (
              <Button href={create.href} onClick={(e) => (e.preventDefault(), navigate(create.href))}>
                {create.text}
              </Button>
            )
          }
        >
          <Link fontSize="heading-m" href={href}>
            {title}
          </Link>
        </Header>
      }
    >
      <SpaceBetween size="xxs">{rows(load, what, href)}</SpaceBetween>
    </Container>
  );
}

function rows(load: Load<Line[]>, what: string, href: string): ReactNode {
  if (load.error) return <Box color="text-status-error">{load.error.message}</Box>;
  if (!load.data) return <Box color="text-body-secondary">Loading {what}</Box>;
  if (load.data.length === 0) return <Box color="text-body-secondary">No {what} yet</Box>;
  return (
    <>
      {load.data.slice(0, most).map((l) => (
        <div key={l.href}>
          <Link href={l.href}>{l.text}</Link> <span className="quiet">{l.note}</span>
        </div>
      ))}
      {load.data.length > most && (
        <Link href={href}>
          All {load.data.length} {what}
        </Link>
      )}
    </>
  );
}
