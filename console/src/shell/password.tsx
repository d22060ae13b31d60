// The signed-in user's own password.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call } from "../api/client";
import { notify } from "./notify";
import { signIn, type Session } from "./session";

const empty = { old: "", password: "", again: "" };
type Fields = typeof empty;

/** missing is what has to be filled in first. */
function missing(f: Fields): string | undefined {
  if (f.old === "") return "Enter your password.";
  if (f.password === "") return "Enter a new password.";
  return f.password === f.again ? undefined : "The new passwords differ.";
}

/** ChangePassword asks for the old password and a new one. The sessions that the
 * old one opened end with it, so this one is opened anew. */
export function ChangePassword({ session, close }: { session: Session; close: () => void }) {
  const [fields, setFields] = useState<Fields>(empty);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const send = async () => {
    const w = missing(fields);
    setWrong(w);
    if (w !== undefined || busy) return;
    setBusy(true);
    try {
      await call("iam", "ChangePassword", { OldPassword: fields.old, NewPassword: fields.password });
      const user = session.arn.slice(session.arn.lastIndexOf("/") + 1); // without its path
      await signIn({ account: session.account, user, password: fields.password });
      close();
      notify("success", "Your password is changed. What was signed in with the old one is signed out.", []);
    } catch (e) {
      setWrong(e instanceof Error ? e.message : String(e));
      setBusy(false);
    }
  };
  const field = (name: keyof Fields, label: string, complete: string) => (
    <FormField label={label}>
      <Input
        value={fields[name]}
        onChange={(e) => setFields((f) => ({ ...f, [name]: e.detail.value }))}
        type="password"
        name={name}
        autoComplete={complete}
        spellcheck={false}
        disableBrowserAutocorrect
      />
    </FormField>
  );
  return (
    <Modal visible onDismiss={close} header="Change password" closeAriaLabel="Close">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void send();
        }}
      >
        <Form
          actions={
            <Box float="right">
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="link" formAction="none" onClick={close}>
                  Cancel
                </Button>
                <Button variant="primary" loading={busy} loadingText="Working">
                  Change password
                </Button>
              </SpaceBetween>
            </Box>
          }
        >
          <SpaceBetween size="m">
            {field("old", "Old password", "current-password")}
            {field("password", "New password", "new-password")}
            {field("again", "New password again", "new-password")}
            <div aria-live="polite">{wrong !== undefined && <Alert type="error">{wrong}</Alert>}</div>
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
}
