// What a page tells the frame: its title, where it stands, which menu.
import { createContext, useContext, useEffect, type ReactNode } from "react";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";

export interface Crumb {
  text: string;
  href: string;
}

export interface PageInfo {
  title: string;
  crumbs: Crumb[];
  service: "home" | "apigateway" | "lambda" | "iam" | "logs";
  /** the API whose menu is shown */
  api?: { id: string; name: string };
}

export const FrameContext = createContext<(p: PageInfo) => void>(() => {});

export function usePage(info: PageInfo): void {
  const set = useContext(FrameContext);
  const key = JSON.stringify(info);
  useEffect(() => {
    document.title = `${info.title} | lambdagate`;
    set(JSON.parse(key) as PageInfo);
  }, [key, set, info.title]);
}

/** Page is a page's heading with its content below. */
export function Page({
  info,
  title,
  description,
  actions,
  children,
  counter,
}: {
  info: PageInfo;
  title?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  counter?: string;
  children: ReactNode;
}) {
  usePage(info);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description} actions={actions && <div className="buttons">{actions}</div>} counter={counter}>
          {title ?? info.title}
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
}
