// Lists of IAM that several pages need.
import type { Policy, Role } from "../../api/iam_gen";
import { useList, type Load } from "../../shell/load";

/** useRoles loads all roles, when they are wanted. */
export function useRoles(wanted = true): Load<Role[]> {
  return useList("iam", "ListRoles", wanted ? {} : undefined, "Roles");
}

export function usePolicies(): Load<Policy[]> {
  return useList("iam", "ListPolicies", { Scope: "All" }, "Policies");
}

export function isManagedByAws(arn: string | undefined): boolean {
  return arn?.startsWith("arn:aws:iam::aws:") ?? false;
}

export function policyType(arn: string | undefined): string {
  return isManagedByAws(arn) ? "AWS managed" : "Customer managed";
}

/** ownFirst sorts policies: the account's own before AWS's, since they are what one looks for. */
export function ownFirst(a: Policy, b: Policy): number {
  return Number(isManagedByAws(a.Arn)) - Number(isManagedByAws(b.Arn)) || (a.PolicyName ?? "").localeCompare(b.PolicyName ?? "");
}
