package vtl

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// A patternReader translates a Java pattern into one of package regexp.
type patternReader struct {
	pattern string
	at      int
	out     strings.Builder
	dotAll  bool
	outer   []bool // dotAll outside the open groups
}

// translatePattern returns a Java pattern in the syntax of package regexp.
func translatePattern(pattern string) (translated string, err error) {
	r := &patternReader{pattern: pattern}
	defer func() {
		if x := recover(); x != nil {
			what, ok := x.(patternFault)
			if !ok {
				panic(x)
			}
			err = patternError(pattern, string(what))
		}
	}()
	for r.at < len(pattern) {
		r.element()
	}
	return r.out.String(), nil
}

// A patternFault says why a pattern cannot be translated.
type patternFault string

func (r *patternReader) fault(format string, args ...any) {
	panic(patternFault(fmt.Sprintf(format, args...)))
}

func (r *patternReader) rest() string { return r.pattern[r.at:] }

// element: group | class | escape | '.' | quantifier | character
func (r *patternReader) element() {
	switch c := r.pattern[r.at]; c {
	case '(':
		r.group()
	case ')':
		r.at++
		r.out.WriteByte(c)
		if n := len(r.outer); n > 0 {
			r.dotAll = r.outer[n-1]
			r.outer = r.outer[:n-1]
		}
	case '[':
		r.out.WriteString(r.class().String())
	case '.':
		r.at++
		if r.dotAll {
			r.out.WriteString(`(?s:.)`)
		} else {
			r.out.WriteString(`[^\n\r\x{85}\x{2028}\x{2029}]`)
		}
	case '*', '+', '?', '{':
		r.quantifier()
	case '\\':
		r.escape()
	default:
		r.out.WriteString(firstRune(r.rest()))
		r.at += len(firstRune(r.rest()))
	}
}

// group: '(' [ '?' ( ':' | '<' name '>' | flags [ ':' | ')' ] ) ]
func (r *patternReader) group() {
	inside := r.dotAll
	r.at++
	r.out.WriteByte('(')
	if !strings.HasPrefix(r.rest(), "?") {
		r.outer = append(r.outer, r.dotAll)
		return
	}
	for _, unable := range []string{"?=", "?!", "?<=", "?<!", "?>"} {
		if strings.HasPrefix(r.rest(), unable) {
			r.fault("look-around and atomic groups are not supported: (%s", unable)
		}
	}
	r.out.WriteByte('?')
	r.at++
	if strings.HasPrefix(r.rest(), "<") {
		r.outer = append(r.outer, r.dotAll)
		return // the name follows as it is
	}
	on := true
	for ; r.at < len(r.pattern); r.at++ {
		switch c := r.pattern[r.at]; c {
		case 'i', 'm':
			r.out.WriteByte(c)
		case 's':
			r.out.WriteByte(c)
			inside = on
		case 'u': // case-insensitive matching always knows Unicode
		case '-':
			r.out.WriteByte(c)
			on = false
		case ':':
			r.at++
			r.out.WriteByte(c)
			r.outer = append(r.outer, r.dotAll)
			r.dotAll = inside
			return
		case ')':
			r.at++
			r.out.WriteByte(c)
			r.dotAll = inside
			return
		default:
			r.fault("unsupported group (?%s", firstRune(r.rest()))
		}
	}
	r.fault("unclosed group")
}

// quantifier: ( '*' | '+' | '?' | '{' n [ ',' [ m ] ] '}' ) [ '?' ]
func (r *patternReader) quantifier() {
	if r.at == 0 {
		r.fault("dangling meta character %q", r.pattern[:1])
	}
	n := 1
	if r.pattern[r.at] == '{' {
		end := strings.IndexByte(r.rest(), '}')
		if end < 0 || !isRepeat(r.rest()[1:end]) {
			r.fault("illegal repetition")
		}
		n = end + 1
	}
	r.out.WriteString(r.rest()[:n])
	r.at += n
	switch {
	case strings.HasPrefix(r.rest(), "+"):
		r.fault("possessive quantifiers are not supported")
	case strings.HasPrefix(r.rest(), "?"):
		r.out.WriteByte('?')
		r.at++
	}
}

func isRepeat(s string) bool {
	low, high, _ := strings.Cut(s, ",")
	return low != "" && countDigits(low) == len(low) && countDigits(high) == len(high)
}

// escape: '\' … outside a class
func (r *patternReader) escape() {
	rest := r.rest()
	if len(rest) == 1 {
		r.fault("unexpected end after \\")
	}
	switch c := rest[1]; {
	case c == 'Q':
		quoted, _, _ := strings.Cut(rest[2:], `\E`)
		r.out.WriteString(regexp.QuoteMeta(quoted))
		r.at = min(len(r.pattern), r.at+2+len(quoted)+2)
	case strings.IndexByte("bBAz", c) >= 0:
		r.out.WriteString(rest[:2])
		r.at += 2
	case c == 'Z':
		r.out.WriteString(`\z`)
		r.at += 2
	case c == 'R':
		r.out.WriteString(`(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])`)
		r.at += 2
	case c >= '1' && c <= '9' || c == 'k':
		r.fault("back references are not supported")
	default:
		r.out.WriteString(r.classEscape().String())
	}
}

// predefined are Java's one-letter classes.
var predefined = map[byte]string{
	'd': `[0-9]`, 'D': `[^0-9]`, 'w': `[0-9A-Za-z_]`, 'W': `[^0-9A-Za-z_]`,
	's': `[ \t\n\x0B\f\r]`, 'S': `[^ \t\n\x0B\f\r]`,
	'h': `[ \t\xA0\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]`,
	'H': `[^ \t\xA0\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]`,
	'v': `[\n\x0B\f\r\x{85}\x{2028}\x{2029}]`, 'V': `[^\n\x0B\f\r\x{85}\x{2028}\x{2029}]`,
}

// properties are the \p{…} that Java names otherwise than Unicode.
var properties = map[string]string{
	"Lower": `[a-z]`, "Upper": `[A-Z]`, "ASCII": `[\x00-\x7F]`, "Alpha": `[A-Za-z]`, "Digit": `[0-9]`,
	"Alnum": `[0-9A-Za-z]`, "Punct": "[!-/:-@\\[-`{-~]", "Graph": `[!-~]`, "Print": `[ -~]`, "Blank": `[ \t]`,
	"Cntrl": `[\x00-\x1F\x7F]`, "XDigit": `[0-9A-Fa-f]`, "Space": `[ \t\n\x0B\f\r]`,
	"javaLowerCase": `\p{Ll}`, "javaUpperCase": `\p{Lu}`, "javaWhitespace": `[\t-\r\x1C-\x20]`, "javaLetter": `\p{L}`,
	"javaDigit": `\p{Nd}`, "javaLetterOrDigit": `[\p{L}\p{Nd}]`,
	"IsAlphabetic": `[\p{L}\p{Nl}]`, "IsLetter": `\p{L}`, "IsDigit": `\p{Nd}`, "IsUppercase": `\p{Lu}`,
	"IsLowercase": `\p{Ll}`, "IsPunctuation": `\p{P}`, "IsWhite_Space": `[\t-\r \x{85}\xA0\p{Z}]`,
}

// A charSet is ranges of characters, each with its first and last, in order.
type charSet []rune

// setOf returns a class written for package regexp.
func setOf(class string) (charSet, error) {
	re, err := syntax.Parse(class, syntax.Perl)
	if err != nil {
		return nil, err
	}
	switch re.Op {
	case syntax.OpCharClass:
		return charSet(re.Rune), nil
	case syntax.OpLiteral:
		return charSet{re.Rune[0], re.Rune[0]}, nil
	}
	return nil, fmt.Errorf("%s is not a class", class)
}

// String returns the set as a class for package regexp.
func (s charSet) String() string {
	if len(s) == 0 {
		return `[^\x00-\x{10FFFF}]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i < len(s); i += 2 {
		fmt.Fprintf(&b, `\x{%x}-\x{%x}`, s[i], s[i+1])
	}
	b.WriteByte(']')
	return b.String()
}

func (s charSet) negate() charSet {
	var out charSet
	next := rune(0)
	for i := 0; i < len(s); i += 2 {
		if s[i] > next {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

func (s charSet) union(t charSet) charSet {
	var b strings.Builder
	b.WriteByte('[')
	for _, set := range []charSet{s, t} {
		for i := 0; i < len(set); i += 2 {
			fmt.Fprintf(&b, `\x{%x}-\x{%x}`, set[i], set[i+1])
		}
	}
	if b.Len() == 1 {
		return nil
	}
	b.WriteByte(']')
	u, err := setOf(b.String())
	if err != nil { // every character: regexp makes a dot of it
		return charSet{0, unicode.MaxRune}
	}
	return u
}

func (s charSet) intersect(t charSet) charSet {
	return s.negate().union(t.negate()).negate()
}

// class: '[' [ '^' ] { item } { '&&' { item } } ']'
func (r *patternReader) class() charSet {
	r.at++
	negated := false
	if strings.HasPrefix(r.rest(), "^") {
		negated = true
		r.at++
	}
	result := charSet(nil)
	part := charSet(nil)
	intersecting := false
	combine := func() {
		if intersecting {
			result = result.intersect(part)
		} else {
			result = part
		}
		part = nil
	}
	for first := true; ; first = false {
		if r.at >= len(r.pattern) {
			r.fault("unclosed character class")
		}
		switch {
		case r.pattern[r.at] == ']' && !first:
			r.at++
			combine()
			if negated {
				return result.negate()
			}
			return result
		case r.pattern[r.at] == '[':
			part = part.union(r.class())
		case strings.HasPrefix(r.rest(), "&&"):
			r.at += 2
			combine()
			intersecting = true
		case strings.HasPrefix(r.rest(), `\Q`):
			quoted, _, _ := strings.Cut(r.rest()[2:], `\E`)
			for _, c := range quoted {
				part = part.union(charSet{c, c})
			}
			r.at = min(len(r.pattern), r.at+2+len(quoted)+2)
		default:
			part = part.union(r.classRange())
		}
	}
}

// classRange: character [ '-' character ] | escape
func (r *patternReader) classRange() charSet {
	low := r.classCharacter()
	rest := r.rest()
	if len(low) != 2 || low[0] != low[1] || len(rest) < 2 || rest[0] != '-' || rest[1] == ']' || rest[1] == '[' {
		return low
	}
	r.at++
	high := r.classCharacter()
	if len(high) != 2 || high[0] != high[1] || high[0] < low[0] {
		r.fault("illegal character range")
	}
	return charSet{low[0], high[0]}
}

func (r *patternReader) classCharacter() charSet {
	if r.pattern[r.at] == '\\' {
		return r.classEscape()
	}
	c, n := utf8.DecodeRuneInString(r.rest())
	r.at += n
	return charSet{c, c}
}

var controlEscapes = map[byte]rune{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f', 'a': 7, 'e': 0x1B}

// classEscape reads an escape that stands for characters.
func (r *patternReader) classEscape() charSet {
	rest := r.rest()
	if len(rest) < 2 {
		r.fault("unexpected end after \\")
	}
	c := rest[1]
	if class, ok := predefined[c]; ok {
		r.at += 2
		set, _ := setOf(class)
		return set
	}
	if char, ok := controlEscapes[c]; ok {
		r.at += 2
		return charSet{char, char}
	}
	switch c {
	case 'p', 'P':
		return r.property(c == 'P')
	case 'u':
		char := r.hex(2, 4)
		if utf16.IsSurrogate(char) && strings.HasPrefix(r.rest(), `\u`) {
			if pair := utf16.DecodeRune(char, r.hex(2, 4)); pair != utf8.RuneError {
				char = pair
			}
		}
		return charSet{char, char}
	case 'x':
		if strings.HasPrefix(rest, `\x{`) {
			digits, _, closed := strings.Cut(rest[3:], "}")
			char, err := strconv.ParseUint(digits, 16, 32)
			if !closed || err != nil || char > unicode.MaxRune {
				r.fault("illegal hexadecimal escape")
			}
			r.at += len(digits) + 4
			return charSet{rune(char), rune(char)}
		}
		char := r.hex(2, 2)
		return charSet{char, char}
	case '0':
		n := 2
		for n < len(rest) && n < 5 && rest[n] >= '0' && rest[n] <= '7' && (n < 4 || rest[2] <= '3') {
			n++
		}
		char, err := strconv.ParseUint(rest[2:n], 8, 32)
		if err != nil {
			r.fault("illegal octal escape")
		}
		r.at += n
		return charSet{rune(char), rune(char)}
	case 'c':
		if len(rest) < 3 {
			r.fault("illegal control escape")
		}
		r.at += 3
		return charSet{rune(rest[2] ^ 64), rune(rest[2] ^ 64)}
	}
	if isLetter(c) || isDigit(c) {
		r.fault("illegal or unsupported escape \\%c", c)
	}
	char, n := utf8.DecodeRuneInString(rest[1:])
	r.at += 1 + n
	return charSet{char, char}
}

// hex reads n hexadecimal digits after skip characters.
func (r *patternReader) hex(skip, n int) rune {
	rest := r.rest()
	if len(rest) < skip+n {
		r.fault("illegal escape")
	}
	char, err := strconv.ParseUint(rest[skip:skip+n], 16, 32)
	if err != nil {
		r.fault("illegal escape")
	}
	r.at += skip + n
	return rune(char)
}

// property: '\p' ( letter | '{' name '}' )
func (r *patternReader) property(negated bool) charSet {
	rest := r.rest()[2:]
	name := firstRune(rest)
	r.at += 2 + len(name)
	if name == "{" {
		var closed bool
		if name, _, closed = strings.Cut(rest[1:], "}"); !closed {
			r.fault("unclosed \\p{")
		}
		r.at += len(name) + 1
	}
	if _, script, ok := strings.Cut(name, "="); ok {
		name = script
	}
	class, ok := properties[name]
	if !ok {
		class = `\p{` + strings.TrimPrefix(name, "Is") + `}`
	}
	set, err := setOf(class)
	if err != nil {
		r.fault("unknown property %s", name)
	}
	if negated {
		return set.negate()
	}
	return set
}
