package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// TestSecrets sends secrets that can be told from everything else through calls
// that succeed and calls that fail, and then looks for them where they must not
// be: in answers to what failed, in the server's log at its most talkative, in
// the audit trail, and in the data folder.
func TestSecrets(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	api := s.mock(t, "hello")
	const (
		password = "MARK-password-1a!"
		variable = "MARK-variable"
		token    = "MARK-webidentity-token"
		bearer   = "MARK-bearer"
		apiKey   = "MARK-apikey-0123456789abcdef"
		payload  = "MARK-payload"
		private  = "MARK-private-key"
	)
	secrets := map[string]string{"root's secret": s.root.SecretAccessKey}
	ann := s.user("ann", url.QueryEscape(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	secrets["a user's secret"] = ann.SecretAccessKey
	temporary := s.query(ann, "sts", "Action=GetSessionToken&Version=2011-06-15").Body
	session := sigv4.Key{
		AccessKeyID: between(temporary, "<AccessKeyId>", "<"), SecretAccessKey: between(temporary, "<SecretAccessKey>", "<"), SessionToken: between(temporary, "<SessionToken>", "<"),
	}
	secrets["a session's secret"], secrets["a session's token"] = session.SecretAccessKey, session.SessionToken
	form := func(action string, members ...string) string {
		v := url.Values{"Action": {action}}
		for i := 0; i+1 < len(members); i += 2 {
			v.Set(members[i], members[i+1])
		}
		return v.Encode()
	}
	function := func(name, variables string) string {
		return fmt.Sprintf(`{"FunctionName":%q,"Runtime":"nodejs22.x","Role":"arn:aws:iam::000000000000:role/none","Handler":"index.handler","Code":{"ZipFile":%q},"Environment":{"Variables":%s}}`,
			name, base64.StdEncoding.EncodeToString([]byte("MARK-code")), variables)
	}
	const functions = "/2015-03-31/functions"
	long := strings.Repeat(password, 20)
	test := fmt.Sprintf(`{"headers":{"Authorization":%q},"body":%q}`, bearer, payload)
	failed := map[string]reply{}
	for _, c := range []struct {
		name   string
		reply  reply
		status int
	}{
		{"password", s.query(ann, "iam", form("CreateLoginProfile", "UserName", "ann", "Password", password)), 200},
		{"password again", s.query(ann, "iam", form("CreateLoginProfile", "UserName", "ann", "Password", password)), 409},
		{"password of nobody", s.query(ann, "iam", form("CreateLoginProfile", "UserName", "nobody", "Password", password)), 404},
		{"password with a character that is none", s.query(ann, "iam", form("UpdateLoginProfile", "UserName", "ann", "Password", password+"\u2603")), 400},
		{"password that is too long", s.query(ann, "iam", form("UpdateLoginProfile", "UserName", "ann", "Password", long)), 400},
		{"password in another member", s.query(ann, "iam", form("ChangePassword", "OldPassword", password+"x", "NewPassword", password)), 403},
		{"web identity", s.query(sigv4.Key{}, "sts", form("AssumeRoleWithWebIdentity", "RoleArn", "arn:aws:iam::000000000000:role/none", "RoleSessionName", "s", "WebIdentityToken", token)), 403},
		{"web identity, not signed", s.send("POST", "/", form("AssumeRoleWithWebIdentity", "RoleArn", "arn:aws:iam::000000000000:role/none", "RoleSessionName", "s", "WebIdentityToken", token, "Version", "2011-06-15"), "Content-Type", "application/x-www-form-urlencoded"), 400},
		{"web identity, too long", s.send("POST", "/", form("AssumeRoleWithWebIdentity", "RoleArn", "arn:aws:iam::000000000000:role/none", "RoleSessionName", "s", "WebIdentityToken", strings.Repeat(token, 1000), "Version", "2011-06-15"), "Content-Type", "application/x-www-form-urlencoded"), 400},
		{"variables with a bad name", s.signed(ann, "lambda", "POST", functions, function("f", `{"1`+variable+`":"x","A":"`+variable+`"}`)), 400},
		{"variables and a bad role", s.signed(ann, "lambda", "POST", functions, function("f", `{"NAME":"`+variable+`"}`)), 400},
		{"variables that are none", s.signed(ann, "lambda", "POST", functions, function("f", `"`+variable+`"`)), 400},
		{"wrong secret", s.query(sigv4.Key{AccessKeyID: ann.AccessKeyID, SecretAccessKey: session.SecretAccessKey}, "iam", form("ListUsers")), 403},
		{"another key's token", s.query(sigv4.Key{AccessKeyID: ann.AccessKeyID, SecretAccessKey: ann.SecretAccessKey, SessionToken: session.SessionToken}, "iam", form("ListUsers")), 403},
		{"session", s.query(session, "sts", form("GetCallerIdentity", "Version", "2011-06-15")), 200},
		{"a client's own authorization", s.send("GET", "/restapis/"+api+"/prod/_user_request_/none?x="+payload, payload, "Authorization", "Bearer "+bearer), 403},
		{"a bearer token for an AWS API", s.send("GET", "/restapis", "", "Authorization", "Bearer "+bearer), 403},
		{"test invocation", s.signed(ann, "apigateway", "POST", "/restapis/"+api+"/resources/none/methods/GET", test), 404},
		{"API key", s.signed(ann, "apigateway", "POST", "/apikeys", `{"name":"k","enabled":true,"value":"`+apiKey+`"}`), 201},
		{"API key again", s.signed(ann, "apigateway", "POST", "/apikeys", `{"name":"k2","value":"`+apiKey+`"}`), 409},
		{"a domain's private key", s.signed(ann, "apigateway", "POST", "/domainnames", `{"domainName":"","certificateName":"c","certificateBody":"b","certificatePrivateKey":"`+private+`"}`), 400},
		{"sign-in", s.console("sign-in", "", keyJSON(session)), 200},
		{"sign-in with a password", s.console("sign-in", "", fmt.Sprintf(`{"account":"000000000000","user":"ann","password":%q}`, password)), 200},
		{"sign-in with the password as user", s.console("sign-in", "", fmt.Sprintf(`{"account":"000000000000","user":%q,"password":"x"}`, password)), 401},
		{"sign-in with a wrong secret", s.console("sign-in", "", keyJSON(sigv4.Key{AccessKeyID: session.AccessKeyID, SecretAccessKey: password})), 401},
	} {
		if c.reply.Status != c.status {
			t.Errorf("%s: %d %s", c.name, c.reply.Status, c.reply.Body)
		}
		if c.status >= 400 {
			failed[c.name] = c.reply
		}
	}
	for _, m := range []string{password, variable, token, bearer, apiKey, payload, private, "MARK-code"} {
		secrets[m] = m
	}
	text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	records := text(s.records())
	if !strings.Contains(records, "CreateLoginProfile") || !strings.Contains(records, "AssumeRoleWithWebIdentity") || !strings.Contains(s.log.String(), "CreateLoginProfile") {
		t.Error("the calls are not in the trail or not in the log: nothing is tested")
	}
	s.stop()
	for what, secret := range secrets {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), url.QueryEscape(secret)} {
			for name, r := range failed {
				if strings.Contains(r.Body, form) || strings.Contains(text(r.Header), form) {
					t.Errorf("%s is in the answer to %s: %s", what, name, r.Body)
				}
			}
			if strings.Contains(s.log.String(), form) {
				t.Errorf("%s is in the log", what)
			}
			if strings.Contains(records, form) {
				t.Errorf("%s is in the audit trail", what)
			}
			if secret == apiKey || secret == variable {
				continue // API keys are shown to those who may read them; the function was not made
			}
			if file := fileWith(t, s.dir, form); file != "" {
				t.Errorf("%s is in %s", what, file)
			}
		}
	}
}

// fileWith is a file below dir that holds text, or "".
func fileWith(t *testing.T, dir, text string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), text) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
