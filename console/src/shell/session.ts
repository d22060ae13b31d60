// Who uses the console: in dev mode the account's root, else whoever signed in.
import { useSyncExternalStore } from "react";
import { ApiError, onSignedOut, post } from "../api/client";

export interface Session {
  mode: "dev" | "serve";
  account: string;
  accountName?: string;
  arn: string;
  name: string;
  /** signed in with a password, which can be changed */
  password: boolean;
  expires?: number;
}

export type State = { kind: "loading" } | { kind: "signedOut" } | { kind: "signedIn"; session: Session } | { kind: "failed"; error: Error };

let state: State = { kind: "loading" };
const listeners = new Set<() => void>();

function set(next: State) {
  state = next;
  listeners.forEach((f) => f());
}

export function useSession(): State {
  return useSyncExternalStore(
    (f) => (listeners.add(f), () => listeners.delete(f)),
    () => state,
  );
}

/** start asks the server who this is. */
export async function start(): Promise<void> {
  onSignedOut(() => set({ kind: "signedOut" }));
  try {
    set({ kind: "signedIn", session: (await post("session", {}, "GetSession")) as Session });
  } catch (e) {
    if (e instanceof ApiError && e.code === "NotSignedIn") return set({ kind: "signedOut" });
    set({ kind: "failed", error: e instanceof Error ? e : new Error(String(e)) });
  }
}

export type SignIn =
  | { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  | { account: string; user: string; password: string; newPassword?: string };

/** signIn opens a session, or throws what was wrong. */
export async function signIn(who: SignIn): Promise<void> {
  set({ kind: "signedIn", session: (await post("sign-in", who, "SignIn")) as Session });
}

export async function signOut(): Promise<void> {
  await post("sign-out", {}, "SignOut");
  set({ kind: "signedOut" });
}
