package gateway

import (
	"sort"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/javaregex"
	"github.com/lambdagate/lambdagate/jsonpath"
	"github.com/lambdagate/lambdagate/vtl"
)

// patternTimeout bounds one use of a regular expression on the request path.
const patternTimeout = 250 * time.Millisecond

// selectionOptions compile selectionPattern and identityValidationExpression.
var selectionOptions = javaregex.Options{Timeout: patternTimeout}

// templateRegexp gives mapping templates Java's regular expressions.
func templateRegexp(pattern string, whole bool) (vtl.Regexp, error) {
	re, err := javaregex.Compile(pattern, selectionOptions)
	if err != nil {
		return nil, err
	}
	if whole {
		return wholePattern{re}, nil
	}
	return &foundPattern{Regexp: re}, nil
}

// jsonpathRegexp is for =~ in JSONPath filters.
func jsonpathRegexp(pattern, flags string) (jsonpath.Matcher, error) {
	return javaregex.Compile(pattern, javaregex.Options{Flags: flags, Timeout: patternTimeout})
}

// wholePattern matches whole strings only.
type wholePattern struct{ *javaregex.Regexp }

func (p wholePattern) FindSubmatchIndex(s string, from int) ([]int, error) {
	ok, err := p.MatchWhole(s)
	if err != nil || !ok || from > 0 {
		return nil, err
	}
	return []int{0, len(s)}, nil
}

func (p wholePattern) SubexpIndex(string) int { return -1 }

// foundPattern walks over the matches in a string. A template asks for one
// after the other; all are found at once, since a search that starts in the
// middle would not see what comes before.
type foundPattern struct {
	*javaregex.Regexp
	last atomic.Pointer[matches]
}

type matches struct {
	text string
	at   [][]int
}

func (p *foundPattern) FindSubmatchIndex(s string, from int) ([]int, error) {
	m := p.last.Load()
	if from == 0 || m == nil || m.text != s {
		at, err := p.FindAllIndex(s)
		if err != nil {
			return nil, err
		}
		m = &matches{s, at}
		p.last.Store(m)
	}
	i := sort.Search(len(m.at), func(i int) bool { return m.at[i][0] >= from })
	if i == len(m.at) {
		return nil, nil
	}
	return m.at[i], nil
}

func (p *foundPattern) SubexpIndex(name string) int {
	if named, ok := any(p.Regexp).(interface{ SubexpIndex(string) int }); ok {
		return named.SubexpIndex(name)
	}
	return -1
}
