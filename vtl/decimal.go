package vtl

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// A Decimal is a JSON number with a fraction or an exponent. It prints with the
// digits that it came with, as Java's BigDecimal does: 1.0 stays 1.0, and 1e20
// prints as 1E+20. Templates calculate and compare with it as with a Double.
type Decimal struct{ text string }

// Text returns the number as it stood in the JSON.
func (d Decimal) Text() string { return d.text }

// String returns the number as BigDecimal.toString prints it.
func (d Decimal) String() string {
	if !strings.ContainsAny(d.text, "eE") {
		if strings.HasPrefix(d.text, "-0") && strings.Trim(d.text, "-0.") == "" {
			return d.text[1:] // BigDecimal has no negative zero
		}
		if !strings.HasPrefix(strings.TrimPrefix(d.text, "-"), "0.000000") {
			return d.text
		}
	}
	b, ok := parseBigDecimal(d.text)
	if !ok {
		return d.text
	}
	return b.String()
}

// maxScale bounds exponents, so that no short number has a long expansion.
const maxScale = 1 << 16

// A bigDecimal is java.math.BigDecimal: unscaled / 10^scale.
type bigDecimal struct {
	unscaled *big.Int
	scale    int32
}

func parseBigDecimal(s string) (*bigDecimal, bool) {
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > 1<<30 || n < -1<<30 {
			return nil, false
		}
		exponent = n
		s = s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	return &bigDecimal{n, int32(len(fraction) - exponent)}, ok
}

// toBigDecimal brings any number into a BigDecimal; doubles with all digits of
// their binary value, as new BigDecimal(double) does.
func toBigDecimal(v any) *bigDecimal {
	switch v := v.(type) {
	case *bigDecimal:
		return v
	case float64, Decimal:
		f, _ := toDouble(v)
		return exactDecimal(f)
	}
	n, _ := toBig(v)
	return &bigDecimal{n, 0}
}

// decimal is toBigDecimal for numbers that may be infinite.
func (st *state) decimal(v any) *bigDecimal {
	if f, _ := toDouble(v); isDouble(v) && (math.IsInf(f, 0) || math.IsNaN(f)) {
		st.throw("NumberFormatException", "Infinite or NaN")
	}
	return toBigDecimal(v)
}

// exactDecimal returns the value of a finite double.
func exactDecimal(f float64) *bigDecimal {
	r := new(big.Rat).SetFloat64(f)
	places := int32(r.Denom().BitLen() - 1) // the denominator is a power of two
	unscaled := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(places)), nil)
	return &bigDecimal{unscaled.Mul(unscaled, r.Num()), places}
}

// shortestDecimal returns a double by the digits that it prints with.
func shortestDecimal(f float64) *bigDecimal {
	d, _ := parseBigDecimal(string(appendDouble(nil, f)))
	return d
}

func pow10(n int32) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// align returns the unscaled values of x and y at the larger of their scales.
func align(x, y *bigDecimal) (a, b *big.Int, scale int32) {
	a, b = x.unscaled, y.unscaled
	switch {
	case x.scale < y.scale:
		a = new(big.Int).Mul(a, pow10(y.scale-x.scale))
	case y.scale < x.scale:
		b = new(big.Int).Mul(b, pow10(x.scale-y.scale))
	}
	return a, b, max(x.scale, y.scale)
}

func (st *state) calculateDecimals(op tokenKind, x, y *bigDecimal) any {
	st.chargeBig(x.unscaled)
	st.chargeBig(y.unscaled)
	if d := int64(x.scale) - int64(y.scale); d > maxScale || d < -maxScale {
		st.fail(ErrMemory)
	}
	n := new(big.Int)
	scale := x.scale + y.scale
	switch op {
	case tokenTimes:
		n.Mul(x.unscaled, y.unscaled)
	case tokenDivide:
		return &bigDecimal{divideHalfDown(x, y), x.scale}
	case tokenModulo:
		st.throw("ArithmeticException", "Cannot calculate the modulo of BigDecimals.")
	default:
		var a, b *big.Int
		a, b, scale = align(x, y)
		if op == tokenPlus {
			n.Add(a, b)
		} else {
			n.Sub(a, b)
		}
	}
	st.allocate(n.BitLen() / 8)
	return &bigDecimal{n, scale}
}

// divideHalfDown returns x/y at x's scale, rounded to the nearest, halves
// towards zero, as Velocity divides.
func divideHalfDown(x, y *bigDecimal) *big.Int {
	a, b := new(big.Int).Set(x.unscaled), new(big.Int).Set(y.unscaled)
	if y.scale >= 0 {
		a.Mul(a, pow10(y.scale))
	} else {
		b.Mul(b, pow10(-y.scale))
	}
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Lsh(r.Abs(r), 1).CmpAbs(b) > 0 {
		q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return q
}

func (d *bigDecimal) compare(e *bigDecimal) int {
	a, b, _ := align(d, e)
	return a.Cmp(b)
}

// integer is BigDecimal.toBigInteger: the fraction is cut off.
func (d *bigDecimal) integer() *big.Int {
	if d.scale <= 0 {
		return new(big.Int).Mul(d.unscaled, pow10(-d.scale))
	}
	return new(big.Int).Quo(d.unscaled, pow10(d.scale))
}

// String is BigDecimal.toString: plain while the scale is not negative and the
// number not below 1E-6, else with an exponent.
func (d *bigDecimal) String() string {
	digits := new(big.Int).Abs(d.unscaled).String()
	sign := ""
	if d.unscaled.Sign() < 0 {
		sign = "-"
	}
	adjusted := len(digits) - 1 - int(d.scale)
	if d.scale >= 0 && adjusted >= -6 {
		if d.scale == 0 {
			return sign + digits
		}
		if pad := int(d.scale) - len(digits) + 1; pad > 0 {
			digits = strings.Repeat("0", pad) + digits
		}
		point := len(digits) - int(d.scale)
		return sign + digits[:point] + "." + digits[point:]
	}
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	if adjusted == 0 {
		return sign + digits
	}
	exponent := strconv.Itoa(adjusted)
	if adjusted > 0 {
		exponent = "+" + exponent
	}
	return sign + digits + "E" + exponent
}
