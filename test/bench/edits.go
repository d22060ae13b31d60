package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lambdagate/lambdagate/internal/sigv4"
)

var (
	resources = flag.Int("resources", 1000, "of the large API of edits, with five methods each")
	apis      = flag.Int("apis", 5000, "how many APIs there are in the end of edits")
)

// wireClient calls API Gateway as an SDK does: one signed request after the other
// on a connection that stays open.
type wireClient struct {
	url  string
	http *http.Client
	n    int // calls so far
}

var benchKey = sigv4.Key{AccessKeyID: "test", SecretAccessKey: "test"}

func (c *wireClient) raw(method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	sigv4.SignHTTP(req, sigv4.HashBody(body), benchKey, sigv4.Scope{Region: "us-east-1", Service: "apigateway"}, time.Now())
	c.n++
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return answer, err
}

func (c *wireClient) call(method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	answer, err := c.raw(method, path, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// restAPI is an API being built.
type restAPI struct {
	path, root string
	method     string // path of one of its methods
}

type m = map[string]any

func (c *wireClient) newAPI(name string) (*restAPI, error) {
	var out struct{ ID, RootResourceID string }
	if err := c.call("POST", "/restapis", m{"name": name}, &out); err != nil {
		return nil, err
	}
	return &restAPI{path: "/restapis/" + out.ID, root: out.RootResourceID}, nil
}

var benchVerbs = []string{"GET", "PUT", "POST", "DELETE", "PATCH"}

// addResource makes a resource with five methods: 21 edits.
func (c *wireClient) addResource(a *restAPI, name string) error {
	var r struct{ ID string }
	if err := c.call("POST", a.path+"/resources/"+a.root, m{"pathPart": name}, &r); err != nil {
		return err
	}
	for _, verb := range benchVerbs {
		a.method = a.path + "/resources/" + r.ID + "/methods/" + verb
		for _, e := range []struct {
			path string
			in   m
		}{
			{"", m{"authorizationType": "NONE", "requestParameters": map[string]bool{"method.request.querystring.page": false}}},
			{"/integration", m{"type": "MOCK", "requestTemplates": map[string]string{"application/json": `{"statusCode": 200}`}}},
			{"/responses/200", m{"responseModels": map[string]string{"application/json": "Empty"}}},
			{"/integration/responses/200", m{"responseTemplates": map[string]string{"application/json": `{"name":"` + name + `"}`}}},
		} {
			if err := c.call("PUT", a.method+e.path, e.in, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// edit replaces an integration response: one edit, as often as one likes.
func (c *wireClient) edit(a *restAPI, i int) (time.Duration, error) {
	begin := time.Now()
	err := c.call("PUT", a.method+"/integration/responses/200", m{"responseTemplates": map[string]string{"application/json": strconv.Itoa(i)}}, nil)
	return time.Since(begin), err
}

// editTimes is the median and the worst of n edits of each API, in turns.
func (c *wireClient) editTimes(n int, list ...*restAPI) (medians, worst []time.Duration, err error) {
	times := make([][]time.Duration, len(list))
	for i := range n {
		for k, a := range list {
			took, err := c.edit(a, i)
			if err != nil {
				return nil, nil, err
			}
			times[k] = append(times[k], took)
		}
	}
	for _, t := range times {
		medians, worst = append(medians, median(t)), append(worst, slices.Max(t))
	}
	return medians, worst, nil
}

// timed runs f and tells how long it took.
func timed(f func() error) (time.Duration, error) {
	begin := time.Now()
	err := f()
	return time.Since(begin), err
}

// benchEdits measures the control plane: building a large API, an edit of it
// beside one of a small API, and what thousands of APIs cost.
func benchEdits() error {
	s, err := start("", "--prestart", "0")
	if err != nil {
		return err
	}
	defer s.stop()
	c := &wireClient{url: s.url, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: time.Minute}}
	small, err := c.newAPI("small")
	if err == nil {
		err = c.addResource(small, "pets")
	}
	if err != nil {
		return err
	}
	alone, _, err := c.editTimes(200, small)
	if err != nil {
		return err
	}
	large, err := benchBuild(c)
	if err != nil {
		return err
	}
	both, worst, err := c.editTimes(200, small, large)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("edit of the large API beside one of a small API, in turns: median; max (of %d edits each)", 200),
		fmt.Sprintf("%.2f ms; %.1f ms", ms(both[1]), ms(worst[1])), fmt.Sprintf("%.2f ms; %.1f ms (small)", ms(both[0]), ms(worst[0])), fmt.Sprintf("%.2f (goal ≤ 3)", ms(both[1])/ms(both[0])))
	if err := benchLarge(c, s, large); err != nil {
		return err
	}
	return benchMany(c, s, small, ms(alone[0]))
}

// benchBuild builds the large API edit by edit.
func benchBuild(c *wireClient) (*restAPI, error) {
	before := c.n
	large, err := c.newAPI("large")
	if err != nil {
		return nil, err
	}
	took, err := timed(func() error {
		for i := range *resources {
			if err := c.addResource(large, fmt.Sprintf("r%d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	n := c.n - before
	row(fmt.Sprintf("%d signed edits, one after the other (an API of %d resources × 5 methods)", n, *resources),
		fmt.Sprintf("%.1f s, %.2f ms each", took.Seconds(), ms(took)/float64(n)), fmt.Sprintf("goal ≤ %.0f s (180 s for 20,000)", 180*float64(n)/20_000), "")
	return large, nil
}

// benchLarge reads, deploys, exports and imports the large API.
func benchLarge(c *wireClient, s *server, large *restAPI) error {
	var export []byte
	for _, step := range []struct {
		what string
		f    func() error
	}{
		{"a page of 500 resources of it", func() error { return c.call("GET", large.path+"/resources?limit=500", nil, nil) }},
		{"a page of 500 resources with their methods", func() error { return c.call("GET", large.path+"/resources?limit=500&embed=methods", nil, nil) }},
		{"deploy it", func() error { return c.call("POST", large.path+"/deployments", m{"stageName": "prod"}, nil) }},
		{"a request to it", func() error { return getOnce(s.url + large.path + "/prod/_user_request_/r0") }},
		{"export it as OpenAPI 3.0", func() (err error) {
			export, err = c.raw("GET", large.path+"/stages/prod/exports/oas30?extensions=apigateway", nil)
			return err
		}},
		{"import what was exported", func() error {
			_, err := c.raw("POST", "/restapis?mode=import", export)
			return err
		}},
	} {
		var times []time.Duration
		for range *rounds {
			took, err := timed(step.f)
			if err != nil {
				return fmt.Errorf("%s: %w", step.what, err)
			}
			times = append(times, took)
		}
		row("large API: "+step.what+": median; max", fmt.Sprintf("%.0f ms; %.0f ms", ms(median(times)), ms(slices.Max(times))), "", "")
	}
	row("resident after that", fmt.Sprintf("%.0f MB", resident(s.cmd.Process.Pid)), "", "")
	return nil
}

func getOnce(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

// benchMany measures an edit of the small API while there are more and more
// others.
func benchMany(c *wireClient, s *server, small *restAPI, alone float64) error {
	row("edit of a small API alone: median", fmt.Sprintf("%.2f ms", alone), "", "")
	have := 2 + *rounds // what benchLarge imported, too
	for _, n := range []int{*apis / 5, *apis} {
		for ; have < n; have++ {
			if _, err := c.newAPI("api" + strconv.Itoa(have)); err != nil {
				return err
			}
		}
		times, _, err := c.editTimes(200, small)
		if err != nil {
			return err
		}
		row(fmt.Sprintf("edit of a small API among %d: median", n), fmt.Sprintf("%.2f ms", ms(times[0])), "", fmt.Sprintf("%.2f", ms(times[0])/alone))
	}
	took, err := timed(func() error { return c.call("GET", "/restapis?limit=500", nil, nil) })
	if err != nil {
		return err
	}
	row(fmt.Sprintf("a page of 500 of %d APIs", *apis), fmt.Sprintf("%.0f ms", ms(took)), "", "")
	row(fmt.Sprintf("resident with %d APIs", *apis), fmt.Sprintf("%.0f MB", resident(s.cmd.Process.Pid)), "", "")
	return nil
}
