package metricmath

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// scope has a, b and c of period 60 from 0 to 300: a is whole, b has a gap and a
// zero, c is empty.
func scope() *Scope {
	ids := []string{"a", "b", "c"}
	all := map[string]Series{
		"a": {"A", 60, map[int64]float64{0: 1, 60: 2, 120: 4, 180: 8, 240: 16}},
		"b": {"B", 60, map[int64]float64{0: 10, 120: 0, 240: 30}},
		"c": {"C", 60, map[int64]float64{}},
	}
	budget := 10_000
	return &Scope{
		From: 0, To: 300, Period: 60, Budget: &budget,
		Lookup: func(id string) (Value, error) {
			if s, ok := all[id]; ok {
				return s, nil
			}
			return nil, fmt.Errorf("Unknown id '%s'", id)
		},
		Metrics: func() ([]string, []Series, error) { return ids, []Series{all["a"], all["b"], all["c"]}, nil },
	}
}

// show prints a value: "0:1 60:2" for a series.
func show(v Value) string {
	switch v := v.(type) {
	case Scalar:
		return fmt.Sprintf("%.6g", float64(v))
	case Text:
		return `"` + string(v) + `"`
	case Series:
		var parts []string
		for _, at := range slices.Sorted(maps.Keys(v.Points)) {
			parts = append(parts, fmt.Sprintf("%d:%.6g", at, v.Points[at]))
		}
		return strings.Join(parts, " ")
	case Array:
		var parts []string
		for _, s := range v {
			parts = append(parts, s.Label+"{"+show(s)+"}")
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(v)
}

const (
	showA = "0:1 60:2 120:4 180:8 240:16"
	showB = "0:10 120:0 240:30"
)

func TestEval(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"2 ^ 3 ^ 2", "512"}, {"-2 ^ 2", "-4"}, {"2 ^ -1", "0.5"}, {"1e3/4", "250"}, {"- -3", "3"}, {"+.5", "0.5"},
		{"7 - 2 - 1", "4"}, {"1 < 2", "1"}, {"2 <= 1", "0"}, {"1 == 1 && 2 != 2", "0"}, {"1 > 2 OR 3 >= 3", "1"}, {"1 AND 0 || 1", "1"},
		{"a", showA}, {"a * 2", "0:2 60:4 120:8 180:16 240:32"}, {"100 / a", "0:100 60:50 120:25 180:12.5 240:6.25"},
		{"a + b", "0:11 120:4 240:46"}, {"a / b", "0:0.1 240:0.533333"}, {"-a", "0:-1 60:-2 120:-4 180:-8 240:-16"}, {"a > 3", "0:0 60:0 120:1 180:1 240:1"},
		{"[a, b] - 1", "A{0:0 60:1 120:3 180:7 240:15} B{0:9 120:-1 240:29}"}, {"a + [b, c]", "B{0:11 120:4 240:46} C{}"},
		{"SUM(a)", "31"}, {"avg(b)", "13.3333"}, {"MIN(a)", "1"}, {"MAX(a)", "16"}, {"STDDEV(a)", "5.45527"}, {"DATAPOINT_COUNT(b)", "3"},
		{"SUM(c)", ""}, {"SUM(3)", "3"},
		{"SUM([a, b])", "0:11 60:2 120:4 180:8 240:46"}, {"AVG([a, b])", "0:5.5 60:2 120:2 180:8 240:23"}, {"MAX([a, b])", "0:10 60:2 120:4 180:8 240:30"},
		{"SUM(METRICS())", "0:11 60:2 120:4 180:8 240:46"}, {`METRICS("b")`, "B{0:10 120:0 240:30}"}, {"METRIC_COUNT(METRICS())", "3"},
		{"ABS(-3)", "3"}, {"CEIL(a / 3)", "0:1 60:1 120:2 180:3 240:6"}, {"FLOOR(a / 3)", "0:0 60:0 120:1 180:2 240:5"}, {"LOG10(b)", "0:1 240:1.47712"}, {"LOG(1)", "0"},
		{"DIFF(a)", "60:1 120:2 180:4 240:8"}, {"RATE(b)", "120:-0.0833333 240:0.25"}, {"DIFF_TIME(b)", "120:120 240:120"}, {"RUNNING_SUM(b)", "0:10 120:10 240:40"},
		{"FILL(b, 5)", "0:10 60:5 120:0 180:5 240:30"}, {"FILL(b, REPEAT)", "0:10 60:10 120:0 180:0 240:30"}, {"FILL(b, LINEAR)", "0:10 60:5 120:0 180:15 240:30"},
		{"FILL(b, a)", "0:10 60:2 120:0 180:8 240:30"}, {"FILL(c, 1)", "0:1 60:1 120:1 180:1 240:1"}, {"FILL([b, c], 0)", "B{0:10 60:0 120:0 180:0 240:30} C{0:0 60:0 120:0 180:0 240:0}"},
		{"IF(a > 3, a, 0)", "0:0 60:0 120:4 180:8 240:16"}, {"IF(b, 1, a)", "0:1 120:4 240:1"}, {"IF(a > 3, a)", "120:4 180:8 240:16"}, {"IF(1, a, b)", showA}, {"IF(0, a, b)", showB}, {"IF(0, a)", ""},
		{"FIRST([a, b])", showA}, {"LAST([a, b])", showB}, {"PERIOD(a)", "60"}, {"REMOVE_EMPTY(METRICS())", "A{" + showA + "} B{" + showB + "}"},
		{"SLICE(METRICS(), 1, 2)", "B{" + showB + "}"}, {"SLICE(METRICS(), 2)", "C{}"}, {"SLICE(METRICS(), 5, 1)", ""},
		{"SLICE(METRICS(), 0 / 0, 1)", "A{" + showA + "}"}, {"SLICE(METRICS(), 0, 0 / 0)", ""}, {"SLICE(METRICS(), -1, 1 / 0)", "A{" + showA + "} B{" + showB + "} C{}"},
		{"SORT(METRICS(), SUM, DESC, 1)", "B{" + showB + "}"}, {"SORT([b, a], MAX, ASC)", "A{" + showA + "} B{" + showB + "}"}, {"SORT(METRICS(), MIN, ASC)", "B{" + showB + "} A{" + showA + "} C{}"},
		{"TIME_SERIES(7)", "0:7 60:7 120:7 180:7 240:7"}, {"MINUTE(a)", "0:0 60:1 120:2 180:3 240:4"}, {"DAY(b)", "0:4 120:4 240:4"}, {"YEAR(b) + MONTH(b) + DATE(b) + HOUR(b)", "0:1972 120:1972 240:1972"}, {"EPOCH(b)", "0:0 120:120 240:240"},
	} {
		x, err := Parse(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		v, err := x.Eval(scope())
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
		} else if got := show(v); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.src, got, tt.want)
		}
		again, err := Parse(x.String())
		if err != nil || !reflect.DeepEqual(unplaced(again.root), unplaced(x.root)) {
			t.Errorf("%s prints as %s, which reads as %v, %v", tt.src, x, again, err)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		src, want string
		at        int
	}{
		{"", "Unexpected end of expression", 0}, {"1 +", "Unexpected end of expression", 3}, {"1 2", "Unexpected '2'", 2}, {"(1", "Unexpected end of expression", 2},
		{"a $ b", "Unexpected character '$'", 2}, {"\"x", "Unterminated string", 0}, {"FOO(a)", "Unknown function 'FOO'", 0}, {"SUM(a b)", "Unexpected 'b'", 6}, {"SUM(,)", "Unexpected ','", 4},
		{`SEARCH("x", "Sum")`, "The function SEARCH is not supported by lambdagate", 0}, {"SUM()", "The function SUM takes 1 arguments, not 0", 0}, {"1 + IF(1)", "The function IF takes 2 to 3 arguments, not 1", 4},
		{"1 + nope", "Unknown id 'nope'", 4}, {"[a] + [b]", "Unsupported operand type(s) for +: '[TimeSeries[], TimeSeries[]]'", 4}, {"[1]", "Unsupported operand type(s) for []: '[Scalar]'", 0},
		{`a + "x"`, "Unsupported operand type(s) for +: '[TimeSeries, String]'", 2}, {"RATE(1)", "Unsupported operand type(s) for RATE: '[Scalar]'", 0}, {"FILL(a, SUM)", "Unsupported operand type(s) for FILL: '[TimeSeries, String]'", 0},
		{"METRICS(1)", "Unsupported operand type(s) for METRICS: '[Scalar]'", 0}, {"SORT(a, SUM, DESC)", "Unsupported operand type(s) for SORT: '[TimeSeries, String, String]'", 0}, {"1.2.3", "Invalid number '1.2.3'", 0},
		{strings.Repeat("(", 200), "Expression is nested too deep", 100}, {strings.Repeat("-", 200) + "1", "Expression is nested too deep", 100},
		{strings.Repeat("FILL([a,b,c,", 30) + "a" + strings.Repeat("],0)", 30), "The expressions compute too many datapoints", -1},
		{"[" + strings.Repeat("METRICS(),", 200) + "a]", "", 0},
	} {
		x, err := Parse(tt.src)
		if err == nil {
			_, err = x.Eval(scope())
		}
		if tt.want == "" {
			if err != nil && err.Error() != "The expressions compute too many datapoints" {
				t.Errorf("%.40s: %v", tt.src, err)
			}
			continue
		}
		e, ok := err.(*Error)
		if !ok || e.Text != tt.want || tt.at >= 0 && e.At != tt.at {
			t.Errorf("%.40s: got %#v, want %q at %d", tt.src, err, tt.want, tt.at)
		}
	}
}

// FuzzExpression: an expression prints as one that reads as the same, and
// evaluating it ends within its budget.
func FuzzExpression(f *testing.F) {
	for _, src := range []string{"1 + 2 * a", "IF(a > 3 && b, FILL(c, LINEAR), -SUM(METRICS('b')))", "SORT([a,b]*2,SUM,DESC,1)", "SLICE(METRICS(),0,1)", "TIME_SERIES(1e9)^2"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 2048 {
			return
		}
		x, err := Parse(src)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%q: %T %v", src, err, err)
			}
			return
		}
		if again, err := Parse(x.String()); err != nil || !reflect.DeepEqual(unplaced(again.root), unplaced(x.root)) {
			t.Fatalf("%q prints as %q, which reads as %v, %v", src, x, again, err)
		}
		v, err := x.Eval(scope())
		if s, ok := v.(Series); ok && err == nil && len(s.Points) > 10_000 {
			t.Fatalf("%q has %d values", src, len(s.Points))
		}
	})
}

// TestString: only the parentheses that are needed, for they count as nesting.
func TestString(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{"((a) + (b * 2))", "a + b * 2"}, {"(a + b) * 2", "(a + b) * 2"}, {"a - (b - c)", "a - (b - c)"}, {"a - b - c", "a - b - c"},
		{"-(-a)", "--a"}, {"-(a + b)", "-(a + b)"}, {"(-a) ^ 2", "(-a) ^ 2"}, {"-a ^ -2", "-a ^ -2"}, {"(2 ^ 3) ^ 2", "(2 ^ 3) ^ 2"}, {"2 ^ 3 ^ 2", "2 ^ 3 ^ 2"},
		{"2 ^ (a * b)", "2 ^ (a * b)"}, {"a or (b and c)", "a || b && c"}, {"(a OR b) AND c", "(a || b) && c"}, {"IF((a), [(b), -c])", "IF(a, [b, -c])"},
		{strings.Repeat("-", 90) + "a", strings.Repeat("-", 90) + "a"}, {strings.Repeat("a + ", 300) + "a", strings.Repeat("a + ", 300) + "a"},
		{strings.Repeat("2 ^ ", 90) + "2", strings.Repeat("2 ^ ", 90) + "2"},
	} {
		x, err := Parse(tt.src)
		if err != nil {
			t.Fatalf("%s: %v", tt.src, err)
		}
		if got := x.String(); got != tt.want {
			t.Errorf("%s prints as %s, want %s", tt.src, got, tt.want)
		}
		if again, err := Parse(x.String()); err != nil || !reflect.DeepEqual(unplaced(again.root), unplaced(x.root)) {
			t.Errorf("%s prints as %s, which reads as %v, %v", tt.src, x, again, err)
		}
	}
}

// unplaced is the tree without the places in the source.
func unplaced(n node) node {
	switch n := n.(type) {
	case nameNode:
		n.at = 0
		return n
	case unaryNode:
		return unaryNode{unplaced(n.of)}
	case binaryNode:
		return binaryNode{n.op, unplaced(n.left), unplaced(n.right), 0}
	case arrayNode:
		return arrayNode{unplacedAll(n.items), 0}
	case callNode:
		return callNode{n.name, unplacedAll(n.args), 0}
	}
	return n
}

func unplacedAll(nodes []node) []node {
	var all []node
	for _, n := range nodes {
		all = append(all, unplaced(n))
	}
	return all
}

// TestBudgetFirst: what would be too much is refused before it is made.
func TestBudgetFirst(t *testing.T) {
	for _, src := range []string{"TIME_SERIES(1)", "FILL(c, 1)"} {
		x, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		s := scope()
		s.To, s.Period = 60*1_000_000, 60
		before := testing.AllocsPerRun(1, func() { _, err = x.Eval(s) })
		if err == nil || err.Error() != "The expressions compute too many datapoints" || before > 1000 {
			t.Errorf("%s: %v after %v allocations", src, err, before)
		}
	}
}
