// Whole lists: an operation that answers in pages is called until there are no more.
import { call, type Input, type Name, type Output, type Service } from "./client";

/** Lists are the members of an operation's output that are lists. */
export type Lists<S extends Service, N extends Name<S>> = {
  [K in keyof Output<S, N>]-?: NonNullable<Output<S, N>[K]> extends unknown[] ? K : never;
}[keyof Output<S, N>] &
  string;

export type Item<S extends Service, N extends Name<S>, K extends Lists<S, N>> =
  NonNullable<Output<S, N>[K]> extends (infer T)[] ? T : never;

// How each service asks for a page, and says where the next one starts. Lambda's pages are small whatever is asked for.
const paging: Record<Service, { size: object; from: string; next: string }> = {
  apigateway: { size: { limit: 500 }, from: "position", next: "position" },
  cloudwatch: { size: {}, from: "NextToken", next: "NextToken" },
  iam: { size: { MaxItems: 1000 }, from: "Marker", next: "Marker" },
  lambda: { size: {}, from: "Marker", next: "NextMarker" },
  logs: { size: { limit: 50 }, from: "nextToken", next: "nextToken" },
  sts: { size: {}, from: "", next: "" },
};

const mostItems = 20_000; // what a page can hold

/** list returns the items of all pages; it asks for no more when it has so many. */
export async function list<S extends Service, N extends Name<S>, K extends Lists<S, N>>(
  service: S,
  operation: N,
  input: Input<S, N>,
  member: K,
  signal?: AbortSignal,
  { most = mostItems, region }: { most?: number; region?: string } = {},
): Promise<Item<S, N, K>[]> {
  const { size, from, next } = paging[service];
  const all: Item<S, N, K>[] = [];
  let at: unknown;
  do {
    const page = await call(
      service,
      operation,
      { ...size, ...(input as object), ...(at === undefined ? {} : { [from]: at }) } as typeof input,
      signal,
      region,
    );
    for (const item of (page[member] ?? []) as Item<S, N, K>[]) all.push(item);
    at = (page as Record<string, unknown>)[next] || undefined;
  } while (at !== undefined && all.length < most);
  return all;
}
