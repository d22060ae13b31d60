// The region that the pages show: in the address when it is not the default, so
// that links can be given away, and remembered.
import { useSyncExternalStore } from "react";

export const defaultRegion = "us-east-1";

export const regions: Record<string, string> = {
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "Europe (Frankfurt)",
  "eu-north-1": "Europe (Stockholm)",
  "eu-west-1": "Europe (Ireland)",
  "eu-west-2": "Europe (London)",
  "eu-west-3": "Europe (Paris)",
  "sa-east-1": "South America (São Paulo)",
};

const key = "lambdagate.region";
const listeners = new Set<() => void>();
let current = read();

function read(): string {
  if (typeof location === "undefined") return defaultRegion;
  return named(new URLSearchParams(location.search).get("region")) ?? sessionStorage.getItem(key) ?? defaultRegion;
}

/** named is a region that an address names; what cannot be the name of one is none. */
export function named(name: string | null): string | undefined {
  return name !== null && /^[a-z0-9-]{1,32}$/.test(name) ? name : undefined;
}

export function region(): string {
  return current;
}

export function setRegion(name: string): void {
  if (name === current) return;
  current = name;
  sessionStorage.setItem(key, name);
  listeners.forEach((f) => f());
}

export function useRegion(): string {
  return useSyncExternalStore((f) => (listeners.add(f), () => listeners.delete(f)), region);
}
