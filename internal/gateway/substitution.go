package gateway

import "strings"

// substitution is the template language of gateway responses and access logs:
// text in which $name and ${name} are replaced, and nothing else happens.
type substitution []substitutionPart

// substitutionPart is text followed by a variable, "" for none.
type substitutionPart struct {
	text     string
	variable string // context.requestId, stageVariables.x, method.request.header.x
	from     expression
}

// compileSubstitution reads a template. Only the variables that gateway
// responses know count; any other dollar is text.
func compileSubstitution(s string) substitution {
	var parts substitution
	text := 0
	for i := 0; i < len(s); {
		if s[i] != '$' {
			i++
			continue
		}
		name, end := scanVariable(s, i)
		if name == "" {
			i++
			continue
		}
		parts = append(parts, substitutionPart{s[text:i], name, compileExpression(name)})
		i, text = end, end
	}
	return append(parts, substitutionPart{text: s[text:]})
}

// scanVariable reads the $name or ${name} that starts at i.
func scanVariable(s string, i int) (name string, end int) {
	start := i + 1
	braced := start < len(s) && s[start] == '{'
	if braced {
		start++
	}
	end = start
	for end < len(s) && (variableByte(s[end]) || s[end] == '-' && !braced || braced && s[end] != '}') {
		end++
	}
	for !braced && end > start && (s[end-1] == '.' || s[end-1] == '-') {
		end--
	}
	name = s[start:end]
	if i := strings.IndexByte(name, '-'); i >= 0 && !braced && !strings.HasPrefix(name, "method.request.") {
		name, end = name[:i], start+i
	}
	if !isVariable(name) || braced && end == len(s) {
		return "", 0
	}
	if braced {
		end++
	}
	return name, end
}

func variableByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '.'
}

func isVariable(name string) bool {
	for _, p := range [...]string{"context.", "stageVariables.", "method.request."} {
		if len(name) > len(p) && strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// append renders the template; what is undefined is empty.
func (s substitution) append(dst []byte, x *exchange) []byte {
	for i := range s {
		dst = append(dst, s[i].text...)
		if s[i].variable != "" {
			if v, ok, err := s[i].from.value(x); ok && err == nil {
				dst = append(dst, v...)
			}
		}
	}
	return dst
}

// appendOr is append with a text for what is undefined or empty.
func (s substitution) appendOr(dst []byte, x *exchange, missing string) []byte {
	for i := range s {
		dst = append(dst, s[i].text...)
		if s[i].variable == "" {
			continue
		}
		v, _, _ := s[i].from.value(x)
		if v == "" {
			v = missing
		}
		dst = append(dst, v...)
	}
	return dst
}
