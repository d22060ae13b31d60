// What a page shows comes from loads: data, or an error, or still loading.
import { useCallback, useEffect, useRef, useState } from "react";
import { call, type Input, type Name, type Output, type Service } from "../api/client";
import { list, type Item, type Lists } from "../api/list";
import { useRegion } from "./region";

export interface Load<T> {
  data?: T;
  error?: Error;
  loading: boolean;
  reload: () => void;
}

/** useLoad runs get when key or the region changes. Without a key nothing is loaded. */
export function useLoad<T>(key: string | undefined, get: (signal: AbortSignal) => Promise<T>): Load<T> {
  const region = useRegion();
  const [state, setState] = useState<{ of?: string; data?: T; error?: Error; loading: boolean }>({ loading: key !== undefined });
  const [turn, setTurn] = useState(0);
  const latest = useRef(get);
  latest.current = get;
  const of = key === undefined ? undefined : `${region} ${key}`;
  useEffect(() => {
    if (of === undefined) return;
    const stop = new AbortController();
    setState((s) => (s.of === of ? { ...s, loading: true } : { of, loading: true }));
    latest.current(stop.signal).then(
      (data) => !stop.signal.aborted && setState({ of, data, loading: false }),
      (error: unknown) =>
        !stop.signal.aborted && setState({ of, error: error instanceof Error ? error : new Error(String(error)), loading: false }),
    );
    return () => stop.abort();
  }, [of, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const fresh = state.of === of;
  return {
    data: fresh ? state.data : undefined,
    error: fresh ? state.error : undefined,
    loading: of !== undefined && (!fresh || state.loading),
    reload,
  };
}

/** useCall loads the answer of one operation; without an input it waits. */
export function useCall<S extends Service, N extends Name<S>>(
  service: S,
  operation: N,
  input: Input<S, N> | undefined,
): Load<Output<S, N>> {
  return useLoad(input === undefined ? undefined : `${service} ${operation} ${JSON.stringify(input)}`, (signal) =>
    call(service, operation, input as Input<S, N>, signal),
  );
}

/** useList loads all items of a list, page after page; without an input it waits. */
export function useList<S extends Service, N extends Name<S>, K extends Lists<S, N>>(
  service: S,
  operation: N,
  input: Input<S, N> | undefined,
  member: K,
  most?: number,
): Load<Item<S, N, K>[]> {
  return useLoad(input === undefined ? undefined : `${service} ${operation} ${member} ${JSON.stringify(input)}`, (signal) =>
    list(service, operation, input as Input<S, N>, member, signal, { most }),
  );
}
