package browser

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Requests as they end, one step by step, and again.
func TestRequests(t *testing.T) {
	t.Parallel()
	url := start(t, "--example", "calc")
	p := open(t, url, "apigateway/requests")
	p.sees("No requests")
	p.sees("Live")
	id := p.api("apigateway/GetRestApis", object{})["items"].([]any)[0].(object)["id"].(string)
	base := url + "/restapis/" + id + "/test/_user_request_"
	call := func(method, path, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer marked-secret-4711")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
	}
	call("POST", "/calc", `{"a":4,"b":5,"op":"*"}`)
	p.sees("/calc")
	call("GET", "/nowhere", "")
	p.sees("in Authorization header")
	for i := range 3 {
		call("GET", fmt.Sprintf("/calc/%d/2/sub", i), "")
	}
	p.sees("/calc/2/2/sub")
	p.shot("requests-list")

	// Paused, nothing moves; then what was missed is there.
	p.click("Pause")
	call("GET", "/while-paused", "")
	p.sees("Paused, 1 new")
	p.seesNot("/while-paused")
	p.click("Resume")
	p.sees("/while-paused")

	p.choose("Result", "Failed")
	p.sees("/nowhere")
	p.seesNot("/calc/2/2/sub")
	p.fill("Path", "/calc/1")
	p.choose("Result", "Any result")
	p.sees("/calc/1/2/sub")
	p.seesNot("/nowhere")
	p.visit("apigateway/" + id + "/stages/test")
	p.click("Requests")
	p.sees("/calc/1/2/sub")

	// Step by step.
	p.click("/calc/1/2/sub")
	p.sees("Step by step")
	p.sees("Integration request")
	p.sees("Function log")
	p.await("the log", `__test.text().includes("REPORT RequestId")`)
	p.sees("header Authorization")
	p.seesNot("marked-secret")
	p.shot("requests-detail")
	p.dark(true)
	p.shot("requests-detail-dark")
	p.dark(false)
	if got := p.part("Integration request body"); !strings.Contains(got, `"op"`) {
		t.Errorf("the integration request's body is %q", got)
	}

	// Again: the secret has to be left out or given.
	p.click("Replay")
	p.sees("Secrets are not kept")
	p.check("Leave out Authorization", 0)
	p.clickPrimary("Send")
	p.sees("Nothing differs.")
	p.shot("requests-replay")
	p.click("Show the new request")
	p.sees("Overview")
	p.sees("127.0.0.1")
	if faults := p.consoleFaults(); len(faults) > 0 {
		t.Errorf("the browser's console says %q", faults)
	}
}
