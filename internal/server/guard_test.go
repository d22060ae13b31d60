package server

import (
	"cmp"
	"net/http/httptest"
	"testing"
)

func TestGuard(t *testing.T) {
	g := guard{hosts: []string{"gate.example", "*.dev.example"}, origins: []string{"https://app.example"}}
	tests := []struct {
		name, method, host, path string
		header                   []string
		allowed                  bool
	}{
		{"loopback", "POST", "127.0.0.1:4566", "", nil, true},
		{"IPv6 loopback", "POST", "[::1]:4566", "", nil, true},
		{"localhost", "GET", "localhost:4566", "", nil, true},
		{"name under localhost", "GET", "lambdagate.localhost:4566", "", nil, true},
		{"AWS's name", "POST", "lambda.us-east-1.amazonaws.com", "", nil, true},
		{"rebound name", "POST", "evil.example:4566", "", nil, false},
		{"allowed name", "POST", "gate.example", "", nil, true},
		{"name under an allowed one", "POST", "a.dev.example", "", nil, true},
		{"console's own page", "POST", "127.0.0.1:4566", "", []string{"Origin", "http://127.0.0.1:4566"}, true},
		{"page of another site", "POST", "127.0.0.1:4566", "", []string{"Origin", "https://evil.example"}, false},
		{"page of another port", "POST", "127.0.0.1:4566", "", []string{"Origin", "http://127.0.0.1:8080"}, false},
		{"page without an origin", "POST", "127.0.0.1:4566", "", []string{"Origin", "null"}, false},
		{"allowed page", "POST", "127.0.0.1:4566", "", []string{"Origin", "https://app.example"}, true},
		{"form post of another site", "POST", "127.0.0.1:4566", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, false},
		{"image of another site", "GET", "127.0.0.1:4566", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, false},
		{"link on another site", "GET", "127.0.0.1:4566", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, true},
		{"link to a console page", "GET", "127.0.0.1:4566", "/console/apis", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, true},
		{"link to an operation", "GET", "127.0.0.1:4566", "/?Action=DeleteUser", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, false},
		{"typed by a person", "GET", "127.0.0.1:4566", "", []string{"Sec-Fetch-Site", "none"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, cmp.Or(tt.path, "/"), nil)
			r.Host = tt.host
			for i := 0; i+1 < len(tt.header); i += 2 {
				r.Header.Set(tt.header[i], tt.header[i+1])
			}
			if why := g.refuse(r); (why == "") != tt.allowed {
				t.Errorf("refused because %q, want allowed %v", why, tt.allowed)
			}
		})
	}
}
