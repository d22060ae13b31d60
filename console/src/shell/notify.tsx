// Messages above the page, and the commands that were run.
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import Button from "@cloudscape-design/components/button";
import { useSyncExternalStore } from "react";
import type { Step } from "../api/step";
import { showCommands } from "./commands";

type Message = FlashbarProps.MessageDefinition & { id: string };

let messages: Message[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: Message[]) {
  messages = next;
  listeners.forEach((f) => f());
}

function dismiss(id: string) {
  set(messages.filter((m) => m.id !== id));
}

/** notify shows a message until it is dismissed or three newer ones came. */
export function notify(type: "success" | "error" | "info" | "warning", content: string, steps?: Step[], header?: string): void {
  const id = String(++count);
  const message: Message = {
    id,
    type,
    header,
    content,
    dismissible: true,
    dismissLabel: "Dismiss message",
    onDismiss: () => dismiss(id),
    action: steps !== undefined && steps.length > 0 ? <Button onClick={() => showCommands(steps)}>Show as AWS CLI</Button> : undefined,
  };
  set([message, ...messages].slice(0, 3));
}

export function Messages() {
  const items = useSyncExternalStore(
    (f) => (listeners.add(f), () => listeners.delete(f)),
    () => messages,
  );
  return (
    <Flashbar
      items={items}
      stackItems
      i18nStrings={{
        ariaLabel: "Messages",
        notificationBarText: "Messages",
        notificationBarAriaLabel: "Show all messages",
        successIconAriaLabel: "Success",
        errorIconAriaLabel: "Error",
        infoIconAriaLabel: "Information",
        warningIconAriaLabel: "Warning",
      }}
    />
  );
}
