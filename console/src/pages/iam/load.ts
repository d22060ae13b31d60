// Whole lists of IAM.
import { call } from "../../api/client";
import type { Policy, Role } from "../../api/iam_gen";
import { useLoad, type Load } from "../../shell/load";

export function useRoles(): Load<Role[]> {
  return useLoad("all roles", async (signal) => {
    const all: Role[] = [];
    let Marker: string | undefined;
    do {
      const page = await call("iam", "ListRoles", { Marker, MaxItems: 1000 }, signal);
      all.push(...page.Roles);
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker !== undefined);
    return all;
  });
}

export function usePolicies(): Load<Policy[]> {
  return useLoad("all policies", async (signal) => {
    const all: Policy[] = [];
    let Marker: string | undefined;
    do {
      const page = await call("iam", "ListPolicies", { Scope: "All", Marker, MaxItems: 1000 }, signal);
      all.push(...(page.Policies ?? []));
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker !== undefined);
    return all;
  });
}

export function isManagedByAws(arn: string | undefined): boolean {
  return arn?.startsWith("arn:aws:iam::aws:") ?? false;
}

/** ownFirst sorts policies: the account's own before AWS's, since they are what one looks for. */
export function ownFirst(a: Policy, b: Policy): number {
  return Number(isManagedByAws(a.Arn)) - Number(isManagedByAws(b.Arn)) || (a.PolicyName ?? "").localeCompare(b.PolicyName ?? "");
}
