package javaregex

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"runtime"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// maxWork bounds one match with Go's regexp: instructions of the program
// times bytes of the text, some seconds.
const maxWork = 1 << 30

// matcher is a tree written for the engines that may run it.
type matcher struct {
	linear    *regexp.Regexp // nil if the tree needs backtracking
	onlyASCII bool           // linear is right for texts in ASCII only
	size      int            // instructions of linear
	local     bool           // linear finds the same in the rest of a text as in the whole
	anchored  bool           // there is no match but at the beginning

	backtrack *regexp2.Regexp // nil if linear always is right
	text      string          // what backtrack is compiled from
	timeout   time.Duration
	maxInput  int
}

// regexp2 keeps the stacks of a run for the next one, and they grow to some
// hundred bytes for each byte of the text. So from longText bytes on a run
// gets a compiled pattern of its own, which goes away with it, and only as
// many as there are processors run at once.
const longText = 32 << 10

var longRuns = make(chan struct{}, runtime.GOMAXPROCS(0))

// backtracker returns what to run on a text, and what to call after that.
func (m *matcher) backtracker(s string) (re *regexp2.Regexp, release func(), err error) {
	switch {
	case len(s) > m.maxInput:
		return nil, nil, ErrInputTooLong
	case len(s) < longText:
		return m.backtrack, func() {}, nil
	}
	select {
	case longRuns <- struct{}{}:
	case <-time.After(m.timeout):
		return nil, nil, ErrTimeout
	}
	own, err := regexp2.Compile(m.text, regexp2.None)
	if err != nil {
		<-longRuns
		return nil, nil, err
	}
	own.MatchTimeout = m.timeout
	return own, func() { <-longRuns }, nil
}

// newMatcher writes tree to match a whole text, or anywhere in it.
func newMatcher(re *Regexp, tree node, whole bool) (matcher, error) {
	m := matcher{timeout: re.timeout, maxInput: re.maxInput}
	e := examine(tree, whole)
	if e.linear {
		m.compileLinear(e, tree, whole)
	}
	if m.linear != nil && !m.onlyASCII && (whole || m.local || m.anchored) {
		return m, nil
	}
	return m, m.compileBacktrack(tree, whole)
}

// compileLinear leaves m.linear nil if the pattern is too large for it.
func (m *matcher) compileLinear(e examination, tree node, whole bool) {
	if whole {
		tree = withoutTail(tree)
	}
	text, err := written(forRE2, tree, whole)
	if err != nil {
		return
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return
	}
	m.size = len(program.Inst)
	if m.linear, err = regexp.Compile(text); err != nil {
		m.linear = nil
	}
	m.onlyASCII, m.local, m.anchored = e.onlyASCII, e.local && !whole, whole || startsAtBegin(tree)
}

func (m *matcher) compileBacktrack(tree node, whole bool) error {
	text, err := written(forBacktrack, tree, whole)
	if err != nil {
		return err
	}
	if m.backtrack, err = regexp2.Compile(text, regexp2.None); err != nil {
		return err
	}
	m.backtrack.MatchTimeout = m.timeout
	m.text = text
	return nil
}

func written(t target, tree node, whole bool) (string, error) {
	w := writer{target: t}
	if whole {
		w.WriteString(`\A`)
		w.enclosed("(?:", tree)
		w.WriteString(`\z`)
	} else {
		w.node(tree)
	}
	if w.larges > maxLarge {
		return "", fmt.Errorf("more than %d large character classes", maxLarge)
	}
	return w.String(), nil
}

// matches reports whether there is a match.
func (m *matcher) matches(s string) (bool, error) {
	if m.linearFor(s) {
		if m.size*len(s) > maxWork {
			return false, ErrTimeout
		}
		return m.linear.MatchString(s), nil
	}
	re, release, err := m.backtracker(s)
	if err != nil {
		return false, err
	}
	defer release()
	ok, err := re.MatchString(s)
	if err != nil {
		return false, ErrTimeout
	}
	return ok, nil
}

// linearFor reports whether Go's regexp is sure to find in s what Java does.
func (m *matcher) linearFor(s string) bool {
	return m.linear != nil && (!m.onlyASCII || isASCII(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// findFrom returns the first match that starts at byte from or later, in the
// form of FindIndex.
func (m *matcher) findFrom(s string, from int) ([]int, error) {
	if m.linearFor(s) && (from == 0 || m.local || m.anchored) {
		if from > 0 && m.anchored {
			return nil, nil
		}
		return m.linearFrom(s, from)
	}
	re, release, err := m.backtracker(s)
	if err != nil {
		return nil, err
	}
	defer release()
	text := []rune(s)
	offsets := byteOffsets(s, len(text))
	at := from
	if offsets != nil {
		at, _ = slices.BinarySearch(offsets, from)
	}
	found, err := re.FindRunesMatchStartingAt(text, at)
	switch {
	case err != nil:
		return nil, ErrTimeout
	case found == nil:
		return nil, nil
	}
	return indexes(found, offsets), nil
}

// linearFrom searches the rest of a text with Go's regexp.
func (m *matcher) linearFrom(s string, from int) ([]int, error) {
	if m.size*(len(s)-from) > maxWork {
		return nil, ErrTimeout
	}
	match := m.linear.FindStringSubmatchIndex(s[from:])
	for i := range match {
		if match[i] >= 0 {
			match[i] += from
		}
	}
	return match, nil
}

// each calls yield for one match after the other, as Java's find() does: an
// empty match may follow right after another match, and the search goes on one
// character behind an empty match.
func (re *Regexp) each(s string, yield func(match []int) bool) error {
	m, err := re.finder()
	if err != nil {
		return err
	}
	if m.linearFor(s) && (m.local || m.anchored) {
		return m.eachLinear(s, yield)
	}
	return m.eachBacktrack(s, yield)
}

// eachLinear searches the rest of the text after each match.
func (m *matcher) eachLinear(s string, yield func([]int) bool) error {
	deadline := time.Now().Add(m.timeout)
	for at := 0; at <= len(s); {
		if time.Now().After(deadline) {
			return ErrTimeout
		}
		match, err := m.linearFrom(s, at)
		if err != nil || match == nil {
			return err
		}
		if !yield(match) || m.anchored {
			return nil
		}
		at = next(s, match)
	}
	return nil
}

// next is where the search goes on after a match.
func next(s string, match []int) int {
	if match[1] > match[0] {
		return match[1]
	}
	_, size := utf8.DecodeRuneInString(s[match[1]:])
	return match[1] + max(size, 1)
}

// eachBacktrack runs regexp2, which counts in runes, over the text.
func (m *matcher) eachBacktrack(s string, yield func([]int) bool) error {
	re, release, err := m.backtracker(s)
	if err != nil {
		return err
	}
	defer release()
	deadline := time.Now().Add(m.timeout)
	text := []rune(s)
	offsets := byteOffsets(s, len(text))
	for at := 0; at <= len(text); {
		if time.Now().After(deadline) {
			return ErrTimeout
		}
		found, err := re.FindRunesMatchStartingAt(text, at)
		if err != nil {
			return ErrTimeout
		}
		if found == nil {
			return nil
		}
		if !yield(indexes(found, offsets)) {
			return nil
		}
		at = max(found.Index+found.Length, found.Index+1)
	}
	return nil
}

// byteOffsets is where each of the n runes of s starts, and its end; nil if
// each is one byte.
func byteOffsets(s string, n int) []int {
	if n == len(s) {
		return nil
	}
	offsets := make([]int, 0, n+1)
	for i := range s {
		offsets = append(offsets, i)
	}
	return append(offsets, len(s))
}

// indexes turns a match of regexp2 into byte offsets.
func indexes(m *regexp2.Match, offsets []int) []int {
	list := make([]int, 0, 2*m.GroupCount())
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			list = append(list, -1, -1)
			continue
		}
		from, to := g.Index, g.Index+g.Length
		if offsets != nil {
			from, to = offsets[from], offsets[to]
		}
		list = append(list, from, to)
	}
	return list
}

// StopClock stops the goroutine with which regexp2 keeps time, and waits for
// it: for the end of the program. By itself it ends about a second after the
// last match's time is up; a later match starts it anew.
func StopClock() { regexp2.StopTimeoutClock() }

// examination is what decides which engine may run a tree.
type examination struct {
	linear    bool // Go's regexp knows all of it and finds the same
	onlyASCII bool // in ASCII texts
	local     bool // no condition looks at what comes before
}

// examine decides for Go's regexp only where both engines are bound to agree:
// both try alternatives in order and repeat greedily or lazily; they may differ
// in loops whose body can be empty, and Go's knows no look-around, references,
// atomic groups, nor conditions on lines.
func examine(tree node, whole bool) examination {
	e := examination{linear: true, local: true}
	e.visit(tree, whole)
	return e
}

func (e *examination) visit(n node, tail bool) {
	switch n := n.(type) {
	case sequence:
		for i, part := range n {
			e.visit(part, tail && i == len(n)-1)
		}
	case alternatives:
		for _, part := range n {
			e.visit(part, tail)
		}
	case group:
		e.visit(n.body, tail)
	case repeat:
		if n.mode == possessive || n.max > 1000 || n.min > 1000 || least(n.body) == 0 && n.max != 1 {
			e.linear = false
		}
		e.visit(n.body, false)
	case assertion:
		e.assertion(n, tail)
	case atomic, look, backReference:
		e.linear = false
	}
}

func (e *examination) assertion(a assertion, tail bool) {
	switch a {
	case atEnd, never:
	case atBegin, atASCIIBoundary, notAtASCIIBoundary:
		e.local = false
	case atBoundary, notAtBoundary, atUnicodeBoundary, notAtUnicodeBoundary:
		e.local, e.onlyASCII = false, true
	case atLastEnd, atLastUnixEnd, atLineEnd, atUnixLineEnd:
		// At the end of a pattern for a whole text these hold there anyway.
		e.linear = e.linear && tail
	default:
		e.linear = false
	}
}

// startsAtBegin reports whether each match of n starts with \A.
func startsAtBegin(n node) bool {
	switch n := n.(type) {
	case sequence:
		return len(n) > 0 && startsAtBegin(n[0])
	case alternatives:
		return !slices.ContainsFunc(n, func(part node) bool { return !startsAtBegin(part) })
	case group:
		return startsAtBegin(n.body)
	case assertion:
		return n == atBegin
	}
	return false
}

// withoutTail replaces the conditions that visit let pass at the end of a
// pattern for a whole text.
func withoutTail(n node) node {
	switch n := n.(type) {
	case sequence:
		if len(n) == 0 {
			return n
		}
		list := append(sequence(nil), n...)
		list[len(n)-1] = withoutTail(n[len(n)-1])
		return list
	case alternatives:
		list := append(alternatives(nil), n...)
		for i := range list {
			list[i] = withoutTail(list[i])
		}
		return list
	case group:
		n.body = withoutTail(n.body)
		return n
	case assertion:
		switch n {
		case atLastEnd, atLastUnixEnd, atLineEnd, atUnixLineEnd:
			return atEnd
		}
	}
	return n
}
