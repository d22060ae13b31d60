package javaregex

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestECMAScript replays what JavaScript's RegExp answered to testdata/ecma
// (record.mjs there records anew).
func TestECMAScript(t *testing.T) {
	t.Parallel()
	cases, answers := readECMA(t, "cases.txt"), readECMA(t, "cases.out")
	if len(cases) != len(answers) {
		t.Fatalf("%d cases, %d answers", len(cases), len(answers))
	}
	var re *Regexp
	pattern, seen := "", map[string]bool{}
	for i, line := range cases {
		got := ""
		rest := line[min(2, len(line)):]
		switch {
		case line[0] == 'P':
			pattern, got = rest, "ok"
			var err error
			if re, err = Compile(unpercent(rest), Options{Dialect: ECMAScript}); err != nil {
				got = "syntax"
			}
		case line[0] == 'I' && re != nil:
			got = firstMatch(re, unpercent(rest))
		}
		_, differs := ecmaDiffers[pattern]
		switch {
		case differs && got != answers[i]:
			seen[pattern] = true
		case !differs && got != answers[i]:
			t.Errorf("line %d: pattern %s: %s\n got %q\nwant %q", i+1, pattern, line, got, answers[i])
		}
	}
	for pattern, reason := range ecmaDiffers {
		if !seen[pattern] {
			t.Errorf("%s no longer differs (%s)", pattern, reason)
		}
	}
}

// ecmaDiffers has the patterns that are answered otherwise than by JavaScript.
var ecmaDiffers = map[string]string{
	`\W`:                  utf16Units,
	`\S`:                  utf16Units,
	`\D`:                  utf16Units,
	`[^]`:                 utf16Units,
	`[^\n]`:               utf16Units,
	`[\s\S]`:              utf16Units,
	`.`:                   utf16Units,
	`(z)((a+)?(b+)?(c))*`: "JavaScript forgets inner groups with each turn of a loop",
}

const utf16Units = "without the u flag JavaScript matches half of a character outside the basic plane"

func readECMA(t *testing.T, name string) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/ecma/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}

// firstMatch is our answer in the form of the recording; it asks Find too.
func firstMatch(re *Regexp, input string) string {
	match, err := re.FindIndex(input)
	if err != nil {
		return err.Error()
	}
	if found, err := re.Find(input); err != nil || found != (match != nil) {
		return "Find and FindIndex differ"
	}
	if match == nil {
		return "none"
	}
	answer := strconv.Itoa(len([]rune(input[:match[0]])))
	for g := 0; g < len(match); g += 2 {
		if match[g] < 0 {
			answer += ":-"
		} else {
			answer += ":" + percent(input[match[g]:match[g+1]])
		}
	}
	return answer
}
