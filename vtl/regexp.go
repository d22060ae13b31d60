package vtl

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Regexp is a compiled Java regular expression. It is safe for concurrent
// use.
type Regexp interface {
	// FindSubmatchIndex returns the first match that begins at byte from of s
	// or later, as pairs of byte offsets in s like package regexp's, and nil
	// if there is none. What comes before from is seen by anchors and
	// look-behinds. An error, as of a time budget, ends the template.
	FindSubmatchIndex(s string, from int) ([]int, error)

	// SubexpIndex returns the number of a named group, -1 if there is none.
	SubexpIndex(name string) int
}

// A RegexpCompiler compiles a Java regular expression. If whole is set, only
// matches of the whole string count.
type RegexpCompiler func(pattern string, whole bool) (Regexp, error)

// A regexpCache keeps the patterns that a template uses.
type regexpCache struct {
	compile RegexpCompiler

	mu       sync.Mutex
	patterns map[patternKey]Regexp
}

type patternKey struct {
	pattern string
	whole   bool
}

const (
	maxPatterns     = 64
	maxPatternBytes = 10_000
)

func newRegexpCache(compile RegexpCompiler) *regexpCache {
	if compile == nil {
		compile = CompileRE2
	}
	return &regexpCache{compile: compile, patterns: map[patternKey]Regexp{}}
}

func (c *regexpCache) get(key patternKey) (Regexp, error) {
	c.mu.Lock()
	re := c.patterns[key]
	c.mu.Unlock()
	if re != nil {
		return re, nil
	}
	if len(key.pattern) > maxPatternBytes {
		return nil, fmt.Errorf("regular expression of more than %d bytes", maxPatternBytes)
	}
	re, err := c.compile(key.pattern, key.whole)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.patterns) >= maxPatterns {
		clear(c.patterns)
	}
	c.patterns[patternKey{strings.Clone(key.pattern), key.whole}] = re
	return re, nil
}

// pattern returns a compiled regular expression.
func (st *state) pattern(pattern string, whole bool) Regexp {
	st.charge(len(pattern))
	re, err := st.program.regexp.get(patternKey{pattern, whole})
	if err != nil {
		st.throw("PatternSyntaxException", err.Error())
	}
	return re
}

// checkPattern charges for a search in s.
func (st *state) checkPattern(s string, err error) {
	if err != nil {
		st.fail(err)
	}
	st.charge(1 + len(s)/16)
}

// find calls each with the successive matches in s, as Java's Matcher.find
// returns them, until it returns false.
func (st *state) find(re Regexp, s string, each func(m []int) bool) {
	for from := 0; from <= len(s); {
		m, err := re.FindSubmatchIndex(s, from)
		if err != nil {
			st.fail(err)
		}
		st.charge(8 + (len(s)-from)/256) // an engine may look far beyond a match
		st.checkContext()
		if m == nil || !each(m) {
			return
		}
		st.charge((m[1] - from) / 16)
		from = m[1]
		if m[0] == m[1] {
			_, n := utf8.DecodeRuneInString(s[from:])
			from += max(n, 1)
		}
	}
}

// replacePattern is replaceAll, or replaceFirst with limit 1.
func (st *state) replacePattern(s string, args []any, limit int) any {
	st.notNull(args[:1])
	if limit == 1 {
		st.notNull(args)
	}
	re := st.pattern(args[0].(string), false)
	by, _ := args[1].(string)
	var b []byte
	last := 0
	st.find(re, s, func(m []int) bool {
		st.notNull(args)
		b = append(b, s[last:m[0]]...)
		b = st.appendReplacement(b, re, by, s, m)
		st.checkSize(len(b))
		last = m[1]
		limit--
		return limit != 0
	})
	if last == 0 && b == nil {
		return s
	}
	return st.newString(append(b, s[last:]...))
}

// appendReplacement appends by, in which $1 and ${name} stand for groups and \
// takes the meaning from what follows it.
func (st *state) appendReplacement(b []byte, re Regexp, by, s string, m []int) []byte {
	illegal := func(message string) { st.throw("IllegalArgumentException", message) }
	for i := 0; i < len(by); i++ {
		switch by[i] {
		case '\\':
			if i++; i == len(by) {
				illegal("character to be escaped is missing")
			}
			b = append(b, by[i])
		case '$':
			rest := by[i+1:]
			group := -1
			switch {
			case strings.HasPrefix(rest, "{"):
				name, _, closed := strings.Cut(rest[1:], "}")
				if !closed || name == "" {
					illegal("named capturing group is missing trailing '}'")
				}
				if group = re.SubexpIndex(name); group < 0 {
					illegal("No group with name {" + name + "}")
				}
				i += len(name) + 2
			case rest != "" && isDigit(rest[0]):
				group = int(rest[0] - '0')
				if 2*group >= len(m) {
					st.throw("IndexOutOfBoundsException", fmt.Sprintf("No group %d", group))
				}
				i++
				// further digits count as long as there is such a group
				for i+1 < len(by) && isDigit(by[i+1]) && 2*(10*group+int(by[i+1]-'0')) < len(m) {
					group = 10*group + int(by[i+1]-'0')
					i++
				}
			default:
				illegal("Illegal group reference")
			}
			if m[2*group] >= 0 {
				b = append(b, s[m[2*group]:m[2*group+1]]...)
			}
		default:
			b = append(b, by[i])
		}
	}
	return b
}

// split is String.split: with limit 0 empty strings at the end are dropped, and
// a match of nothing at the beginning splits nothing off.
func (st *state) split(s, pattern string, limit int) any {
	l := &List{kind: stringArray}
	add := func(part string) {
		st.allocate(itemBytes)
		l.items = append(l.items, part)
	}
	last := 0
	st.find(st.pattern(pattern, false), s, func(m []int) bool {
		if limit > 0 && len(l.items) == limit-1 {
			return false
		}
		if m[1] > 0 {
			add(s[last:m[0]])
			last = m[1]
		}
		return true
	})
	if last == 0 {
		l.items = nil
		add(s)
		return l
	}
	add(s[last:])
	if limit == 0 {
		for len(l.items) > 0 && l.items[len(l.items)-1] == "" {
			l.items = l.items[:len(l.items)-1]
		}
	}
	return l
}

// re2 is a Java pattern translated for package regexp.
type re2 struct {
	*regexp.Regexp

	// The pattern as group 1, behind one character or more. It searches from
	// the middle of a string; nil if the pattern does not care what is before
	// it.
	after *regexp.Regexp
}

// CompileRE2 is the default RegexpCompiler. It translates what Java spells
// otherwise and runs in linear time. It refuses what RE2 cannot do:
// look-arounds, back references, possessive quantifiers and atomic groups. $
// does not match before a line end that ends the string.
func CompileRE2(pattern string, whole bool) (Regexp, error) {
	translated, err := translatePattern(pattern)
	if err != nil {
		return nil, err
	}
	if whole {
		translated = `\A(?:` + translated + `)\z`
	}
	parsed, err := syntax.Parse(translated, syntax.Perl)
	if err != nil {
		return nil, patternError(pattern, err.Error())
	}
	r := &re2{Regexp: regexp.MustCompile(translated)}
	if looksBehind(parsed) {
		if r.after, err = regexp.Compile(`(?s:\A.)(?s:.*?)(` + translated + `)`); err != nil {
			return nil, patternError(pattern, err.Error())
		}
	}
	return r, nil
}

// looksBehind tells whether a match depends on what is before it.
func looksBehind(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	for _, sub := range re.Sub {
		if looksBehind(sub) {
			return true
		}
	}
	return false
}

// FindSubmatchIndex implements Regexp.
func (r *re2) FindSubmatchIndex(s string, from int) ([]int, error) {
	if from == 0 {
		return r.FindStringSubmatchIndex(s), nil
	}
	var m []int
	start := from
	if r.after == nil {
		m = r.FindStringSubmatchIndex(s[start:])
	} else {
		_, n := utf8.DecodeLastRuneInString(s[:from])
		start -= n
		if m = r.after.FindStringSubmatchIndex(s[start:]); m != nil {
			m = m[2:]
		}
	}
	for i := range m {
		if m[i] >= 0 {
			m[i] += start
		}
	}
	return m, nil
}

// patternError reports what cannot be translated.
func patternError(pattern, what string) error {
	return fmt.Errorf("regular expression %s: %s", strconv.Quote(pattern), what)
}
