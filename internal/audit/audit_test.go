package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// keeper is a service with an input of every kind.
type keeper struct{}

type input struct {
	Name     string            `json:"Name"`
	Password *string           `json:"Password,omitzero" shape:"password"`
	Settings map[string]string `json:"settings,omitzero" shape:"settings"`
	Secrets  map[string]string `json:"secrets,omitzero" shape:"secrets"`
	Code     []byte            `json:"Code,omitzero"`
	List     []*inner          `json:"List,omitzero"`
	When     *awsapi.Time      `json:"When,omitzero"`
	Count    *int64            `json:"Count,omitzero"`
	Value    string            `json:"value,omitzero"`
}

type inner struct {
	Password string `json:"Password" shape:"password"`
	Value    string `json:"value,omitzero"`
}

func (keeper) run(context.Context, *input) (*awsapi.Empty, error) { return nil, nil }

func operation(name string) *awsapi.BoundOperation {
	return awsapi.Table[keeper]{
		Service: "iam", Protocol: awsapi.Query,
		Constraints: awsapi.Constraints{"password": {Sensitive: true}, "secrets": {Sensitive: true}, "settings": {Element: "plain"}},
		Operations:  []awsapi.Op[keeper]{awsapi.Operation(name, "POST /", 200, keeper.run)},
	}.Bind(keeper{}).Operation(name)
}

func TestParameters(t *testing.T) {
	t.Parallel()
	hidden := `"` + awsapi.Hidden + `"`
	for _, c := range []struct {
		name, operation string
		in              input
		want            string
	}{
		{"nothing", "Put", input{}, `null`},
		{"plain", "Put", input{Name: "a", Count: new(int64(0)), Value: "v"}, `{"name":"a","count":0,"value":"v"}`},
		{"secrets", "Put", input{Password: new("S"), Secrets: map[string]string{"k": "S"}, List: []*inner{{Password: "S", Value: "v"}}},
			`{"password":` + hidden + `,"secrets":` + hidden + `,"list":[{"password":` + hidden + `,"value":"v"}]}`},
		{"settings in order", "Put", input{Settings: map[string]string{"b": "2", "a": "1"}}, `{"settings":{"a":"1","b":"2"}}`},
		{"bytes are counted", "Put", input{Code: []byte("code")}, `{"code":"4 bytes"}`},
		{"time", "Put", input{When: new(awsapi.Seconds(time.Unix(0, 0)))}, `{"when":"1970-01-01T00:00:00Z"}`},
		{"not marked in the model", "CreateApiKey", input{Name: "a", Value: "S", List: []*inner{{Password: "S", Value: "v"}}}, `{"name":"a","list":[{"password":` + hidden + `,"value":"v"}],"value":` + hidden + `}`},
		{"long text", "Put", input{Name: strings.Repeat("x", 3000)}, `{"name":"` + strings.Repeat("x", 2048) + `…"}`},
		{"too much", "Put", input{Settings: many(40)}, `{"omitted":"parameters of more than 32768 bytes"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := string(operation(c.operation).Parameters(&c.in))
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if !json.Valid([]byte(got)) {
				t.Error("not JSON")
			}
		})
	}
}

func many(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[string(rune('A'+i))] = strings.Repeat("x", 2000)
	}
	return m
}

func trail(t *testing.T, c Config) *Trail {
	t.Helper()
	if c.Store == nil {
		s, err := sqlite.Open(t.Context(), sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		c.Store = s
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	tr := Open(t.Context(), c)
	t.Cleanup(tr.Close)
	return tr
}

func ann() awsapi.Caller {
	return awsapi.Caller{Kind: awsapi.User, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann", UserID: "AIDA1", Name: "ann", AccessKey: "AKIA1"}
}

func call(op string, c awsapi.Caller) *awsapi.Call {
	return &awsapi.Call{Service: "iam", Operation: op, Region: "eu-west-1", RequestID: "r", SourceIP: "192.0.2.1", UserAgent: "aws-cli", Caller: c}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	tr := trail(t, Config{Now: func() time.Time { return at }})
	c := call("CreateUser", ann())
	c.Decision = "denied"
	tr.Call(t.Context(), c, operation("CreateUser"), &input{Name: "bob"}, awsapi.Errorf(403, "AccessDenied", "no"))
	a, err := tr.Find(t.Context(), Query{})
	if err != nil || len(a.Records) != 1 {
		t.Fatalf("%v, %v", a, err)
	}
	var got map[string]any
	if err := json.Unmarshal(a.Records[0], &got); err != nil {
		t.Fatal(err)
	}
	if id, _ := got["eventID"].(string); len(id) != 36 {
		t.Errorf("event id %q", id)
	}
	delete(got, "eventID")
	want := map[string]any{
		"eventVersion": "1.11", "eventTime": "2026-01-02T03:04:05.006Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
		"awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli", "errorCode": "AccessDenied", "errorMessage": "no",
		"requestParameters": map[string]any{"name": "bob"}, "responseElements": nil, "additionalEventData": map[string]any{"decision": "denied"},
		"requestID": "r", "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111111111111", "eventCategory": "Management",
		"userIdentity": map[string]any{
			"type": "IAMUser", "principalId": "AIDA1", "arn": "arn:aws:iam::111111111111:user/ann", "accountId": "111111111111", "accessKeyId": "AKIA1", "userName": "ann",
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// names are the events that a query finds.
func names(t *testing.T, tr *Trail, q Query) string {
	t.Helper()
	var found []string
	for {
		a, err := tr.Find(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range a.Records {
			var r Record
			if err := json.Unmarshal(b, &r); err != nil {
				t.Fatal(err)
			}
			found = append(found, r.EventName)
		}
		if q.Next = a.Next; q.Next == "" {
			return strings.Join(found, " ")
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	tr := trail(t, Config{Now: func() time.Time { at = at.Add(time.Second); return at }})
	session := awsapi.Caller{Kind: awsapi.Session, Account: "222222222222", ARN: "arn:aws:sts::222222222222:assumed-role/deploy/s", UserID: "AROA1:s", Name: "s", RoleARN: "arn:aws:iam::222222222222:role/ops/deploy"}
	for _, c := range []struct {
		op     string
		caller awsapi.Caller
		err    *awsapi.Error
	}{
		{"CreateUser", ann(), nil}, {"ListUsers", ann(), nil}, {"DeleteUser", ann(), awsapi.Errorf(404, "NoSuchEntity", "x")},
		{"CreateRole", session, nil}, {"CreateGroup", awsapi.RootCaller("222222222222"), nil},
	} {
		tr.Call(t.Context(), call(c.op, c.caller), operation(c.op), &input{}, c.err)
	}
	const all = "CreateGroup CreateRole DeleteUser ListUsers CreateUser"
	for _, c := range []struct {
		name string
		q    Query
		want string
	}{
		{"all, newest first", Query{}, all},
		{"page by page", Query{Max: 2}, all},
		{"oldest first", Query{Forward: true, Max: 3}, "CreateUser ListUsers DeleteUser CreateRole CreateGroup"},
		{"an account", Query{Account: "222222222222"}, "CreateGroup CreateRole"},
		{"a user", Query{User: "ann"}, "DeleteUser ListUsers CreateUser"},
		{"a key", Query{User: "AKIA1", Operation: "createuser"}, "CreateUser"},
		{"a role", Query{User: "deploy"}, "CreateRole"},
		{"the root", Query{User: "root"}, "CreateGroup"},
		{"nobody", Query{User: "bob"}, ""},
		{"a service", Query{Operation: "iam.amazonaws.com", Max: 1}, all},
		{"failed", Query{Failed: true}, "DeleteUser"},
		{"since", Query{From: time.Unix(1004, 0)}, "CreateGroup CreateRole"},
		{"until", Query{To: time.Unix(1002, 0)}, "CreateUser"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := names(t, tr, c.q); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	for _, bad := range []string{"x", "1", "1-", "-1-1", "1-x", "9999999999999999999-1"} {
		if _, err := tr.Find(t.Context(), Query{Next: bad}); !errors.Is(err, ErrPosition) {
			t.Errorf("position %q: %v", bad, err)
		}
	}
}

// TestData: operations on data are recorded where that was asked for, or where
// they were denied.
func TestData(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		data     bool
		decision string
		want     string
	}{{false, "allowed", ""}, {true, "allowed", "Invoke"}, {false, "denied", "Invoke"}} {
		tr := trail(t, Config{Data: c.data})
		x := call("Invoke", ann())
		x.Decision = c.decision
		tr.Call(t.Context(), x, operation("Invoke"), &input{}, nil)
		if got := names(t, tr, Query{}); got != c.want {
			t.Errorf("%+v: recorded %q", c, got)
		}
	}
}

// logs notes whether lines had to be durable, and can fail.
type logs struct {
	store.Logs
	synced []bool
	err    error
}

func (l *logs) Append(_ context.Context, sync bool, _ ...store.LogLine) error {
	l.synced = append(l.synced, sync)
	return l.err
}

// TestSynced: of calls that may have changed something, the record is durable
// before the answer; others need not wait. Strangers are limited.
func TestSynced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		op   string
		err  *awsapi.Error
		all  bool
		want bool
	}{
		{"change", "CreateUser", nil, true, true},
		{"change, not wanted", "CreateUser", nil, false, false},
		{"change that failed half-way", "CreateUser", awsapi.Errorf(500, "ServiceFailure", ""), true, true},
		{"change that was refused", "CreateUser", awsapi.Errorf(409, "EntityAlreadyExists", ""), true, false},
		{"read", "ListUsers", nil, true, false},
		{"keys given out", "GetSessionToken", nil, true, true},
	} {
		l := &logs{}
		tr := trail(t, Config{Store: l, Synced: c.all})
		tr.Call(t.Context(), call(c.op, ann()), operation(c.op), &input{}, c.err)
		if !reflect.DeepEqual(l.synced, []bool{c.want}) {
			t.Errorf("%s: synced %v", c.name, l.synced)
		}
	}
	l := &logs{}
	tr := trail(t, Config{Store: l, Synced: true})
	for range 2 * strangersBurst {
		tr.Event(t.Context(), Record{EventName: "ConsoleLogin"})
	}
	if n := len(l.synced); n < strangersBurst || n >= 2*strangersBurst {
		t.Errorf("%d records of strangers", n)
	}
}

// TestNotStored: a record that cannot be written is in the server's log.
func TestNotStored(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tr := trail(t, Config{Store: &logs{err: errors.New("disk full")}, Log: slog.New(slog.NewTextHandler(&out, nil))})
	tr.Call(t.Context(), call("CreateUser", ann()), operation("CreateUser"), &input{Name: "bob", Password: new("SECRET")}, nil)
	if s := out.String(); !strings.Contains(s, "disk full") || !strings.Contains(s, `\"name\":\"bob\"`) || strings.Contains(s, "SECRET") {
		t.Error(s)
	}
}

// TestExpire: what is older than the retention goes.
func TestExpire(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	for _, days := range []int{0, 29, 31} {
		tr := trail(t, Config{Store: s, Now: func() time.Time { return now.AddDate(0, 0, -days) }})
		tr.Call(t.Context(), call("CreateUser", ann()), operation("CreateUser"), &input{}, nil)
	}
	tr := trail(t, Config{Store: s, Days: 30})
	deadline := time.Now().Add(time.Minute)
	for names(t, tr, Query{}) != "CreateUser CreateUser" {
		if time.Now().After(deadline) {
			t.Fatalf("found %s", names(t, tr, Query{}))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func BenchmarkCall(b *testing.B) {
	s, err := sqlite.Open(b.Context(), sqlite.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	tr := Open(b.Context(), Config{Store: s, Log: slog.New(slog.DiscardHandler)})
	defer tr.Close()
	op, c := operation("ListUsers"), call("ListUsers", ann())
	for b.Loop() {
		tr.Call(b.Context(), c, op, &input{Name: "bob"}, nil)
	}
}

// Federated users are shown with the user, or the root, behind them.
func TestFederatedIdentity(t *testing.T) {
	t.Parallel()
	const guest = "arn:aws:sts::123456789012:federated-user/bob"
	for behind, want := range map[string]Issuer{
		"arn:aws:iam::123456789012:user/x/ann": {"IAMUser", "arn:aws:iam::123456789012:user/x/ann", "123456789012", "ann"},
		"arn:aws:iam::123456789012:root":       {"Root", "arn:aws:iam::123456789012:root", "123456789012", ""},
	} {
		id := IdentityOf(awsapi.Caller{Kind: awsapi.FederatedUser, Account: "123456789012", ARN: guest, RoleARN: behind})
		if id.Type != "FederatedUser" || id.ARN != guest || id.SessionContext == nil || id.SessionContext.SessionIssuer != want {
			t.Errorf("%s: %+v", behind, id)
		}
	}
}
