package awsapi_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// thing is a shape with a member of every kind.
type thing struct {
	ID       string            `json:"id" wire:"uri,thing_id" required:"true" shape:"ID"`
	Limit    *int64            `json:"limit,omitzero" wire:"query,limit" shape:"Limit"`
	Tags     []string          `json:"tags,omitzero" wire:"query,tagKeys"`
	Log      *string           `json:"log,omitzero" wire:"header,X-Log"`
	Items    []*part           `json:"items,omitzero" wire:"body,item"`
	Names    map[string]string `json:"names,omitzero"`
	Rate     *float64          `json:"rate,omitzero"`
	Enabled  *bool             `json:"enabled,omitzero"`
	Created  *awsapi.Time      `json:"created,omitzero"`
	Blob     []byte            `json:"blob,omitzero"`
	Kind     *string           `json:"kind,omitzero" shape:"Kind"`
	Template map[string]string `json:"template,omitzero" empty:"null"`
}

type part struct {
	Name string `json:"name" required:"true"`
	Size *int64 `json:"size,omitzero"`
}

type raw struct {
	Payload []byte  `json:"payload,omitzero" wire:"payload"`
	Status  *int64  `json:"status,omitzero" wire:"status,"`
	Header  *string `json:"header,omitzero" wire:"header,X-Raw"`
}

// echo answers what it was asked.
type echo struct{ unimplemented }

type unimplemented struct{}

func (unimplemented) Missing(context.Context, *awsapi.Empty) (*awsapi.Empty, error) {
	return nil, awsapi.NotImplemented("Missing")
}

func (*echo) Get(_ context.Context, in *thing) (*thing, error) {
	if in.ID == "none" {
		return nil, awsapi.Errorf(404, "NotFoundException", "there is no %s", in.ID)
	}
	if in.ID == "secret" {
		return nil, errors.New("read the secret file /etc/x")
	}
	if in.ID == "panic" {
		panic("boom")
	}
	return in, nil
}

func (*echo) Raw(_ context.Context, in *raw) (*raw, error) {
	return &raw{Payload: append([]byte("got "), in.Payload...), Status: new(int64(202)), Header: new("h")}, nil
}

func (*echo) Part(_ context.Context, in *part) (*part, error) { return in, nil }

func (*echo) Void(context.Context, *thing) (*awsapi.Empty, error) { return nil, nil }

func table(service string, p awsapi.Protocol) awsapi.Table[*echo] {
	return awsapi.Table[*echo]{
		Service: service, Protocol: p, APIVersion: "2020-01-01", Namespace: "https://ns/", TargetPrefix: "T",
		Constraints: awsapi.Constraints{
			"ID": {Max: new(int64(8)), Pattern: `[a-z/:]+`}, "Limit": {Min: new(int64(1)), Max: new(int64(50))}, "Kind": {Enum: []string{"B", "A"}},
		},
		Operations: []awsapi.Op[*echo]{
			awsapi.Operation("Get", "GET /things/{thing_id}", 200, (*echo).Get),
			awsapi.Operation("Put", "PUT /things/{thing_id}", 201, (*echo).Get),
			awsapi.Operation("Raw", "POST /raw", 200, (*echo).Raw),
			awsapi.Operation("Import", "POST /raw?mode=import", 201, (*echo).Void),
			awsapi.Operation("Void", "DELETE /things/{thing_id}", 204, (*echo).Void),
			awsapi.Operation("Part", "POST /part", 200, (*echo).Part),
			awsapi.Operation("Missing", "GET /missing", 200, (*echo).Missing),
		},
	}
}

// answer sends a request to a service of the protocol and returns status,
// headers and body.
func answer(t *testing.T, service string, p awsapi.Protocol, method, target, body string, header ...string) (int, http.Header, string) {
	t.Helper()
	w := awsapi.Wire{
		Registry: awsapi.NewRegistry(slog.New(slog.DiscardHandler), nil, nil, table(service, p).Bind(&echo{})),
		Authenticate: func(*http.Request, string, []byte) (awsapi.Caller, error) {
			return awsapi.RootCaller("111111111111"), nil
		},
		Region:   func(*http.Request) string { return "us-east-1" },
		ClientIP: func(*http.Request) string { return "127.0.0.1" },
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.ServeService(rec, r, service)
	b, _ := io.ReadAll(rec.Result().Body)
	return rec.Code, rec.Result().Header, string(b)
}

func TestRESTJSON(t *testing.T) {
	tests := []struct {
		name, service, method, target, body string
		status                              int
		want                                string
	}{
		{"path, query lists and body", "lambda", "PUT", "/things/a%2Fb:c?limit=7&tagKeys=x&tagKeys=y", `{"item":[{"name":"n","size":3}],"names":{"b":"2","a":"1"},"rate":10,"enabled":false,"created":1508461860,"blob":"aGk="}`,
			201, `{"item":[{"name":"n","size":3}],"names":{"a":"1","b":"2"},"rate":10.0,"enabled":false,"created":1508461860,"blob":"aGk="}`},
		{"milliseconds stay", "lambda", "PUT", "/things/a", `{"created":1508461860.25}`, 201, `{"created":1508461860.250}`},
		{"empty lists and maps are printed, null is absent", "lambda", "PUT", "/things/a", `{"item":[],"names":{},"rate":null}`, 201, `{"item":[],"names":{}}`},
		{"an empty template prints as null", "lambda", "PUT", "/things/a", `{"template":{"x":"","y":null,"z":"t"}}`, 201, `{"template":{"x":null,"y":null,"z":"t"}}`},
		{"text is not escaped for HTML", "lambda", "PUT", "/things/a", `{"names":{"a":"<&>\u2028\n"}}`, 201, "{\"names\":{\"a\":\"<&>\u2028\\n\"}}"},
		{"unknown members are left out", "lambda", "PUT", "/things/a", `{"Enabled":true,"x":1}`, 201, `{}`},
		{"no body", "lambda", "DELETE", "/things/a/", "", 204, ""},
		{"fixed query field", "lambda", "POST", "/raw?mode=import", "{}", 400, `{"message":"1 validation error detected: Value null at 'iD' failed to satisfy constraint: Member must not be null"}`},
		{"error", "lambda", "GET", "/things/none", "", 404, `{"message":"there is no none"}`},
		{"no operation", "lambda", "PATCH", "/things/a", "", 404, `{"message":"No operation of lambda has the path PATCH /things/a"}`},
		{"no behaviour", "lambda", "GET", "/missing", "", 501, `{"message":"Missing is not implemented by lambdagate yet; docs/parity.md lists what is."}`},
		{"neutral error", "apigateway", "GET", "/things/secret", "", 500, `{"message":"Internal server error"}`},
		{"a panic is a neutral error", "apigateway", "GET", "/things/panic", "", 500, `{"message":"Internal server error"}`},
		{"wrong type", "apigateway", "PUT", "/things/a", `{"names":{"a":true}}`, 400, `{"message":"class java.lang.Boolean can not be converted to an String"}`},
		{"number for text", "apigateway", "PUT", "/things/a", `{"kind":1}`, 400, `{"message":"class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"}`},
		{"broken JSON", "apigateway", "PUT", "/things/a", `{"kind":`, 400, `{"message":"Could not parse request body into json: unexpected EOF"}`},
		{"enumeration, in the input's name", "apigateway", "PUT", "/things/a", `{"kind":"C"}`, 400,
			`{"message":"1 validation error detected: Value 'C' at 'putInput.kind' failed to satisfy constraint: Member must satisfy enum value set: [B, A]"}`},
		{"several violations", "lambda", "GET", "/things/ABCDEFGHI?limit=99", "", 400,
			`{"message":"3 validation errors detected: Value 'ABCDEFGHI' at 'iD' failed to satisfy constraint: Member must have length less than or equal to 8; Value 'ABCDEFGHI' at 'iD' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z/:]+; Value '99' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"}`},
	}
	id := regexp.MustCompile(`'i[dD]'`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, _, body := answer(t, tt.service, awsapi.RESTJSON, tt.method, tt.target, tt.body)
			if body = id.ReplaceAllString(body, "'iD'"); status != tt.status || body != tt.want {
				t.Errorf("got  %d %s\nwant %d %s", status, body, tt.status, tt.want)
			}
		})
	}
}

func TestRESTHeaders(t *testing.T) {
	status, header, body := answer(t, "apigateway", awsapi.RESTJSON, "POST", "/raw", "{}")
	if status != 202 || body != "got {}" || header["X-Raw"][0] != "h" {
		t.Errorf("%d %v %s", status, header, body)
	}
	if len(header["x-amzn-RequestId"]) != 1 || len(header["x-amz-apigw-id"]) != 1 {
		t.Errorf("request ids are missing in %v", header)
	}
	_, header, _ = answer(t, "apigateway", awsapi.RESTJSON, "GET", "/things/none", "", "X-Log", "Tail")
	if header.Get("x-amzn-ErrorType") != "NotFoundException" {
		t.Errorf("error type in %v", header)
	}
}

func TestQuery(t *testing.T) {
	form := "Action=Put&Version=2020-01-01&id=a&items.member.1.name=n&items.member.1.size=2&items.member.2.name=m&names.entry.1.key=k&names.entry.1.value=%3Cv%3E&created=2024-01-02T03:04:05Z&enabled=true"
	// Query services know no REST names.
	form = strings.NewReplacer("items.", "item.", "id=a", "thing_id=a").Replace(form)
	status, header, body := answer(t, "iam", awsapi.Query, "POST", "/", form, "Content-Type", "application/x-www-form-urlencoded")
	body = regexp.MustCompile(`<RequestId>[0-9a-f-]{36}</RequestId>`).ReplaceAllString(body, "<RequestId/>")
	want := `<PutResponse xmlns="https://ns/"><PutResult><thing_id>a</thing_id><item><member><name>n</name><size>2</size></member><member><name>m</name></member></item>` +
		`<names><entry><key>k</key><value>&lt;v&gt;</value></entry></names><enabled>true</enabled><created>2024-01-02T03:04:05Z</created></PutResult><ResponseMetadata><RequestId/></ResponseMetadata></PutResponse>`
	if status != 201 || body != want || header.Get("Content-Type") != "text/xml" {
		t.Errorf("got  %d %s\nwant %s", status, body, want)
	}
	for _, tt := range []struct{ target, code, text string }{
		{"/?Action=Get&thing_id=none", "NotFoundException", "there is no none"},
		{"/?Action=Nope&Version=2020-01-01", "InvalidAction", "Could not find operation Nope for version 2020-01-01"},
		{"/?Version=2020-01-01", "MissingAction", "The request must contain the parameter Action."},
		{"/?Action=Get&thing_id=secret", "ServiceFailure", "unknown error"},
	} {
		_, _, body := answer(t, "iam", awsapi.Query, "GET", tt.target, "")
		if !strings.Contains(body, "<Code>"+tt.code+"</Code>") || !strings.Contains(body, tt.text) || strings.Contains(body, "/etc/x") {
			t.Errorf("%s: %s", tt.target, body)
		}
	}
}

func TestJSON11(t *testing.T) {
	status, header, body := answer(t, "logs", awsapi.JSON11, "POST", "/", `{"name":"n","size":3}`, "X-Amz-Target", "T.Part")
	if status != 200 || body != `{"name":"n","size":3}` || header.Get("Content-Type") != "application/x-amz-json-1.1" {
		t.Errorf("%d %v %s", status, header, body)
	}
	status, _, body = answer(t, "logs", awsapi.JSON11, "POST", "/", `{}`, "X-Amz-Target", "T.Nope")
	if status != 400 || body != `{"__type":"UnknownOperationException","message":"Unknown operation Nope"}` {
		t.Errorf("%d %s", status, body)
	}
}

func TestDoor(t *testing.T) {
	door := awsapi.Door{
		Registry: awsapi.NewRegistry(slog.New(slog.DiscardHandler), nil, nil, table("lambda", awsapi.RESTJSON).Bind(&echo{})),
		Call:     func(*http.Request) (*awsapi.Call, error) { return &awsapi.Call{}, nil }, Prefix: "/api/",
	}
	for _, tt := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/api/lambda/Get", `{"id":"a","items":[{"name":"n"}],"limit":3}`, 200, `{"id":"a","limit":3,"items":[{"name":"n"}]}`},
		{"/api/lambda/Get", `{"id":"none"}`, 404, `{"code":"NotFoundException","message":"there is no none"}`},
		{"/api/lambda/Get", `{"idd":"a"}`, 400, `{"code":"ValidationException","message":"Unknown parameter in input: \"idd\", must be one of: id, limit, tags, log, items, names, rate, enabled, created, blob, kind, template"}`},
		{"/api/lambda/Nope", `{}`, 404, `{"code":"UnknownOperationException","message":"There is no operation \"Nope\" of service \"lambda\"."}`},
	} {
		rec := httptest.NewRecorder()
		door.ServeHTTP(rec, httptest.NewRequest("POST", tt.path, strings.NewReader(tt.body)))
		if rec.Code != tt.status || rec.Body.String() != tt.want {
			t.Errorf("%s %s: got  %d %s\nwant %d %s", tt.path, tt.body, rec.Code, rec.Body, tt.status, tt.want)
		}
	}
}

// denier refuses one action.
type denier struct{}

func (denier) Authorize(_ context.Context, _ *awsapi.Call, action, _ string) error {
	if action == "lambda:Get" {
		return awsapi.Errorf(403, "AccessDeniedException", "no")
	}
	return nil
}

func TestAuthorize(t *testing.T) {
	svc := table("lambda", awsapi.RESTJSON).Bind(&echo{})
	var audited []string
	r := awsapi.NewRegistry(slog.New(slog.DiscardHandler), denier{}, func(_ context.Context, c *awsapi.Call, _ *awsapi.BoundOperation, _ any, err *awsapi.Error) {
		code := ""
		if err != nil {
			code = err.Code
		}
		audited = append(audited, c.Operation+" "+c.Decision+" "+code)
	}, svc)
	for name, allowed := range map[string]bool{"Get": false, "Put": true} {
		_, err := r.Call(t.Context(), &awsapi.Call{}, svc.Operation(name), &thing{ID: "a"})
		if (err == nil) != allowed {
			t.Errorf("%s: %v", name, err)
		}
	}
	slices.Sort(audited)
	if want := []string{"Get denied AccessDeniedException", "Put allowed "}; !slices.Equal(audited, want) {
		t.Errorf("audited %q, want %q", audited, want)
	}
}

func TestImplemented(t *testing.T) {
	svc := table("lambda", awsapi.RESTJSON).Bind(&echo{})
	for name, want := range map[string]bool{"Get": true, "Missing": false} {
		if got := svc.Operation(name).Implemented; got != want {
			t.Errorf("%s: implemented %v", name, got)
		}
	}
}

func TestPage(t *testing.T) {
	items := []string{"a", "b", "c", "d", "e"}
	key := func(s string) string { return s }
	var got []string
	position := ""
	for {
		page, next, ok := awsapi.Page(items, position, 2, key)
		if !ok {
			t.Fatal("position refused")
		}
		got = append(got, page...)
		if next == "" {
			break
		}
		position = next
		items = []string{"a", "c", "d", "e"} // b, which was the last seen, goes
	}
	if !reflect.DeepEqual(got, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("pages %v", got)
	}
	if _, _, ok := awsapi.Page(items, "%%%", 2, key); ok {
		t.Error("a foreign position is taken")
	}
}

func TestTime(t *testing.T) {
	at := awsapi.Seconds(time.Date(2024, 5, 6, 7, 8, 9, 999, time.UTC))
	if b, _ := at.MarshalJSON(); string(b) != "1714979289" || at.ISO() != "2024-05-06T07:08:09Z" {
		t.Errorf("%s, %s", b, at.ISO())
	}
}

// FuzzRequest sends arbitrary requests in each protocol: no panic, and never an
// internal error.
func FuzzRequest(f *testing.F) {
	f.Add("PUT", "/things/a%2F?limit=1", `{"item":[{"name":"n"}]}`)
	f.Add("POST", "/?Action=Put&item.member.1.name=x&names.entry.1.key=k", "thing_id=a")
	f.Fuzz(func(t *testing.T, method, target, body string) {
		if !strings.HasPrefix(target, "/") || strings.ContainsAny(target, " \r\n") || strings.ContainsAny(method, " \r\n") {
			return
		}
		line := bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.0\r\n\r\n"))
		if _, err := http.ReadRequest(line); err != nil {
			return // nothing that reaches a handler
		}
		if strings.Contains(target+body, "secret") || strings.Contains(target+body, "panic") {
			return
		}
		for _, p := range []awsapi.Protocol{awsapi.RESTJSON, awsapi.Query, awsapi.JSON11} {
			if status, _, answered := answer(t, "lambda", p, method, target, body, "X-Amz-Target", "T.Put"); status == 500 {
				t.Errorf("protocol %d: %s", p, answered)
			}
		}
	})
}
