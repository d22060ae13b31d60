package javaregex

import (
	"strings"
)

// ReplaceAll replaces each match, as Matcher.replaceAll(): in replacement, $n
// and ${name} stand for groups and a backslash quotes the next character. A
// group that took no part is empty. An illegal replacement is a
// *ReplacementError, but only if there is a match, as in Java.
func (re *Regexp) ReplaceAll(s, replacement string) (string, error) {
	return re.replace(s, replacement, true)
}

// ReplaceFirst replaces the first match, as Matcher.replaceFirst().
func (re *Regexp) ReplaceFirst(s, replacement string) (string, error) {
	return re.replace(s, replacement, false)
}

func (re *Regexp) replace(s, replacement string, all bool) (string, error) {
	var (
		b      strings.Builder
		parts  []replacementPart
		bad    error
		copied int
	)
	err := re.each(s, func(match []int) bool {
		if parts == nil {
			if parts, bad = re.parseReplacement(replacement); bad != nil {
				return false
			}
		}
		b.WriteString(s[copied:match[0]])
		copied = match[1]
		for _, part := range parts {
			if part.group < 0 {
				b.WriteString(part.text)
			} else if from := match[2*part.group]; from >= 0 {
				b.WriteString(s[from:match[2*part.group+1]])
			}
		}
		if b.Len() > maxReplaced {
			bad = ErrInputTooLong
			return false
		}
		return all
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return "", err
	}
	b.WriteString(s[copied:])
	return b.String(), nil
}

// maxReplaced bounds what a replacement may grow to, in bytes.
const maxReplaced = 64 << 20

// replacementPart is a literal text, or a group if group >= 0.
type replacementPart struct {
	text  string
	group int
}

// parseReplacement takes a replacement apart.
func (re *Regexp) parseReplacement(text string) ([]replacementPart, error) {
	parts := []replacementPart{}
	fail := func(pos int, msg string) ([]replacementPart, error) {
		return nil, &ReplacementError{Replacement: text, Pos: pos, Msg: msg}
	}
	for i := 0; i < len(text); {
		switch text[i] {
		case '\\':
			if i++; i == len(text) {
				return fail(i, "character to be escaped is missing")
			}
			parts = append(parts, replacementPart{text[i : i+1], -1})
			i++
		case '$':
			group, end, msg := re.groupReference(text, i+1)
			if msg != "" {
				return fail(i, msg)
			}
			parts = append(parts, replacementPart{"", group})
			i = end
		default:
			end := strings.IndexAny(text[i:], `\$`)
			if end < 0 {
				end = len(text) - i
			}
			parts = append(parts, replacementPart{text[i : i+end], -1})
			i += end
		}
	}
	return parts, nil
}

// groupReference reads what follows a $: digits, as many as make the number
// of a group, or {name}. msg says what is wrong.
func (re *Regexp) groupReference(text string, i int) (group, end int, msg string) {
	if i == len(text) {
		return 0, 0, "illegal group reference: group index is missing"
	}
	if text[i] == '{' {
		close := strings.IndexByte(text[i:], '}')
		if close < 0 {
			return 0, 0, "named capturing group is missing trailing '}'"
		}
		name := text[i+1 : i+close]
		group, ok := re.names[name]
		if !ok {
			return 0, 0, "no group with name {" + name + "}"
		}
		return group, i + close + 1, ""
	}
	if !isDigit(rune(text[i])) {
		return 0, 0, "illegal group reference"
	}
	group = int(text[i] - '0')
	if group > re.groups {
		return 0, 0, "no group " + text[i:i+1]
	}
	for i++; i < len(text) && isDigit(rune(text[i])); i++ {
		longer := group*10 + int(text[i]-'0')
		if longer > re.groups {
			break
		}
		group = longer
	}
	return group, i, ""
}
