package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

const keyedMock = `{"resources":[{"path":"/m","resourceMethods":{"GET":{"authorizationType":"NONE","apiKeyRequired":true,
	"methodResponses":{"200":{"statusCode":"200"}},
	"methodIntegration":{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\":200}"},
	 "integrationResponses":{"200":{"statusCode":"200","responseTemplates":{"application/json":"$context.identity.apiKeyId"}}}}},
	"POST":{"authorizationType":"NONE","methodResponses":{"200":{"statusCode":"200"}},
	"methodIntegration":{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\":200}"},"integrationResponses":{"200":{"statusCode":"200"}}}}}}]}`

func TestAPIKey(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, keyedMock))
	key := &apigateway.ApiKey{Id: "key001", Enabled: new(false)}
	plan := &apigateway.UsagePlan{Id: "plan01"}
	g := w.gateway(t)
	check := func(name, want string, head ...string) {
		t.Helper()
		if got := outcome(get(t, g, "/m", head...)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	const no = `403 {"message":"Forbidden"}`
	check("no key", no)
	check("unknown key", no, "x-api-key: secret")
	w.keys["secret"] = key
	check("disabled key", no, "x-api-key: secret")
	key.Enabled = new(true)
	check("in no plan", no, "x-api-key: secret")
	w.plans["key001"] = plan
	check("plan for another stage", no, "x-api-key: secret")
	plan.ApiStages = []*apigateway.ApiStage{{ApiId: new(testAPI), Stage: new("test")}}
	check("all there", "200 key001", "x-api-key: secret")
	check("header in another case", "200 key001", "X-API-Key: secret")
	if r := do(t, g, request("POST", "/m", "")); r.Code != 200 {
		t.Error("a method that needs no key:", outcome(r))
	}
	if w.used["key001"] != 2 {
		t.Error("counted", w.used["key001"])
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, keyedMock))
	w.keys["secret"] = &apigateway.ApiKey{Id: "key001", Enabled: new(true)}
	w.plans["key001"] = &apigateway.UsagePlan{
		Id: "plan01", ApiStages: []*apigateway.ApiStage{{ApiId: new(testAPI), Stage: new("test")}},
		Quota: &apigateway.QuotaSettings{Limit: new(int64(2)), Period: new("DAY")},
	}
	g := w.gateway(t)
	for i, want := range []string{"200 key001", "200 key001", `429 {"message":"Limit Exceeded"}`} {
		r := get(t, g, "/m", "x-api-key: secret")
		if got := outcome(r); got != want {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
}

// TestThrottle: a burst goes through, the next does not, and after a while one
// does again. The narrowest throttle that is set counts.
func TestThrottle(t *testing.T) {
	t.Parallel()
	narrow := &apigateway.ThrottleSettings{RateLimit: new(1.0), BurstLimit: new(int64(2))}
	wide := &apigateway.ThrottleSettings{RateLimit: new(1000.0), BurstLimit: new(int64(1000))}
	stages := []*apigateway.ApiStage{{ApiId: new(testAPI), Stage: new("test")}}
	byMethod := []*apigateway.ApiStage{{ApiId: new(testAPI), Stage: new("test"), Throttle: map[string]*apigateway.ThrottleSettings{"/m/GET": narrow}}}
	for _, tt := range []struct {
		name     string
		settings map[string]*apigateway.MethodSetting
		plan     *apigateway.UsagePlan
		config   func(*Config)
		limited  bool
	}{
		{"nothing", nil, &apigateway.UsagePlan{ApiStages: stages}, nil, false},
		{"the stage", map[string]*apigateway.MethodSetting{"*/*": {ThrottlingRateLimit: new(1.0), ThrottlingBurstLimit: new(int64(2))}}, &apigateway.UsagePlan{ApiStages: stages}, nil, true},
		{"the method", map[string]*apigateway.MethodSetting{"~1m/GET": {ThrottlingRateLimit: new(1.0), ThrottlingBurstLimit: new(int64(2))}}, &apigateway.UsagePlan{ApiStages: stages}, nil, true},
		{"another method", map[string]*apigateway.MethodSetting{"~1m/POST": {ThrottlingRateLimit: new(1.0), ThrottlingBurstLimit: new(int64(2))}}, &apigateway.UsagePlan{ApiStages: stages}, nil, false},
		{"the plan", nil, &apigateway.UsagePlan{ApiStages: stages, Throttle: narrow}, nil, true},
		{"a wide plan", nil, &apigateway.UsagePlan{ApiStages: stages, Throttle: wide}, nil, false},
		{"the plan's method", nil, &apigateway.UsagePlan{ApiStages: byMethod, Throttle: wide}, nil, true},
		{"the account", nil, &apigateway.UsagePlan{ApiStages: stages}, func(c *Config) { c.AccountRate, c.AccountBurst = 1, 2 }, true},
	} {
		w := newWorld()
		w.keys["secret"] = &apigateway.ApiKey{Id: "key001", Enabled: new(true)}
		tt.plan.Id = "plan01"
		w.plans["key001"] = tt.plan
		w.deploy(&apigateway.Stage{StageName: "test", MethodSettings: tt.settings}, snapshot(t, keyedMock))
		now := testTime
		change := []func(*Config){func(c *Config) { c.Now = func() time.Time { return now } }}
		if tt.config != nil {
			change = append(change, tt.config)
		}
		g := w.gateway(t, change...)
		got := ""
		for i := range 5 {
			if i == 4 {
				now = now.Add(1100 * time.Millisecond)
			}
			got += fmt.Sprint(get(t, g, "/m", "x-api-key: secret").Code, " ")
		}
		want := "200 200 200 200 200 "
		if tt.limited {
			want = "200 200 429 429 200 "
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", tt.name, got, want)
		}
	}
}

func TestThrottleLog(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test", MethodSettings: map[string]*apigateway.MethodSetting{
		"*/*": {ThrottlingRateLimit: new(1.0), ThrottlingBurstLimit: new(int64(0)), LoggingLevel: new("INFO")},
	}}, snapshot(t, strings.Replace(keyedMock, `"apiKeyRequired":true,`, "", 1)))
	if r := get(t, w.gateway(t), "/m", "x-amzn-RequestId: "+testRequestID); outcome(r) != `429 {"message":"Too Many Requests"}` {
		t.Error(outcome(r))
	}
	var got []string
	for _, l := range w.lines["API-Gateway-Execution-Logs_abc123defg/test"] {
		_, text, _ := strings.Cut(steady(l.Message), ") ")
		got = append(got, text)
	}
	want := []string{
		"Extended Request Id: …",
		"Verifying Usage Plan for request: " + testRequestID + ". API Key:  API Stage: abc123defg/test",
		"Key throttle limit exceeded for RestApi abc123defg, Stage test, Resource res000, HttpMethod GET. Limit: 1.00 Burst: 0",
		"Method completed with status: 429",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
