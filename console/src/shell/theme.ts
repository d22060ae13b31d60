// Light or dark, as chosen here or by the system.
import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const key = "lambdagate.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function theme(): Theme {
  const t = localStorage.getItem(key);
  return t === "light" || t === "dark" ? t : "system";
}

export function isDark(): boolean {
  return theme() === "dark" || (theme() === "system" && system.matches);
}

export function setTheme(t: Theme): void {
  localStorage.setItem(key, t);
  apply();
}

function apply(): void {
  applyMode(isDark() ? Mode.Dark : Mode.Light);
  listeners.forEach((f) => f());
}

export function start(): void {
  system.addEventListener("change", apply);
  apply();
}

export function useDark(): boolean {
  return useSyncExternalStore((f) => (listeners.add(f), () => listeners.delete(f)), isDark);
}

export function useTheme(): Theme {
  return useSyncExternalStore((f) => (listeners.add(f), () => listeners.delete(f)), theme);
}
