package gateway

import (
	"strings"
	"testing"
)

func TestRoute(t *testing.T) {
	t.Parallel()
	r := &routes{}
	for path, verbsOf := range map[string]string{
		"/": "GET", "/pets": "GET POST", "/pets/{id}": "GET ANY", "/pets/mine": "GET", "/pets/{id}/toys": "GET",
		"/part1": "GET", "/part1/hardcoded": "GET", "/{param+}": "GET OPTIONS", "/head": "GET", "/a/{x}/c": "GET",
		"/a/b/{rest+}": "POST", "/only": "POST",
	} {
		table := new([verbs]*method)
		for v := range strings.FieldsSeq(verbsOf) {
			table[verbOf(v)] = &method{verb: v + " " + path}
		}
		r.add(path, table)
	}
	for _, tt := range []struct{ verb, path, want, params string }{
		{"GET", "", "GET /", ""},
		{"GET", "/", "GET /", ""},
		{"GET", "//", "GET /", ""},
		{"POST", "/", "", ""},
		{"GET", "/pets", "GET /pets", ""},
		{"GET", "/pets/", "GET /pets", ""},
		{"GET", "//pets//", "GET /pets", ""},
		{"GET", "/pets/mine", "GET /pets/mine", ""},
		{"GET", "/pets/7", "GET /pets/{id}", "id=7"},
		{"DELETE", "/pets/7", "ANY /pets/{id}", "id=7"},
		{"DELETE", "/pets/mine", "ANY /pets/{id}", "id=mine"}, // no DELETE on the static one
		{"GET", "/pets/a%2Fb", "GET /pets/{id}", "id=a%2Fb"},
		{"GET", "/pets/7/toys", "GET /pets/{id}/toys", "id=7"},
		{"GET", "/pets/mine/toys", "GET /pets/{id}/toys", "id=mine"}, // back out of the static branch
		{"GET", "/pets//toys", "GET /{param+}", "param=pets//toys"},  // an empty segment is no {id}
		{"GET", "/part1/hardcoded", "GET /part1/hardcoded", ""},
		{"GET", "/part1/random", "GET /{param+}", "param=part1/random"},
		{"GET", "/proxy//double-slash", "GET /{param+}", "param=proxy//double-slash"},
		{"OPTIONS", "/pets", "OPTIONS /{param+}", "param=pets"},
		{"OPTIONS", "/only", "OPTIONS /{param+}", "param=only"},
		{"PUT", "/only", "", ""},
		{"HEAD", "/head", "", ""}, // GET does not answer HEAD
		{"HEAD", "/pets/7", "ANY /pets/{id}", "id=7"},
		{"GET", "/a/b/c", "GET /a/{x}/c", "x=b"}, // the greedy branch has only POST
		{"POST", "/a/b/c", "POST /a/b/{rest+}", "rest=c"},
		{"POST", "/a/b", "", ""}, // greedy takes at least one segment
		{"TRACE", "/pets", "", ""},
		{"ANY", "/pets/7", "", ""},
		{"get", "/pets", "", ""},
	} {
		m, params := r.match(verbOf(tt.verb), tt.path, nil)
		got, gotParams := "", ""
		if m != nil {
			got = m.verb
			for _, p := range params {
				gotParams += p.Name + "=" + p.Value
			}
		}
		if got != tt.want || gotParams != tt.params {
			t.Errorf("%s %s: got %q %q, want %q %q", tt.verb, tt.path, got, gotParams, tt.want, tt.params)
		}
	}
}

// naiveRoute tries every resource and ranks those that fit.
func naiveRoute(paths []string, path string) string {
	path = strings.Trim(path, "/")
	var segments []string
	if path != "" {
		segments = strings.Split(path, "/")
	}
	best, bestRank := "", ""
	for _, p := range paths {
		var parts []string
		if q := strings.Trim(p, "/"); q != "" {
			parts = strings.Split(q, "/")
		}
		rank, ok := naiveRank(parts, segments)
		if ok && (bestRank == "" || rank < bestRank) {
			best, bestRank = p, rank
		}
	}
	return best
}

// naiveRank spells how specific each segment's match is: a static, b param, c
// greedy.
func naiveRank(parts, segments []string) (string, bool) {
	rank := "_"
	for i, part := range parts {
		if i >= len(segments) {
			return "", false
		}
		_, greedy, variable := variablePart(part)
		switch {
		case greedy:
			return rank + "c", i == len(parts)-1
		case variable && segments[i] != "":
			rank += "b"
		case part == segments[i] && segments[i] != "":
			rank += "a"
		default:
			return "", false
		}
	}
	return rank, len(parts) == len(segments)
}

func FuzzRoute(f *testing.F) {
	paths := []string{"/", "/a", "/a/b", "/a/{x}", "/a/{x}/c", "/{p}/b", "/{p}/b/{rest+}", "/a/b/c/{g+}", "/z/{all+}"}
	r := routesOf(paths)
	for _, s := range []string{"/a/b", "/a//b", "//", "/a/%2F/c", "/z/1/2//3/", "/b/b/b", "/{p}/b", "/{x}/b/{p}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		m, params := r.match(verbGet, path, nil)
		want := naiveRoute(paths, path)
		got := ""
		if m != nil {
			got = m.verb
		}
		if got != want {
			t.Fatalf("%q: got %q, want %q (params %v)", path, got, want, params)
		}
		if m == nil {
			return
		}
		// The parameters hold all of the path that the resource does not say.
		var values []string
		for _, p := range params {
			values = append(values, "{"+p.Name+"}", p.Value, "{"+p.Name+"+}", p.Value)
		}
		built := strings.NewReplacer(values...).Replace(got) // at once: values can look like parameters
		if strings.Trim(built, "/") != strings.Trim(path, "/") {
			t.Fatalf("%q: %q with %v is %q", path, got, params, built)
		}
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		host, path string
		want       Target
		ok         bool
	}{
		{"localhost:4566", "/restapis/abc/dev/_user_request_/pets/%2F", Target{APIID: "abc", Stage: "dev", RawPath: "/pets/%2F"}, true},
		{"localhost:4566", "/restapis/abc/dev/_user_request_", Target{APIID: "abc", Stage: "dev"}, true},
		{"localhost:4566", "/restapis/abc/stages", Target{}, false},
		{"localhost:4566", "/restapis/abc/resources/x/_user_request", Target{}, false},
		{"localhost:4566", "/restapis/abc/dev/_user_request_x", Target{}, false},
		{"localhost", "/_aws/execute-api/abc/dev//x/", Target{APIID: "abc", Stage: "dev", RawPath: "//x/"}, true},
		{"localhost", "/_aws/execute-api/abc", Target{APIID: "abc"}, true},
		{"localhost", "/_aws/execute-api/", Target{}, false},
		{"abc.execute-api.us-east-1.amazonaws.com", "/dev/pets", Target{APIID: "abc", Stage: "dev", RawPath: "/pets"}, true},
		{"abc.execute-api.us-east-1.amazonaws.com", "//dev/pets", Target{APIID: "abc", Stage: "dev", RawPath: "/pets"}, true},
		{"abc-vpce-0123.execute-api.us-east-1.vpce.amazonaws.com", "/dev", Target{APIID: "abc", Stage: "dev"}, true},
		{"abc.execute-api.localhost:4566", "/dev//x", Target{APIID: "abc", Stage: "dev", RawPath: "//x"}, true},
		{"abc.execute-api.eu-west-1.localhost.localdomain:4566", "/", Target{APIID: "abc"}, true},
		{"abc.execute-apix.us-east-1.amazonaws.com", "/dev", Target{}, false},
		{"execute-api.us-east-1.amazonaws.com", "/dev", Target{}, false},
		{".execute-api.x", "/dev", Target{}, false},
		{"localhost", "/", Target{}, false},
		{"", "", Target{}, false},
	} {
		got, ok := Resolve(tt.host, tt.path)
		if ok != tt.ok || got.APIID != tt.want.APIID || got.Stage != tt.want.Stage || got.RawPath != tt.want.RawPath {
			t.Errorf("Resolve(%q, %q) = %+v, %v", tt.host, tt.path, got, ok)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("abc.execute-api.us-east-1.amazonaws.com:443", "/dev/x")
	f.Add("[::1]:80", "/restapis/a/b/_user_request_/c")
	f.Fuzz(func(t *testing.T, host, path string) {
		target, ok := Resolve(host, path)
		if ok && !strings.HasSuffix(path, target.RawPath) {
			t.Fatalf("%q is not the end of %q", target.RawPath, path)
		}
		hostname(host)
	})
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, want string }{
		{"", ""},
		{"a=1&b=2", "a=1|b=2"},
		{"a=1&a=2", "a=1|a=2"},
		{"a=x+y%20z%2B", "a=x y z+"},
		{"a", "a="},
		{"a=", "a="},
		{"&&a=1&", "a=1"},
		{"a=b=c", "a=b=c"},
		{"=v", "=v"},
		{"a=%zz%4", "a=%zz%4"},
		{"email=test%2Balias@gmail.com&plus=test+alias", "email=test+alias@gmail.com|plus=test alias"},
		{"a;b=1", "a;b=1"},
	} {
		var parts []string
		for _, f := range appendQuery(nil, tt.raw) {
			parts = append(parts, f.Name+"="+f.Value)
		}
		if got := strings.Join(parts, "|"); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("a=1&b=%2B+c")
	f.Fuzz(func(t *testing.T, name string) {
		// What is escaped comes back.
		b := appendQueryEscape(append(appendQueryEscape(nil, name), '='), name)
		got := appendQuery(nil, string(b))
		if len(got) != 1 || got[0].Name != name || got[0].Value != name {
			t.Fatalf("%q came back as %q", name, got)
		}
		appendQuery(nil, name)
	})
}
