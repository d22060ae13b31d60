package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/sigv4"
)

const readAPIs = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"apigateway:GET","Resource":"*"}}`

// TestSignInWithKey: with a key of one's own, and then with its permissions,
// until the session ends.
func TestSignInWithKey(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	ann := s.user("ann", url.QueryEscape(readAPIs))

	if r := s.console("api/apigateway/GetRestApis", "", "{}"); r.Status != 401 || r.code() != "NotSignedIn" {
		t.Errorf("not signed in: %d %s", r.Status, r.Body)
	}
	if r := s.console("sign-in", "", keyJSON(sigv4.Key{AccessKeyID: ann.AccessKeyID, SecretAccessKey: "wrong"})); r.Status != 401 || r.code() != "SignInFailed" || r.cookie() != "" {
		t.Errorf("wrong secret: %d %s", r.Status, r.Body)
	}
	r := s.console("sign-in", "", keyJSON(ann))
	if r.Status != 200 || !strings.Contains(r.Body, `"arn":"arn:aws:iam::000000000000:user/ann"`) || !strings.Contains(r.Body, `"name":"ann"`) {
		t.Fatalf("sign-in: %d %s", r.Status, r.Body)
	}
	set := r.Header.Get("Set-Cookie")
	for _, part := range []string{"lambdagate=", "; Path=/console/", "; HttpOnly", "; SameSite=Strict"} {
		if !strings.Contains(set, part) {
			t.Errorf("the cookie %q has no %q", set, part)
		}
	}
	cookie := r.cookie()
	if r := s.console("api/apigateway/GetRestApis", cookie, "{}"); r.Status != 200 {
		t.Errorf("allowed: %d %s", r.Status, r.Body)
	}
	if r := s.console("api/apigateway/CreateRestApi", cookie, `{"name":"x"}`); r.Status != 403 || r.code() != "AccessDeniedException" {
		t.Errorf("not allowed: %d %s", r.Status, r.Body)
	}
	if r := s.console("session", cookie, "{}"); r.Status != 200 || !strings.Contains(r.Body, `"account":"000000000000"`) {
		t.Errorf("session: %d %s", r.Status, r.Body)
	}
	flipped := cookie[:len(cookie)-1] + string(cookie[len(cookie)-1]^1)
	for _, other := range []string{flipped, "lambdagate=", "lambdagate=AAAA", "other=1"} {
		if r := s.console("session", other, "{}"); r.Status != 401 {
			t.Errorf("with the cookie %q: %d", other, r.Status)
		}
	}

	// Signed out is signed out, for whoever kept the cookie.
	second := s.console("sign-in", "", keyJSON(ann)).cookie()
	if r := s.console("sign-out", cookie, "{}"); r.Status != 200 || !strings.Contains(r.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign-out: %d %v", r.Status, r.Header)
	}
	if r := s.console("session", cookie, "{}"); r.Status != 401 {
		t.Errorf("after signing out: %d", r.Status)
	}
	if r := s.console("session", second, "{}"); r.Status != 200 {
		t.Errorf("the other session: %d", r.Status)
	}
	if r := s.query(s.root, "iam", "Action=UpdateAccessKey&UserName=ann&Status=Inactive&AccessKeyId="+ann.AccessKeyID); r.Status != 200 {
		t.Fatal(r.Body)
	}
	if r := s.console("session", second, "{}"); r.Status != 401 {
		t.Errorf("with the key switched off: %d", r.Status)
	}

	var events []string
	for _, r := range s.records() {
		if r.EventName == "ConsoleLogin" || r.EventName == "ConsoleSignOut" || r.ErrorCode != "" {
			events = append(events, fmt.Sprint(r.EventName, " ", r.UserIdentity.ARN, " ", string(r.ResponseElements), " ", r.ErrorCode, " ", r.RecipientAccountID))
		}
	}
	user := "arn:aws:iam::000000000000:user/ann"
	want := []string{
		`ConsoleLogin  {"ConsoleLogin":"Failure"}  000000000000`,
		`ConsoleLogin ` + user + ` {"ConsoleLogin":"Success"}  000000000000`,
		`CreateRestApi ` + user + ` null AccessDeniedException 000000000000`,
		`ConsoleLogin ` + user + ` {"ConsoleLogin":"Success"}  000000000000`,
		`ConsoleSignOut ` + user + ` null  000000000000`,
	}
	if strings.Join(events, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(events, "\n"), strings.Join(want, "\n"))
	}
}

// TestSignInWithPassword: by account id or alias; a password that has to be
// changed is, first; changing it elsewhere ends the session. A restart, or
// another node with the same seal key, knows the session.
func TestSignInWithPassword(t *testing.T) {
	t.Parallel()
	var config Config
	s := serve(t, func(c *Config) { config = *c })
	s.user("ann", "")
	for _, form := range []string{"Action=CreateAccountAlias&AccountAlias=team", "Action=CreateLoginProfile&UserName=ann&PasswordResetRequired=true&Password=Old-pass-1"} {
		if r := s.query(s.root, "iam", form); r.Status != 200 {
			t.Fatal(r.Body)
		}
	}
	in := func(account, password, next string) string {
		return fmt.Sprintf(`{"account":%q,"user":"ann","password":%q,"newPassword":%q}`, account, password, next)
	}
	for _, c := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"wrong", in("team", "x", ""), 401, "SignInFailed"},
		{"no such account", in("nobody", "Old-pass-1", ""), 401, "SignInFailed"},
		{"not JSON", "{", 400, "SerializationException"},
		{"has to be changed", in("team", "Old-pass-1", ""), 403, "PasswordExpired"},
		{"changed with the wrong one", in("team", "x", "New-pass-2"), 401, "SignInFailed"},
		{"changed to a bad one", in("team", "Old-pass-1", "short"), 400, "PasswordPolicyViolation"},
		{"changed", in("team", "Old-pass-1", "New-pass-2"), 200, ""},
		{"the old one", in("team", "Old-pass-1", ""), 401, "SignInFailed"},
		{"by id", in("000000000000", "New-pass-2", ""), 200, ""},
	} {
		if r := s.console("sign-in", "", c.body); r.Status != c.status || r.Status != 200 && r.code() != c.code {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Body)
		}
	}
	cookie := s.console("sign-in", "", in("team", "New-pass-2", "")).cookie()
	root := s.root
	s.stop()
	config.Mode = "serve"
	s = start(t, config)
	s.root = root
	if r := s.console("session", cookie, "{}"); r.Status != 200 || !strings.Contains(r.Body, `"password":true`) {
		t.Errorf("after a restart: %d %s", r.Status, r.Body)
	}
	if r := s.query(s.root, "iam", "Action=UpdateLoginProfile&UserName=ann&Password=New-pass-3"); r.Status != 200 {
		t.Fatal(r.Body)
	}
	if r := s.console("session", cookie, "{}"); r.Status != 401 {
		t.Errorf("after the password was set: %d", r.Status)
	}
}

// TestSignInExpires: a session ends by itself, and the key's when that is sooner.
func TestSignInExpires(t *testing.T) {
	t.Parallel()
	at := newClock()
	s := serveWith(t, func(c *Config) { c.Console.Session = Duration(time.Hour) }, func(s *Server) { s.sessions.now = at.now })
	cookie := s.console("sign-in", "", keyJSON(s.root)).cookie()
	for _, c := range []struct {
		after  time.Duration
		status int
	}{{55 * time.Minute, 200}, {time.Hour + 5*time.Minute, 401}} {
		at.set(c.after)
		if r := s.console("session", cookie, "{}"); r.Status != c.status {
			t.Errorf("after %s: %d", c.after, r.Status)
		}
	}
	at.set(0)
	form := s.query(s.root, "sts", "Action=GetSessionToken&DurationSeconds=900&Version=2011-06-15").Body
	temporary := sigv4.Key{
		AccessKeyID: between(form, "<AccessKeyId>", "<"), SecretAccessKey: between(form, "<SecretAccessKey>", "<"), SessionToken: between(form, "<SessionToken>", "<"),
	}
	r := s.console("sign-in", "", keyJSON(temporary))
	if r.Status != 200 {
		t.Fatal(r.Body)
	}
	at.set(20 * time.Minute)
	if r := s.console("session", r.cookie(), "{}"); r.Status != 401 {
		t.Errorf("a temporary key's session after its end: %d", r.Status)
	}
	long := temporary
	long.SessionToken = strings.Repeat("A", 5000)
	if r := s.console("sign-in", "", keyJSON(long)); r.Status != 401 {
		t.Errorf("a made-up token: %d", r.Status)
	}
}

// TestSignInOrigin: other sites' pages cannot sign anybody in or use a session;
// nor can anybody without TLS from elsewhere.
func TestSignInOrigin(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.TrustedProxies = []string{"127.0.0.0/8"} })
	body := keyJSON(s.root)
	for _, c := range []struct {
		name    string
		headers []string
		status  int
		code    string
	}{
		{"own page", []string{"Origin", s.address(), "Sec-Fetch-Site", "same-origin"}, 200, ""},
		{"other site", []string{"Origin", "https://evil.example"}, 403, "ForbiddenException"},
		{"other port", []string{"Origin", "http://127.0.0.1:1"}, 403, "ForbiddenException"},
		{"unknown origin", []string{"Origin", "null"}, 403, "ForbiddenException"},
		{"subdomain", []string{"Sec-Fetch-Site", "same-site"}, 403, "ForbiddenException"},
		{"without the header", []string{"X-Lambdagate-Console", ""}, 403, "ForbiddenException"},
		{"form", []string{"Content-Type", "application/x-www-form-urlencoded"}, 403, "ForbiddenException"},
		{"from elsewhere in clear", []string{"X-Forwarded-For", "192.0.2.1"}, 403, "InsecureConnection"},
		{"from elsewhere over a proxy's TLS", []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https"}, 200, ""},
	} {
		r := s.console("sign-in", "", body, c.headers...)
		if r.Status != c.status || r.Status != 200 && r.code() != c.code {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Body)
		}
		if c.status == 200 && strings.HasSuffix(c.name, "TLS") && !strings.Contains(r.Header.Get("Set-Cookie"), "__Secure-lambdagate=") {
			t.Errorf("%s: cookie %s", c.name, r.Header.Get("Set-Cookie"))
		}
	}
}

// TestSignInAttempts: too many wrong ones on one name wait, from whatever
// address; too many of one address wait, on whatever name.
func TestSignInAttempts(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.TrustedProxies = []string{"127.0.0.1/32"} })
	start := time.Now()
	var later atomic.Int64
	for l, burst := range map[*limiter]int{s.attempts.bySource: 4, s.attempts.byName: 3} {
		l.mu.Lock() // the server is up
		l.burst, l.every, l.now = burst, time.Second, func() time.Time { return start.Add(time.Duration(later.Load())) }
		l.mu.Unlock()
	}
	try := func(source, user string) reply {
		return s.console("sign-in", "", keyJSON(sigv4.Key{AccessKeyID: user, SecretAccessKey: "x"}), "X-Forwarded-For", source, "X-Forwarded-Proto", "https")
	}
	for i := range 3 {
		if r := try(fmt.Sprintf("192.0.2.%d", i), "AKIAANN"); r.Status != 401 {
			t.Fatalf("attempt %d: %d", i, r.Status)
		}
	}
	if r := try("192.0.2.9", "AKIAANN"); r.Status != 429 || r.Header.Get("Retry-After") != "2" || r.code() != "TooManyAttempts" {
		t.Errorf("one name: %d %v %s", r.Status, r.Header, r.Body)
	}
	for i := range 4 {
		if r := try("198.51.100.1", fmt.Sprint("AKIABOB", i)); r.Status != 401 {
			t.Fatalf("attempt %d: %d", i, r.Status)
		}
	}
	if r := try("198.51.100.1", "AKIACLARA"); r.Status != 429 {
		t.Errorf("one address: %d", r.Status)
	}
	later.Add(int64(time.Second))
	if r := try("198.51.100.1", "AKIACLARA"); r.Status != 401 {
		t.Errorf("a second later: %d", r.Status)
	}
	later.Add(int64(time.Hour))
	for range 10 { // right ones do not count
		if r := s.console("sign-in", "", keyJSON(s.root)); r.Status != 200 {
			t.Fatalf("the right key: %d %s", r.Status, r.Body)
		}
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := newLimiter(2, 10*time.Second, func() time.Time { return now })
	var waits []time.Duration
	for _, step := range []time.Duration{0, 0, 0, 5 * time.Second, 5 * time.Second, 0} {
		now = now.Add(step)
		waits = append(waits, l.take("a"))
	}
	want := []time.Duration{0, 0, 10 * time.Second, 5 * time.Second, 0, 10 * time.Second}
	if fmt.Sprint(waits) != fmt.Sprint(want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	l.giveBack("a")
	if d := l.take("a"); d != 0 {
		t.Errorf("after one was given back: %s", d)
	}
}

// TestConsoleAudit: who may look the trail up sees the account's own.
func TestConsoleAudit(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	other := s.cliCall("POST", "/_lambdagate/accounts", `{"name":"other"}`)
	ann := s.user("ann", "")
	cookie := s.console("sign-in", "", keyJSON(ann)).cookie()
	if r := s.console("audit", cookie, "{}"); r.Status != 403 || !strings.Contains(r.Body, "cloudtrail:LookupEvents") {
		t.Errorf("without permission: %d %s", r.Status, r.Body)
	}
	policy := url.QueryEscape(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cloudtrail:LookupEvents","Resource":"*"}}`)
	if r := s.query(s.root, "iam", "Action=PutUserPolicy&UserName=ann&PolicyName=p&PolicyDocument="+policy); r.Status != 200 {
		t.Fatal(r.Body)
	}
	r := s.console("audit", cookie, `{"operation":"CreateUser","account":"`+between(other.Body, `"account":"`, `"`)+`"}`)
	if r.Status != http.StatusOK || strings.Count(r.Body, `"eventName":"CreateUser"`) != 1 || strings.Contains(r.Body, `"other"`) {
		t.Errorf("with it: %d %s", r.Status, r.Body)
	}
	for _, bad := range []string{"{", `{"next":"x"}`, `{"since":"yesterday"}`} {
		if r := s.console("audit", cookie, bad); r.Status != 400 {
			t.Errorf("%s: %d %s", bad, r.Status, r.Body)
		}
	}
}

// TestAccounts: the CLI's door makes accounts, whose root keys work at once, and
// rotates them.
func TestAccounts(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	r := s.cliCall("POST", "/_lambdagate/accounts", `{"name":"team b","email":"b@example.com"}`)
	key := sigv4.Key{AccessKeyID: between(r.Body, `"accessKeyId":"`, `"`), SecretAccessKey: between(r.Body, `"secretAccessKey":"`, `"`)}
	account := between(r.Body, `"account":"`, `"`)
	identity := func(k sigv4.Key) reply { return s.query(k, "sts", "Action=GetCallerIdentity&Version=2011-06-15") }
	if r := identity(key); r.Status != 200 || !strings.Contains(r.Body, "arn:aws:iam::"+account+":root") {
		t.Errorf("the new root: %d %s", r.Status, r.Body)
	}
	r = s.cliCall("POST", "/_lambdagate/accounts/"+account+"/rotate-root-key", "{}")
	next := sigv4.Key{AccessKeyID: between(r.Body, `"accessKeyId":"`, `"`), SecretAccessKey: between(r.Body, `"secretAccessKey":"`, `"`)}
	if old, now := identity(key).Status, identity(next).Status; old != 403 || now != 200 {
		t.Errorf("the old key %d, the new %d", old, now)
	}
	if r := s.cliCall("GET", "/_lambdagate/accounts", ""); !strings.Contains(r.Body, `"name":"team b","email":"b@example.com"`) {
		t.Error(r.Body)
	}
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"accounts", `{"name":""}`, 400, "ValidationException"},
		{"accounts", `{"name":"` + strings.Repeat("x", 51) + `"}`, 400, "ValidationException"},
		{"accounts", `{"name":"a\nb"}`, 400, "ValidationException"},
		{"accounts", `{"name":"a","email":"nobody"}`, 400, "ValidationException"},
		{"accounts", `{`, 400, "SerializationException"},
		{"accounts/999999999999/rotate-root-key", `{}`, 404, "AccountNotFoundException"},
		{"accounts/x/rotate-root-key", ``, 404, "AccountNotFoundException"},
	} {
		if r := s.cliCall("POST", "/_lambdagate/"+c.path, c.body); r.Status != c.status || r.code() != c.code {
			t.Errorf("%s %s: %d %s", c.path, c.body, r.Status, r.Body)
		}
	}
	var events []string
	for _, r := range s.records() {
		if r.EventSource == ownEvents {
			events = append(events, r.EventName+" "+r.ErrorCode)
		}
	}
	want := "CreateRootKey ,CreateAccount ,RotateRootKey ,CreateAccount ValidationException,CreateAccount ValidationException,CreateAccount ValidationException,CreateAccount ValidationException,CreateAccount SerializationException,RotateRootKey AccountNotFoundException,RotateRootKey AccountNotFoundException"
	if got := strings.Join(events, ","); got != want {
		t.Errorf("recorded\n%s\nwant\n%s", got, want)
	}
	// None of this is at the port.
	if r := s.send("GET", "/_lambdagate/accounts", ""); r.Status != 404 {
		t.Errorf("at the port: %d", r.Status)
	}
}

// TestExplainElsewhere: the console tells nobody what is written in the policies
// of another account.
func TestExplainElsewhere(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	r := s.cliCall("POST", "/_lambdagate/accounts", `{"name":"other"}`)
	other := sigv4.Key{AccessKeyID: between(r.Body, `"accessKeyId":"`, `"`), SecretAccessKey: between(r.Body, `"secretAccessKey":"`, `"`)}
	account := between(r.Body, `"account":"`, `"`)
	trust := url.QueryEscape(`{"Version":"2012-10-17","Statement":{"Sid":"MARK","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole"}}`)
	if r := s.query(other, "iam", "Action=CreateRole&RoleName=vault&AssumeRolePolicyDocument="+trust); r.Status != 200 {
		t.Fatal(r.Body)
	}
	api := s.mock(t, "hello")
	policy := `{\"Version\":\"2012-10-17\",\"Statement\":{\"Sid\":\"MARK\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"*\"}}`
	for path, body := range map[string]string{
		"UpdateRestApi":    `{"restApiId":"` + api + `","patchOperations":[{"op":"replace","path":"/policy","value":"` + policy + `"}]}`,
		"CreateDeployment": `{"restApiId":"` + api + `","stageName":"prod"}`,
	} {
		if r := s.cliCall("POST", "/apigateway/"+path, body); r.Status != 200 {
			t.Fatal(r.Body)
		}
	}
	if r := s.cliCall("POST", "/apigateway/CreateDeployment", `{"restApiId":"`+api+`","stageName":"prod"}`); r.Status != 200 {
		t.Fatal(r.Body)
	}
	mine, theirs := s.console("sign-in", "", keyJSON(s.root)).cookie(), s.console("sign-in", "", keyJSON(other)).cookie()
	ask := func(cookie, principal, action, resource string) reply {
		return s.console("explain", cookie, fmt.Sprintf(`{"principal":%q,"action":%q,"resource":%q}`, principal, action, resource))
	}
	const root = "arn:aws:iam::000000000000:root"
	for _, c := range []struct {
		name   string
		reply  reply
		marked bool
	}{
		{"the own role", ask(theirs, "arn:aws:iam::"+account+":root", "sts:AssumeRole", "arn:aws:iam::"+account+":role/vault"), true},
		{"another account's role", ask(mine, root, "sts:AssumeRole", "arn:aws:iam::"+account+":role/vault"), false},
		{"the own API", ask(mine, root, "execute-api:Invoke", "arn:aws:execute-api:us-east-1:000000000000:"+api+"/prod/GET/"), true},
		{"another account's API", ask(theirs, "arn:aws:iam::"+account+":root", "execute-api:Invoke", "arn:aws:execute-api:us-east-1:000000000000:"+api+"/prod/GET/"), false},
		{"another account's API as if it were the own", ask(theirs, "arn:aws:iam::"+account+":root", "execute-api:Invoke", "arn:aws:execute-api:us-east-1:"+account+":"+api+"/prod/GET/"), false},
	} {
		if c.reply.Status != 200 || strings.Contains(c.reply.Body, "MARK") != c.marked {
			t.Errorf("%s: %d %s", c.name, c.reply.Status, c.reply.Body)
		}
	}
}
