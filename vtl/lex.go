package vtl

import "strings"

// A lexState says which tokens exist at a place of the template. Velocity's
// lexer keeps a stack of them; where it returns to the wrong one, as after a
// #set that follows a reference, so do we.
type lexState uint8

const (
	inText          lexState = iota
	inReference              // after $
	inModifier               // after $name.
	inCall                   // in the parentheses of $name.method(
	inIndex                  // after $name[
	inDirective              // in the parentheses of a directive
	inDirectiveName          // after #
	inTextblock              // in #[[
	inBlockComment           // in #* and #**
	inLineComment            // after ##
)

// A lexFrame is what the lexer returns to when a reference, an index, a
// directive or a comment ends.
type lexFrame struct {
	state         lexState
	opens, closes int
}

// A lexer cuts a template into tokens. It is pulled token by token, since the
// parser decides what is lexed next: after the name of a directive it turns to
// inDirective.
type lexer struct {
	src    string
	at     int
	state  lexState
	stack  []lexFrame
	opens  int // parentheses opened in this state
	closes int

	commented bool // in a comment or a text block
	setting   bool // in a #set
	slashes   int  // where the backslashes that were counted last end
}

// next returns the token at l.at. It panics with a *SyntaxError where nothing
// matches.
func (l *lexer) next() token {
	t := token{from: l.at, at: l.at}
	joined := false // the token began with a lone $ or #
	for {
		if l.at == len(l.src) {
			if joined {
				panic(syntaxErrorAt(l.at, "unexpected end of template after %q", l.src[t.at:]))
			}
			t.kind, t.end = tokenEOF, l.at
			return t
		}
		kind, n := l.match()
		if n == 0 {
			panic(syntaxErrorAt(l.at, "unexpected %q", firstRune(l.src[l.at:])))
		}
		matched := l.at
		l.at += n
		switch kind {
		case tokenDollar, tokenTextblockOpen, tokenFormalCommentOpen, tokenBlockCommentOpen, tokenHash, tokenMore:
			l.begin(kind)
			joined = true
		case tokenSkip:
			t.at, joined = l.at, false
		case tokenTerminator:
			l.at = matched
			t.lead += printedLead(l.src[t.at : matched+1])
			t.at, joined = matched, false
			l.pop()
		default:
			t.kind, t.end = kind, l.at
			if kind == tokenInteger && strings.HasSuffix(l.src[t.at:l.at], "..") {
				l.at -= 2
				t.end -= 2
			}
			if kind == tokenDot { // the letter belongs to the name
				l.at--
				t.end--
			}
			l.finish(kind)
			return t
		}
	}
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// begin enters the state that a $, # or #* opens.
func (l *lexer) begin(kind tokenKind) {
	if l.commented {
		return
	}
	switch kind {
	case tokenDollar:
		if l.state == inReference {
			l.pop()
		}
		l.push(inReference)
	case tokenTextblockOpen:
		l.commented = true
		l.push(inTextblock)
	case tokenFormalCommentOpen:
		l.at-- // only there to see that the comment is not #**#
		l.commented = true
		l.push(inBlockComment)
	case tokenBlockCommentOpen:
		l.commented = true
		l.push(inBlockComment)
	case tokenHash:
		if l.state == inReference || l.state == inModifier {
			l.pop()
		}
		l.push(inDirectiveName)
	}
}

// finish enters the state that follows a token.
func (l *lexer) finish(kind tokenKind) {
	switch kind {
	case tokenIndexOpen:
		l.push(inIndex)
	case tokenIndexClose:
		l.pop()
	case tokenParenOpen:
		if !l.commented {
			l.opens++
		}
		if l.state == inModifier {
			l.state = inCall
		}
	case tokenParenClose:
		l.closeParen()
	case tokenCallClose:
		l.state = inReference
	case tokenSet:
		if !l.commented {
			l.push(inDirective)
			l.setting = true
			l.opens++
		}
	case tokenLineComment:
		if !l.commented {
			if l.state == inReference {
				l.pop()
			}
			l.commented = true
			l.push(inLineComment)
		}
	case tokenLineCommentEnd, tokenBlockComment, tokenTextblock:
		l.commented = false
		l.pop()
	case tokenString:
		if l.state == inDirective && !l.setting && l.opens == 0 {
			l.pop()
		}
	case tokenInteger:
		if l.opens == 0 && !l.setting && l.state != inCall && l.state != inIndex {
			l.pop()
		}
	case tokenFloat:
		if l.opens == 0 && !l.setting && l.state != inCall {
			l.pop()
		}
	case tokenIf, tokenElseIf:
		l.state = inDirective
	case tokenEnd, tokenElse, tokenCurlyClose:
		l.pop()
	case tokenDot:
		l.state = inModifier
	}
}

func (l *lexer) push(s lexState) {
	l.stack = append(l.stack, lexFrame{l.state, l.opens, l.closes})
	l.opens = 0
	l.state = s
}

func (l *lexer) pop() bool {
	if len(l.stack) == 0 {
		l.opens = 0
		l.state = inText
		return false
	}
	f := l.stack[len(l.stack)-1]
	l.stack = l.stack[:len(l.stack)-1]
	l.state, l.opens, l.closes = f.state, f.opens, f.closes
	return true
}

// closeParen leaves the states that a ) closes, down to the one with the (.
func (l *lexer) closeParen() {
	for !l.commented {
		if l.opens == 0 {
			if !l.pop() {
				return
			}
			continue
		}
		if l.opens == l.closes+1 {
			l.pop()
		} else {
			l.closes++
		}
		return
	}
}

// printedLead returns what Velocity 1.7 prints of a $ or # that turned out not
// to begin anything: only $ and #, and backslashes before a $. The ! of a lone
// $! is lost. The argument ends with the character that ended the token.
func printedLead(image string) string {
	var b strings.Builder
	for i := 0; i < len(image); i++ {
		switch image[i] {
		case '#', '$':
			b.WriteByte(image[i])
		case '\\':
			j := i
			for j < len(image) && image[j] == '\\' {
				j++
			}
			if j < len(image) && image[j] == '$' {
				b.WriteString(image[i : j+1])
				i = j + 1
			}
		}
	}
	return b.String()
}
