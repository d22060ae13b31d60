package browser

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startServe runs lambdagate serve until the test ends; it returns its URL, its
// data folder, and the root's key.
func startServe(t testing.TB) (url, data, keyID, secret string) {
	t.Helper()
	dir := t.TempDir()
	data = filepath.Join(dir, "data")
	config := filepath.Join(dir, "lambdagate.toml")
	if err := os.WriteFile(config, []byte("[runtimes]\nprestart = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "serve", "--config", config, "--listen", "127.0.0.1:0", "--data", data)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, done := make(chan string), make(chan error, 1)
	go func() {
		for scan := bufio.NewScanner(out); scan.Scan(); {
			lines <- scan.Text()
		}
		close(lines)
		done <- cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		go func() {
			for range lines {
			}
		}()
		select {
		case <-done:
		case <-time.After(time.Minute):
			cmd.Process.Kill()
			<-done
		}
	})
	deadline := time.After(60 * time.Second)
	for url == "" {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatal("the server ended")
			}
			if _, v, ok := strings.Cut(line, "AWS_ACCESS_KEY_ID="); ok {
				keyID = v
			}
			if _, v, ok := strings.Cut(line, "AWS_SECRET_ACCESS_KEY="); ok {
				secret = v
			}
			url = listening.FindString(line)
		case <-deadline:
			t.Fatal("the server is not ready after 60 s")
		}
	}
	return url, data, keyID, secret
}

// callServe performs an operation through the server's socket.
func callServe(t testing.TB, data, service, operation, input string) {
	t.Helper()
	if out, err := exec.Command(binary, "call", "--data", data, service, operation, input).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", operation, err, out)
	}
}

// TestSignIn: nothing is shown before signing in; a user with a new password
// sees what its permissions show; signed out is signed out; the root sees the
// trail of it all.
func TestSignIn(t *testing.T) {
	url, data, keyID, secret := startServe(t)
	callServe(t, data, "iam", "CreateAccountAlias", `{"AccountAlias":"team"}`)
	callServe(t, data, "iam", "CreateUser", `{"UserName":"ann"}`)
	callServe(t, data, "iam", "CreateLoginProfile", `{"UserName":"ann","Password":"Old-pass-1","PasswordResetRequired":true}`)
	callServe(t, data, "iam", "PutUserPolicy", `{"UserName":"ann","PolicyName":"p","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"apigateway:GET\",\"Resource\":\"*\"}}"}`)
	script := axe(t)

	p := open(t, url, "/iam/users")
	p.sees("Sign in")
	p.seesNot("Policies")
	for _, dark := range []bool{false, true} {
		p.dark(dark)
		p.settled()
		value[bool](p, script+"; true")
		p.checkState("sign-in")
		p.shot(map[bool]string{false: "sign-in-light", true: "sign-in-dark"}[dark])
	}
	p.dark(false)
	p.fill("Account ID or alias", "team")
	p.fill("IAM user name", "ann")
	p.fill("Password", "wrong")
	p.click("Sign in")
	p.sees("The account, user name or password is wrong.")
	p.fill("Password", "Old-pass-1")
	p.click("Sign in")
	p.sees("You have to change your password before you go on.")
	p.fill("New password", "New-pass-2")
	p.fill("New password again", "New-pass-2")
	p.shot("sign-in-change")
	p.click("Change password and sign in")
	p.sees("ann @")
	p.sees("is not authorized to perform: iam:ListUsers") // the page that was asked for
	p.shot("signed-in-denied")
	p.chooseOwn("ann", "Sign out")
	p.sees("User and password")

	p.visit("/iam/audit")
	p.click("Access key")
	p.fill("Access key ID", keyID)
	p.fill("Secret access key", secret)
	p.click("Sign in")
	p.sees("root @")
	p.sees("signin:ConsoleLogin")
	p.sees("arn:aws:iam::000000000000:user/ann")
	value[bool](p, script+"; true")
	p.checkState("audit")
	p.shot("audit")
}

// chooseOwn opens the menu of who is signed in and chooses an item. The top bar
// has its buttons twice: once to measure them.
func (p *tab) chooseOwn(who, item string) {
	p.t.Helper()
	value[bool](p, fmt.Sprintf(`[...document.querySelectorAll("#top button[aria-label^='%s @']")].filter((b) => !b.closest("[aria-hidden=true]")).at(-1).click(), true`, who))
	p.await("the account's menu", fmt.Sprintf(`[...document.querySelectorAll("[role=menuitem]")].some((e) => e.textContent === %q)`, item))
	value[bool](p, fmt.Sprintf(`[...document.querySelectorAll("[role=menuitem]")].find((e) => e.textContent === %q).click(), true`, item))
}

// TestChangePassword: a user who may changes the own password and stays signed
// in; who may not is told so; the old one opens nothing any more.
func TestChangePassword(t *testing.T) {
	url, data, _, _ := startServe(t)
	callServe(t, data, "iam", "CreateUser", `{"UserName":"ann","Path":"/team/"}`)
	callServe(t, data, "iam", "CreateLoginProfile", `{"UserName":"ann","Password":"Old-pass-1"}`)
	script := axe(t)
	p := open(t, url, "/")
	signIn := func(password string) {
		p.fill("Account ID or alias", "000000000000")
		p.fill("IAM user name", "ann")
		p.fill("Password", password)
		p.click("Sign in")
	}
	signIn("Old-pass-1")
	p.sees("team/ann @")
	p.chooseOwn("team/ann", "Change password")
	p.fill("Old password", "Old-pass-1")
	p.fill("New password", "New-pass-2")
	p.fill("New password again", "New-pass-3")
	submit := func() {
		value[bool](p, `[...document.querySelectorAll("form button")].find((b) => b.textContent === "Change password").click(), true`)
	}
	submit()
	p.sees("The new passwords differ.")
	p.fill("New password again", "New-pass-2")
	submit()
	p.sees("is not authorized to perform: iam:ChangePassword")
	value[bool](p, script+"; true")
	p.checkState("change-password")
	p.shot("change-password")
	callServe(t, data, "iam", "PutUserPolicy", `{"UserName":"ann","PolicyName":"p","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:ChangePassword\",\"Resource\":\"*\"}}"}`)
	p.fill("Old password", "wrong")
	submit()
	p.sees("The old password was incorrect.")
	p.fill("Old password", "Old-pass-1")
	submit()
	p.sees("Your password is changed.")
	p.sees("team/ann @")
	p.shot("password-changed")
	p.chooseOwn("team/ann", "Sign out")
	p.sees("User and password")
	signIn("Old-pass-1")
	p.sees("The account, user name or password is wrong.")
	p.fill("Password", "New-pass-2")
	p.click("Sign in")
	p.sees("team/ann @")
}
