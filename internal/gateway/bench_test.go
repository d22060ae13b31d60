package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// sink is a response that goes nowhere.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             { clear(s.h) }

// benchmark serves one request again and again.
func benchmark(b *testing.B, w *world, raw string, change ...func(*Config)) {
	b.Helper()
	g := w.gateway(b, append(change, func(c *Config) { c.Now, c.Metrics, c.Logs = nil, nil, nil })...)
	r, head := parseHTTP(b, raw)
	path, query, _ := strings.Cut(r.RequestURI, "?")
	t, _ := g.Resolve(r.Host, path)
	t.RawQuery, t.Head = query, head
	r.Body = http.NoBody
	out := &sink{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		g.Serve(out, r, t)
	}
}

const browserHead = "Accept: */*\nAccept-Encoding: gzip, deflate\nUser-Agent: curl/8.5.0\nAccept-Language: en\nCache-Control: no-cache\n"

func BenchmarkCalc(b *testing.B) {
	for _, keep := range []bool{true, false} {
		b.Run(fmt.Sprintf("keep=%v", keep), func(b *testing.B) {
			w := newWorld()
			w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(b, readShared(b, "calc")))
			result := &InvocationResult{Status: 200, Payload: []byte(`{"a":2,"b":3,"op":"+","c":5}`)}
			benchmark(b, w, request("GET", "/calc?operand1=2&operand2=3&operator=%2B", "", strings.Split(strings.TrimSpace(browserHead), "\n")...),
				func(c *Config) {
					c.KeepExecutions = keep
					c.Invoker = invokerFunc(func(context.Context, *Invocation) (*InvocationResult, error) { return result, nil })
				})
		})
	}
}

func BenchmarkCalcPath(b *testing.B) {
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(b, readShared(b, "calc")))
	result := &InvocationResult{Status: 200, Payload: []byte(`{"a":2,"b":3,"op":"+","c":5}`)}
	benchmark(b, w, request("GET", "/calc/1/2/%2F", ""), func(c *Config) {
		c.Invoker = invokerFunc(func(context.Context, *Invocation) (*InvocationResult, error) { return result, nil })
	})
}

func BenchmarkMock(b *testing.B) {
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(b, mockAPI))
	benchmark(b, w, request("GET", "/mock?name=x", "", "Accept: */*"))
}

func BenchmarkProxy(b *testing.B) {
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(b, proxyAPI))
	result := &InvocationResult{Status: 200, Payload: []byte(`{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"hello"}`)}
	benchmark(b, w, request("GET", "/a/b?x=1", "", "Accept: */*", "User-Agent: curl"), func(c *Config) {
		c.Invoker = invokerFunc(func(context.Context, *Invocation) (*InvocationResult, error) { return result, nil })
	})
}

type invokerFunc func(context.Context, *Invocation) (*InvocationResult, error)

func (f invokerFunc) Invoke(ctx context.Context, in *Invocation) (*InvocationResult, error) {
	return f(ctx, in)
}

const mockAPI = `{"resources":[{"path":"/mock","resourceMethods":{"GET":{"authorizationType":"NONE",
 "methodResponses":{"200":{"statusCode":"200"}},
 "methodIntegration":{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\": 200}"},
  "integrationResponses":{"200":{"statusCode":"200","responseTemplates":{"application/json":"{\"hello\": \"$input.params('name')\"}"}}}}}}}]}`

const proxyAPI = `{"resources":[{"path":"/{proxy+}","resourceMethods":{"ANY":{"authorizationType":"NONE",
 "methodIntegration":{"type":"AWS_PROXY","httpMethod":"POST",
  "uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"}}}}]}`

func readShared(t testing.TB, name string) string {
	t.Helper()
	return sharedFile(t)[name]
}

// githubRoutes has the shape of GitHub's REST API: about 600 methods below
// /repos/{owner}/{repo} and the like.
func githubRoutes() (paths []string) {
	nouns := strings.Fields("issues pulls commits branches tags releases hooks keys forks stargazers subscribers labels milestones comments " +
		"statuses deployments contents git actions checks environments pages traffic topics teams collaborators invitations events notifications assignees")
	for _, root := range []string{"/repos/{owner}/{repo}", "/orgs/{org}", "/users/{username}", "/user", "/teams/{team_id}"} {
		paths = append(paths, root)
		for _, n := range nouns {
			paths = append(paths, root+"/"+n, root+"/"+n+"/{id}", root+"/"+n+"/{id}/comments", root+"/"+n+"/latest")
		}
	}
	return paths
}

// randomRoutes are n routes of up to five segments, half of them variable.
func randomRoutes(n int) (paths []string) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := make(map[string]bool)
	for len(paths) < n {
		p := ""
		for range 1 + r.IntN(5) {
			if r.IntN(3) == 0 {
				p += "/{v}"
			} else {
				p += fmt.Sprintf("/s%d", r.IntN(60))
			}
		}
		if !seen[p] {
			seen[p] = true
			paths = append(paths, p)
		}
	}
	return paths
}

func routesOf(paths []string) *routes {
	var r routes
	for _, p := range paths {
		table := new([verbs]*method)
		table[verbGet] = &method{verb: p}
		r.add(p, table)
	}
	return &r
}

func BenchmarkRoute(b *testing.B) {
	for _, c := range []struct {
		name  string
		paths []string
	}{{"github", githubRoutes()}, {"random1000", randomRoutes(1000)}, {"random10000", randomRoutes(10000)}} {
		b.Run(c.name, func(b *testing.B) {
			r := routesOf(c.paths)
			asked := make([]string, len(c.paths))
			for i, p := range c.paths {
				asked[i] = strings.NewReplacer("{v}", "value", "{owner}", "octo", "{repo}", "cat", "{id}", "17", "{org}", "o", "{username}", "u", "{team_id}", "3").Replace(p)
			}
			params := make([]HeaderField, 0, 8)
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				m, _ := r.match(verbGet, asked[i], params)
				if m == nil {
					b.Fatal("no match for", asked[i])
				}
				if i++; i == len(asked) {
					i = 0
				}
			}
		})
	}
}

// BenchmarkOverHTTP compares a mock method with a bare handler of net/http,
// both over loopback connections.
func BenchmarkOverHTTP(b *testing.B) {
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(b, mockAPI))
	g := w.gateway(b, func(c *Config) { c.Now, c.Metrics, c.Logs = nil, nil, nil })
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"bare", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", applicationJSON)
			w.Write([]byte(`{"hello": "x"}`))
		}},
		{"mock", func(w http.ResponseWriter, r *http.Request) {
			path, query, _ := strings.Cut(r.RequestURI, "?")
			t, _ := g.Resolve(r.Host, path)
			t.RawQuery = query
			g.Serve(w, r, t)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			b.RunParallel(func(p *testing.PB) {
				conn, err := net.Dial("tcp", server.Listener.Addr().String())
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				in := bufio.NewReader(conn)
				raw := []byte("GET /restapis/" + testAPI + "/test/_user_request_/mock?name=x HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")
				for p.Next() {
					conn.Write(raw)
					r, err := http.ReadResponse(in, nil)
					if err != nil || r.StatusCode != 200 {
						b.Error(r, err)
						return
					}
					io.Copy(io.Discard, r.Body)
				}
			})
		})
	}
}

// BenchmarkPublish is StageChanged of an API of 1,000 resources with five
// methods each.
func BenchmarkPublish(b *testing.B) {
	var resources []string
	for i := range 1000 {
		var methods []string
		for _, v := range []string{"GET", "PUT", "POST", "DELETE", "PATCH"} {
			methods = append(methods, fmt.Sprintf(`%q:{"authorizationType":"NONE","methodIntegration":{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\":200}"}}}`, v))
		}
		resources = append(resources, fmt.Sprintf(`{"id":"r%d","path":"/n%d/{id}","resourceMethods":{%s}}`, i, i, strings.Join(methods, ",")))
	}
	s := snapshot(b, `{"resources":[`+strings.Join(resources, ",")+`]}`)
	w := newWorld()
	g := w.gateway(b)
	w.deploy(&apigateway.Stage{StageName: "test"}, s)
	get(b, g, "/n1/1")
	b.ReportAllocs()
	for b.Loop() {
		c := *s
		w.deploy(&apigateway.Stage{StageName: "test"}, &c)
		g.StageChanged(testAPI, "test")
	}
}
