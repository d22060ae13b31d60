package jsonpath

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJayway replays what Jayway JsonPath answered to the paths in
// testdata/jayway (record.sh there records anew). What differs on purpose is
// in jaywayDiffers, with the reason; an entry that no longer differs fails.
func TestJayway(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/jayway/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		cases, answers := readLines(t, file), readLines(t, strings.TrimSuffix(file, ".txt")+".out")
		document, cases := cases[0], cases[1:]
		if len(cases) != len(answers) {
			t.Fatalf("%s: %d paths, %d answers", file, len(cases), len(answers))
		}
		for i, path := range cases {
			key := strings.TrimSuffix(filepath.Base(file), ".txt") + ": " + path
			seen[key] = true
			want, got := normalize(answers[i]), normalize(answer(document, path))
			reason, differs := jaywayDiffers[key]
			switch {
			case !differs && got != want:
				t.Errorf("%s\n got %s\nwant %s", key, got, want)
			case differs && got == want:
				t.Errorf("%s no longer differs (%s)", key, reason)
			}
		}
	}
	for key := range jaywayDiffers {
		if !seen[key] {
			t.Errorf("jaywayDiffers has %q, which is no case", key)
		}
	}
}

// answer is our answer in the form of the recording.
func answer(document, path string) string {
	p, err := Compile(path)
	if err != nil {
		return "syntax"
	}
	root, err := Decode([]byte(document))
	if err != nil {
		return "error"
	}
	value, found, err := p.Get(root)
	switch {
	case err != nil:
		return "error"
	case !found:
		return "missing"
	}
	text, err := AppendJSON(nil, value)
	if err != nil {
		return err.Error()
	}
	if p.Definite() {
		return "definite\t" + string(text)
	}
	return "list\t" + string(text)
}

// normalize writes numbers as floats, since Jayway rewrites 1e2 to 100.0.
func normalize(answer string) string {
	kind, text, ok := strings.Cut(answer, "\t")
	var value any
	if !ok || json.Unmarshal([]byte(text), &value) != nil {
		return answer
	}
	raw, _ := json.Marshal(value)
	return kind + "\t" + string(raw)
}

func readLines(t *testing.T, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}

// jaywayDiffers has the cases in which this package answers otherwise, and why.
var jaywayDiffers = differing(map[string][]string{
	"a function must be the last step; Jayway reads on behind it wrongly and finds nothing": {
		`array: $.last().a`,
		`array: $.append(1).length`,
		`book: $.store.book.length().x`,
		`book: $.store.book.length()[0]`,
		`filter: $.nums.first().x`,
		`filter: $.items.first().id`,
		`filter: $.items.last().o.k`,
		`filter: $.items.length().foo`,
	},
	"an open bracket at the end is an error": {
		`book: $.store.book[`,
	},
	"a step after .* needs a dot or a bracket": {
		`filter: $.*b`,
	},
	"Jayway loses matches below arrays when a step follows ..[ ] or ..*": {
		`book: $..*.title`,
		`book: $..[*].title`,
		`book: $..*.price`,
		`book: $..[1:3].title`,
		`book: $..[0,1].title`,
		`book: $..*.length()`,
		`scan: $..*.t`,
		`scan: $..[*].t`,
	},
	"Jayway drops the arguments of a function after a path with ..": {
		`book: $..title.concat("x")`,
	},
	"after a path with .. these take the nodes found; Jayway applies them to the document or fails": {
		`book: $..price.append(1,2)`,
		`filter: $..id.append(1)`,
		`filter: $..o.keys()`,
		`filter: $..nums.first()`,
		`filter: $..id.first()`,
		`filter: $..id.last()`,
		`filter: $..id.index(1)`,
	},
	"length() takes its argument; Jayway counts the document's members instead": {
		`book: $.length($.store.book)`,
		`filter: $.length($.nums)`,
		`filter: $.length($.items[*].id)`,
		`filter: $.length($.name)`,
	},
	"an unknown function is an error of Compile": {
		`book: $.store.book.nofn()`,
		`book: $.store.book.count()`,
		`filter: $.nums.(max)`,
		`filter: $.nums.MAX()`,
		`filter: $.items(0)`,
	},
	"wrong arguments are an error of Compile; Jayway ignores or misreads them": {
		`filter: $.concat('a','b')`,
		`filter: $.keys($.items[0])`,
		`filter: $.first($.nums)`,
		`tree: $.a.e.concat("x", 1, true)`,
		`tree: $.a.e.index(0,1)`,
		`tree: $.a.e.index()`,
	},
	"quotes protect parentheses in arguments": {
		`tree: $.concat("a,b", "c\"d", "e)f")`,
	},
	"concat() writes objects as JSON and numbers with their exact text": {
		`tree: $.concat("x", 1.50, {"a":1}, $.n, $.a.e)`,
	},
	"all works with a literal list": {
		`filter: $.items[?(@.tags all ['a','b'])].id`,
	},
	"empty works for objects": {
		`filter: $.items[?(@.eo empty true)].id`,
		`filter: $.items[?(@.eo empty false)].id`,
	},
	"lists of lists can be compared": {
		`filter: $.items[?(@.tags in [['a','b']])].id`,
	},
	"keys() gives a list that can be compared": {
		`tree: $.list[?(@.p.keys() == ['q'])].p.q`,
		`tree: $.list[?('q' in @.p.keys())].p.q`,
	},
	"type compares Java classes, which a path cannot name": {
		`filter: $.items[?(@.id type 'number')].id`,
	},
	"a filter on a scalar finds nothing; Jayway throws InvalidPathException": {
		`filter: $.max[?(@ == 5)]`,
		`filter: $.name[?(@)]`,
		`tree: $.n[?(@.x)]`,
		`tree: $.s[?(@ == 'str')]`,
	},
	"Jayway ignores the negation": {
		`filter: $.items[?(!@.id == 1)].id`,
	},
	"blanks before the root are skipped": {
		`filter:  $.max `,
	},
	"a slice is cut at the start of the array; Jayway wraps around": {
		`filter: $.nums[-99:2]`,
	},
	"&& and || need no blanks; Jayway takes them for a part of the name": {
		`tree: $.t[?(@.a_b&&@.v)]`,
		`tree: $.t[?(@.a_b||@.v)]`,
	},
})

// differing turns reason → cases into case → reason.
func differing(groups map[string][]string) map[string]string {
	reasons := map[string]string{}
	for reason, cases := range groups {
		for _, c := range cases {
			reasons[c] = reason
		}
	}
	return reasons
}
