package logs

import (
	"strings"
)

// jsonPattern is a condition on members of a JSON message. Its grammar:
//
//	pattern:   '{' or '}'
//	or:        and { '||' and }
//	and:       test { '&&' test }
//	test:      '(' or ')' | selector comparison
//	         | selector 'IS' ('NULL' | 'TRUE' | 'FALSE') | selector ('NOT EXISTS' | 'EXISTS')
//	selector:  '$' { '.' name | '[' index ']' }
type jsonPattern struct{ test jsonTest }

type jsonTest func(message any) bool

func (p jsonPattern) matches(message string) bool {
	v, ok := parseMessage(message)
	return ok && p.test(v)
}

// maxJSONDepth bounds the parentheses of a pattern.
const maxJSONDepth = 20

func parseJSONPattern(text string) (filterPattern, error) {
	inner, ok := strings.CutSuffix(strings.TrimPrefix(text, "{"), "}")
	if !ok {
		return nil, invalidPattern("no closing } in %s", text)
	}
	p := jsonParser{rest: inner}
	test, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.rest != "" {
		return nil, invalidPattern("%q is not expected here", p.rest)
	}
	return jsonPattern{test}, nil
}

type jsonParser struct{ rest string }

func (p *jsonParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *jsonParser) take(token string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *jsonParser) or(depth int) (jsonTest, error) {
	return p.chain("||", p.and, depth, func(a, b jsonTest) jsonTest {
		return func(v any) bool { return a(v) || b(v) }
	})
}

func (p *jsonParser) and(depth int) (jsonTest, error) {
	return p.chain("&&", p.one, depth, func(a, b jsonTest) jsonTest {
		return func(v any) bool { return a(v) && b(v) }
	})
}

func (p *jsonParser) chain(op string, next func(int) (jsonTest, error), depth int, join func(a, b jsonTest) jsonTest) (jsonTest, error) {
	left, err := next(depth)
	for err == nil && p.take(op) {
		var right jsonTest
		if right, err = next(depth); err == nil {
			left = join(left, right)
		}
	}
	return left, err
}

func (p *jsonParser) one(depth int) (jsonTest, error) {
	if depth > maxJSONDepth {
		return nil, invalidPattern("more than %d parentheses inside each other", maxJSONDepth)
	}
	if p.take("(") {
		test, err := p.or(depth + 1)
		if err == nil && !p.take(")") {
			err = invalidPattern("no closing parenthesis before %q", p.rest)
		}
		return test, err
	}
	path, err := p.selector()
	if err != nil {
		return nil, err
	}
	if test := p.keyword(path); test != nil {
		return test, nil
	}
	return p.comparison(path)
}

func (p *jsonParser) selector() ([]string, error) {
	if !p.take("$") {
		return nil, invalidPattern("a selector that begins with $ is missing at %q", p.rest)
	}
	var path []string
	for {
		switch {
		case strings.HasPrefix(p.rest, ".\""):
			name, rest, err := scanQuoted(p.rest[1:])
			if err != nil {
				return nil, err
			}
			path, p.rest = append(path, name), rest
		case strings.HasPrefix(p.rest, "."):
			end := strings.IndexAny(p.rest[1:], ".[ \t=!<>)&|")
			if end < 0 {
				end = len(p.rest) - 1
			}
			path, p.rest = append(path, p.rest[1:1+end]), p.rest[1+end:]
		case strings.HasPrefix(p.rest, "["):
			end := strings.IndexByte(p.rest, ']')
			if end < 0 {
				return nil, invalidPattern("no closing ] in %q", p.rest)
			}
			path, p.rest = append(path, strings.Trim(p.rest[1:end], `"'`)), p.rest[end+1:]
		default:
			return path, nil
		}
	}
}

// keyword takes IS NULL, IS TRUE, IS FALSE, NOT EXISTS, EXISTS.
func (p *jsonParser) keyword(path []string) jsonTest {
	switch {
	case p.take("NOT EXISTS"):
		return func(v any) bool { _, ok := jsonValue(v, path); return !ok }
	case p.take("EXISTS"):
		return func(v any) bool { _, ok := jsonValue(v, path); return ok }
	case p.take("IS NULL"):
		return func(v any) bool { x, ok := jsonValue(v, path); return ok && x == nil }
	case p.take("IS TRUE"):
		return func(v any) bool { x, _ := jsonValue(v, path); return x == true }
	case p.take("IS FALSE"):
		return func(v any) bool { x, _ := jsonValue(v, path); return x == false }
	}
	return nil
}

func (p *jsonParser) comparison(path []string) (jsonTest, error) {
	p.skip()
	end := comparisonEnd(p.rest)
	c, err := parseComparison(strings.TrimSpace(p.rest[:end]))
	if err != nil {
		return nil, err
	}
	p.rest = p.rest[end:]
	return func(v any) bool {
		x, ok := jsonValue(v, path)
		if !ok || x == nil {
			return false
		}
		switch x.(type) {
		case map[string]any, []any:
			return false
		}
		return c.text(scalarText(x))
	}, nil
}

// comparisonEnd is where a comparison ends: before && || or a parenthesis that
// is not inside quotes or a regular expression.
func comparisonEnd(s string) int {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '%':
			quote = c
		case c == ')' || strings.HasPrefix(s[i:], "&&") || strings.HasPrefix(s[i:], "||"):
			return i
		}
	}
	return len(s)
}
