package javaregex

import (
	"slices"
	"sync"
	"unicode"
)

// A set is a set of characters: disjoint spans in ascending order, with at
// least one character between them.
type set []span

// span is the characters from lo to hi.
type span struct{ lo, hi rune }

// everything is all code points.
var everything = set{{0, unicode.MaxRune}}

// of makes a set of spans given as lo, hi, lo, hi, …
func of(ends ...rune) set {
	var s set
	for i := 0; i < len(ends); i += 2 {
		s = append(s, span{ends[i], ends[i+1]})
	}
	return normalize(s)
}

// single is a set of single characters.
func single(runes ...rune) set {
	var s set
	for _, r := range runes {
		s = append(s, span{r, r})
	}
	return normalize(s)
}

// tables is the union of Unicode tables.
func tables(list ...*unicode.RangeTable) set {
	var s set
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			s = append(s, span{lo, hi})
			return
		}
		for r := lo; r <= hi; r += stride {
			s = append(s, span{r, r})
		}
	}
	for _, t := range list {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return normalize(s)
}

// normalize sorts spans and joins those that touch. It may reuse s.
func normalize(s set) set {
	slices.SortFunc(s, func(a, b span) int { return int(a.lo - b.lo) })
	out := s[:0]
	for _, next := range s {
		if n := len(out); n > 0 && next.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, next.hi)
			continue
		}
		out = append(out, next)
	}
	return out
}

func (s set) union(others ...set) set {
	all := slices.Clone(s)
	for _, o := range others {
		all = append(all, o...)
	}
	return normalize(all)
}

// negate is everything that is not in s.
func (s set) negate() set {
	var out set
	next := rune(0)
	for _, sp := range s {
		if sp.lo > next {
			out = append(out, span{next, sp.lo - 1})
		}
		next = sp.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (s set) intersect(o set) set {
	var out set
	for i, j := 0, 0; i < len(s) && j < len(o); {
		lo, hi := max(s[i].lo, o[j].lo), min(s[i].hi, o[j].hi)
		if lo <= hi {
			out = append(out, span{lo, hi})
		}
		if s[i].hi < o[j].hi {
			i++
		} else {
			j++
		}
	}
	return out
}

func (s set) minus(o set) set { return s.intersect(o.negate()) }

// includes reports whether all of o is in s.
func (s set) includes(o set) bool { return len(o.minus(s)) == 0 }

func (s set) contains(r rune) bool {
	_, found := slices.BinarySearchFunc(s, r, func(sp span, r rune) int {
		switch {
		case sp.hi < r:
			return -1
		case sp.lo > r:
			return 1
		}
		return 0
	})
	return found
}

// one returns the only character of a set of one.
func (s set) one() (rune, bool) {
	if len(s) == 1 && s[0].lo == s[0].hi {
		return s[0].lo, true
	}
	return 0, false
}

var letters = of('A', 'Z', 'a', 'z')

// foldASCII adds the other case of the ASCII letters in s.
func (s set) foldASCII() set {
	out := slices.Clone(s)
	for _, sp := range s.intersect(letters) {
		out = append(out, span{sp.lo ^ 0x20, sp.hi ^ 0x20})
	}
	return normalize(out)
}

// foldUnicode adds what differs from a character in s only by case.
func (s set) foldUnicode() set {
	out := slices.Clone(s)
	for _, sp := range s.intersect(cased()) {
		for r := sp.lo; r <= sp.hi; r++ {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, span{f, f})
			}
		}
	}
	return normalize(out)
}

// cased is what has another case: some 3,000 characters.
var cased = sync.OnceValue(func() set {
	var s set
	for _, sp := range tables(unicode.L, unicode.Mn, unicode.Nl, unicode.So) {
		for r := sp.lo; r <= sp.hi; r++ {
			if unicode.SimpleFold(r) != r {
				s = append(s, span{r, r})
			}
		}
	}
	return normalize(s)
})
