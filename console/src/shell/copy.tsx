// Copying text to the clipboard.
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { notify } from "./notify";

/** CopyButton puts text on the clipboard and says so. */
export function CopyButton({ text, label, inline, what }: { text: string; label?: string; inline?: boolean; what?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Pages that came over plain HTTP from another machine have no clipboard.
      return notify("error", "The browser does not let this page copy. Select the text, and copy it from there.");
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <Button
      variant={inline ? "inline-icon" : "normal"}
      iconName={copied ? "status-positive" : "copy"}
      ariaLabel={label ?? `Copy ${what ?? text}`}
      onClick={() => void copy()}
    >
      {inline ? undefined : copied ? "Copied" : label}
    </Button>
  );
}

/** Copyable is a value with a button that copies it. */
export function Copyable({ text, what }: { text: string; what?: string }) {
  return (
    <span className="copyable">
      <CopyButton text={text} inline what={what} /> <span>{text}</span>
    </span>
  );
}

/** CopyableCode is one that reads as code: an ARN, an ID. */
export function CopyableCode({ text, what }: { text: string; what?: string }) {
  return (
    <span className="mono">
      <Copyable text={text} what={what} />
    </span>
  );
}
