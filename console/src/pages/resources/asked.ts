// A question in a dialog, awaited by what needs the answer.
import { useRef, useState } from "react";

export interface Asked<T> {
  /** what is being asked about now */
  pending?: T;
  /** what was agreed to; read when the plan is made */
  readonly value: T | undefined;
  /** ask resolves to false when the whole change is called off */
  ask: (what: T) => Promise<boolean>;
  /** true: yes; false: go on without; undefined: call it off */
  answer: (yes: boolean | undefined) => void;
}

export function useAsked<T>(): Asked<T> {
  const [pending, setPending] = useState<T>();
  const agreed = useRef<T>(undefined);
  const waiting = useRef<(go: boolean) => void>(undefined);
  return {
    pending,
    get value() {
      return agreed.current;
    },
    ask: (what) => {
      agreed.current = undefined;
      setPending(what);
      return new Promise((resolve) => (waiting.current = resolve));
    },
    answer: (yes) => {
      agreed.current = yes === true ? pending : undefined;
      setPending(undefined);
      waiting.current?.(yes !== undefined);
    },
  };
}
