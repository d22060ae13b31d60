package sigv4

import (
	"strings"
	"testing"
)

func TestCanonicalPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, want, s3 string }{
		{"", "/", "/"},
		{"/", "/", "/"},
		{"//", "/", "//"},
		{"/./", "/", "/./"},
		{"/a", "/a", "/a"},
		{"/a/", "/a/", "/a/"},
		{"//a//", "/a/", "//a//"},
		{"/a/./b", "/a/b", "/a/./b"},
		{"/a/../b", "/b", "/a/../b"},
		{"/a/..", "/", "/a/.."},
		{"/a/b/..", "/a", "/a/b/.."},
		{"/a/b/../", "/a/", "/a/b/../"},
		{"/../../a", "/a", "/../../a"},
		{"/.a/..b/...", "/.a/..b/...", "/.a/..b/..."},
		{"/%2F", "/%252F", "/%2F"},
		{"/%2f", "/%252f", "/%2f"},
		{"/%2E%2E/a", "/%252E%252E/a", "/%2E%2E/a"},
		{"/a b", "/a%20b", "/a b"},
		{"/a+b", "/a%2Bb", "/a+b"},
		{"/~a-b_c.d", "/~a-b_c.d", "/~a-b_c.d"},
		{"/\xe1\x88\xb4", "/%E1%88%B4", "/\xe1\x88\xb4"},
		{"*", "/*", "*"},
	} {
		plain, s3 := canonical{service: "execute-api"}, canonical{service: "s3"}
		want := strings.Replace(tt.want, "*", "%2A", 1)
		if got := string(plain.appendPath(nil, tt.path)); got != want {
			t.Errorf("path %q gives %q, want %q", tt.path, got, want)
		}
		if got := string(s3.appendPath(nil, tt.path)); got != tt.s3 {
			t.Errorf("path %q gives %q for S3, want %q", tt.path, got, tt.s3)
		}
	}
}

func TestCanonicalQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ query, want string }{
		{"", ""},
		{"a", "a="},
		{"a=", "a="},
		{"=a", "=a"},
		{"&&a=1&&", "a=1"},
		{"b=2&a=1", "a=1&b=2"},
		{"a=2&a=10&a=1", "a=1&a=10&a=2"},
		{"a=&a=1&a", "a=&a=&a=1"},
		{"ab=1&a=2&a-=3", "a=2&a-=3&ab=1"},
		{"B=1&a=1&A=1", "A=1&B=1&a=1"},
		{"q=a%20b", "q=a%20b"},
		{"q=a+b", "q=a%20b"},
		{"q=a%2Bb", "q=a%2Bb"},
		{"q=a%2bb", "q=a%2Bb"},
		{"q=%7E", "q=~"},
		{"q=%zz%", "q=%25zz%25"},
		{"q=a=b", "q=a%3Db"},
		{"q=/?:@;,", "q=%2F%3F%3A%40%3B%2C"},
		{"%61=1", "a=1"},
		{"X-Amz-Signature=ab&X-Amz-Date=c", "X-Amz-Date=c"},
		{"x-amz-signature=ab", "x-amz-signature=ab"},
	} {
		got := string(appendQuery(nil, tt.query))
		if got != tt.want {
			t.Errorf("query %q gives %q, want %q", tt.query, got, tt.want)
		}
		if again := string(appendQuery(nil, got)); again != got {
			t.Errorf("query %q: the canonical form %q gives %q", tt.query, got, again)
		}
	}
}

func TestCanonicalHeaders(t *testing.T) {
	t.Parallel()
	r := &Request{Method: "GET", Path: "/", Headers: []Header{
		{"X-B", "  two   words\t here \r\n folded "},
		{"host", "example.com"},
		{"x-a", "3"},
		{"X-A", " 1 "},
		{"Not-Signed", "x"},
		{"X-a", ""},
		{"X-Quoted", `"a   b"`},
	}}
	c := canonicalFor(r, "execute-api", []string{"x-b", "X-A", "host", "x-a", "absent", "x-quoted"}, EmptyBody)
	want := "GET\n/\n\n" +
		"absent:\nhost:example.com\nx-a:3,1,\nx-b:two words here folded\nx-quoted:\"a b\"\n\n" +
		"absent;host;x-a;x-b;x-quoted\n" + EmptyBody
	if got := string(c.append(nil, r)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestManyLines: lines of one name stay in order however many there are.
func TestManyLines(t *testing.T) {
	t.Parallel()
	r := &Request{Method: "GET", Path: "/"}
	var want []string
	for i := range 64 {
		value := string(rune('a'+i%26)) + string(rune('a'+i/26))
		want = append(want, value)
		r.Headers = append(r.Headers, Header{"X-A", value}, Header{"Other", value})
	}
	c := canonicalFor(r, "lambda", []string{"x-a"}, EmptyBody)
	if got := string(c.appendValues(nil, "x-a")); got != strings.Join(want, ",") {
		t.Errorf("got %s, want %s", got, strings.Join(want, ","))
	}
}
