package javaregex

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern string
		pos     int
		msg     string
	}{
		{`(`, 0, `group without its closing )`},
		{`a)`, 1, `unmatched closing )`},
		{`é(a`, 2, `group without its closing )`},
		{`*a`, 0, `nothing to repeat before *`},
		{`a**`, 2, `nothing to repeat before *`},
		{`a{`, 1, `illegal repetition`},
		{`a{2`, 1, `repetition without its closing }`},
		{`a{3,1}`, 1, `repetition with more at least than at most`},
		{`a{99999999999}`, 1, `repetition out of range`},
		{`[a`, 0, `character class without its closing ]`},
		{`x[b-a]`, 2, `illegal character range`},
		{`[a-\d]`, 1, `illegal character range`},
		{`[&&]`, 0, `&& without operands`},
		{`\`, 1, `unexpected end`},
		{`a\y`, 1, `unknown escape \y`},
		{`\x4`, 0, `expected 2 hexadecimal digits`},
		{`\x{110000}`, 0, `expected a code point in hexadecimal and }`},
		{`\08`, 0, `\0 without an octal digit`},
		{`\p{Nope}`, 0, `unknown character property {Nope}`},
		{`\p{L`, 0, `\p{ without its closing }`},
		{`\k<n>`, 0, `no group named "n"`},
		{`(?<1>a)`, 0, `malformed group name`},
		{`(?<n>a)(?<n>b)`, 7, `group name "n" is already in use`},
		{`(?<=(ab)*)c`, 0, `look-behind without an obvious maximum length`},
		{`(?z)a`, 2, `unknown group or flag`},
		{`(?c)a`, 2, `canonical equivalence (?c) is not supported`},
		{`\X`, 0, `\X is not supported`},
		{`\b{g}`, 0, `\b{g} is not supported`},
		{`\N{SPACE}`, 0, `\N{name} is not supported`},
		{strings.Repeat("(", 300), 200, `nested too deeply`},
		{strings.Repeat("[", 300), 200, `nested too deeply`},
		{strings.Repeat("a", 70_000), 0, `pattern of more than 65536 bytes`},
		{strings.Repeat(`\p{L}`, 300), 0, `more than 256 large character classes`},
	} {
		_, err := Compile(c.pattern, Options{})
		var got *SyntaxError
		if !errors.As(err, &got) {
			t.Errorf("%.30q: %v, want %s", c.pattern, err, c.msg)
		} else if want := (SyntaxError{c.pattern, c.pos, c.msg}); *got != want {
			t.Errorf("%.30q\n got %d %s\nwant %d %s", c.pattern, got.Pos, got.Msg, want.Pos, want.Msg)
		}
	}
	if _, err := Compile("a", Options{Flags: "iq"}); err == nil || !strings.Contains(err.Error(), `unknown flag 'q'`) {
		t.Errorf("flags: %v", err)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, flags, input string
		want                  bool
	}{
		{"abc", "", "ABC", false}, {"abc", "i", "ABC", true},
		{"a.b", "", "a\nb", false}, {"a.b", "s", "a\nb", true},
		{"a b", "", "ab", false}, {"a b", "x", "ab", true},
		{"é", "i", "É", false}, {"é", "iu", "É", true},
		{"\\w", "", "é", false}, {"\\w", "U", "é", true},
	} {
		re, err := Compile(c.pattern, Options{Flags: c.flags})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := re.MatchWhole(c.input); err != nil || got != c.want {
			t.Errorf("%s with %q on %q: %v, %v", c.pattern, c.flags, c.input, got, err)
		}
	}
}

// TestEngines says which engine runs what: the patterns people write for
// selection patterns and schemas should take the linear one.
func TestEngines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern            string
		whole, find, ascii bool // linear; for ASCII only
	}{
		{`.*Error.*`, true, true, false},
		{`^\[BadRequest\].*$`, true, false, false},
		{`4\d{2}|5\d{2}`, true, true, false},
		{`(.|\n)*timed out(.|\n)*`, true, true, false},
		{`(?i)not found`, true, true, false},
		{`[\w-]+(\.[\w-]+)*`, true, true, false},
		{`\bcat\b`, true, false, true},
		{`(?!OK).*`, false, false, false},
		{`(a)\1`, false, false, false},
		{`a*+b`, false, false, false},
		{`(a*)*`, false, false, false},
		{`a$|b`, true, false, false},
		{`(a$)?b`, false, false, false},
		{`(?m)^a`, false, false, false},
		{`a{2000}`, false, false, false},
		{`^a`, true, true, false},
		{`\Ga`, false, false, false},
	} {
		re := MustCompile(c.pattern)
		find, err := re.finder()
		if err != nil {
			t.Fatal(err)
		}
		whole := re.whole.linear != nil
		all := find.linear != nil && (find.local || find.anchored)
		if whole != c.whole || all != c.find || re.whole.onlyASCII != c.ascii {
			t.Errorf("%s: whole %v, find %v, ASCII %v", c.pattern, whole, all, re.whole.onlyASCII)
		}
	}
}

// evil is what backtracking engines take forever for.
const evil = `(a+)+(?!b)c`

func TestTimeout(t *testing.T) {
	t.Parallel()
	re, err := Compile(evil, Options{Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("a", 1000)
	for name, call := range map[string]func() error{
		"MatchWhole":   func() error { _, err := re.MatchWhole(text); return err },
		"Find":         func() error { _, err := re.Find(text); return err },
		"FindAllIndex": func() error { _, err := re.FindAllIndex(text); return err },
		"ReplaceAll":   func() error { _, err := re.ReplaceAll(text, ""); return err },
		"Split":        func() error { _, err := re.Split(text, 0); return err },
	} {
		start := time.Now()
		if err := call(); !errors.Is(err, ErrTimeout) {
			t.Errorf("%s: %v", name, err)
		}
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
	if ok, err := re.MatchWhole("aac"); err != nil || !ok {
		t.Errorf("a match after the timeouts: %v, %v", ok, err)
	}
}

// TestManyMatchesTimeout: each match is quick, all together are not.
func TestManyMatchesTimeout(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`a.*?b|a`, `a(?=.*?b)|a`} {
		re, err := Compile(pattern, Options{Timeout: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := re.ReplaceAll(strings.Repeat("a", 300_000), "x"); !errors.Is(err, ErrTimeout) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	re, err := Compile(`(?!x)a*`, Options{MaxInput: 100})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := re.MatchWhole(strings.Repeat("a", 100)); err != nil || !ok {
		t.Errorf("at the limit: %v, %v", ok, err)
	}
	if _, err := re.MatchWhole(strings.Repeat("a", 101)); !errors.Is(err, ErrInputTooLong) {
		t.Errorf("beyond: %v", err)
	}
	if _, err := re.Split(strings.Repeat("a", 101), 0); !errors.Is(err, ErrInputTooLong) {
		t.Errorf("beyond, split: %v", err)
	}
	linear := MustCompile(`a*`)
	if ok, err := linear.MatchWhole(strings.Repeat("a", 10<<20)); err != nil || !ok {
		t.Errorf("10 MB: %v, %v", ok, err)
	}
	if _, err := MustCompile(`(?:ab?){900}b`).MatchWhole(strings.Repeat("a", 10<<20)); !errors.Is(err, ErrTimeout) {
		t.Errorf("a large program on 10 MB: %v", err)
	}
	patient, err := Compile(`a`, Options{Timeout: time.Minute}) // so that the size is what ends it
	if err != nil {
		t.Fatal(err)
	}
	if _, err := patient.ReplaceAll(strings.Repeat("a", 100), strings.Repeat("x", 1<<20)); !errors.Is(err, ErrInputTooLong) {
		t.Errorf("a large result: %v", err)
	}
}

// TestMemory: what a long text needed is given back, however many there are.
func TestMemory(t *testing.T) {
	re, err := Compile(`(?:a|b)*(?!x)`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	text := strings.Repeat("a", DefaultMaxInput)
	runtime.GC()
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := re.MatchWhole(text); err != nil && !errors.Is(err, ErrTimeout) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 8<<20 {
		t.Errorf("%d bytes kept", kept)
	}
	runtime.KeepAlive(re)
}

func TestReplacementErrors(t *testing.T) {
	t.Parallel()
	re := MustCompile(`(?<n>a)`)
	for _, c := range []struct {
		replacement string
		pos         int
		msg         string
	}{
		{`x$`, 1, `illegal group reference: group index is missing`},
		{`$x`, 0, `illegal group reference`},
		{`$2`, 0, `no group 2`},
		{`${m}`, 0, `no group with name {m}`},
		{`${n`, 0, `named capturing group is missing trailing '}'`},
		{`x\`, 2, `character to be escaped is missing`},
	} {
		_, err := re.ReplaceAll("a", c.replacement)
		var got *ReplacementError
		if !errors.As(err, &got) || *got != (ReplacementError{c.replacement, c.pos, c.msg}) {
			t.Errorf("%s: %v", c.replacement, err)
		}
		if s, err := re.ReplaceAll("b", c.replacement); err != nil || s != "b" {
			t.Errorf("%s without a match: %q, %v", c.replacement, s, err)
		}
	}
}

func TestFindIndex(t *testing.T) {
	t.Parallel()
	re := MustCompile(`(é)(x)?(?=.)`)
	if got, err := re.FindIndex("aéé😀"); err != nil || !reflect.DeepEqual(got, []int{1, 3, 1, 3, -1, -1}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := re.FindAllIndex("aéé😀"); err != nil || !reflect.DeepEqual(got, [][]int{{1, 3, 1, 3, -1, -1}, {3, 5, 3, 5, -1, -1}}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := re.FindIndex("é"); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
	if re.Groups() != 2 || re.String() != `(é)(x)?(?=.)` {
		t.Errorf("%d groups, %s", re.Groups(), re)
	}
}

// TestFindSubmatchIndex walks as each does and must see the same.
func TestFindSubmatchIndex(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`a`, `(?<n>a)|b*`, `^a|b`, `^a`, `\ba`, `(?<=é)a`, `(?<!a)a$`, `\Ga`, ``} {
		re := MustCompile(pattern)
		for _, s := range []string{"", "a", "aab", "éaéa", "ba aa", "ab\n"} {
			all, err := re.FindAllIndex(s)
			if err != nil {
				t.Fatal(err)
			}
			var got [][]int
			for from := 0; from <= len(s); {
				match, err := re.FindSubmatchIndex(s, from)
				if err != nil {
					t.Fatal(err)
				}
				if match == nil {
					break
				}
				got = append(got, match)
				from = next(s, match)
			}
			if !reflect.DeepEqual(got, all) {
				t.Errorf("%s on %q: %v, want %v", pattern, s, got, all)
			}
		}
	}
	re := MustCompile(`(a)(?<n>b)`)
	if re.SubexpIndex("n") != 2 || re.SubexpIndex("m") != -1 {
		t.Errorf("n is %d, m is %d", re.SubexpIndex("n"), re.SubexpIndex("m"))
	}
}

func TestWhole(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{`a|ab`, `(?!x)a|ab`, `a$|ab`} {
		re, err := Compile(pattern, Options{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		for s, want := range map[string][]int{"ab": {0, 2}, "a": {0, 1}, "aba": nil, "a\n": nil, "xab": nil} {
			if got, err := re.FindSubmatchIndex(s, 0); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s on %q: %v, %v, want %v", pattern, s, got, err, want)
			}
		}
		if got, err := re.FindSubmatchIndex("aab", 1); err != nil || got != nil {
			t.Errorf("%s from 1: %v, %v", pattern, got, err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	re := MustCompile(`(\w+)@(?!bad)(\w+)`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if got, err := re.ReplaceAll("me@home you@bad", "$2"); err != nil || got != "home you@bad" {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzCompile(f *testing.F) {
	for _, line := range append(readLines(f, "cases.txt"), readLines(f, "random.txt")[:500]...) {
		if pattern, ok := strings.CutPrefix(line, "P "); ok {
			f.Add(unpercent(pattern), "abab\né", false)
			f.Add(unpercent(pattern), "aa 12", true)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, input string, ecma bool) {
		o := Options{Timeout: 100 * time.Millisecond, MaxInput: 1000}
		if ecma {
			o.Dialect = ECMAScript
		}
		re, err := Compile(pattern, o)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Pos < 0 || syntax.Pos > len(pattern) {
				t.Fatalf("%q: %v", pattern, err)
			}
			return
		}
		start := time.Now()
		input = strings.ToValidUTF8(input, "?")
		chosen, chosenErr := re.FindAllIndex(input)
		whole, wholeErr := re.MatchWhole(input)
		if d := time.Since(start); d > 8*time.Second {
			t.Fatalf("%q on %q took %v", pattern, input, d)
		}
		if same, err := re.ReplaceAll(input, "$0"); err == nil && chosenErr == nil && same != input {
			t.Fatalf("%q: replacing each match of %q by itself gives %q", pattern, input, same)
		}
		if _, err := re.Split(input, -1); err != nil && chosenErr == nil && !errors.Is(err, ErrTimeout) {
			t.Fatalf("%q: split: %v", pattern, err)
		}
		// Both engines find the same, where there are two.
		if chosenErr != nil || wholeErr != nil || len(input) > 1000 {
			return
		}
		m := &re.find
		if m.linear == nil || m.onlyASCII && !isASCII(input) {
			return
		}
		other := Regexp{timeout: re.timeout, maxInput: re.maxInput, tree: re.tree, groups: re.groups}
		other.compileFind.Do(func() {
			other.find = matcher{timeout: re.timeout, maxInput: re.maxInput}
			other.findErr = other.find.compileBacktrack(re.tree, false)
		})
		other.whole = matcher{timeout: re.timeout, maxInput: re.maxInput}
		if err := errors.Join(other.findErr, other.whole.compileBacktrack(re.tree, true)); err != nil {
			return
		}
		if got, err := other.FindAllIndex(input); err == nil && !reflect.DeepEqual(got, chosen) {
			t.Fatalf("%q on %q: %v, by backtracking %v", pattern, input, chosen, got)
		}
		if got, err := other.MatchWhole(input); err == nil && got != whole {
			t.Fatalf("%q on %q: whole %v, by backtracking %v", pattern, input, whole, got)
		}
	})
}

func BenchmarkMatchWhole(b *testing.B) {
	message := "2026-11-22T10:00:00 [BadRequest] Task timed out after 3.00 seconds"
	for name, pattern := range map[string]string{
		"linear":       `.*\[BadRequest\].*`,
		"backtracking": `(?!OK).*\[BadRequest\].*`,
	} {
		re := MustCompile(pattern)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := re.MatchWhole(message); err != nil || !ok {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for name, pattern := range map[string]string{
		"linear":       `.*\[BadRequest\].*`,
		"backtracking": `(?!OK).*\[BadRequest\].*`,
		"large class":  `[\p{L}&&[^a]]\b.*`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(pattern, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
