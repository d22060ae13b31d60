package policy

import (
	"testing"

	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a:b/c", true},
		{"a", "a", true},
		{"a", "A", false},
		{"a*", "a", true},
		{"a*", "ba", false},
		{"*a", "ba", true},
		{"*a", "ab", false},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "acb", false},
		{"a**b", "ab", true},
		{"ab*ba", "aba", false},
		{"?", "", false},
		{"?", "é", true},
		{"??", "é", false},
		{"*??*", "€", false},
		{"*?", "€", true},
		{"a?c*", "abc-", true},
		{"arn:aws:execute-api:*:*:abc/*/GET/pets", "arn:aws:execute-api:us-east-1:1:abc/prod/GET/pets/1", false},
		{"arn:aws:execute-api:*:*:abc/*/GET/pets/*", "arn:aws:execute-api:us-east-1:1:abc/prod/GET/pets", false},
		{"arn:aws:execute-api:*:*:abc/*/GET/pets/*", "arn:aws:execute-api:us-east-1:1:abc/prod/GET/pets/1/2", true},
		{"a[b]c", "a[b]c", true},
		{"a\\*", "a\\b", true},
	} {
		p := compilePattern(tt.pattern, false)
		if got := p.match(tt.s, nil); got != verdictOf(tt.want) {
			t.Errorf("%q on %q is %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
	if !compileAction("LAMBDA:Invoke*n").match("lambda:invokeFUNCTION") || compileAction("lambda:Invoke?").match("lambda:Invoke") {
		t.Error("actions compare letters without case")
	}
}

// naive is the definition: a star is any run of characters, a question mark
// one character.
func naive(pattern, s []rune) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	if pattern[0] == '*' {
		return naive(pattern[1:], s) || len(s) > 0 && naive(pattern, s[1:])
	}
	return len(s) > 0 && (pattern[0] == '?' || pattern[0] == s[0]) && naive(pattern[1:], s[1:])
}

func TestGlobIsNaive(t *testing.T) {
	t.Parallel()
	patterns := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?€é")), 0, 10, -1)
	subjects := rapid.StringOfN(rapid.RuneFrom([]rune("abAB€é")), 0, 14, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, s := patterns.Draw(t, "pattern"), subjects.Draw(t, "subject")
		compiled := compilePattern(p, false)
		if got, want := compiled.match(s, nil) == matches, naive([]rune(p), []rune(s)); got != want {
			t.Fatalf("%q on %q is %v, want %v", p, s, got, want)
		}
		lower := func(s string) []rune { return []rune(lowerASCII(s)) }
		if got, want := compileAction(p).match(s), naive(lower(p), lower(s)); got != want {
			t.Fatalf("action %q on %q is %v, want %v", p, s, got, want)
		}
	})
}

func TestVariables(t *testing.T) {
	t.Parallel()
	r := &Request{Principal: Principal{Kind: User, Account: "123456789012", Name: "ana*"}}
	r.Keys.Set("aws:PrincipalTag/Team", "red")
	r.Keys.Set("aws:TagKeys", "a", "b")
	r.Keys.Set("aws:UserAgent", "x\xffy")
	for _, tt := range []struct {
		pattern, s string
		vars       bool
		want       verdict
	}{
		{"home/${aws:username}/*", "home/ana*/x", true, matches},
		{"home/${aws:username}/*", "home/anaX/x", true, differs}, // stars in values are text
		{"home/${AWS:UserName}", "home/ana*", true, matches},
		{"${aws:principaltag/team}-${aws:PrincipalTag/Team}", "red-red", true, matches},
		{"${aws:username}", "${aws:username}", false, matches}, // the older version has none
		{"${aws:missing}", "", true, unresolved},
		{"${aws:missing, 'blue'}", "blue", true, matches},
		{"${ aws:missing ,'a, b'}", "a, b", true, matches},
		{"${aws:missing, ''}x", "x", true, matches},
		{"${aws:TagKeys}", "a", true, unresolved}, // several values
		{"${*}${?}${$}", "*?$", true, matches},
		{"${*}", "x", true, differs},
		{"${?}", "x", true, differs},
		{"${$}{a}", "${a}", true, matches},
		{"a${", "a${", true, matches},
		{"a${b", "a${b", true, matches},
		{"${}", "", true, unresolved},
		{"${aws:useragent}", "xay", true, differs}, // no byte of a value is a wildcard
	} {
		p := compilePattern(tt.pattern, tt.vars)
		if got := p.match(tt.s, r); got != tt.want {
			t.Errorf("%q on %q is %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
}
