package vtl

import (
	"math"
	"math/big"
	"strconv"
)

// Numbers are int32 (Integer), int64 (Long), *big.Int (BigInteger), float64
// (Double), Decimal, and *bigDecimal for what arithmetic makes of a BigInteger
// and a Double.

// smallInts holds boxed Integers, so that counting allocates nothing.
var smallInts = func() (boxed [1024]any) {
	for i := range boxed {
		boxed[i] = int32(i)
	}
	return boxed
}()

func boxInt(n int) any {
	if 0 <= n && n < len(smallInts) {
		return smallInts[n]
	}
	return int32(n)
}

// fitInteger returns n as the smallest of Integer and Long that holds it.
func fitInteger(n int64) any {
	if 0 <= n && n < int64(len(smallInts)) {
		return smallInts[n]
	}
	if n == int64(int32(n)) {
		return int32(n)
	}
	return n
}

func isNumber(v any) bool {
	switch v.(type) {
	case int32, int64, float64, Decimal, *big.Int, *bigDecimal:
		return true
	}
	return false
}

func isDouble(v any) bool {
	switch v.(type) {
	case float64, Decimal:
		return true
	}
	return false
}

func toLong(v any) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

// toDouble is Number.doubleValue.
func toDouble(v any) (float64, bool) {
	switch v := v.(type) {
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case Decimal:
		f, _ := strconv.ParseFloat(v.text, 64)
		return f, true
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f, true
	case *bigDecimal:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return f, true
	}
	return 0, false
}

func toBig(v any) (*big.Int, bool) {
	switch v := v.(type) {
	case int32:
		return big.NewInt(int64(v)), true
	case int64:
		return big.NewInt(v), true
	case *big.Int:
		return v, true
	}
	return nil, false
}

// longValue is Number.longValue: doubles are cut off and clamped, big numbers
// keep their lowest bits.
func longValue(v any) int64 {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	case *big.Int:
		return lowBits(v)
	case *bigDecimal:
		return lowBits(v.integer())
	}
	f, _ := toDouble(v)
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// intValue is Number.intValue.
func intValue(v any) int32 {
	if isDouble(v) {
		return int32(max(math.MinInt32, min(math.MaxInt32, longValue(v))))
	}
	return int32(longValue(v))
}

func lowBits(n *big.Int) int64 {
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64)) // two's complement
	return int64(low.Uint64())
}

// A numberBase is the type in which two numbers are calculated.
type numberBase uint8

const (
	longBase numberBase = iota
	bigBase
	doubleBase
	decimalBase
)

// baseOf returns how Velocity 1.7 calculates with a and b: integers as Long,
// anything with a Double as Double, but a BigInteger with a Double as
// BigDecimal.
func baseOf(a, b any) numberBase {
	x, y := kindOf(a), kindOf(b)
	switch {
	case x == y:
		return x
	case x == bigBase && y == doubleBase, x == doubleBase && y == bigBase:
		return decimalBase
	}
	return max(x, y)
}

func kindOf(v any) numberBase {
	switch v.(type) {
	case int32, int64:
		return longBase
	case *big.Int:
		return bigBase
	case *bigDecimal:
		return decimalBase
	}
	return doubleBase
}

// calculate returns a op b for numbers, nil for a division by zero.
func (st *state) calculate(op tokenKind, a, b any) any {
	if x, ok := a.(int32); ok {
		if y, ok := b.(int32); ok {
			return calculateInts(op, int64(x), int64(y))
		}
	}
	if (op == tokenDivide || op == tokenModulo) && isZero(b) {
		return nil
	}
	switch baseOf(a, b) {
	case longBase:
		x, _ := toLong(a)
		y, _ := toLong(b)
		if n, ok := calculateLongs(op, x, y); ok {
			return n
		}
		return st.calculateBigs(op, big.NewInt(x), big.NewInt(y))
	case bigBase:
		x, _ := toBig(a)
		y, _ := toBig(b)
		return st.calculateBigs(op, x, y)
	case doubleBase:
		x, _ := toDouble(a)
		y, _ := toDouble(b)
		return calculateDoubles(op, x, y)
	}
	return st.calculateDecimals(op, st.decimal(a), st.decimal(b))
}

func isZero(v any) bool {
	switch v := v.(type) {
	case *big.Int:
		return v.Sign() == 0
	case *bigDecimal:
		return v.unscaled.Sign() == 0
	}
	f, _ := toDouble(v)
	return f == 0
}

// calculateInts calculates with Integers; what outgrows them becomes a Long.
func calculateInts(op tokenKind, x, y int64) any {
	switch op {
	case tokenPlus:
		return fitInteger(x + y)
	case tokenMinus:
		return fitInteger(x - y)
	case tokenTimes:
		return fitInteger(x * y)
	}
	if y == 0 {
		return nil
	}
	if op == tokenDivide {
		return fitInteger(x / y)
	}
	return fitInteger(x % y)
}

// calculateLongs tells whether the result is a Long, too.
func calculateLongs(op tokenKind, x, y int64) (n int64, ok bool) {
	switch op {
	case tokenPlus:
		n = x + y
		return n, (n > x) == (y > 0)
	case tokenMinus:
		n = x - y
		return n, (n < x) == (y > 0)
	case tokenTimes:
		if x == 0 || y == 0 {
			return 0, true
		}
		n = x * y
		return n, n/y == x && !(x == -1 && y == math.MinInt64) && !(y == -1 && x == math.MinInt64)
	case tokenDivide:
		return x / y, true
	}
	return x % y, true
}

func (st *state) calculateBigs(op tokenKind, x, y *big.Int) any {
	st.chargeBig(x)
	st.chargeBig(y)
	n := new(big.Int)
	switch op {
	case tokenPlus:
		n.Add(x, y)
	case tokenMinus:
		n.Sub(x, y)
	case tokenTimes:
		n.Mul(x, y)
	case tokenDivide:
		n.Quo(x, y)
	default:
		if y.Sign() < 0 {
			st.throw("ArithmeticException", "BigInteger: modulus not positive")
		}
		n.Mod(x, y)
	}
	st.allocate(n.BitLen() / 8)
	return n
}

func calculateDoubles(op tokenKind, x, y float64) any {
	switch op {
	case tokenPlus:
		return x + y
	case tokenMinus:
		return x - y
	case tokenTimes:
		return x * y
	case tokenDivide:
		return x / y
	}
	return math.Mod(x, y)
}

// chargeBig charges for work with n, whose cost grows with the square of its
// length.
func (st *state) chargeBig(n *big.Int) {
	words := n.BitLen() / 64
	st.charge(words/4 + words*words/256)
}

// chargeNumber charges for work with a number that may be long.
func (st *state) chargeNumber(v any) {
	switch v := v.(type) {
	case *big.Int:
		st.chargeBig(v)
	case *bigDecimal:
		st.chargeBig(v.unscaled)
	}
}

// compareNumbers returns the order of a and b. Velocity holds NaN for equal to
// everything.
func compareNumbers(a, b any) int {
	switch baseOf(a, b) {
	case longBase:
		x, _ := toLong(a)
		y, _ := toLong(b)
		return compareLongs(x, y)
	case bigBase:
		x, _ := toBig(a)
		y, _ := toBig(b)
		return x.Cmp(y)
	case doubleBase:
		x, _ := toDouble(a)
		y, _ := toDouble(b)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return toBigDecimal(a).compare(toBigDecimal(b))
}

func compareLongs(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// appendDouble appends f as Double.toString does: the fewest digits that tell
// it from its neighbours, at least one after the point, an exponent below 1E-3
// and from 1E7. JDKs before 19 print superfluous digits for some numbers.
func appendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == 0:
		if math.Signbit(f) {
			return append(dst, "-0.0"...)
		}
		return append(dst, "0.0"...)
	}
	if a := math.Abs(f); a >= 1e-3 && a < 1e7 {
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		for _, c := range dst[start:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, ".0"...)
	}
	var buf [32]byte
	digits := strconv.AppendFloat(buf[:0], f, 'e', -1, 64)
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	if digits[1] == 'e' { // a single digit: Java prints two, the closest
		digits = strconv.AppendFloat(digits[:0], math.Abs(f), 'e', 1, 64)
	}
	for i, c := range digits {
		if c != 'e' {
			dst = append(dst, c)
			continue
		}
		exponent, _ := strconv.Atoi(string(digits[i+1:]))
		dst = append(dst, 'E')
		return strconv.AppendInt(dst, int64(exponent), 10)
	}
	return dst
}
