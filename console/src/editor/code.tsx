// CodeBox is a code editor in a form: highlighted, with the fault marked at its
// place while one types.
import FormField from "@cloudscape-design/components/form-field";
import type { Ace } from "ace-builds";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { notify } from "../shell/notify";
import { useDark } from "../shell/theme";
import { jsonFault, templateFault, type Fault } from "./check";

export type Language = "json" | "velocity" | "javascript" | "python" | "yaml" | "text";

export interface CodeProps {
  label: string;
  value: string;
  onChange?: (v: string) => void;
  language: Language;
  /** lines shown at least and at most */
  rows?: number;
  maxRows?: number;
  readOnly?: boolean;
  /** finds a fault; the language's own check if not given */
  check?: (text: string, signal: AbortSignal) => Fault | undefined | Promise<Fault | undefined>;
  onFault?: (f: Fault | undefined) => void;
}

export function CodeField({ description, error, ...code }: CodeProps & { description?: ReactNode; error?: string }) {
  const [fault, setFault] = useState<Fault>();
  const set = (f: Fault | undefined) => {
    setFault(f);
    code.onFault?.(f);
  };
  return (
    <FormField
      label={code.label}
      description={description}
      stretch
      errorText={error ?? (fault && `Line ${fault.line}, column ${fault.column}: ${fault.message}`)}
    >
      <CodeBox {...code} onFault={set} />
    </FormField>
  );
}

const checks: Partial<Record<Language, CodeProps["check"]>> = {
  json: jsonFault,
  velocity: (text, signal) => templateFault(text, signal).catch(() => undefined), // checked again when it is saved
};

export function CodeBox({ label, value, onChange, language, rows = 10, maxRows = 30, readOnly, check, onFault }: CodeProps) {
  const box = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Ace.Editor>();
  const dark = useDark();
  const calls = useRef({ onChange, onFault });
  calls.current = { onChange, onFault };
  const checking = useRef(check);
  checking.current = check ?? checks[language];

  useEffect(() => {
    let made: Ace.Editor | undefined;
    let gone = false;
    void import("./ace")
      .then(({ default: ace }) => {
        if (gone || box.current === null) return;
        const inner = document.createElement("div");
        box.current.replaceChildren(inner);
        const e = ace.edit(inner, {
          useWorker: false,
          showPrintMargin: false,
          tabSize: 2,
          fontSize: 13,
          enableKeyboardAccessibility: true,
          highlightActiveLine: false,
        });
        e.setOption("scrollPastEnd", 0);
        e.on("change", () => calls.current.onChange?.(e.getValue()));
        made = e;
        setEditor(e);
      })
      .catch(() => notify("error", "The editor could not be loaded. Reload the page to edit code."));
    return () => {
      gone = true;
      made?.destroy();
      setEditor(undefined);
    };
  }, []);

  useEffect(() => {
    if (!editor) return;
    editor.session.setMode(`ace/mode/${language}`);
    editor.setTheme(dark ? "ace/theme/cloud_editor_dark" : "ace/theme/cloud_editor");
    editor.setReadOnly(readOnly === true);
    editor.setOptions({ minLines: rows, maxLines: maxRows });
    editor.renderer.setShowGutter(language !== "text");
    const text = editor.textInput.getElement();
    text.setAttribute("aria-label", label);
    editor.container.querySelector(".ace_scroller")?.setAttribute("aria-label", `${label}: press Enter to edit, Escape to leave`);
    editor.container.querySelector(".ace_gutter")?.setAttribute("aria-label", `${label}: line numbers`);
  }, [editor, language, dark, readOnly, rows, maxRows, label]);

  useEffect(() => {
    if (editor && editor.getValue() !== value) {
      const change = calls.current.onChange;
      calls.current.onChange = undefined; // it comes from there
      editor.session.setValue(value);
      calls.current.onChange = change;
    }
  }, [editor, value]);

  useEffect(() => {
    if (!editor || readOnly) return;
    const stop = new AbortController();
    const wait = setTimeout(() => {
      void Promise.resolve(checking.current?.(value, stop.signal)).then(
        (fault) => {
          if (stop.signal.aborted) return;
          editor.session.setAnnotations(
            fault ? [{ row: fault.line - 1, column: fault.column - 1, text: fault.message, type: "error" }] : [],
          );
          calls.current.onFault?.(fault);
        },
        () => {},
      );
    }, 150);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [editor, value, readOnly, language]);

  // Until Ace is here, the text is shown plainly.
  return (
    <div className="editor" ref={box} data-label={label} style={{ minHeight: editor ? undefined : rows * 15 }}>
      <pre className="code">{value}</pre>
    </div>
  );
}

/** Code shows code that cannot be changed. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <pre className="code" tabIndex={0} role="region" aria-label={label}>
      {text === "" ? " " : text}
    </pre>
  );
}
