// The requests as they end, without asking again and again.
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../../api/client";
import { followRequests, type Query, type Request } from "../../api/requests";
import { useRegion } from "../../shell/region";

const kept = 500; // rows on the page
const backlog = 200; // of those that have ended before
const drawEvery = 150; // ms
const longest = 10_000; // ms between attempts to connect again

export interface Live {
  requests: Request[];
  /** how many came while paused */
  waiting: number;
  /** how many were too quick for this page */
  lost: number;
  connected: boolean;
  loading: boolean;
  error?: Error;
  retry: () => void;
}

export function useLive(query: Query, paused: boolean): Live {
  const region = useRegion();
  const key = JSON.stringify({ ...query, region });
  const all = useRef<Request[]>([]); // newest first
  const [shown, setShown] = useState<{ of: string; requests: Request[]; waiting: number; lost: number }>({ of: "", requests: [], waiting: 0, lost: 0 });
  const [link, setLink] = useState<{ of: string; connected: boolean; error?: Error }>({ of: "", connected: false });
  const [turn, setTurn] = useState(0);
  const still = useRef(paused);
  const draw = useRef(() => {});
  still.current = paused;

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let seen = new Set<string>();
    let waiting = 0;
    let lost = 0;
    all.current = [];
    draw.current = () => {
      timer = undefined;
      if (!still.current) waiting = 0;
      const now = { of: key, waiting, lost };
      setShown((s) => ({ ...now, requests: still.current && s.of === key ? s.requests : all.current.slice(0, kept) }));
    };
    const soon = () => (timer ??= setTimeout(() => draw.current(), drawEvery));
    const connect = async (pause: number) => {
      let next = pause;
      try {
        await followRequests(
          { ...(JSON.parse(key) as Query), limit: backlog },
          stop.signal,
          () => {
            next = 500;
            setLink({ of: key, connected: true });
            soon();
          },
          (e) => {
            if (e.name === "lost") lost += (JSON.parse(e.data) as { count: number }).count;
            if (e.name === "request") {
              const r = JSON.parse(e.data) as Request;
              if (seen.has(r.id)) return;
              seen.add(r.id);
              all.current.unshift(r);
              if (still.current) waiting++;
              if (all.current.length > 2 * kept) {
                all.current.length = kept;
                seen = new Set(all.current.map((x) => x.id));
              }
            }
            soon();
          },
        );
        if (!stop.signal.aborted) setLink({ of: key, connected: false });
      } catch (e) {
        if (stop.signal.aborted) return;
        setLink({ of: key, connected: false, error: e instanceof Error ? e : new Error(String(e)) });
        if (e instanceof ApiError && e.status > 0 && e.status < 500) return; // it would be the same again
      }
      if (!stop.signal.aborted) again = setTimeout(() => void connect(Math.min(2 * next, longest)), next);
    };
    void connect(500);
    return () => {
      stop.abort();
      clearTimeout(timer);
      clearTimeout(again);
    };
  }, [key, turn]);

  useEffect(() => {
    if (!paused) draw.current();
  }, [paused]);

  const mine = shown.of === key;
  const linked = link.of === key;
  return {
    requests: mine ? shown.requests : [],
    waiting: mine ? shown.waiting : 0,
    lost: mine ? shown.lost : 0,
    connected: linked && link.connected,
    loading: !mine && !(linked && link.error),
    error: linked ? link.error : undefined,
    retry: useCallback(() => setTurn((n) => n + 1), []),
  };
}
