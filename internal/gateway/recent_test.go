package gateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

func TestRecent(t *testing.T) {
	t.Parallel()
	w, _ := echo(t, echoAPI("", plainResponse), request("POST", "/e/0", "{}"))
	now := testTime
	g := w.gateway(t, func(c *Config) { c.Now = func() time.Time { return now } })
	follower := g.Follow(Filter{APIID: testAPI})
	for i := range recentPerStage + 50 {
		now = now.Add(time.Millisecond)
		do(t, g, request("POST", fmt.Sprintf("/e/%d", i), `{"token":"verysecrettoken"}`+strings.Repeat("x", 2*maxRecorded), "Authorization: Bearer verysecrettoken", "Cookie: a=1; sid=secretcookievalue"))
	}
	all := g.Recent(Filter{}, 2000, nil)
	if len(all) != recentPerStage || all[0].Path != "/e/1049" || all[len(all)-1].Path != "/e/50" {
		t.Fatal(len(all), all[0].Path)
	}
	if some := g.Recent(Filter{APIID: testAPI, Stage: "test"}, 2, func(s *Summary) bool { return strings.HasSuffix(s.Path, "0") }); len(some) != 2 || some[1].Path != "/e/1030" {
		t.Error(some)
	}
	s := all[3]
	e := g.Execution(Filter{Account: s.Account}, s.RequestID[:20])
	if e == nil || e.Summary != s {
		t.Fatalf("%+v, want %+v", e, s)
	}
	if s.Status != 200 || s.ResourcePath != "/e/{id}" || s.ConfiguredMethod != "ANY" || s.Method != "POST" || s.Integration != "AWS" || !strings.HasPrefix(s.Target, "arn:aws:lambda:") || s.Failed() {
		t.Errorf("%+v", s)
	}
	kinds := ""
	for _, s := range e.Steps {
		kinds += s.Kind.String() + ","
		if len(s.Body) > maxRecorded {
			t.Error(s.Kind, len(s.Body))
		}
		if text := fmt.Sprintf("%s %s %s", s.Text, s.Body, s.Fields); strings.Contains(text, "verysecret") || strings.Contains(text, "secretcookie") {
			t.Error("a secret is shown:", s.Kind, text[:200])
		}
	}
	if !strings.HasPrefix(kinds, "usage plan,no key needed,usage plan done,start,method,path,query,headers,body,") || !strings.HasSuffix(kinds, "response selected,reply body,reply headers,success,completed,endpoint request id,") {
		t.Error(kinds)
	}
	if !slices.Equal(e.Masked, []string{"header Authorization", "header Cookie", "body"}) {
		t.Error(e.Masked)
	}
	if first := <-follower.C; first.Path != "/e/0" || len(first.Steps) == 0 || first.Sequence == 0 {
		t.Error(first.Summary)
	}
	if lost := follower.Lost(); lost != recentPerStage+50-maxFollowed || follower.Lost() != 0 {
		t.Error(lost)
	}
	follower.Stop()
	follower.Stop()
	if n := g.recent.following.Load(); n != 0 || len(g.recent.followers) != 0 {
		t.Error(n)
	}
	for _, f := range []Filter{{Account: "other"}, {Region: "other"}, {APIID: "other"}, {Stage: "other"}} {
		if got := g.Recent(f, 10, nil); got != nil {
			t.Error(f, got)
		}
		if e := g.Execution(f, s.RequestID); e != nil {
			t.Error(f, e)
		}
	}
}

// TestRecentRefused: a request that is refused early shows what it was, why it
// was refused and what the client got.
func TestRecentRefused(t *testing.T) {
	t.Parallel()
	w, _ := echo(t, echoAPI("", plainResponse), request("POST", "/e/0", "{}"))
	g := w.gateway(t)
	do(t, g, request("GET", "/nowhere?a=1&X-Amz-Signature=0123456789abcdef", "", "X-Test: yes"))
	list := g.Recent(Filter{}, 1, nil)
	if len(list) != 1 || list[0].Status != 403 || list[0].Error != "Missing Authentication Token" || list[0].ResponseType != "MISSING_AUTHENTICATION_TOKEN" || list[0].BodyUnread {
		t.Fatalf("%+v", list)
	}
	e := g.Execution(Filter{}, list[0].RequestID)
	got := map[StepKind]Step{}
	for _, s := range e.Steps {
		got[s.Kind] = s
	}
	if q := got[StepQuery].Fields; len(q) != 2 || q[0] != field("a", "1") || q[1] != field("X-Amz-Signature", "**********abcdef") {
		t.Error(q)
	}
	if v, _ := fold(got[StepHeaders].Fields, "X-Test"); v != "yes" {
		t.Error(got[StepHeaders])
	}
	if b := got[StepErrorBody]; string(b.Body) != `{"message":"Missing Authentication Token"}` || got[StepRefused].Text != "Missing Authentication Token" || got[StepRefused].Status != 403 {
		t.Error(b, got[StepRefused])
	}
	if !slices.Equal(e.Masked, []string{"query X-Amz-Signature"}) {
		t.Error(e.Masked)
	}
}

// TestMask: what a secret shows of itself.
func TestMask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ secret, want string }{
		{"", ""}, {"abc", "***"}, {"abcdefgh", "********"}, {"abcdefghijk", "***********"}, {"abcdefghijkl", "******ghijkl"},
	} {
		if got := mask(c.secret); got != c.want {
			t.Errorf("%q: %q, want %q", c.secret, got, c.want)
		}
	}
	m := &masker{reader: forPeople, secrets: []string{`to"ken/abcdef`}}
	for _, c := range []struct {
		body, want string
		cut        bool
	}{
		{`x to"ken/abcdef y`, `x *******abcdef y`, false},
		{`{"a":"to\"ken/abcdef"}`, `{"a":"*******abcdef"}`, false},
		{`{"a":"to\"ken/ab`, `{"a":"**********`, true},
		{`{"a":"to\"ken/ab`, `{"a":"to\"ken/ab`, false},
		{`to`, `to`, true},
	} {
		if got := string(m.body([]byte(c.body), c.cut)); got != c.want {
			t.Errorf("%s: %s, want %s", c.body, got, c.want)
		}
	}
}

// TestRecentIsBounded: many stages share one bound, the oldest leaves first.
func TestRecentIsBounded(t *testing.T) {
	t.Parallel()
	r := &recent{}
	for i := range recentTotal + 1000 {
		e := r.take()
		e.steps, e.fields, e.bytes = nil, nil, nil
		e.about.APIID, e.about.Stage, e.about.Path = "api", fmt.Sprint(i%100), fmt.Sprint(i)
		r.keep(e)
	}
	total := 0
	for k := range r.stages {
		s := r.stages[k]
		total += len(s.list) - s.first
	}
	if r.count != recentTotal || total != recentTotal || r.oldest.about.Path != "1000" || len(r.free) > maxFree {
		t.Error(r.count, total, r.oldest.about.Path, len(r.free))
	}
	if r.bytes > recentBytes || r.bytes < recentTotal*1000 {
		t.Error(r.bytes)
	}
	for range 100 { // and by what they hold
		e := newRecord()
		e.bytes = make([]byte, 4<<20)
		r.keep(e)
	}
	if r.bytes > recentBytes || r.count != 15 {
		t.Error(r.bytes, r.count)
	}
	n := 0
	for e := r.oldest; e != nil; e = e.newer {
		n++
	}
	if n != r.count {
		t.Error(n)
	}
}

func TestTestMethod(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.returns(`{"a":2,"b":3,"op":"+","c":5}`)
	g := w.gateway(t)
	s := snapshot(t, readShared(t, "calc"))
	out, err := g.TestMethod(t.Context(), s, &apigateway.TestInvokeMethodRequest{
		RestApiId: testAPI, ResourceId: "res001", HttpMethod: "GET", PathWithQueryString: new("/calc?operand1=2&operand2=3&operator=+"),
		Headers: map[string]string{"Authorization": "Bearer abcdefgh"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if event := string(w.invocations()[0].Payload); !strings.Contains(event, `"op": "+"`) {
		t.Error("the plus sign does not stay:", event)
	}
	if *out.Status != 200 || *out.Body != `{"a":2,"b":3,"op":"+","c":5}` || out.Headers["Content-Type"] != "application/json" || len(out.MultiValueHeaders["X-Amzn-Trace-Id"]) != 1 || out.Headers["x-amzn-RequestId"] != "" {
		t.Errorf("%d %s %v", *out.Status, *out.Body, out.Headers)
	}
	var got []string
	for i, line := range strings.Split(*out.Log, "\n") {
		stamp, text, ok := strings.Cut(line, " : ")
		if ok && i > 0 && strings.HasSuffix(stamp, " UTC 2026") {
			line = "<ts> : " + text
		}
		if i := strings.IndexAny(line, "{"); i > 0 && strings.Contains(line, "ndpoint re") {
			line = line[:i] + "…"
		}
		line = steady(line)
		got = append(got, strings.ReplaceAll(line, idIn(*out.Log), "<id>"))
	}
	const uri = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Calc/invocations"
	want := []string{
		"Execution log for request <id>",
		"<ts> : Starting execution for request: <id>",
		"<ts> : HTTP Method: GET, Resource Path: /calc",
		"<ts> : Method request path: {}",
		"<ts> : Method request query string: {operand1=2, operand2=3, operator=+}",
		"<ts> : Method request headers: {Authorization=*********cdefgh}",
		"<ts> : Method request body before transformations: ",
		"<ts> : Endpoint request URI: " + uri,
		"<ts> : Endpoint request headers: …",
		"<ts> : Endpoint request body after transformations: …",
		`    "a":  "2",`, `    "b":  "3", `, `    "op": "+"   `, "}",
		"<ts> : Sending request to " + uri,
		"<ts> : Received response. Status: 200, Integration latency: 0 ms",
		"<ts> : Endpoint response headers: …",
		"<ts> : Endpoint response body before transformations: …",
		`<ts> : Method response body after transformations: {"a":2,"b":3,"op":"+","c":5}`,
		"<ts> : Method response headers: {X-Amzn-Trace-Id=" + out.Headers["X-Amzn-Trace-Id"] + ", Content-Type=application/json}",
		"<ts> : Successfully completed execution",
		"<ts> : Method completed with status: 200",
		"",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func idIn(log string) string {
	line, _, _ := strings.Cut(log, "\n")
	return strings.TrimPrefix(line, "Execution log for request ")
}

func TestTestMethodPaths(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.returns(`{"statusCode":200}`)
	g := w.gateway(t)
	for _, tt := range []struct{ path, want string }{
		{"", `"pathParameters":{"proxy":"{proxy+}"}`},
		{"/a/b?x=1", `"pathParameters":{"proxy":"a/b"}`},
		{"/", `"pathParameters":null`},
	} {
		in := &apigateway.TestInvokeMethodRequest{ResourceId: "res000", HttpMethod: "GET"}
		if tt.path != "" {
			in.PathWithQueryString = &tt.path
		}
		if _, err := g.TestMethod(t.Context(), snapshot(t, proxyAPI), in); err != nil {
			t.Fatal(err)
		}
		calls := w.invocations()
		event := string(calls[len(calls)-1].Payload)
		for _, want := range []string{tt.want, `"headers":null,"multiValueHeaders":null`, `"stage":"test-invoke-stage","domainPrefix":"testPrefix"`, `"apiKey":"test-invoke-api-key"`} {
			if !strings.Contains(event, want) {
				t.Errorf("%q: no %s in %s", tt.path, want, event)
			}
		}
		if calls[len(calls)-1].Caller.SourceARN != "arn:aws:execute-api:us-east-1:123456789012:abc123defg/test-invoke-stage/ANY/{proxy+}" {
			t.Error(calls[len(calls)-1].Caller.SourceARN)
		}
	}
	if _, err := g.TestMethod(t.Context(), snapshot(t, mockAPI), &apigateway.TestInvokeMethodRequest{ResourceId: "res000", HttpMethod: "PUT"}); err != ErrNoMethod {
		t.Error(err)
	}
}

func TestTestMethodFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	g := w.gateway(t)
	s := snapshot(t, readShared(t, "calc"))
	out, err := g.TestMethod(t.Context(), s, &apigateway.TestInvokeMethodRequest{ResourceId: "res001", HttpMethod: "GET", PathWithQueryString: new("/calc?operand1=2")})
	if err != nil || *out.Status != 400 || *out.Body != `{"message": "Missing required request parameters: [operand2, operator]"}` {
		t.Error(err, *out.Status, *out.Body)
	}
	s.Resources[0].ResourceMethods["POST"].MethodIntegration.Credentials = new("arn:aws:iam::123456789012:role/r")
	out, err = g.TestMethod(t.Context(), s, &apigateway.TestInvokeMethodRequest{ResourceId: "res001", HttpMethod: "POST", Body: new("{}")})
	if err != nil || *out.Status != 500 || !strings.Contains(*out.Log, "API Gateway does not have permission to assume the provided role arn:aws:iam::123456789012:role/r\n") ||
		!strings.Contains(*out.Log, "Gateway response type: DEFAULT_5XX with status code: 500\n") {
		t.Error(err, *out.Status, *out.Log)
	}
}

func TestTestAuthorizer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.returns(authorizerPolicy("Allow", "*"))
	g := w.gateway(t)
	s := snapshot(t, securedMock(customAuth, "", fmt.Sprintf(tokenAuthorizer, "")))
	in := &apigateway.TestInvokeAuthorizerRequest{AuthorizerId: "aut001", Headers: map[string]string{"Authorization": "tok"}}
	out, err := g.TestAuthorizer(t.Context(), s, in)
	if err != nil || *out.ClientStatus != 200 || *out.PrincipalId != "me" || !strings.Contains(*out.Log, "Successfully completed authorizer execution\n") {
		t.Error(err, out)
	}
	if event := string(w.invocations()[0].Payload); !strings.Contains(event, "abc123defg/ESTestInvoke-stage/GET/") {
		t.Error(event)
	}
	const source = "X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:123456789012:abc123defg/authorizers/aut001,"
	if !strings.Contains(*out.Log, source) {
		t.Error("without a role:", *out.Log)
	}
	w.assume = func(role string) (*Identity, error) { return &Identity{}, nil }
	s.Authorizers[0].AuthorizerCredentials = new("arn:aws:iam::123456789012:role/caller")
	if out, err := g.TestAuthorizer(t.Context(), s, in); err != nil || !strings.Contains(*out.Log, source) {
		t.Error("as a role:", err, *out.Log)
	}
	s.Authorizers[0].AuthorizerCredentials = nil
	w.fails(`{"errorMessage":"Unauthorized"}`)
	out, err = g.TestAuthorizer(t.Context(), s, in)
	if err != nil || *out.ClientStatus != 401 || !strings.HasSuffix(*out.Log, "\nUnauthorized\n") {
		t.Error(err, *out.ClientStatus, *out.Log)
	}
	w.fails(`{"errorMessage":"x","errorType":"y"}`)
	out, err = g.TestAuthorizer(t.Context(), s, in)
	if err != nil || *out.ClientStatus != 500 || !strings.HasSuffix(*out.Log, "\nAuthorizerConfigurationException\n") {
		t.Error(err, *out.ClientStatus, *out.Log)
	}
}
