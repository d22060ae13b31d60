package apigateway

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestApiKeys(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	const value = "abcdefghijklmnopqrstuvwxyz"
	const dates = `"createdDate":1767323045,"lastUpdatedDate":1767323045`
	for _, c := range []struct{ name, body, want string }{
		{"defaults", `{"name":"k"}`, `201 {"id":"0000000001","value":"0000000000000000000000000000000000000002","name":"k","enabled":false,` + dates + `,"stageKeys":[]}`},
		{"everything", `{"name":"kk","value":"` + value + `","enabled":true,"description":"d","customerId":"c","tags":{"a":"b"}}`,
			`201 {"id":"0000000003","value":"` + value + `","name":"kk","customerId":"c","description":"d","enabled":true,` + dates + `,"stageKeys":[],"tags":{"a":"b"}}`},
		{"taken", `{"value":"` + value + `"}`, "409 ConflictException API Key already exists"},
		{"short", `{"value":"abc"}`, "400 BadRequestException API Key value should be at least 20 characters"},
		{"long", `{"value":"` + strings.Repeat("x", 129) + `"}`, "400 BadRequestException API Key value exceeds maximum size of 128 characters"},
		{"name", `{"name":"` + strings.Repeat("x", 1025) + `"}`, "400 BadRequestException Invalid API Key name, can be at most 1024 characters."},
		{"description", `{"description":"` + strings.Repeat("x", 20_000) + `"}`, "400 BadRequestException Invalid API Key description specified."},
		{"stage", `{"stageKeys":[{"restApiId":"x","stageName":"y"}]}`, "400 BadRequestException Invalid API Stage specified"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("POST /apikeys", c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	first := `{"id":"0000000001","name":"k","enabled":false,` + dates + `,"stageKeys":[]}`
	ts.expect("GET /apikeys/0000000001", "", "200 "+first)
	ts.expect("GET /apikeys/0000000001?includeValue=true", "", `200 {"id":"0000000001","value":"0000000000000000000000000000000000000002","name":"k","enabled":false,`+dates+`,"stageKeys":[]}`)
	ts.expect("GET /apikeys/x", "", "404 NotFoundException Invalid API Key identifier specified")
	ts.expect("GET /apikeys?customerId=d", "", `200 {"item":[]}`)
	ts.expect("GET /apikeys?name=K", "", `200 {"item":[]}`)
	if got := ts.do("GET /apikeys?name=kk", ""); strings.Count(got, `"id"`) != 1 {
		t.Error(got)
	}
	ts.expectPatch("/apikeys/0000000001", strings.Replace("200 "+first, "false", "true", 1), "replace /enabled true")
	ts.expectPatch("/apikeys/0000000001", "200 "+first, "replace /enabled whatever")
	ts.expectPatch("/apikeys/0000000001", "400 BadRequestException Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]", "replace /x 1")

	api := ts.deployed("s")
	id := strings.TrimPrefix(api, "/restapis/")
	ts.expectPatch("/apikeys/0000000001", strings.Replace("200 "+first, "[]", `["`+id+`/s"]`, 1), "add /stages "+id+"/s")
	ts.expectPatch("/apikeys/0000000001", "400 BadRequestException Invalid API Stage specified", "add /stages x/s")
	ts.expectPatch("/apikeys/0000000001", "200 "+first, "remove /stages "+id+"/s")
	if k, ok := ts.APIKey(value); !ok || k.Id != "0000000003" {
		t.Errorf("APIKey = %v %v", k, ok)
	}
	ts.expect("DELETE /apikeys/0000000003", "", "202")
	if _, ok := ts.APIKey(value); ok {
		t.Error("a deleted key is found")
	}
	ts.must("POST /apikeys", `{"value":"`+value+`"}`)
}

func TestApiKeysNewestFirst(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	at := testTime
	ts.now = func() time.Time { at = at.Add(time.Millisecond); return at }
	var want []string
	for range 30 {
		want = append([]string{ts.id("POST /apikeys", `{}`)}, want...)
	}
	var got []string
	for position := ""; ; {
		var page struct {
			Position string
			Item     []struct{ ID string }
		}
		if err := json.Unmarshal([]byte(ts.must("GET /apikeys?position="+position, "")[4:]), &page); err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Item {
			got = append(got, k.ID)
		}
		if position = page.Position; position == "" {
			break
		}
		ts.must("DELETE /apikeys/"+got[len(got)-1], "") // the position outlives what it names
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}

// Two accounts may have chosen the same value; neither sees the other's key.
func TestSameKeyInTwoAccounts(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	const body = `{"value":"abcdefghijklmnopqrstuvwxyz"}`
	mine := ts.id("POST /apikeys", body)
	api := strings.TrimPrefix(ts.deployed("s"), "/restapis/")
	ts.account = "222222222222"
	theirs := ts.id("POST /apikeys", body)
	other := strings.TrimPrefix(ts.deployed("s"), "/restapis/")
	for apiID, want := range map[string]string{api: mine, other: theirs} {
		if k, ok := ts.APIKeyFor(apiID, "abcdefghijklmnopqrstuvwxyz"); !ok || k.Id != want {
			t.Errorf("key for API %s: %v, want %s", apiID, k, want)
		}
	}
}

func TestImportApiKeys(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	plan := ts.id("POST /usageplans", `{"name":"p"}`)
	const file = "Name,key,description,Enabled,usageplanIds\n" +
		"a,aaaaaaaaaaaaaaaaaaaaaaaa,first,TRUE,\"%\"\n" +
		"b,short,,false,\n" +
		"c,cccccccccccccccccccccccc,,false,nope\n" +
		"d,aaaaaaaaaaaaaaaaaaaaaaaa,,false,\n"
	body := strings.Replace(file, "%", plan, 1)
	warnings := `["Row 2: API Key value should be at least 20 characters","Row 3: Invalid Usage Plan ID specified","Row 4: API Key already exists"]`
	ts.expect("POST /apikeys?mode=import&format=csv&failonwarnings=true", body, "400 BadRequestException Warnings found during import:\n\tRow 2: API Key value should be at least 20 characters\n\tRow 3: Invalid Usage Plan ID specified\n\tRow 4: API Key already exists")
	ts.expect("GET /apikeys", "", `200 {"item":[]}`)
	got := ts.must("POST /apikeys?mode=import&format=csv", body)
	if !strings.HasSuffix(got, `"warnings":`+warnings+`}`) || strings.Count(got, `"00000000`) != 1 {
		t.Error(got)
	}
	if got := ts.must("GET /usageplans/"+plan+"/keys", ""); !strings.Contains(got, `"value":"aaaaaaaaaaaaaaaaaaaaaaaa","name":"a"`) {
		t.Error(got)
	}
	ts.expect("POST /apikeys?mode=import&format=csv", "\n", "400 BadRequestException Failed to parse API keys: the file has no header")
	ts.expect("POST /apikeys?mode=import&format=csv", "name\nx\n", "400 BadRequestException Failed to parse API keys: the column key is missing")
	ts.expect("POST /apikeys?mode=import&format=csv", "key,what\nx\n", `400 BadRequestException Failed to parse API keys: unknown column "what"`)
}

func FuzzReadKeys(f *testing.F) {
	for _, seed := range []string{"key\n", "Name,key\na,b\n", "key,usageplanIds\n\"a\",\"b,c\"\n", "\ufeffkey\nx", "key,key\na\n"} {
		f.Add([]byte(seed))
	}
	s := &Service{now: func() time.Time { return testTime }, newID: randomID, newSecret: randomSecret}
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := s.readKeys(body)
		if err != nil && len(rows) > 0 {
			t.Error("rows beside an error")
		}
		for _, row := range rows {
			if row.key.Value == nil {
				t.Error("a key without value")
			}
		}
	})
}
