package vtl

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRecordedVelocity renders what Apache Velocity 1.7 rendered when
// test/velocity recorded it.
func TestRecordedVelocity(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/velocity.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	count := 0
	for ; lines.Scan(); count++ {
		var record [3]string // template, kind, output
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Fatal(err)
		}
		want := record[2]
		switch record[1] {
		case "p":
			want = "!syntax"
		case "r":
			want = "!exec"
		}
		got := run(record[0], Velocity, newVariables(t))
		if !sameRecord(want, got) && !knownDifference(record[0], want, got) {
			t.Errorf("%q printed\n%q, want\n%q", record[0], got, want)
		}
	}
	if err := lines.Err(); err != nil || count < 2000 {
		t.Errorf("%d templates, %v", count, err)
	}
}

// identity is how Java prints arrays and iterators, with a number that changes
// from run to run; it is recorded as it came and printed here as 0.
var identity = regexp.MustCompile(`(?:\[(?:L[\w.]+;|[BC])|java\.util\.[\w.$]+)@0`)

func sameRecord(want, got string) bool {
	if want == got {
		return true
	}
	parts := identity.FindAllStringIndex(got, -1)
	if parts == nil {
		return false
	}
	var pattern strings.Builder
	last := 0
	for _, p := range parts {
		pattern.WriteString(regexp.QuoteMeta(got[last:p[1]-1]) + "[0-9a-f]+")
		last = p[1]
	}
	return regexp.MustCompile("^" + pattern.String() + regexp.QuoteMeta(got[last:]) + "$").MatchString(want)
}

// knownDifference tells what test/velocity lists with reasons.
func knownDifference(template, want, got string) bool {
	return refusedHere(template) && got == "!exec" ||
		got == "!syntax" && want != "!syntax" && failsEarly(template)
}

// failsEarly tells whether a template has one of the faults that we find when
// it is parsed, and Velocity when it runs.
func failsEarly(template string) bool {
	_, err := Parse(template, Options{})
	return err != nil && earlyFault.MatchString(err.Error())
}

var earlyFault = regexp.MustCompile(`too few arguments to #foreach|#define needs|#literal needs|is not a number|malformed .u escape`)
