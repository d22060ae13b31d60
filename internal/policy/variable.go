package policy

import "strings"

// template is a text with wildcards and policy variables, such as
// "arn:aws:s3:::home/${aws:username}/*".
type template []piece

// piece is text, in which anyChar stands for "?", a star or a variable.
type piece struct {
	kind     pieceKind
	text     string  // of text; of a variable its key in lower case
	fallback *string // of a variable, nil if it has no default
}

type pieceKind uint8

const (
	literal pieceKind = iota
	star
	variable
)

// parseTemplate: {'*' | '?' | '${' ('*' | '?' | '$' | key [',' "'" default "'"]) '}' | text}
//
// Wildcards and variables are recognized if told so; otherwise they are text.
// "${" without its closing brace is text.
func parseTemplate(s string, wild, vars bool) template {
	var t template
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			t = append(t, piece{text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		end := -1
		if vars && strings.HasPrefix(s[i:], "${") {
			end = strings.IndexByte(s[i:], '}')
		}
		switch {
		case end >= 0:
			inner := s[i+2 : i+end]
			if inner == "*" || inner == "?" || inner == "$" {
				text.WriteString(inner)
			} else {
				flush()
				t = append(t, parseVariable(inner))
			}
			i += end
		case wild && s[i] == '*':
			flush()
			t = append(t, piece{kind: star})
		case wild && s[i] == '?':
			text.WriteByte(anyChar)
		default:
			text.WriteByte(s[i])
		}
	}
	flush()
	return t
}

// parseVariable: key [',' "'" default "'"]
func parseVariable(s string) piece {
	key, fallback, ok := strings.Cut(s, ",")
	p := piece{kind: variable, text: strings.ToLower(strings.TrimSpace(key))}
	if ok {
		p.fallback = new(strings.Trim(strings.TrimSpace(fallback), "'"))
	}
	return p
}

// fixed reports whether the template has no variables.
func (t template) fixed() bool {
	for _, p := range t {
		if p.kind == variable {
			return false
		}
	}
	return true
}

// chunks returns the texts between the stars of a fixed template.
func (t template) chunks() []string {
	chunks, _ := t.expand(nil)
	return chunks
}

// expand puts the request's values in place of the variables and returns the
// texts between the stars. It is false if a variable has neither one value
// nor a default. Stars and question marks in values are text.
func (t template) expand(r *Request) ([]string, bool) {
	chunks, last := make([]string, 0, 4), ""
	for _, p := range t {
		switch p.kind {
		case star:
			chunks, last = append(chunks, last), ""
		case variable:
			value, ok := p.value(r)
			if !ok {
				return nil, false
			}
			last += strings.ToValidUTF8(value, "\uFFFD")
		default:
			last += p.text
		}
	}
	return append(chunks, last), true
}

// value resolves a variable. AWS: a key with several values resolves to none.
func (p piece) value(r *Request) (string, bool) {
	if v := r.lookup(p.text); v.len() == 1 {
		return v.at(0), true
	}
	if p.fallback != nil {
		return *p.fallback, true
	}
	return "", false
}

// verdict is the result of comparing with a pattern whose variables may not
// be resolvable.
type verdict uint8

const (
	differs verdict = iota
	matches
	unresolved
)

func verdictOf(ok bool) verdict {
	if ok {
		return matches
	}
	return differs
}

// pattern is a glob that may have variables.
type pattern struct {
	glob     glob
	template template // nil if the glob is complete
}

func compilePattern(s string, vars bool) pattern {
	return patternOf(parseTemplate(s, true, vars))
}

func patternOf(t template) pattern {
	if !t.fixed() {
		return pattern{template: t}
	}
	return pattern{glob: newGlob(t.chunks(), false)}
}

func (p *pattern) match(s string, r *Request) verdict {
	if p.template == nil {
		return verdictOf(p.glob.match(s))
	}
	chunks, ok := p.template.expand(r)
	if !ok {
		return unresolved
	}
	return verdictOf(newGlob(chunks, false).match(s))
}
