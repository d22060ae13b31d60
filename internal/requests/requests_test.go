package requests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.send(t, "POST", "test", "/pets", `{"a":1}`)
	w.send(t, "GET", "prod", "/mock/1", "")
	w.send(t, "GET", "test", "/nowhere", "")
	w.answers(`{"statusCode": 503}`)
	w.send(t, "POST", "prod", "/pets", `{"a":1}`)
	w.sendTo(t, "other12345", "GET", "test", "/mock/2", "")
	for _, c := range []struct{ name, query, want string }{
		{"all, newest first", `{}`, "POST /prod/pets 503, GET /test/nowhere 403, GET /prod/mock/1 200, POST /test/pets 200"},
		{"of an API by name", `{"api":"Pets","limit":1}`, "POST /prod/pets 503"},
		{"of an API by id", `{"api":"abc123defg","limit":1}`, "POST /prod/pets 503"},
		{"of another API", `{"api":"other12345"}`, ""},
		{"of a stage", `{"stage":"test"}`, "GET /test/nowhere 403, POST /test/pets 200"},
		{"of a region", `{"region":"eu-west-1"}`, ""},
		{"failed", `{"failed":true}`, "POST /prod/pets 503, GET /test/nowhere 403"},
		{"by path", `{"path":"pet"}`, "POST /prod/pets 503, POST /test/pets 200"},
		{"by method", `{"method":"get"}`, "GET /test/nowhere 403, GET /prod/mock/1 200"},
		{"by status", `{"status":"403"}`, "GET /test/nowhere 403"},
		{"by class", `{"status":"5xx"}`, "POST /prod/pets 503"},
		{"none", `{"limit":0}`, ""},
		{"a wrong status", `{"status":"6oo"}`, `400 {"code":"BadRequestException","message":"The status is \"6oo\"; it can be a number such as 404, or a class such as 5xx."}`},
		{"a wrong limit", `{"limit":1001}`, `400 {"code":"BadRequestException","message":"The limit is 1001; it can be 0 to 1000."}`},
		{"a misspelt filter", `{"stag":"x"}`, `400 {"code":"BadRequestException","message":"The input cannot be read: json: unknown field \"stag\""}`},
		{"no JSON", `{`, `400 {"code":"BadRequestException","message":"The input cannot be read: unexpected EOF"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := w.list(t, account, c.query); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	if got := w.list(t, "999999999999", `{}`); !strings.HasPrefix(got, "403 ") {
		t.Error("the other account has no permission on its log group yet:", got)
	}
	w.allow(group[:len("arn:aws:logs:us-east-1:")]+"999999999999:log-group:API-Gateway-Execution-Logs_other12345/test:*", true)
	if got := w.list(t, "999999999999", `{}`); got != "GET /test/mock/2 200" {
		t.Error("the other account sees", got)
	}
}

// list is what a listing shows in short.
func (w *world) list(t *testing.T, account, query string) string {
	t.Helper()
	status, body := w.post(t, account, "list", query)
	var l Listing
	if status != 200 {
		return fmt.Sprint(status, " ", body)
	}
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range l.Requests {
		lines = append(lines, fmt.Sprintf("%s /%s%s %d", r.Method, r.Stage, r.Path, r.Status))
	}
	return strings.Join(lines, ", ")
}

// TestPermission: each operation is refused, and allowed after exactly one
// change.
func TestPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.send(t, "GET", "test", "/mock/1", "")
	own := group + "abc123defg/test:*"
	for _, operation := range []string{"list", "get", "replay"} {
		input := `{"id":"` + id + `"}`
		if operation == "list" {
			input = `{"stage":"test"}`
		}
		w.allow(own, false)
		if status, body := w.post(t, account, operation, input); status != 403 || body != `{"code":"AccessDeniedException","message":"may not logs:FilterLogEvents on `+own+`"}` {
			t.Error(operation, status, body)
		}
		w.allow(own, true)
		if status, body := w.post(t, account, operation, input); status != 200 {
			t.Error(operation, status, body)
		}
		if status, body := w.post(t, "999999999999", operation, input); status == 200 && strings.Contains(body, id) {
			t.Error("another account sees it:", operation, body)
		}
	}
	// A replay to another stage needs that stage's permission too.
	w.allow(group+"abc123defg/prod:*", false)
	if status, _ := w.post(t, account, "replay", `{"id":"`+id+`","stage":"prod"}`); status != 403 {
		t.Error(status)
	}
	w.allow(group+"abc123defg/prod:*", true)
	if status, body := w.post(t, account, "replay", `{"id":"`+id+`","stage":"prod"}`); status != 200 {
		t.Error(status, body)
	}
	if status, body := w.post(t, account, "burn", `{}`); status != 404 {
		t.Error(status, body)
	}
}

func (w *world) get(t *testing.T, id string) *Detail {
	t.Helper()
	status, body := w.post(t, account, "get", `{"id":"`+id+`"}`)
	d := new(Detail)
	if status != 200 {
		t.Fatal(status, body)
	}
	if err := json.Unmarshal([]byte(body), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDetail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(`{"statusCode": 201, "body": "made", "headers": {"X-Made": "yes"}}`)
	id := w.send(t, "POST", "test", "/pets?a=1&a=2", `{"name":"Tom"}`, "Content-Type: application/json", "Authorization: Bearer very-secret-token")
	d := w.get(t, strings.ToUpper(id[:12]))
	if d.ID != id || d.Deployment != "deptest" || d.Status != 201 || d.Integration != "AWS_PROXY" || d.Target != "arn:aws:lambda:us-east-1:123456789012:function:pets" || d.Failed {
		t.Errorf("%+v", d.Request)
	}
	if !slices.Equal(d.Client.Query, []Field{{"a", "1"}, {"a", "2"}}) || d.Client.Body.Text != `{"name":"Tom"}` || d.Client.Method != "POST" || d.Client.URI != "/pets" {
		t.Errorf("%+v", d.Client)
	}
	var event struct {
		Body    string
		Headers map[string]string
	}
	if err := json.Unmarshal([]byte(d.Sent.Body.Text), &event); err != nil || event.Body != `{"name":"Tom"}` || event.Headers["Authorization"] != "******************-token" {
		t.Error(err, d.Sent.Body)
	}
	if d.Received.Status != 200 || !strings.Contains(d.Received.Body.Text, "made") || d.Answer.Body.Text != "made" || d.Answer.Status != 201 {
		t.Error(d.Received, d.Answer)
	}
	if !slices.Equal(d.Masked, []string{"header Authorization"}) || !slices.Equal(d.FunctionLog.Lines, []string{"START invocation-1", "hello"}) {
		t.Error(d.Masked, d.FunctionLog)
	}
	if names := phaseNames(d); names != "Authorize and admit, Validate, Map request, Integration, Map response, Respond" {
		t.Error(names)
	}
	if raw, _ := json.Marshal(d); strings.Contains(string(raw), "very-secret") {
		t.Errorf("a secret is shown: %s", raw)
	}
}

func phaseNames(d *Detail) string {
	var names []string
	end := 0.0
	for _, p := range d.Phases {
		names = append(names, p.Name)
		if p.Took < 0 || p.From < 0 {
			names = append(names, fmt.Sprint("negative:", p))
		}
		if p.Within == "" {
			if d := p.From - end; d > 0.002 || d < -0.002 {
				names = append(names, fmt.Sprint("gap:", p, end))
			}
			end = p.From + p.Took
		}
	}
	return strings.Join(names, ", ")
}

func TestDetailOfRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.get(t, w.send(t, "GET", "test", "/locked", "", "X-Token: the-wrong-token-here"))
	a := d.Authorizer
	if d.Status != 403 || a == nil || a.ID != "auth1" || a.Principal != "********-known" || a.Function != "arn:aws:lambda:us-east-1:123456789012:function:guard" || a.RequestID != "invocation-1" || a.Cached || a.Log.Problem != "not for you" {
		t.Fatalf("%d %+v", d.Status, a)
	}
	if !slices.Equal(d.Decisions, []string{`denied with an explicit deny in an identity-based policy: statement 1 (All) of the identity-based policy "authorizer"`}) {
		t.Error(d.Decisions)
	}
	if raw, _ := json.Marshal(d); strings.Contains(string(raw), "the-wrong") {
		t.Errorf("the token is shown: %s", raw)
	}
	if names := phaseNames(d); names != "Authorize and admit, Authorizer" {
		t.Error(names)
	}
	if d.Answer.Body.Text != `{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}` || len(d.Failures) != 1 {
		t.Error(d.Answer.Body, d.Failures)
	}
	for _, cached := range []bool{false, true} {
		d = w.get(t, w.send(t, "GET", "test", "/locked", "", "X-Token: the-right-token"))
		if d.Status != 200 || d.Authorizer.Cached != cached || len(d.Decisions) != 1 || !strings.HasPrefix(d.Decisions[0], "allowed: ") {
			t.Errorf("%d %+v %q", d.Status, d.Authorizer, d.Decisions)
		}
	}
	if status, body := w.post(t, account, "get", `{"id":"ffffffff"}`); status != 404 {
		t.Error(status, body)
	}
	if status, body := w.post(t, account, "get", `{}`); status != 400 {
		t.Error(status, body)
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.send(t, "POST", "test", "/pets?b=2&X-Amz-Signature=0123456789abcdef", `{"name":"Tom"}`, "Content-Type: application/json", "Authorization: Bearer very-secret-token")
	long := w.send(t, "POST", "test", "/pets", strings.Repeat("x", 9000))
	unread := w.send(t, "POST", "test", "/nowhere", "unread")
	mock := w.send(t, "GET", "test", "/mock/7", "")
	w.answers(`{"statusCode": 500, "body": "broken"}`)
	for _, c := range []struct{ name, input, want string }{
		{"secrets have to be given", `{"id":"` + id + `"}`, `409 {"code":"SecretsNotKept","message":"The request carried secrets, which are not kept: query X-Amz-Signature, header Authorization. Give each again, or say that it is to be left out."}`},
		{"each of them", `{"id":"` + id + `","headers":[{"name":"authorization","value":"x"}]}`, `409 {"code":"SecretsNotKept","message":"The request carried secrets, which are not kept: query X-Amz-Signature. Give each again, or say that it is to be left out."}`},
		{"given and left out", `{"id":"` + id + `","headers":[{"name":"authorization","value":"x"}],"without":["x-amz-signature"]}`,
			`Request query parameter X-Amz-Signature: **********abcdef → (absent); Integration request body .multiValueQueryStringParameters.X-Amz-Signature: ["**********abcdef"] → (absent); Integration request body .queryStringParameters.X-Amz-Signature: "**********abcdef" → (absent); Integration response body .body: "fine" → "broken"; Integration response body .statusCode: 200 → 500; Response status: 200 → 500; Response body: fine → broken`},
		{"a cut body", `{"id":"` + long + `"}`, `409 {"code":"BodyNotKept","message":"Only the beginning of the request's body of 9000 bytes is kept. Give the whole of it again."}`},
		{"an unread body", `{"id":"` + unread + `"}`, `409 {"code":"BodyNotKept","message":"The request was answered before its body was read, so the body is not known. Give it again."}`},
		{"a body given", `{"id":"` + unread + `","body":"eA=="}`, ``},
		{"as it was", `{"id":"` + mock + `"}`, ``},
		{"on another stage", `{"id":"` + mock + `","stage":"prod"}`, `Request stage: test → prod; Request deployment: deptest → depprod; Response body .v: "test" → "prod"`},
		{"on no stage", `{"id":"` + mock + `","stage":"nope"}`, `403 {"code":"AccessDeniedException","message":"may not logs:FilterLogEvents on ` + group + `abc123defg/nope:*"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := w.replay(t, c.input); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	w.allow(group+"abc123defg/nope:*", true)
	if got := w.replay(t, `{"id":"`+mock+`","stage":"nope"}`); got != `404 {"code":"NotFoundException","message":"The API abc123defg has no stage nope that answers."}` {
		t.Error(got)
	}
}

// replay is what a replay found, in short. The source address differs always.
func (w *world) replay(t *testing.T, input string) string {
	t.Helper()
	status, body := w.post(t, account, "replay", input)
	if status != 200 {
		return fmt.Sprint(status, " ", body)
	}
	var out Replayed
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	if out.Replayed.ID == out.Original.ID || out.Replayed.SourceIP != "192.0.2.1" {
		t.Error(out.Replayed.Request)
	}
	var all []string
	for _, d := range out.Differences {
		if d.What != "source address" {
			all = append(all, fmt.Sprintf("%s %s: %s → %s", d.Step, d.What, d.Before, d.After))
		}
	}
	return strings.Join(all, "; ")
}

func TestCompareIsBounded(t *testing.T) {
	t.Parallel()
	a, b := &Detail{}, &Detail{}
	for i := range 150 {
		a.Client.Headers = append(a.Client.Headers, Field{fmt.Sprintf("H%03d", i), "1"})
		b.Client.Headers = append(b.Client.Headers, Field{fmt.Sprintf("H%03d", i), strings.Repeat("é", 400)})
	}
	list, more := compare(a, b)
	if len(list) != maxDifferences || more != 50 || list[0] != (Difference{"Request", "header H000", "1", strings.Repeat("é", 150) + " …"}) {
		t.Error(len(list), more, list[0])
	}
	a.Received = &Message{Status: 200}
	a.Client, b.Client = Message{}, Message{}
	if list, _ := compare(a, b); len(list) != 1 || list[0] != (Difference{"Integration response", "this step", "present", "(absent)"}) {
		t.Error(list)
	}
}

// TestFollow: what has ended first, then what ends; nothing of stages that one
// may not see; an end when the server stops.
func TestFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.send(t, "GET", "test", "/mock/1", "")
	srv := newServer(t, w.door(account))
	resp, err := http.Post(srv+"/requests/follow", "application/json", strings.NewReader(`{"limit":10,"path":"/mock"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Fatal(ct)
	}
	events := readEvents(resp.Body)
	if e := next(t, events); e.id() != before {
		t.Fatal(e)
	}
	w.send(t, "GET", "test", "/nowhere", "")
	w.allow(group+"abc123defg/prod:*", false)
	w.send(t, "GET", "prod", "/mock/2", "")
	w.sendTo(t, "other12345", "GET", "test", "/mock/3", "")
	if id := w.send(t, "GET", "test", "/mock/4", ""); next(t, events).id() != id {
		t.Error("not the one that fits and may be seen")
	}
	w.service.Stop()
	w.service.Stop()
	select {
	case _, more := <-events:
		if more {
			t.Error("more after the stop")
		}
	case <-time.After(time.Minute):
		t.Error("the connection goes on after the stop")
	}
}
