package vtl

import "strings"

// match returns the longest match at l.at in the current state, and of equally
// long ones the one that the grammar names first. Length 0 means no match.
func (l *lexer) match() (tokenKind, int) {
	s := l.src[l.at:]
	if l.state == inTextblock {
		if strings.HasPrefix(s, "]]#") {
			return tokenTextblock, 3
		}
		return tokenMore, 1
	}
	if kind, n := l.matchAnywhere(s); n > 0 {
		return kind, n
	}
	switch l.state {
	case inText:
		return l.matchText(s)
	case inReference, inModifier:
		return l.matchReference(s)
	case inCall:
		return matchCall(s)
	case inIndex:
		return matchIndex(s)
	case inDirective:
		return matchDirective(s)
	case inDirectiveName:
		return matchDirectiveName(s)
	case inBlockComment:
		if strings.HasPrefix(s, "*#") {
			return tokenBlockComment, 2
		}
	case inLineComment:
		if n := lineEnd(s); n > 0 {
			return tokenLineCommentEnd, n
		}
	}
	return tokenSkip, 1
}

// matchAnywhere finds what begins with $ or #, which exists in all states.
func (l *lexer) matchAnywhere(s string) (tokenKind, int) {
	switch s[0] {
	case '$', '\\':
		return l.matchDollar(s)
	case '#':
		return l.matchHash(s)
	case ' ', '\t':
		if l.state <= inCall {
			if n := matchSet(s); n > 0 {
				return tokenSet, n
			}
		}
	}
	return tokenNone, 0
}

// matchDollar finds \\\$, $! with backslashes anywhere, and what is text for
// certain: $[ and $. with their like.
func (l *lexer) matchDollar(s string) (tokenKind, int) {
	slashes := l.countSlashes()
	if slashes == len(s) || s[slashes] != '$' {
		return tokenNone, 0
	}
	if l.state <= inReference {
		for _, empty := range []string{"$[", "$![", `$\![`, "$."} {
			if strings.HasPrefix(s, empty) {
				return tokenEmptyIndex, len(empty)
			}
		}
	}
	rest := s[slashes+1:]
	more := countByte(rest, '\\')
	if more < len(rest) && rest[more] == '!' {
		return tokenDollar, slashes + 1 + more + 1
	}
	return tokenDollar, slashes + 1
}

// countSlashes returns the number of backslashes at l.at. Each of a long row
// asks, so where it ends is remembered.
func (l *lexer) countSlashes() int {
	if l.at >= l.slashes {
		l.slashes = l.at + countByte(l.src[l.at:], '\\')
	}
	return l.slashes - l.at
}

func (l *lexer) matchHash(s string) (tokenKind, int) {
	if l.state <= inCall {
		if n := matchSet(s); n > 0 {
			return tokenSet, n
		}
	}
	switch {
	case strings.HasPrefix(s, "#[["):
		return tokenTextblockOpen, 3
	case strings.HasPrefix(s, "#**") && len(s) > 3 && s[3] != '#':
		return tokenFormalCommentOpen, 4
	case strings.HasPrefix(s, "#*"):
		return tokenBlockCommentOpen, 2
	case strings.HasPrefix(s, "##") && l.commentsHere():
		return tokenLineComment, 2
	}
	return tokenHash, 1
}

// commentsHere tells whether ## begins a comment. It does not after $a.b, nor in
// another comment.
func (l *lexer) commentsHere() bool {
	switch l.state {
	case inText, inReference, inDirective, inDirectiveName:
		return true
	}
	return false
}

// matchSet finds #set( with the blanks before it: they print nothing.
func matchSet(s string) int {
	n := countBlanks(s)
	switch {
	case strings.HasPrefix(s[n:], "#set"):
		n += len("#set")
	case strings.HasPrefix(s[n:], "#{set}"):
		n += len("#{set}")
	default:
		return 0
	}
	n += countByte(s[n:], ' ')
	if n < len(s) && s[n] == '(' {
		return n + 1
	}
	return 0
}

func (l *lexer) matchText(s string) (tokenKind, int) {
	if s[0] != '\\' {
		if n := strings.IndexAny(s, `$#\`); n >= 0 {
			return tokenText, n
		}
		return tokenText, len(s)
	}
	slashes := l.countSlashes()
	if slashes%2 == 1 && slashes < len(s) && s[slashes] == '#' {
		if n := max(matchWord(s[slashes+1:]), matchBracedWord(s[slashes+1:])); n > 0 {
			return tokenEscapedDirective, slashes + 1 + n
		}
	}
	if slashes > 1 {
		return tokenDoubleEscape, 2
	}
	return tokenEscape, 1
}

func (l *lexer) matchReference(s string) (tokenKind, int) {
	switch s[0] {
	case '[':
		return tokenIndexOpen, 1
	case '(':
		if l.state == inModifier {
			return tokenParenOpen, 1
		}
	case '{':
		return tokenCurlyOpen, 1
	case '}':
		return tokenCurlyClose, 1
	}
	if kind, n := matchName(s); n > 0 {
		return kind, n
	}
	return tokenTerminator, 1
}

func matchCall(s string) (tokenKind, int) {
	if s[0] == ')' {
		return tokenCallClose, 1
	}
	if kind, n := matchPunctuation(s); n > 0 {
		return kind, n
	}
	if kind, n := matchValue(s); n > 0 {
		return kind, n
	}
	return matchName(s)
}

func matchIndex(s string) (tokenKind, int) {
	if s[0] == ']' {
		return tokenIndexClose, 1
	}
	if kind, n := matchValue(s); n > 0 {
		return kind, n
	}
	for _, k := range []tokenKind{tokenTrue, tokenFalse} {
		if strings.HasPrefix(s, k.String()) {
			return k, len(k.String())
		}
	}
	return tokenNone, 0
}

func matchDirective(s string) (tokenKind, int) {
	switch s[0] {
	case '(':
		return tokenParenOpen, 1
	case ')':
		return tokenParenClose, 1 + blankLineEnd(s[1:])
	}
	if n := matchBracedWord(s); n > 0 {
		return tokenBracedWord, n
	}
	if kind, n := matchValue(s); n > 0 {
		return kind, n
	}
	if kind, n := matchPunctuation(s); n > 0 {
		return kind, n
	}
	if n := matchWord(s); n > 0 {
		if k, ok := wordOperators[s[:n]]; ok {
			return k, n
		}
		return tokenWord, n
	}
	return matchOperator(s)
}

func matchDirectiveName(s string) (tokenKind, int) {
	if n := max(matchWord(s), matchBracedWord(s)); n > 0 {
		switch strings.Trim(s[:n], "{}") {
		case "end":
			return tokenEnd, n + blankLineEnd(s[n:])
		case "else":
			return tokenElse, n + blankLineEnd(s[n:])
		case "if":
			return tokenIf, n
		case "elseif":
			return tokenElseIf, n
		}
		if s[0] == '{' {
			return tokenBracedWord, n
		}
		return tokenWord, n
	}
	if kind, n := matchNumber(s); n > 0 {
		return kind, n
	}
	return tokenTerminator, 1
}

// matchPunctuation finds what separates the parts of lists, maps and ranges.
func matchPunctuation(s string) (tokenKind, int) {
	switch s[0] {
	case '[':
		return tokenListOpen, 1
	case ']':
		return tokenListClose, 1
	case ',':
		return tokenComma, 1
	case ':':
		return tokenColon, 1
	case '{':
		return tokenMapOpen, 1
	case '}':
		return tokenMapClose, 1
	case '.':
		if strings.HasPrefix(s, "..") {
			return tokenDotDot, 2
		}
	}
	return tokenNone, 0
}

// matchValue finds blanks, strings and numbers.
func matchValue(s string) (tokenKind, int) {
	switch s[0] {
	case ' ', '\t', '\n', '\r':
		n := 1
		for n < len(s) && strings.IndexByte(" \t\n\r", s[n]) >= 0 {
			n++
		}
		return tokenSpace, n
	case '"', '\'':
		return tokenString, matchString(s)
	}
	return matchNumber(s)
}

// matchString finds a literal in which a doubled quote stands for one. A quote
// that is doubled in a literal that never ends closes it.
func matchString(s string) int {
	end := 0
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			continue
		}
		end = i + 1
		if end == len(s) || s[end] != s[0] {
			return end
		}
		i++
	}
	return end
}

// matchNumber finds integers, with the .. of a range, and decimals.
func matchNumber(s string) (tokenKind, int) {
	n := 0
	if s[0] == '-' {
		n = 1
	}
	whole := countDigits(s[n:])
	n += whole
	if whole > 0 && strings.HasPrefix(s[n:], "..") {
		return tokenInteger, n + 2
	}
	kind := tokenInteger
	fraction := 0
	if n < len(s) && s[n] == '.' {
		if fraction = countDigits(s[n+1:]); whole+fraction > 0 {
			kind = tokenFloat
			n += 1 + fraction
		}
	}
	if whole+fraction == 0 {
		return tokenNone, 0
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		e := n + 1
		if e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if d := countDigits(s[e:]); d > 0 {
			return tokenFloat, e + d
		}
	}
	return kind, n
}

// matchName finds an identifier, in which a hyphen is a letter, the keywords,
// and the dot before a name.
func matchName(s string) (tokenKind, int) {
	if s[0] == '.' {
		if len(s) > 1 && isLetter(s[1]) {
			return tokenDot, 2
		}
		return tokenNone, 0
	}
	if !isLetter(s[0]) && s[0] != '_' {
		return tokenNone, 0
	}
	n := 1
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '-' || s[n] == '_') {
		n++
	}
	switch s[:n] {
	case "true":
		return tokenTrue, n
	case "false":
		return tokenFalse, n
	}
	return tokenIdentifier, n
}

var wordOperators = map[string]tokenKind{
	"true": tokenTrue, "false": tokenFalse, "and": tokenAnd, "or": tokenOr, "not": tokenNot,
	"lt": tokenLess, "le": tokenLessEqual, "gt": tokenGreater, "ge": tokenGreaterEqual,
	"eq": tokenEqual, "ne": tokenNotEqual,
}

func matchOperator(s string) (tokenKind, int) {
	if len(s) > 1 {
		switch s[:2] {
		case "&&":
			return tokenAnd, 2
		case "||":
			return tokenOr, 2
		case "<=":
			return tokenLessEqual, 2
		case ">=":
			return tokenGreaterEqual, 2
		case "==":
			return tokenEqual, 2
		case "!=":
			return tokenNotEqual, 2
		}
	}
	switch s[0] {
	case '-':
		return tokenMinus, 1
	case '+':
		return tokenPlus, 1
	case '*':
		return tokenTimes, 1
	case '/':
		return tokenDivide, 1
	case '%':
		return tokenModulo, 1
	case '<':
		return tokenLess, 1
	case '>':
		return tokenGreater, 1
	case '!':
		return tokenNot, 1
	case '=':
		return tokenAssign, 1
	}
	return tokenNone, 0
}

// matchWord finds the name of a directive or macro; a hyphen ends it.
func matchWord(s string) int {
	if s == "" || !isLetter(s[0]) && s[0] != '_' && s[0] != '@' {
		return 0
	}
	return 1 + countWord(s[1:])
}

func matchBracedWord(s string) int {
	if len(s) < 3 || s[0] != '{' || !isLetter(s[1]) && s[1] != '_' {
		return 0
	}
	n := 2 + countWord(s[2:])
	if n < len(s) && s[n] == '}' {
		return n + 1
	}
	return 0
}

func countWord(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '_' || s[n] == '@') {
		n++
	}
	return n
}

// blankLineEnd returns the length of blanks and the line end after them, 0
// without a line end.
func blankLineEnd(s string) int {
	n := countBlanks(s)
	if end := lineEnd(s[n:]); end > 0 {
		return n + end
	}
	return 0
}

func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return 2
	case s != "" && (s[0] == '\n' || s[0] == '\r'):
		return 1
	}
	return 0
}

func countBlanks(s string) int {
	n := 0
	for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		n++
	}
	return n
}

func countDigits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func countByte(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
