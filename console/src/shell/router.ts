// Addresses and history: a page is what stands after /console in the address.
import { useSyncExternalStore, useEffect } from "react";
import { defaultRegion, named, region, setRegion } from "./region";

const base = "/console";
const listeners = new Set<() => void>();
let position = 0; // in this tab's history, to undo a step back

/** Unsaved forms; while there is one, leaving asks first. */
const unsaved = new Set<symbol>();
let ask: ((go: () => void) => void) | undefined;

export function path(): string {
  const p = location.pathname.slice(base.length);
  return p === "" ? "/" : p;
}

export function usePath(): string {
  return useSyncExternalStore((f) => (listeners.add(f), () => listeners.delete(f)), path);
}

export function query(name: string): string | null {
  return new URLSearchParams(location.search).get(name);
}

/** to makes the address of a page; each part is one segment. */
export function to(...parts: string[]): string {
  return base + "/" + parts.map(encodeURIComponent).join("/");
}

/** navigate goes to an address made by to(), or to a part of the same page ("stay": without scrolling). Unsaved changes are asked about. */
export function navigate(address: string, how: "push" | "replace" | "stay" = "push"): void {
  leave(() => go(address, how));
}

/** navigateTo goes to another region. Unsaved changes, which are of this one, are asked about first. */
export function navigateTo(name: string, address: string): void {
  leave(() => {
    setRegion(name);
    go(address, "push");
  });
}

function go(address: string, how: "push" | "replace" | "stay"): void {
  const url = inRegion(new URL(address, location.origin));
  if (how === "replace") history.replaceState(position, "", url);
  else history.pushState(++position, "", url);
  if (how !== "stay") window.scrollTo(0, 0);
  notify();
}

/** inRegion makes the shown region a part of an address, where it is not the default one. */
function inRegion(url: URL): URL {
  if (region() !== defaultRegion) url.searchParams.set("region", region());
  else url.searchParams.delete("region");
  return url;
}

function notify() {
  listeners.forEach((f) => f());
}

function leave(go: () => void): void {
  if (unsaved.size === 0 || ask === undefined) return go();
  ask(() => {
    unsaved.clear();
    go();
  });
}

/** onLeave sets who asks whether unsaved changes may be lost. */
export function onLeave(f: (go: () => void) => void): void {
  ask = f;
}

/** saved says that nothing would be lost now; call it before navigating from a form. */
export function saved(): void {
  unsaved.clear();
}

/** useUnsaved guards a form while dirty. */
export function useUnsaved(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const mark = Symbol();
    unsaved.add(mark);
    return () => void unsaved.delete(mark);
  }, [dirty]);
}

/** start listens to the browser: back and forward, links, closing the tab. */
export function start(): void {
  history.replaceState(position, "", inRegion(new URL(location.href)));
  window.addEventListener("popstate", (e) => {
    const target = typeof e.state === "number" ? e.state : 0;
    if (unsaved.size > 0 && target !== position) {
      const delta = target - position;
      history.go(-delta); // stay, and ask
      window.addEventListener("popstate", () => leave(() => history.go(delta)), { once: true, capture: true });
      return;
    }
    position = target;
    setRegion(named(query("region")) ?? defaultRegion);
    notify();
  });
  document.addEventListener("click", (e) => {
    const link = linkAt(e);
    if (link === undefined || e.defaultPrevented) return;
    if (link.target === "_blank" || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return withRegion(link);
    e.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  });
  // A link that is opened elsewhere, or copied, has to name the region itself.
  for (const how of ["auxclick", "contextmenu"])
    document.addEventListener(how, (e) => {
      const link = linkAt(e);
      if (link !== undefined) withRegion(link);
    });
  window.addEventListener("beforeunload", (e) => {
    if (unsaved.size > 0) e.preventDefault();
  });
}

/** linkAt is the link to a page of the console that an event happened on. */
function linkAt(e: Event): HTMLAnchorElement | undefined {
  const link = e.target instanceof Element ? e.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.hasAttribute("download")) return undefined;
  return link.origin === location.origin && link.pathname.startsWith(base + "/") ? link : undefined;
}

function withRegion(link: HTMLAnchorElement): void {
  link.href = inRegion(new URL(link.href)).href;
}

export type Params = Record<string, string>;

/** match compares a path with a pattern such as /lambda/:name; a last part :rest* takes all. */
export function match(pattern: string, p: string): Params | undefined {
  const want = pattern.split("/").filter(Boolean);
  const have = p.split("/").filter(Boolean);
  const params: Params = {};
  for (const [i, part] of want.entries()) {
    if (part.endsWith("*")) {
      params[part.slice(1, -1)] = have.slice(i).map(decode).join("/");
      return params;
    }
    const value = have[i];
    if (value === undefined) return undefined;
    if (part.startsWith(":")) params[part.slice(1)] = decode(value);
    else if (part !== value) return undefined;
  }
  return want.length === have.length ? params : undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
