package logs

import "testing"

func TestFilterPattern(t *testing.T) {
	const access = `127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534`
	const doc = `{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","n":5,"arr":[1,{"k":"v"}],"t":true,"z":null,"obj":{"a b":"c"}}`
	tests := []struct {
		pattern, message string
		want             bool
	}{
		{"", "anything", true},
		{"ERROR", "[ERROR] x", true},
		{"ERROR", "error", false},
		{"ERROR ARGUMENTS", "ARGUMENTS and ERROR", true},
		{"ERROR ARGUMENTS", "ERROR", false},
		{`"INTERNAL SERVER ERROR"`, "INTERNAL SERVER ERROR!", true},
		{`"INTERNAL SERVER ERROR"`, "SERVER INTERNAL ERROR", false},
		{"ERROR -ARGUMENTS", "ERROR ok", true},
		{"ERROR -ARGUMENTS", "ERROR ARGUMENTS", false},
		{"?ERROR ?WARN", "WARN x", true},
		{"?ERROR ?WARN", "INFO x", false},
		{`%[Ee]rror \d+%`, "an error 42", true},
		{`%[Ee]rror \d+%`, "an error", false},
		{"[ip, id, user, time, request, status = 4*, size]", access, true},
		{"[ip, id, user, time, request, status = 5*, size]", access, false},
		{"[ip, ..., size > 1000]", access, true},
		{"[ip, ..., size > 2000]", access, false},
		{"[a, b]", access, false},
		{"[..., request = *html*, status, size]", access, true},
		{`{ $.eventType = "UpdateTrail" }`, doc, true},
		{`{ $.eventType = UpdateTrail }`, doc, true},
		{`{ $.eventType != "UpdateTrail" }`, doc, false},
		{`{ $.sourceIPAddress != 123.123.* }`, doc, true},
		{`{ $.n >= 5 && ($.t IS TRUE || $.nope = 1) }`, doc, true},
		{`{ $.n > 5 }`, doc, false},
		{`{ $.arr[0] = 1 }`, doc, true},
		{`{ $.arr[1].k = "v" }`, doc, true},
		{`{ $.z IS NULL }`, doc, true},
		{`{ $.nope NOT EXISTS }`, doc, true},
		{`{ $.n NOT EXISTS }`, doc, false},
		{`{ $.eventType = %Update\w+% }`, doc, true},
		{`{ $.obj["a b"] = "c" }`, doc, true},
		{`{ $.n = 5 }`, "no json", false},
	}
	for _, tt := range tests {
		p, err := parseFilterPattern(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if got := p.matches(tt.message); got != tt.want {
			t.Errorf("%s on %s: %v, want %v", tt.pattern, tt.message, got, tt.want)
		}
	}
}

func TestFilterPatternErrors(t *testing.T) {
	for _, pattern := range []string{`"open`, "{ $.a = 1", "[a, b", "{ a = 1 }", "{ $.a }", "{ $.a > x }", "%(%", "%x", "a:b", "{ ($.a = 1 }", "?", "[..., a, ...]"} {
		if p, err := parseFilterPattern(pattern); err == nil {
			t.Errorf("%s: no error, got %#v", pattern, p)
		}
	}
}

func FuzzFilterPattern(f *testing.F) {
	f.Add(`{ $.n >= 5 && ($.t IS TRUE || $.nope = 1) }`, `{"n":5}`)
	f.Add("[ip, ..., size > 1000]", "a b 2000")
	f.Add(`ERROR -"a b" ?x %y%`, "ERROR")
	f.Fuzz(func(t *testing.T, pattern, message string) {
		if p, err := parseFilterPattern(pattern); err == nil {
			p.matches(message)
		}
	})
}
