package jsonpath

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// numberText is the decimal text of a number: exactly the document's for
// json.Number, Java's for a float64 (1.0, 1.0E10). The value must be of kindNumber.
func numberText(v any) string {
	switch v := v.(type) {
	case json.Number:
		return string(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return doubleText(v)
	case float32:
		return doubleText(float64(v))
	case *big.Int:
		return v.String()
	case interface{ Text() string }: // of types whose String rounds or rewrites
		return v.Text()
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(v)
}

// doubleText prints f as Java's Double.toString does: with a fraction always,
// with an exponent below 1e-3 and from 1e7 on.
func doubleText(f float64) string {
	abs := math.Abs(f)
	if abs == 0 || abs >= 1e-3 && abs < 1e7 {
		text := strconv.FormatFloat(f, 'f', -1, 64)
		if strings.IndexByte(text, '.') < 0 {
			text += ".0"
		}
		return text
	}
	mantissa, exponent, ok := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !ok {
		return mantissa // NaN, Inf
	}
	if strings.IndexByte(mantissa, '.') < 0 {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(n)
}

// float is the nearest double; beyond its range it is infinite.
func float(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int:
		return float64(v)
	}
	f, _ := strconv.ParseFloat(numberText(v), 64)
	return f
}

// isNumber reports whether s is a number as JSON writes it.
func isNumber(s string) bool {
	end := scanNumber(s, 0)
	return end > 0 && end == len(s)
}

// scanNumber returns where the JSON number that starts at pos ends, or -1.
//
//	number: '-'? ('0' | [1-9][0-9]*) ('.' [0-9]+)? ([eE] [+-]? [0-9]+)?
func scanNumber(s string, pos int) int {
	i := pos
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch start := i; {
	case i < len(s) && s[i] == '0':
		i++
	default:
		if i = digits(s, i); i == start {
			return -1
		}
	}
	if i < len(s) && s[i] == '.' {
		start := i + 1
		if i = digits(s, start); i == start {
			return -1
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		start := i
		if i = digits(s, start); i == start {
			return -1
		}
	}
	return i
}

// digits returns the first place from i on that is no decimal digit.
func digits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// integral reports whether the number is written as an integer, which is what
// decides between Integer and Double in Java.
func integral(v any) bool {
	switch v := v.(type) {
	case float64, float32:
		return false
	case int, int64, int32, *big.Int:
		return true
	default:
		return !strings.ContainsAny(numberText(v), ".eE")
	}
}

// compareNumbers orders two numbers by their exact values, however large the
// exponents; it never expands them.
func compareNumbers(a, b any) int {
	if x, ok := smallInt(a); ok {
		if y, ok := smallInt(b); ok {
			return cmp.Compare(x, y)
		}
	}
	return compareDecimals(parseDecimal(numberText(a)), parseDecimal(numberText(b)))
}

// smallInt is the value of a number that is written as a short integer.
func smallInt(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case int32:
		return int64(v), true
	case json.Number:
		if len(v) > 18 {
			return 0, false
		}
		n, err := strconv.ParseInt(string(v), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// decimal is a number taken apart: 0.DIGITS × 10^exponent, with no zeros
// around DIGITS; zero has no DIGITS.
type decimal struct {
	negative bool
	whole    string // DIGITS are whole then fraction
	fraction string
	exponent int64
}

// parseDecimal takes a JSON number apart. Exponents are cut to a range that
// no text reaches by its digits alone.
func parseDecimal(text string) decimal {
	var d decimal
	text, d.negative = strings.CutPrefix(text, "-")
	mantissa := text
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		d.exponent = parseExponent(text[i+1:])
	}
	d.whole, d.fraction, _ = strings.Cut(mantissa, ".")
	d.exponent += int64(len(d.whole))
	trimmed := strings.TrimLeft(d.whole, "0")
	d.exponent -= int64(len(d.whole) - len(trimmed))
	d.whole = trimmed
	if d.whole == "" {
		trimmed = strings.TrimLeft(d.fraction, "0")
		d.exponent -= int64(len(d.fraction) - len(trimmed))
		d.fraction = trimmed
	}
	d.fraction = strings.TrimRight(d.fraction, "0")
	if d.fraction == "" {
		d.whole = strings.TrimRight(d.whole, "0")
	}
	if d.whole == "" && d.fraction == "" {
		return decimal{}
	}
	return d
}

// parseExponent reads an exponent, cut to ±2^60.
func parseExponent(text string) int64 {
	const most = 1 << 60
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && n > -most && n < most {
		return n
	}
	if strings.HasPrefix(text, "-") {
		return -most
	}
	return most
}

func compareDecimals(a, b decimal) int {
	if a.sign() != b.sign() || a.sign() == 0 {
		return cmp.Compare(a.sign(), b.sign())
	}
	order := cmp.Compare(a.exponent, b.exponent)
	if order == 0 {
		order = cmp.Compare(a.whole+a.fraction, b.whole+b.fraction)
	}
	if a.negative {
		return -order
	}
	return order
}

func (d decimal) sign() int {
	switch {
	case d.whole == "" && d.fraction == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}
