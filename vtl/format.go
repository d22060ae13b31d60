package vtl

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// A formatSpec is one %[index$][flags][width][.precision]conversion of
// String.format.
type formatSpec struct {
	index      int // 0: the next argument, -1: the same again
	flags      string
	width      int // -1: none
	precision  int // -1: none
	conversion byte
	source     string
}

func (f *formatSpec) has(flag byte) bool { return strings.IndexByte(f.flags, flag) >= 0 }

// format is String.format in the root locale, without dates and %a. Without a
// list of arguments, args is nil, each of them is null.
func (st *state) format(layout string, args []any) any {
	var b []byte
	next, last := 0, -1
	for len(layout) > 0 {
		i := strings.IndexByte(layout, '%')
		if i < 0 {
			b = append(b, layout...)
			break
		}
		b = append(b, layout[:i]...)
		f, n := st.formatSpec(layout[i:])
		layout = layout[i+n:]
		var text string
		switch f.conversion {
		case '%':
			text = f.pad("%")
		case 'n':
			if f.width >= 0 {
				st.throw("IllegalFormatWidthException", strconv.Itoa(f.width))
			}
			text = "\n"
		default:
			switch {
			case f.index > 0:
				last = f.index - 1
			case f.index == 0:
				last = next
				next++
			}
			var arg any
			switch {
			case last < 0 || args != nil && last >= len(args):
				st.throw("MissingFormatArgumentException", "Format specifier '"+f.source+"'")
			case args != nil:
				arg = args[last]
			}
			text = st.formatValue(&f, arg)
		}
		b = append(b, text...)
		st.checkSize(len(b))
		st.charge(1 + len(text)/16)
	}
	return st.newString(b)
}

// formatSpec reads a specifier and returns its length.
func (st *state) formatSpec(s string) (formatSpec, int) {
	f := formatSpec{width: -1, precision: -1}
	at := 1
	if n := countDigits(s[at:]); n > 0 && strings.HasPrefix(s[at+n:], "$") {
		f.index = st.formatNumber(s[at : at+n])
		at += n + 1
	} else if strings.HasPrefix(s[at:], "<") {
		f.index = -1
		at++
	}
	for at < len(s) && strings.IndexByte("-#+ 0,(", s[at]) >= 0 {
		if f.has(s[at]) {
			st.throw("DuplicateFormatFlagsException", "Flags = '"+s[at:at+1]+"'")
		}
		f.flags += s[at : at+1]
		at++
	}
	if n := countDigits(s[at:]); n > 0 {
		f.width = st.formatNumber(s[at : at+n])
		at += n
	}
	if at+1 < len(s) && s[at] == '.' && isDigit(s[at+1]) {
		n := countDigits(s[at+1:])
		f.precision = st.formatNumber(s[at+1 : at+1+n])
		at += 1 + n
	}
	if at >= len(s) {
		st.throw("UnknownFormatConversionException", "Conversion = '%'")
	}
	f.conversion = s[at]
	f.source = s[:at+1]
	st.checkFormat(&f)
	return f, at + 1
}

func (st *state) formatNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n > math.MaxInt32 {
		st.throw("IllegalFormatWidthException", s)
	}
	st.checkSize(n)
	return n
}

// checkFormat refuses what Java refuses whatever the argument.
func (st *state) checkFormat(f *formatSpec) {
	if strings.IndexByte("bBhHsScCdoxXeEfgG%n", f.conversion) < 0 {
		st.throw("UnknownFormatConversionException", "Conversion = '"+string(rune(f.conversion))+"'")
	}
	if f.width < 0 && (f.has('-') || f.has('0')) && f.conversion != 'n' {
		st.throw("MissingFormatWidthException", f.source)
	}
	if f.has('-') && f.has('0') || f.has('+') && f.has(' ') {
		st.throw("IllegalFormatFlagsException", "Flags = '"+f.flags+"'")
	}
	if f.precision >= 0 && strings.IndexByte("cCdoxX%n", f.conversion) >= 0 {
		st.throw("IllegalFormatPrecisionException", strconv.Itoa(f.precision))
	}
	allowed := "-"
	switch f.conversion {
	case 'd':
		allowed = "-+ 0,("
	case 'o', 'x', 'X':
		allowed = "-#0+ (" // signs are for BigInteger only
	case 'e', 'E':
		allowed = "-#+ 0("
	case 'f':
		allowed = "-#+ 0,("
	case 'g', 'G':
		allowed = "-+ 0,("
	case 'n':
		allowed = ""
	}
	for i := range len(f.flags) {
		if strings.IndexByte(allowed, f.flags[i]) < 0 {
			st.throw("FormatFlagsConversionMismatchException", "Conversion = "+string(rune(f.conversion))+", Flags = "+f.flags[i:i+1])
		}
	}
}

func (st *state) formatValue(f *formatSpec, v any) string {
	text := ""
	switch f.conversion {
	case 'b', 'B':
		text = f.cut(st.text(v != nil && v != false))
	case 'h', 'H':
		text = "null"
		if v != nil {
			text = strconv.FormatUint(uint64(uint32(st.hash(v))), 16)
		}
		text = f.cut(text)
	case 's', 'S':
		text = f.cut(st.text(v))
	case 'c', 'C':
		text = st.formatChar(f, v)
	case 'd', 'o', 'x', 'X':
		if v != nil {
			return f.upper(st.formatInteger(f, v))
		}
		text = "null"
	default:
		if v != nil {
			return f.upper(st.formatFloat(f, v))
		}
		text = f.cut("null")
	}
	return f.upper(f.pad(text))
}

// cut shortens text to the precision.
func (f *formatSpec) cut(s string) string {
	if f.precision >= 0 && f.precision < utf16Len(s) {
		return utf16Slice(s, 0, f.precision)
	}
	return s
}

func (f *formatSpec) upper(s string) string {
	if f.conversion >= 'A' && f.conversion <= 'Z' {
		return toUpperCase(s)
	}
	return s
}

func (f *formatSpec) pad(s string) string {
	n := f.width - utf16Len(s)
	switch {
	case n <= 0:
		return s
	case f.has('-'):
		return s + strings.Repeat(" ", n)
	}
	return strings.Repeat(" ", n) + s
}

func (st *state) badConversion(f *formatSpec, v any) {
	st.throw("IllegalFormatConversionException", fmt.Sprintf("%c != %s", f.conversion, className(v)))
}

func (st *state) formatChar(f *formatSpec, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case Char:
		return codePoint(v)
	case int32:
		if v < 0 || v > unicode.MaxRune {
			st.throw("IllegalFormatCodePointException", fmt.Sprintf("Code point = 0x%x", uint32(v)))
		}
		return codePoint(v)
	}
	st.badConversion(f, v)
	return ""
}

func (st *state) formatInteger(f *formatSpec, v any) string {
	n, ok := toBig(v)
	if !ok {
		st.badConversion(f, v)
	}
	st.chargeBig(n)
	_, big_ := v.(*big.Int)
	if f.conversion == 'd' {
		return f.signed(n.Sign() < 0, f.group(new(big.Int).Abs(n).String()))
	}
	if !big_ && (f.has('+') || f.has(' ') || f.has('(')) {
		st.throw("FormatFlagsConversionMismatchException", "Conversion = "+string(rune(f.conversion))+", Flags = "+f.flags)
	}
	base, prefix := 16, "0x"
	if f.conversion == 'o' {
		base, prefix = 8, "0"
	}
	if !f.has('#') {
		prefix = ""
	}
	if big_ {
		return f.signed(n.Sign() < 0, prefix+new(big.Int).Abs(n).Text(base))
	}
	bits := uint64(longValue(v))
	if i, ok := v.(int32); ok {
		bits = uint64(uint32(i))
	}
	return f.zeroPad("", prefix, strconv.FormatUint(bits, base), "")
}

// group puts commas between the thousands of digits.
func (f *formatSpec) group(digits string) string {
	if !f.has(',') {
		return digits
	}
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	var b strings.Builder
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(whole[i])
	}
	if hasPoint {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// signed adds the sign and pads.
func (f *formatSpec) signed(negative bool, digits string) string {
	switch {
	case negative && f.has('('):
		return f.zeroPad("(", "", digits, ")")
	case negative:
		return f.zeroPad("-", "", digits, "")
	case f.has('+'):
		return f.zeroPad("+", "", digits, "")
	case f.has(' '):
		return f.zeroPad(" ", "", digits, "")
	}
	return f.zeroPad("", "", digits, "")
}

// zeroPad pads between the sign and the digits if there is a 0 flag.
func (f *formatSpec) zeroPad(sign, prefix, digits, end string) string {
	if n := f.width - len(sign) - len(prefix) - len(digits) - len(end); f.has('0') && n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	return f.pad(sign + prefix + digits + end)
}

func (st *state) formatFloat(f *formatSpec, v any) string {
	var d *bigDecimal
	switch v := v.(type) {
	case float64, Decimal:
		x, _ := toDouble(v)
		switch {
		case math.IsNaN(x):
			return f.pad("NaN")
		case math.IsInf(x, 0) && x < 0 && f.has('('):
			return f.pad("(Infinity)")
		case math.IsInf(x, 0):
			plain := *f
			plain.flags = strings.ReplaceAll(f.flags, "0", "")
			return plain.signed(x < 0, "Infinity")
		}
		d = shortestDecimal(x)
		if math.Signbit(x) && x == 0 {
			return f.signed(true, f.decimalText(d))
		}
	case *bigDecimal:
		d = v
	default:
		st.badConversion(f, v)
	}
	return f.signed(d.unscaled.Sign() < 0, f.decimalText(&bigDecimal{new(big.Int).Abs(d.unscaled), d.scale}))
}

// decimalText returns the digits of a number that is not negative: rounded half
// up from its decimal digits, as Java does, not from the binary value.
func (f *formatSpec) decimalText(d *bigDecimal) string {
	precision := 6
	if f.precision >= 0 {
		precision = f.precision
	}
	switch f.conversion {
	case 'e', 'E':
		return f.scientific(d, precision)
	case 'g', 'G':
		precision = max(precision, 1)
		if d.unscaled.Sign() == 0 {
			return f.group(d.round(precision - 1))
		}
		rounded := d.significant(precision)
		low, _ := parseBigDecimal("1e-4")
		high := &bigDecimal{big.NewInt(1), -int32(precision)}
		if rounded.compare(low) < 0 || rounded.compare(high) >= 0 {
			return f.scientific(d, precision-1)
		}
		return f.group(d.round(precision - rounded.magnitude() - 1))
	}
	s := f.group(d.round(precision))
	if precision == 0 && f.has('#') {
		s += "."
	}
	return s
}

// magnitude returns the exponent of the first digit.
func (d *bigDecimal) magnitude() int {
	return len(d.unscaled.String()) - 1 - int(d.scale)
}

// round returns the digits with the given number of decimal places.
func (d *bigDecimal) round(places int) string {
	r := bigDecimal{d.rounded(places), int32(places)}
	if r.scale == 0 {
		return r.unscaled.String()
	}
	digits := r.unscaled.String()
	if pad := places - len(digits) + 1; pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}

// rounded returns d * 10^places, rounded half up.
func (d *bigDecimal) rounded(places int) *big.Int {
	shift := places - int(d.scale)
	if shift >= 0 {
		return new(big.Int).Mul(d.unscaled, pow10(int32(shift)))
	}
	q, r := new(big.Int).QuoRem(d.unscaled, pow10(int32(-shift)), new(big.Int))
	if r.Lsh(r, 1).Cmp(pow10(int32(-shift))) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// significant returns d rounded to a number of digits.
func (d *bigDecimal) significant(digits int) *bigDecimal {
	places := digits - 1 - d.magnitude()
	return &bigDecimal{d.rounded(places), int32(places)}
}

func (f *formatSpec) scientific(d *bigDecimal, places int) string {
	exponent := 0
	digits := strings.Repeat("0", places+1)
	if d.unscaled.Sign() != 0 {
		r := d.significant(places + 1)
		exponent = r.magnitude()
		digits = r.unscaled.String()[:places+1]
	}
	s := digits[:1]
	if places > 0 {
		s += "." + digits[1:]
	} else if f.has('#') {
		s += "."
	}
	return s + fmt.Sprintf("e%+03d", exponent)
}
