package javaregex

import (
	"sync"
	"time"
)

// Dialect is the grammar and meaning of a pattern.
type Dialect uint8

const (
	Java       Dialect = iota // java.util.regex, Java 17
	ECMAScript                // ECMA-262 with annex B, without the u flag
)

// Defaults of Options, and limits that no option raises.
const (
	DefaultTimeout  = time.Second
	DefaultMaxInput = 1 << 20

	maxPattern = 64 << 10 // bytes
	maxNesting = 200      // groups, classes
)

// Options are how a pattern is compiled and run; the zero value is Java's
// Pattern.compile(pattern) with the default budgets.
type Options struct {
	Dialect Dialect

	// Flags are letters as in (?flags): i m s x d u U.
	Flags string

	// Whole makes the finding methods find only a match of the whole text.
	Whole bool

	// Timeout bounds one call (all matches of a ReplaceAll together); 0 means
	// DefaultTimeout. It is kept to within about a tenth of a second.
	Timeout time.Duration

	// MaxInput bounds the text, in bytes, that a backtracking pattern is run
	// on, and so its memory, which may reach some hundred times as much; 0
	// means DefaultMaxInput.
	MaxInput int
}

// A Regexp is a compiled pattern. It never changes and any number of
// goroutines may use it.
type Regexp struct {
	pattern  string
	groups   int            // capturing groups
	names    map[string]int // of groups
	timeout  time.Duration
	maxInput int

	whole matcher // \A(?:pattern)\z

	compileFind sync.Once
	tree        node // what find is made of
	onlyWhole   bool
	find        matcher
	findErr     error
}

// Compile parses a pattern. The error is a *SyntaxError.
func Compile(pattern string, o Options) (*Regexp, error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxInput <= 0 {
		o.MaxInput = DefaultMaxInput
	}
	p, tree, err := parse(pattern, o)
	if err != nil {
		return nil, err
	}
	re := &Regexp{
		pattern: pattern, groups: p.groups, names: p.names, timeout: o.Timeout, maxInput: o.MaxInput,
		tree: tree, onlyWhole: o.Whole,
	}
	whole, err := newMatcher(re, tree, true)
	if err != nil {
		return nil, &SyntaxError{Pattern: pattern, Msg: err.Error()}
	}
	re.whole = whole
	return re, nil
}

// MustCompile is Compile for Java patterns known to be right; it panics otherwise.
func MustCompile(pattern string) *Regexp {
	re, err := Compile(pattern, Options{})
	if err != nil {
		panic(err)
	}
	return re
}

// String returns the pattern as it was given.
func (re *Regexp) String() string { return re.pattern }

// Groups is the number of capturing groups.
func (re *Regexp) Groups() int { return re.groups }

// MatchWhole reports whether the whole text matches, as Matcher.matches().
func (re *Regexp) MatchWhole(s string) (bool, error) {
	return re.whole.matches(s)
}

// Find reports whether the pattern matches anywhere in the text, as
// Matcher.find().
func (re *Regexp) Find(s string) (bool, error) {
	m, err := re.finder()
	if err != nil {
		return false, err
	}
	return m.matches(s)
}

// FindIndex returns the first match as byte offsets: start and end of the
// match, then of each group, -1 for groups that took no part; nil if there is
// no match.
func (re *Regexp) FindIndex(s string) ([]int, error) {
	var found []int
	err := re.each(s, func(match []int) bool {
		found = match
		return false
	})
	return found, err
}

// FindSubmatchIndex is FindIndex for the first match that starts at byte from
// or later; what comes before is seen by anchors and look-behind.
func (re *Regexp) FindSubmatchIndex(s string, from int) ([]int, error) {
	m, err := re.finder()
	if err != nil {
		return nil, err
	}
	return m.findFrom(s, from)
}

// SubexpIndex returns the number of the group called name, -1 if there is none.
func (re *Regexp) SubexpIndex(name string) int {
	if index, ok := re.names[name]; ok {
		return index
	}
	return -1
}

// FindAllIndex returns all matches, one after the other, in the form of FindIndex.
func (re *Regexp) FindAllIndex(s string) ([][]int, error) {
	var found [][]int
	err := re.each(s, func(match []int) bool {
		found = append(found, match)
		return true
	})
	return found, err
}

// finder is the matcher for any place in a text, compiled when first needed.
func (re *Regexp) finder() (*matcher, error) {
	re.compileFind.Do(func() {
		re.find, re.findErr = newMatcher(re, re.tree, re.onlyWhole)
	})
	return &re.find, re.findErr
}
