// The page before all others in serve mode: an access key, or a user's password.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { ApiError } from "../../api/client";
import { signIn, type SignIn as Who } from "../../shell/session";

type Way = "password" | "key";

const empty = { account: "", user: "", password: "", newPassword: "", again: "", accessKeyId: "", secretAccessKey: "", sessionToken: "" };
type Fields = typeof empty;

function who(way: Way, f: Fields, expired: boolean): Who {
  if (way === "key") {
    return { accessKeyId: f.accessKeyId.trim(), secretAccessKey: f.secretAccessKey.trim(), sessionToken: f.sessionToken.trim() || undefined };
  }
  return { account: f.account.trim(), user: f.user.trim(), password: f.password, newPassword: expired ? f.newPassword : undefined };
}

/** missing is what has to be filled in first. */
function missing(way: Way, f: Fields, expired: boolean): string | undefined {
  if (way === "key") return f.accessKeyId === "" || f.secretAccessKey === "" ? "Enter the access key ID and the secret access key." : undefined;
  if (f.account === "" || f.user === "" || f.password === "") return "Enter the account, the user name and the password.";
  if (!expired) return undefined;
  if (f.newPassword === "") return "Enter a new password.";
  return f.newPassword === f.again ? undefined : "The new passwords differ.";
}

export function SignIn() {
  const [way, setWay] = useState<Way>("password");
  const [fields, setFields] = useState<Fields>(empty);
  const [expired, setExpired] = useState(false);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  useEffect(() => {
    document.title = "Sign in | lambdagate";
  }, []);
  const set = (name: keyof Fields) => (e: { detail: { value: string } }) => setFields((f) => ({ ...f, [name]: e.detail.value }));
  const send = async () => {
    const w = missing(way, fields, expired);
    setWrong(w);
    if (w !== undefined || busy) return;
    setBusy(true);
    try {
      await signIn(who(way, fields, expired));
      return;
    } catch (e) {
      const change = e instanceof ApiError && e.code === "PasswordExpired";
      if (change) setExpired(true);
      setWrong(change ? undefined : e instanceof Error ? e.message : String(e));
    }
    setBusy(false);
  };
  const field = (name: keyof Fields, label: string, more: { secret?: boolean; complete?: string; hint?: string } = {}) => (
    <FormField label={label} description={more.hint}>
      <Input
        value={fields[name]}
        onChange={set(name)}
        type={more.secret ? "password" : "text"}
        name={name}
        autoComplete={more.complete ?? "off"}
        spellcheck={false}
        disableBrowserAutocorrect
      />
    </FormField>
  );
  return (
    <main className="sign-in">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void send();
        }}
      >
        <Box variant="h1" textAlign="center" padding={{ bottom: "l" }}>
          lambdagate
        </Box>
        <Container header={<Header variant="h2">Sign in</Header>}>
          <Form
            actions={
              <Button variant="primary" loading={busy} loadingText="Signing in">
                {expired ? "Change password and sign in" : "Sign in"}
              </Button>
            }
          >
            <SpaceBetween size="l">
              <SegmentedControl
                label="Sign in with"
                selectedId={way}
                onChange={(e) => {
                  setWay(e.detail.selectedId as Way);
                  setWrong(undefined);
                }}
                options={[
                  { id: "password", text: "User and password" },
                  { id: "key", text: "Access key" },
                ]}
              />
              {way === "password" ? (
                <SpaceBetween size="m">
                  {field("account", "Account ID or alias", { complete: "organization" })}
                  {field("user", "IAM user name", { complete: "username" })}
                  {field("password", "Password", { secret: true, complete: "current-password" })}
                  {expired && (
                    <SpaceBetween size="m">
                      <Alert type="info">You have to change your password before you go on.</Alert>
                      {field("newPassword", "New password", { secret: true, complete: "new-password" })}
                      {field("again", "New password again", { secret: true, complete: "new-password" })}
                    </SpaceBetween>
                  )}
                </SpaceBetween>
              ) : (
                <SpaceBetween size="m">
                  {field("accessKeyId", "Access key ID")}
                  {field("secretAccessKey", "Secret access key", { secret: true })}
                  {field("sessionToken", "Session token - optional", { secret: true, hint: "Of a temporary key, as AssumeRole gives it." })}
                </SpaceBetween>
              )}
              <div aria-live="polite">{wrong !== undefined && <Alert type="error">{wrong}</Alert>}</div>
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </main>
  );
}
