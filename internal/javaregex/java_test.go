package javaregex

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// TestJava replays what Java 17 answered to testdata/java (record.sh there
// records anew), with the engine that is chosen and again with backtracking
// throughout. What differs on purpose is in javaDiffers, with the reason; an
// entry that no longer differs fails.
func TestJava(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cases", "random"} {
		for _, engine := range []string{"chosen", "backtracking"} {
			t.Run(name+" "+engine, func(t *testing.T) {
				t.Parallel()
				replay(t, name, engine == "backtracking")
			})
		}
	}
}

func replay(t *testing.T, name string, backtracking bool) {
	cases, answers := readLines(t, name+".txt"), readLines(t, name+".out")
	if len(cases) != len(answers) {
		t.Fatalf("%d cases, %d answers", len(cases), len(answers))
	}
	seen := map[string]bool{}
	pattern, count, odd := "", 0, 0
	var re *Regexp
	for i, line := range cases {
		kind, rest := line[0], ""
		if len(line) > 2 {
			rest = line[2:]
		}
		got := ""
		switch {
		case kind == '#':
			continue
		case kind == 'P':
			pattern = rest
			re, got = compile(rest, backtracking)
		case re != nil:
			got = answerTo(re, kind, rest)
		}
		count++
		if answers[i] == "" && got != "" && !strings.HasPrefix(line, "P") {
			continue // Java refuses the pattern; the line with P tells
		}
		key := pattern
		if kind != 'P' {
			key += " " + line
		}
		_, differs := javaDiffers[key]
		if !differs {
			key = pattern
			_, differs = javaDiffers[key]
		}
		switch {
		case differs && got != answers[i]:
			seen[key] = true
		case got != answers[i] && name == "random" && (loopsOnEmpty(re.tree) ||
			keepsGroups(re.tree) && wholes(got) == wholes(answers[i])):
			odd++
		case !differs && got != answers[i]:
			t.Errorf("line %d: pattern %s: %s\n got %q\nwant %q", i+1, pattern, line, got, answers[i])
		}
	}
	for key, reason := range javaDiffers {
		if !seen[key] && name == "cases" {
			t.Errorf("%q no longer differs (%s)", key, reason)
		}
	}
	if odd > count/100 {
		t.Errorf("%d of %d cases differ in odd patterns", odd, count)
	}
	t.Logf("%d cases, %d of them differ in odd patterns", count, odd)
}

// loopsOnEmpty reports whether a pattern repeats something that may be empty.
// There Java's engine has rules of its own about when to stop and what groups
// keep, which generated patterns run into.
func loopsOnEmpty(n node) bool {
	return anyNode(n, func(n node) bool {
		r, ok := n.(repeat)
		return ok && least(r.body) == 0
	})
}

// keepsGroups reports whether a pattern has groups in a possessive repeat or
// look-around: Java leaves them set when what they are in fails.
func keepsGroups(n node) bool {
	isGroup := func(n node) bool { _, ok := n.(group); return ok }
	return anyNode(n, func(n node) bool {
		r, ok := n.(repeat)
		return ok && r.mode == possessive && anyNode(r.body, isGroup)
	})
}

// wholes drops the groups from an answer.
func wholes(answer string) string {
	matches := strings.Split(answer, "\t")
	for i, m := range matches {
		matches[i] = strings.Join(strings.SplitN(m, ":", 3)[:min(2, strings.Count(m, ":")+1)], ":")
	}
	return strings.Join(matches, "\t")
}

func anyNode(n node, is func(node) bool) bool {
	if is(n) {
		return true
	}
	within := func(n node) bool { return anyNode(n, is) }
	switch n := n.(type) {
	case sequence:
		return slices.ContainsFunc(n, within)
	case alternatives:
		return slices.ContainsFunc(n, within)
	case group:
		return within(n.body)
	case atomic:
		return within(n.body)
	case look:
		return within(n.body)
	case repeat:
		return within(n.body)
	}
	return false
}

// javaDiffers has the patterns, or patterns and cases, that are answered
// otherwise than by Java.
var javaDiffers = map[string]string{
	`(?c)a`:          "canonical equivalence is not supported",
	`\b{g}`:          "grapheme clusters are not supported",
	`\X`:             "grapheme clusters are not supported",
	`\N{DIGIT ONE}`:  "names of characters are not supported",
	`(a{0})*`:        "Java does not set a group that only matched nothing in a loop",
	`()*`:            "Java does not set a group that only matched nothing in a loop",
	`(?!(a))b`:       "Java leaves groups set by a negative look-ahead that did not hold",
	`(?i)(é)\1 I éÉ`: "without (?u) Java ignores the case of ASCII letters only, here a reference ignores that of all",
}

func compile(pattern string, backtracking bool) (*Regexp, string) {
	re, err := Compile(unpercent(pattern), Options{Timeout: 5 * time.Second})
	if err != nil {
		return nil, "syntax"
	}
	if backtracking {
		for _, m := range []*matcher{&re.whole, must(re.finder())} {
			whole := m == &re.whole
			if m.linear = nil; m.backtrack == nil {
				if err := m.compileBacktrack(re.tree, whole); err != nil {
					return nil, err.Error()
				}
			}
		}
	}
	return re, "ok"
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// answerTo is our answer in the form of the recording.
func answerTo(re *Regexp, kind byte, rest string) string {
	first, second, _ := strings.Cut(rest, "\t")
	switch kind {
	case 'I':
		return finds(re, unpercent(rest))
	case 'R':
		all, err := re.ReplaceAll(unpercent(second), unpercent(first))
		if err != nil {
			return "illegal"
		}
		one, err := re.ReplaceFirst(unpercent(second), unpercent(first))
		if err != nil {
			return err.Error()
		}
		return percent(all) + "\t" + percent(one)
	case 'S':
		limit, _ := strconv.Atoi(first)
		parts, err := re.Split(unpercent(second), limit)
		if err != nil {
			return err.Error()
		}
		for i := range parts {
			parts[i] = percent(parts[i])
		}
		return strconv.Itoa(len(parts)) + " " + strings.Join(parts, "\t")
	}
	return "?"
}

func finds(re *Regexp, input string) string {
	answer := "part"
	ok, err := re.MatchWhole(input)
	if err != nil {
		return err.Error()
	}
	if ok {
		answer = "whole"
	}
	n := 0
	err = re.each(input, func(match []int) bool {
		answer += "\t" + strconv.Itoa(len([]rune(input[:match[0]])))
		for g := 0; g < len(match); g += 2 {
			if match[g] < 0 {
				answer += ":-"
			} else {
				answer += ":" + percent(input[match[g]:match[g+1]])
			}
		}
		n++
		return n < 50
	})
	if err != nil {
		return err.Error()
	}
	return answer
}

// unpercent resolves %XX and %{XXXX}, UTF-16 code units.
func unpercent(s string) string {
	var units []uint16
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		if runes[i] != '%' {
			units = utf16.AppendRune(units, runes[i])
			continue
		}
		digits := string(runes[i+1 : i+3])
		if runes[i+1] == '{' {
			digits, _, _ = strings.Cut(string(runes[i+2:]), "}")
			i += len(digits) + 2
		} else {
			i += 2
		}
		n, _ := strconv.ParseUint(digits, 16, 16)
		units = append(units, uint16(n))
	}
	return string(utf16.Decode(units))
}

func percent(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < ' ' || r == '%' || r == ':' || r == 0x7F || r == '-':
			fmt.Fprintf(&b, "%%%02X", r)
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, "%%{%04X}", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func readLines(t testing.TB, name string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "java", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}
