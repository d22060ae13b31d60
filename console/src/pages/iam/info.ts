// Crumbs of IAM's pages.
import type { Crumb, PageInfo } from "../../shell/page";
import { to } from "../../shell/router";

export function iamInfo(title: string, ...crumbs: Crumb[]): PageInfo {
  return { title, service: "iam", crumbs: [{ text: "IAM", href: to("iam") }, ...crumbs] };
}

export const rolesCrumb: Crumb = { text: "Roles", href: to("iam", "roles") };
export const policiesCrumb: Crumb = { text: "Policies", href: to("iam", "policies") };
export const groupsCrumb: Crumb = { text: "User groups", href: to("iam", "groups") };
export const usersCrumb: Crumb = { text: "Users", href: to("iam", "users") };
