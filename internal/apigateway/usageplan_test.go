package apigateway

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestUsagePlans(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	id := strings.TrimPrefix(ts.deployed("s"), "/restapis/") // ids up to 5
	for _, c := range []struct{ name, body, want string }{
		{"defaults", `{"name":"p"}`, `201 {"id":"000006","name":"p","apiStages":[]}`},
		{"everything", `{"name":"q","description":"d","apiStages":[{"apiId":"` + id + `","stage":"s","throttle":{"/GET":{"rateLimit":1.5}}}],"throttle":{"burstLimit":10,"rateLimit":5},"quota":{"limit":100,"period":"DAY"},"tags":{"a":"b"}}`,
			`201 {"id":"000007","name":"q","description":"d","apiStages":[{"apiId":"` + id + `","stage":"s","throttle":{"/GET":{"rateLimit":1.5}}}],"throttle":{"burstLimit":10,"rateLimit":5.0},"quota":{"limit":100,"offset":0,"period":"DAY"},"tags":{"a":"b"}}`},
		{"no stage", `{"name":"q","apiStages":[{"apiId":"x"}]}`, "400 BadRequestException Invalid API Stage specified"},
		{"unknown stage", `{"name":"q","apiStages":[{"apiId":"` + id + `","stage":"t"}]}`, "404 NotFoundException Invalid API Stage {api: " + id + ", stage: t} specified for usageplan 000009"},
		{"period", `{"name":"q","quota":{"limit":1}}`, "400 BadRequestException Usage Plan quota period must be specified"},
		{"offset", `{"name":"q","quota":{"limit":1,"period":"WEEK","offset":7}}`, "400 BadRequestException Usage Plan quota offset must be between 0 and 6 in the WEEK period"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("POST /usageplans", c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	stage := id + ":s"
	for _, c := range []struct {
		name string
		ops  []string
		want string
	}{
		{"stage", []string{"add /apiStages " + stage}, `200 {"id":"000006","name":"p","apiStages":[{"apiId":"` + id + `","stage":"s"}]}`},
		{"method throttle", []string{"add /apiStages/" + stage + "/throttle/~1pets/GET/rateLimit 10.5", "replace /apiStages/" + stage + "/throttle//pets/GET/burstLimit 20"},
			`200 {"id":"000006","name":"p","apiStages":[{"apiId":"` + id + `","stage":"s","throttle":{"/pets/GET":{"burstLimit":20,"rateLimit":10.5}}}]}`},
		{"method throttle gone", []string{"remove /apiStages/" + stage + "/throttle/~1pets/GET"}, `200 {"id":"000006","name":"p","apiStages":[{"apiId":"` + id + `","stage":"s"}]}`},
		{"no method throttle", []string{"remove /apiStages/" + stage + "/throttle/~1pets/GET"}, "404 NotFoundException Invalid method throttle specified: /pets/GET"},
		{"stage as JSON", []string{`add /apiStages {"apiId":"a","stage":"b"}`}, `404 NotFoundException API Stage not found: {"apiId":"a","stage"`},
		{"other stage", []string{"remove /apiStages a:b:c"}, "404 NotFoundException API Stage not found: a:b"},
		{"quota", []string{"add /quota/limit 5", "add /quota/period WEEK", "add /quota/offset 1"}, `200 {"id":"000006","name":"p","apiStages":[{"apiId":"` + id + `","stage":"s"}],"quota":{"limit":5,"offset":1,"period":"WEEK"}}`},
		{"quota gone", []string{"remove /quota"}, `200 {"id":"000006","name":"p","apiStages":[{"apiId":"` + id + `","stage":"s"}]}`},
		{"throttle", []string{"replace /throttle/rateLimit 1", "replace /throttle/burstLimit 2", "add /productCode c"}, `200 {"id":"000006","name":"p","apiStages":[{"apiId":"` + id + `","stage":"s"}],"throttle":{"burstLimit":2,"rateLimit":1.0},"productCode":"c"}`},
		{"path", []string{"replace /x 1"}, "400 BadRequestException Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/name, /description, /productCode, /quota/limit, /quota/offset, /quota/period, /throttle/burstLimit, /throttle/rateLimit, /apiStages/{stage}/throttle, /apiStages/{stage}/throttle/{path}/{verb}/{limit}, /apiStages/{stage}/throttle//{path}/{verb}/{limit}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.patch("/usageplans/000006", c.ops...); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	ts.expect("DELETE /usageplans/000006", "", "400 BadRequestException Cannot delete Usage Plan 000006 because there are API Stages associated with it")
	ts.must("DELETE /restapis/"+id+"/stages/s", "") // takes the stage out of both plans
	ts.expect("GET /usageplans/000007", "", `200 {"id":"000007","name":"q","description":"d","apiStages":[],"throttle":{"burstLimit":10,"rateLimit":5.0},"quota":{"limit":100,"offset":0,"period":"DAY"},"tags":{"a":"b"}}`)
	ts.expect("DELETE /usageplans/000006", "", "202")
	ts.expect("GET /usageplans/000006", "", "404 NotFoundException Invalid Usage Plan ID specified")
}

func TestUsagePlanKeys(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	id := strings.TrimPrefix(ts.deployed("s"), "/restapis/")
	stages := `"apiStages":[{"apiId":"` + id + `","stage":"s"}]`
	plan := ts.id("POST /usageplans", `{"name":"p",`+stages+`}`)
	second := ts.id("POST /usageplans", `{"name":"q",`+stages+`}`)
	key := ts.id("POST /apikeys", `{"name":"k","value":"abcdefghijklmnopqrstuvwxyz"}`)
	at := "/usageplans/" + plan + "/keys"
	shown := `{"id":"` + key + `","type":"API_KEY","value":"abcdefghijklmnopqrstuvwxyz","name":"k"}`
	ts.expect("GET /usageplans/nope/keys", "", `200 {"item":[]}`)
	ts.expect("POST "+at, `{"keyId":"nope","keyType":"API_KEY"}`, "404 NotFoundException Invalid API Key identifier specified")
	ts.expect("POST /usageplans/nope/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`, "404 NotFoundException Invalid Usage Plan ID specified")
	if _, ok := ts.UsagePlan(key, id, "s"); ok {
		t.Error("a plan before the key is in one")
	}
	ts.expect("POST "+at, `{"keyId":"`+key+`","keyType":"API_KEY"}`, "201 "+shown)
	if p, ok := ts.UsagePlan(key, id, "s"); !ok || p.Id != plan {
		t.Errorf("UsagePlan = %v %v", p, ok)
	}
	if _, ok := ts.UsagePlan(key, id, "t"); ok {
		t.Error("a plan for a stage that it does not list")
	}
	ts.expect("POST "+at, `{"keyId":"`+key+`","keyType":"API_KEY"}`, "409 ConflictException Usage Plan Key already exists")
	ts.expect("POST /usageplans/"+second+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`, "409 ConflictException Usage Plan "+second+" cannot be added because API Key "+key+" cannot reference multiple Usage Plans with the same API stage: "+id+":s")
	ts.expect("GET "+at, "", `200 {"item":[`+shown+`]}`)
	ts.expect("GET "+at+"?name=K", "", `200 {"item":[]}`)
	ts.expect("GET "+at+"/"+key, "", "200 "+shown)
	ts.expect("GET /usageplans?keyId="+key, "", `200 {"item":[{"id":"`+plan+`","name":"p",`+stages+`}]}`)
	ts.expect("DELETE "+at+"/"+key, "", "202")
	ts.expect("DELETE "+at+"/"+key, "", "404 NotFoundException Invalid Usage Plan Key identifier specified")
	ts.must("POST "+at, `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	ts.must("DELETE /apikeys/"+key, "")
	ts.expect("GET "+at, "", `200 {"item":[]}`)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	id := strings.TrimPrefix(ts.deployed("s"), "/restapis/")
	plan := ts.id("POST /usageplans", `{"name":"p","apiStages":[{"apiId":"`+id+`","stage":"s"}],"quota":{"limit":3,"period":"WEEK","offset":1}}`)
	key := ts.id("POST /apikeys", `{}`)
	ts.must("POST /usageplans/"+plan+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	p, _ := ts.UsagePlan(key, id, "s")
	use := func(at time.Time, want bool) {
		t.Helper()
		if got := ts.Use(p, key, at); got != want {
			t.Errorf("Use at %s = %v", at.Format(dayLayout), got)
		}
	}
	sunday := testTime.AddDate(0, 0, 2) // 2026-01-04; the week starts on Mondays
	use(testTime, true)                 // Friday
	use(sunday, true)
	use(sunday, true)
	use(sunday, false)
	use(sunday.AddDate(0, 0, 1), true)
	usage := "/usageplans/" + plan + "/usage"
	want := `200 {"usagePlanId":"` + plan + `","startDate":"2026-01-01","endDate":"2026-01-05","values":{"` + key + `":[[0,3],[1,2],[0,2],[2,0],[1,2]]}}`
	ts.expect("GET "+usage+"?startDate=2026-01-01&endDate=2026-01-05", "", want)
	if _, err := ts.usage.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	ts.expect("GET "+usage+"?startDate=2026-01-01&endDate=2026-01-05", "", want)
	ts.expect("GET "+usage+"?startDate=2026-01-05&endDate=2026-01-01", "", "400 BadRequestException End date must not be before start date")
	ts.expect("GET "+usage+"?startDate=x&endDate=2026-01-01", "", "400 BadRequestException Invalid start date specified. Must be of the form yyyy-mm-dd")
	ts.expect("GET "+usage+"?startDate=2025-01-01&endDate=2026-01-01", "", "400 BadRequestException The date range must not be longer than 90 days")
	ts.expect("GET "+usage+"?startDate=2026-01-01&endDate=2026-01-01&keyId=x", "", "404 NotFoundException Invalid Usage Plan Key identifier specified")

	today := func(remaining int) string {
		return fmt.Sprintf(`200 {"usagePlanId":"%s","startDate":"2026-01-02","endDate":"2026-01-02","values":{"%s":[[1,%d]]}}`, plan, key, remaining)
	}
	ts.now = func() time.Time { return testTime }
	patch := "/usageplans/" + plan + "/keys/" + key + "/usage"
	ts.expectPatch(patch, "400 BadRequestException Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/remaining]", "replace /x 1")
	ts.expectPatch(patch, "400 BadRequestException Invalid patch value '-1' specified for path /remaining", "replace /remaining -1")
	ts.expectPatch(patch, today(9), "replace /remaining 9")

	// Another process knows what this one has counted.
	other := newServerWith(t, Config{Store: ts.st})
	other.account = ts.account
	if err := other.usage.reread(t.Context(), dayOf(testTime)); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if got := other.Use(p, key, testTime); got != (i < 9) {
			t.Errorf("use %d after the extension: %v", i, got)
			break
		}
	}
}

func TestPeriodStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		period     string
		offset     int64
		at, expect string
	}{
		{"DAY", 0, "2026-01-02", "2026-01-02"},
		{"WEEK", 0, "2026-01-02", "2025-12-28"},
		{"WEEK", 0, "2026-01-04", "2026-01-04"},
		{"WEEK", 5, "2026-01-02", "2026-01-02"},
		{"WEEK", 6, "2026-01-02", "2025-12-27"},
		{"MONTH", 0, "2026-01-31", "2026-01-01"},
		{"MONTH", 1, "2026-01-01", "2025-12-02"},
		{"MONTH", 27, "2026-03-27", "2026-02-28"},
		{"MONTH", 27, "2026-03-28", "2026-03-28"},
	} {
		plan := &UsagePlan{Quota: &QuotaSettings{Period: &c.period, Offset: &c.offset}}
		at := must(time.Parse(dayLayout, c.at)).Add(23 * time.Hour)
		if got := plan.periodStart(dayOf(at)).String(); got != c.expect {
			t.Errorf("%s+%d at %s starts %s, want %s", c.period, c.offset, c.at, got, c.expect)
		}
	}
}
