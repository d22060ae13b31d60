package server

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// restrict gives an API a resource policy that allows callers under one condition.
func (s *served) restrict(t testing.TB, api, condition string) {
	t.Helper()
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"*","Condition":` + condition + `}}`
	update := fmt.Sprintf(`{"restApiId":%q,"patchOperations":[{"op":"replace","path":"/policy","value":%q}]}`, api, policy)
	if r := s.cliCall("POST", "/apigateway/UpdateRestApi", update); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := s.cliCall("POST", "/apigateway/CreateDeployment", fmt.Sprintf(`{"restApiId":%q,"stageName":"prod"}`, api)); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
}

// way is one of the ways in which a request for a deployed API is read.
type way struct {
	name    string
	tr      *http.Transport
	chunked bool // which package http1 leaves to net/http
}

func (s *served) ways(t testing.TB) []way {
	plain := s.client.Transport.(*http.Transport)
	list := []way{{"http1", plain, false}, {"net/http, chunked", plain, true}}
	if s.certificates != nil {
		h2 := &http.Transport{TLSClientConfig: plain.TLSClientConfig.Clone(), ForceAttemptHTTP2: true}
		t.Cleanup(h2.CloseIdleConnections)
		list = append(list, way{"net/http, HTTP/2", h2, false})
	}
	return list
}

// get asks for the root of an API.
func (s *served) get(t testing.TB, w way, api string, headers ...string) string {
	t.Helper()
	var body io.Reader
	if w.chunked {
		body = io.MultiReader(strings.NewReader("{}")) // of unknown length
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.address()+"/restapis/"+api+"/prod/_user_request_/", body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := w.tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[bool]int{true: 2, false: 1}[w.tr.ForceAttemptHTTP2]; resp.ProtoMajor != want {
		t.Errorf("%s: %s", w.name, resp.Proto)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(b))
}

const client = "203.0.113.7"

// TestForwardedFor: what X-Forwarded-For says about the client counts if a trusted
// proxy sends it, and for nothing if anybody else does: in what APIs see, in
// conditions of resource and identity policies, in the audit trail.
func TestForwardedFor(t *testing.T) {
	t.Parallel()
	type seen struct{ open, two, none, closed, managed, recorded, signedIn string }
	refused := `403 {"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: `
	for name, c := range map[string]struct {
		trusted []string
		want    seen
	}{
		"untrusted": {nil, seen{
			open: "200 127.0.0.1|6.6.6.6, " + client + ", 127.0.0.1", two: "200 127.0.0.1|" + client + ",10.0.0.1, 127.0.0.1", none: "200 127.0.0.1|127.0.0.1",
			closed: refused, managed: "403", recorded: "127.0.0.1", signedIn: "127.0.0.1",
		}},
		"another network trusted": {[]string{"10.0.0.0/8"}, seen{
			open: "200 127.0.0.1|6.6.6.6, " + client + ", 127.0.0.1", two: "200 127.0.0.1|" + client + ",10.0.0.1, 127.0.0.1", none: "200 127.0.0.1|127.0.0.1",
			closed: refused, managed: "403", recorded: "127.0.0.1", signedIn: "127.0.0.1",
		}},
		"trusted": {[]string{"127.0.0.0/8", "10.0.0.0/8"}, seen{
			open: "200 " + client + "|6.6.6.6, " + client, two: "200 " + client + "|" + client, none: "200 127.0.0.1|127.0.0.1",
			closed: "200 in", managed: "200", recorded: client, signedIn: client,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := overTLS(t, func(c2 *Config) { c2.TrustedProxies = c.trusted })
			open := s.mock(t, `$context.identity.sourceIp|$input.params().header.get("X-Forwarded-For")`)
			closed := s.mock(t, "in")
			s.restrict(t, closed, `{"IpAddress":{"aws:SourceIp":"`+client+`/32"}}`)
			ann := s.user("ann", url.QueryEscape(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"`+client+`"}}}}`))
			const header, via = "X-Forwarded-For", "6.6.6.6, " + client
			for _, w := range s.ways(t) {
				t.Run(w.name, func(t *testing.T) {
					got := seen{
						open: s.get(t, w, open, header, via), two: s.get(t, w, open, header, client+",10.0.0.1"), none: s.get(t, w, open),
						closed: s.get(t, w, closed, header, via),
					}
					if strings.HasPrefix(got.closed, refused) {
						got.closed = refused
					}
					got.managed = fmt.Sprint(s.query(ann, "iam", "Action=GetUser", header, via).Status)
					s.console("sign-in", "", keyJSON(s.root), header, via)
					for _, r := range s.records() {
						switch r.EventName {
						case "GetUser":
							got.recorded = r.SourceIPAddress
						case "ConsoleLogin":
							got.signedIn = r.SourceIPAddress
						}
					}
					if got != c.want {
						t.Errorf("\ngot  %+v\nwant %+v", got, c.want)
					}
				})
			}
		})
	}
}

// TestForwardedProto: whether the client came over TLS is the trusted proxy's to
// say, and nobody else's.
func TestForwardedProto(t *testing.T) {
	t.Parallel()
	const header = "X-Forwarded-Proto"
	for name, c := range map[string]struct {
		trusted []string
		headers []string
		want    string
	}{
		"untrusted":                    {nil, []string{header, "https"}, "403"},
		"trusted, plain":               {[]string{"127.0.0.1/32"}, []string{header, "http"}, "403"},
		"trusted, silent":              {[]string{"127.0.0.1/32"}, nil, "403"},
		"trusted, client said it":      {[]string{"127.0.0.1/32"}, []string{header, "https", header, "http"}, "403"},
		"trusted, TLS":                 {[]string{"127.0.0.1/32"}, []string{header, "https"}, "200"},
		"trusted, TLS behind the last": {[]string{"127.0.0.1/32"}, []string{header, "http, HTTPS"}, "200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(c2 *Config) { c2.TrustedProxies = c.trusted })
			api := s.mock(t, "in")
			s.restrict(t, api, `{"Bool":{"aws:SecureTransport":"true"}}`)
			for _, w := range s.ways(t) {
				if got, _, _ := strings.Cut(s.get(t, w, api, c.headers...), " "); got != c.want {
					t.Errorf("%s: %s, want %s", w.name, got, c.want)
				}
			}
		})
	}
}
