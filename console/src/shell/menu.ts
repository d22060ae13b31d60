// The menu at the left, by service, as AWS's consoles have it.
import type { SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import type { PageInfo } from "./page";
import { to } from "./router";

type Items = SideNavigationProps.Item[];

const link = (text: string, ...parts: string[]) => ({ type: "link" as const, text, href: to(...parts) });

export function menu(page: PageInfo): { header: SideNavigationProps.Header; items: Items } | undefined {
  switch (page.service) {
    case "apigateway":
      return { header: { text: "API Gateway", href: to("apigateway") }, items: apigateway(page.api) };
    case "lambda":
      return {
        header: { text: "AWS Lambda", href: to("lambda") },
        items: [
          link("Functions", "lambda"),
          link("Layers", "lambda", "layers"),
          link("Event source mappings", "lambda", "event-source-mappings"),
        ],
      };
    case "iam":
      return {
        header: { text: "Identity and Access Management (IAM)", href: to("iam") },
        items: [
          {
            type: "section",
            text: "Access management",
            items: [
              link("User groups", "iam", "groups"),
              link("Users", "iam", "users"),
              link("Roles", "iam", "roles"),
              link("Policies", "iam", "policies"),
            ],
          },
          { type: "section", text: "Tools", items: [link("Policy simulator", "iam", "explain"), link("Audit", "iam", "audit")] },
        ],
      };
    case "logs":
      return {
        header: { text: "CloudWatch", href: to("cloudwatch") },
        items: [{ type: "section", text: "Logs", items: [link("Log groups", "cloudwatch")] }],
      };
    default:
      return undefined;
  }
}

function apigateway(api: PageInfo["api"]): Items {
  const general = [
    link("APIs", "apigateway"),
    link("Custom domain names", "apigateway", "domain-names"),
    link("VPC links", "apigateway", "vpc-links"),
    link("Requests", "apigateway", "requests"),
  ];
  const rest: Items = [
    link("Usage plans", "apigateway", "usage-plans"),
    link("API keys", "apigateway", "api-keys"),
    link("Client certificates", "apigateway", "client-certificates"),
    link("Settings", "apigateway", "settings"),
  ];
  if (api === undefined) return [...general, { type: "divider" }, ...rest];
  const of = (text: string, page: string) => link(text, "apigateway", api.id, page);
  return [
    ...general,
    { type: "divider" },
    {
      type: "section",
      text: `API: ${api.name}`,
      items: [
        of("Resources", "resources"),
        of("Stages", "stages"),
        of("Requests", "requests"),
        of("Authorizers", "authorizers"),
        of("Gateway responses", "gateway-responses"),
        of("Models", "models"),
        of("Request validators", "request-validators"),
        of("Resource policy", "resource-policy"),
        of("Documentation", "documentation"),
        of("API settings", "settings"),
      ],
    },
    { type: "divider" },
    ...rest,
  ];
}

// Pages that a menu's link owns although their address does not start with it.
const owned: [page: RegExp, link: string][] = [
  [/^\/apigateway\/([^/]+)\/(create-resource|create-method|enable-cors|edit|import)\b.*/, "/apigateway/$1/resources"],
  [/^\/apigateway\/([^/]+)\/create-stage$/, "/apigateway/$1/stages"],
  [/^\/apigateway\/create\b.*/, "/apigateway"],
  [/^\/lambda\/(create|functions)\b.*/, "/lambda"],
  [/^\/cloudwatch\/.*/, "/cloudwatch"],
];

/** activeLink is the link of a menu that a page belongs to, "" for none. */
export function activeLink(items: Items | readonly SideNavigationProps.Item[], path: string): string {
  const links = items.flatMap(function hrefs(i): string[] {
    return i.type === "link" ? [i.href] : i.type === "section" ? i.items.flatMap(hrefs) : [];
  });
  const owner = owned.find(([page]) => page.test(path));
  const at = to() + (owner ? path.replace(owner[0], owner[1]) : path).slice(1);
  return links.filter((l) => at === l || (at.startsWith(l + "/") && l.split("/").length > 3)).sort((a, b) => b.length - a.length)[0] ?? "";
}
