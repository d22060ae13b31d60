package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/audit"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// served is a server in serve mode with its root key.
type served struct {
	*Server
	t      testing.TB
	client *http.Client
	root   sigv4.Key
	log    *buffer
	stop   func() // ends it and waits
}

// buffer is a log that tests read while the server writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve starts a server in serve mode; root is its key.
func serve(t testing.TB, change func(*Config)) *served {
	t.Helper()
	return serveWith(t, change, nil)
}

// serveWith lets a test prepare the server before it serves.
func serveWith(t testing.TB, change func(*Config), prepare func(*Server)) *served {
	t.Helper()
	c := DefaultConfig()
	c.Mode, c.Listen, c.Data, c.LogLevel = "serve", "127.0.0.1:0", filepath.Join(t.TempDir(), "data"), "debug"
	c.Runtimes.Prestart, c.Runtimes.Isolation, c.Runtimes.Cache = 0, "off", t.TempDir()
	if change != nil {
		change(&c)
	}
	return startWith(t, c, prepare)
}

func start(t testing.TB, c Config) *served {
	t.Helper()
	return startWith(t, c, nil)
}

func startWith(t testing.TB, c Config, prepare func(*Server)) *served {
	t.Helper()
	s := &served{t: t, log: &buffer{}, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}}
	c.LogTo = s.log
	var err error
	if s.Server, err = New(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	key, err := s.RootKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if key != nil {
		s.root = sigv4.Key{AccessKeyID: key.ID, SecretAccessKey: key.Secret}
	}
	if prepare != nil {
		prepare(s.Server)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		s.client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

// reply is an answer, whole.
type reply struct {
	Status int
	Header http.Header
	Body   string
}

// send sends a request; headers are name and value in turn.
func (s *served) send(method, path, body string, headers ...string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.address()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	return s.do(req)
}

func (s *served) do(req *http.Request) reply {
	s.t.Helper()
	resp, err := s.client.Transport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// address is where the tests reach the server.
func (s *served) address() string {
	scheme := "http"
	if s.certificates != nil {
		scheme = "https"
	}
	return scheme + "://" + s.listener.Addr().String()
}

// query calls an operation of IAM or STS, signed with a key.
func (s *served) query(key sigv4.Key, service, form string, headers ...string) reply {
	s.t.Helper()
	return s.signed(key, service, "POST", "/", form, append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

func (s *served) signed(key sigv4.Key, service, method, path, body string, headers ...string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.address()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	sigv4.SignHTTP(req, sigv4.HashBody([]byte(body)), key, sigv4.Scope{Region: "us-east-1", Service: service}, time.Now())
	return s.do(req)
}

// console posts to one of the console's addresses, as its pages do.
func (s *served) console(path, cookie, body string, headers ...string) reply {
	s.t.Helper()
	h := []string{"Content-Type", "application/json", "X-Lambdagate-Console", "1"}
	if cookie != "" {
		h = append(h, "Cookie", cookie)
	}
	return s.send("POST", "/console/"+path, body, append(h, headers...)...)
}

// cookie is what a sign-in set.
func (r reply) cookie() string {
	text, _, _ := strings.Cut(r.Header.Get("Set-Cookie"), ";")
	return text
}

// code is the code of an error.
func (r reply) code() string {
	var e struct{ Code string }
	if json.Unmarshal([]byte(r.Body), &e) != nil {
		return r.Body
	}
	return e.Code
}

// records are the audit trail of everybody, the oldest first.
func (s *served) records() []audit.Record {
	s.t.Helper()
	var list []audit.Record
	for q := (audit.Query{Forward: true}); ; {
		a, err := s.audit.Find(s.t.Context(), q)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, raw := range a.Records {
			var r audit.Record
			if err := json.Unmarshal(raw, &r); err != nil {
				s.t.Fatal(err)
			}
			list = append(list, r)
		}
		if q.Next = a.Next; q.Next == "" {
			return list
		}
	}
}

// cli posts to the socket in the data folder, as the CLI does.
func (s *served) cliCall(method, path, body string) reply {
	s.t.Helper()
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", SocketPath(s.dir))
	}}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(s.t.Context(), method, "http://lambdagate"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// user makes a user with a key and perhaps a policy, and returns the key.
func (s *served) user(name, policy string) sigv4.Key {
	s.t.Helper()
	for _, form := range []string{"Action=CreateUser&UserName=" + name, "Action=PutUserPolicy&PolicyName=p&UserName=" + name + "&PolicyDocument=" + policy} {
		if policy == "" && strings.HasPrefix(form, "Action=Put") {
			continue
		}
		if r := s.query(s.root, "iam", form); r.Status != 200 {
			s.t.Fatal(r.Body)
		}
	}
	r := s.query(s.root, "iam", "Action=CreateAccessKey&UserName="+name)
	return sigv4.Key{AccessKeyID: between(r.Body, "<AccessKeyId>", "<"), SecretAccessKey: between(r.Body, "<SecretAccessKey>", "<")}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func keyJSON(k sigv4.Key) string {
	b, _ := json.Marshal(map[string]string{"accessKeyId": k.AccessKeyID, "secretAccessKey": k.SecretAccessKey, "sessionToken": k.SessionToken})
	return string(b)
}

// clock is a time that stands still until a test moves it, while the server
// reads it.
type clock struct {
	base  time.Time
	ahead atomic.Int64
}

func newClock() *clock { return &clock{base: time.Now()} }

func (c *clock) now() time.Time { return c.base.Add(time.Duration(c.ahead.Load())) }

func (c *clock) set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }
