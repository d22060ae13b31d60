package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// version is a method whose request template, response template, response
// header and status all carry the version.
func version(endpoint, v string, status int) string {
	return fmt.Sprintf(`{"post":{"responses":{"%[3]d":{"description":"","headers":{"X-Version":{"schema":{"type":"string"}}}}},"x-amazon-apigateway-integration":
	{"type":"HTTP","httpMethod":"POST","uri":%[1]q,"requestTemplates":{"application/json":"{\"asked\":\"%[2]s\"}"},
	"responses":{"default":{"statusCode":"%[3]d","responseParameters":{"method.response.header.X-Version":"'%[2]s'"},
	"responseTemplates":{"application/json":"$input.path('$.asked') answered by %[2]s"}}}}}}`, endpoint, v, status)
}

// TestRedeployUnderLoad: no answer mixes two deployments, none fails, and who
// asks after a deployment gets what was deployed.
func TestRedeployUnderLoad(t *testing.T) {
	t.Parallel()
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
	}))
	defer endpoint.Close()
	versions := [2]string{version(endpoint.URL, "A", 201), version(endpoint.URL, "B", 202)}
	wants := [2]string{"201 A: A answered by A", "202 B: B answered by B"}
	s := dev(t)
	id, path := s.api(versions[0])
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	ask := func() string {
		req, err := http.NewRequest("POST", s.address()+path, strings.NewReader("{}"))
		if err != nil {
			return err.Error()
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%d %s: %s", resp.StatusCode, resp.Header.Get("X-Version"), b)
	}
	stop := make(chan struct{})
	var mu sync.Mutex
	seen := map[string]int{}
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			own := map[string]int{}
			for {
				select {
				case <-stop:
					mu.Lock()
					defer mu.Unlock()
					for answer, n := range own {
						seen[answer] += n
					}
					return
				default:
					own[ask()]++
				}
			}
		})
	}
	finish := sync.OnceFunc(func() { close(stop); clients.Wait() })
	defer finish()
	deployments := 0
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end) || deployments < 4; {
		deployments++
		next := deployments % 2
		if r := s.signed(anyKey, "apigateway", "PUT", "/restapis/"+id+"?mode=overwrite", document(versions[next])); r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		s.deploy(id)
		if got := ask(); got != wants[next] {
			t.Errorf("after deployment %d: %s, want %s", deployments, got, wants[next])
		}
	}
	finish()
	t.Logf("%d deployments: %v", deployments, seen)
	if seen[wants[0]] == 0 || seen[wants[1]] == 0 || len(seen) != 2 {
		t.Errorf("answers: %v", seen)
	}
}
