// The frame around each page: top bar, menu, breadcrumbs, messages.
import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { Component, Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import { Commands, showHistory } from "./commands";
import { LeaveGuard } from "./confirm";
import { activeLink, menu } from "./menu";
import { Messages, notify } from "./notify";
import { FrameContext, type PageInfo } from "./page";
import { ChangePassword } from "./password";
import { Problem } from "./problem";
import { regions, useRegion } from "./region";
import { navigateTo, path, to, usePath } from "./router";
import { signOut, type Session } from "./session";
import { setTheme, useTheme, type Theme } from "./theme";

const themes: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };
const services: Record<string, string> = { apigateway: "API Gateway", lambda: "Lambda", iam: "IAM", logs: "CloudWatch Logs" };

export function Frame({ children, session }: { children: ReactNode; session: Session }) {
  const [page, setPage] = useState<PageInfo>({ title: "lambdagate", crumbs: [], service: "home" });
  const p = usePath();
  const region = useRegion();
  const theme = useTheme();
  const [changing, setChanging] = useState(false);
  const [open, setOpen] = useState(() => window.innerWidth > 900);
  const shown = useRef(p);
  useEffect(() => {
    if (shown.current === p) return;
    shown.current = p;
    if (window.innerWidth <= 900) setOpen(false);
  }, [p]);
  const nav = menu(page);
  return (
    <FrameContext value={setPage}>
      <div id="top">
        <TopNavigation
          identity={{ href: to(), title: "lambdagate" }}
          i18nStrings={{
            overflowMenuTriggerText: "More",
            overflowMenuTitleText: "All",
            overflowMenuBackIconAriaLabel: "Back",
            overflowMenuDismissIconAriaLabel: "Close menu",
          }}
          utilities={[
            {
              type: "menu-dropdown",
              text: "Services",
              ariaLabel: "Services",
              items: Object.entries(services).map(([id, text]) => ({ id, text, href: to(id === "logs" ? "cloudwatch" : id) })),
            },
            { type: "button", text: "AWS CLI", ariaLabel: "AWS CLI commands of this visit", onClick: showHistory },
            {
              type: "menu-dropdown",
              text: themes[theme] === "As the system" ? "Theme" : themes[theme],
              ariaLabel: "Theme",
              items: Object.entries(themes).map(([id, text]) => ({ id, text, itemType: "checkbox" as const, checked: id === theme })),
              onItemClick: (e) => setTheme(e.detail.id as Theme),
            },
            {
              type: "menu-dropdown",
              text: regions[region]?.replace(/.*\((.*)\)/, "$1") ?? region,
              ariaLabel: `${regions[region]?.replace(/.*\((.*)\)/, "$1") ?? region}: region ${region}`,
              description: region,
              items: [...new Set([...Object.keys(regions), region])].map((id) => ({
                id,
                text: regions[id] ?? id,
                secondaryText: id,
                itemType: "checkbox" as const,
                checked: id === region,
              })),
              onItemClick: (e) => {
                if (e.detail.id === region) return;
                // An API or function of one region is not in another.
                const service = path().split("/")[1] ?? "";
                navigateTo(e.detail.id, service === "" ? to() : to(service));
              },
            },
            ...(session.mode === "dev" ? [] : [accountMenu(session, () => setChanging(true))]),
          ]}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        navigationOpen={open}
        navigationHide={nav === undefined}
        onNavigationChange={(e) => setOpen(e.detail.open)}
        toolsHide
        navigation={nav && <SideNavigation {...(nav satisfies SideNavigationProps)} activeHref={activeLink(nav.items, p)} />}
        breadcrumbs={
          page.crumbs.length > 0 && (
            <BreadcrumbGroup items={[...page.crumbs, { text: page.title, href: location.pathname }]} ariaLabel="Breadcrumbs" />
          )
        }
        notifications={<Messages />}
        ariaLabels={{ navigation: "Menu", navigationClose: "Close menu", navigationToggle: "Open menu", notifications: "Messages" }}
        content={
          <Guarded at={p + region}>
            <Suspense
              fallback={
                <Box padding="l">
                  <Spinner /> Loading
                </Box>
              }
            >
              {children}
            </Suspense>
          </Guarded>
        }
      />
      <Commands />
      {changing && <ChangePassword session={session} close={() => setChanging(false)} />}
      <LeaveGuard />
    </FrameContext>
  );
}

/** accountMenu says who is signed in, to which account, lets them change the
 * password that they came with, and lets them out. */
function accountMenu(s: Session, changePassword: () => void): TopNavigationProps.Utility {
  return {
    type: "menu-dropdown",
    iconName: "user-profile",
    text: `${s.name} @ ${s.accountName ?? s.account}`,
    ariaLabel: `${s.name} @ ${s.accountName ?? s.account}: who is signed in`,
    title: s.name,
    description: `Account ${s.account}`,
    items: [...(s.password ? [{ id: "password", text: "Change password" }] : []), { id: "sign-out", text: "Sign out" }],
    onItemClick: (e) => {
      if (e.detail.id === "password") return changePassword();
      void signOut().catch((e: Error) => notify("error", `Signing out failed: ${e.message}`, []));
    },
  };
}

/** Guarded shows what went wrong in a page, and keeps the frame. */
class Guarded extends Component<{ children: ReactNode; at: string }, { error?: Error; at: string }> {
  override state: { error?: Error; at: string } = { at: this.props.at };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  static getDerivedStateFromProps(props: { at: string }, state: { at: string }) {
    return props.at === state.at ? null : { error: undefined, at: props.at };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return <Problem error={this.state.error} retry={() => location.reload()} />;
  }
}
