package gateway

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
)

// audience is who reads an execution: it decides what is masked.
type audience struct{ fields, queries *nameSet }

// AWS masks two fields in execution logs, all but the last six characters. What
// we show by ourselves hides more.
var (
	forLogs   = &audience{newNameSet("Authorization", "x-api-key"), newNameSet()}
	forPeople = &audience{
		newNameSet("Authorization", "x-api-key", "Cookie", "Set-Cookie", "Proxy-Authorization"),
		newNameSet("X-Amz-Signature", "X-Amz-Security-Token", "access_token", "id_token", "client_secret", "password", "api_key"),
	}
)

// shownSecret is the number of characters at the end of a secret that stay; a
// secret of less than twice as many shows none.
const shownSecret = 6

// mask replaces all but the last characters by asterisks.
func mask(s string) string {
	b := []byte(s)
	n := len(b) - shownSecret
	if n < shownSecret {
		n = len(b)
	}
	for i := range n {
		b[i] = '*'
	}
	return string(b)
}

// masker hides the secrets of one record, also where they appear within bodies
// and texts.
type masker struct {
	reader  *audience
	secrets []string
	named   []string
}

// minSecret is the length from which a secret is looked for in bodies: shorter
// ones would be found everywhere.
const minSecret = 5

func newMasker(a *audience, r *record) *masker {
	m := &masker{reader: a}
	for _, s := range r.secrets {
		m.add(s)
	}
	for i := range r.steps {
		s := &r.steps[i]
		if s.size > 0 || s.from == s.to {
			continue
		}
		for _, f := range r.fields[s.from:s.to] {
			if !m.hides(s.kind, f.Name) {
				continue
			}
			m.addField(f)
			if s.kind == StepHeaders {
				m.name("header " + f.Name)
			}
			if s.kind == StepQuery {
				m.name("query " + f.Name)
			}
		}
	}
	// The longest first: a token is part of the header that carries it.
	slices.SortFunc(m.secrets, func(a, b string) int { return len(b) - len(a) })
	return m
}

// hides reports whether the values under a name are secret in steps of a kind.
func (m *masker) hides(kind StepKind, name string) bool {
	if kind == StepQuery {
		return m.reader.queries.has(name)
	}
	return m.reader.fields.has(name) || equalFold(name, "X-Amz-Security-Token")
}

func (m *masker) name(s string) {
	if !slices.Contains(m.named, s) {
		m.named = append(m.named, s)
	}
}

// addField takes a field's value, and what in it is secret by itself: the token
// behind a scheme, the values of cookies.
func (m *masker) addField(f HeaderField) {
	m.add(f.Value)
	if _, token, ok := strings.Cut(f.Value, " "); ok && !strings.Contains(token, " ") {
		m.add(token)
	}
	if equalFold(f.Name, "Cookie") || equalFold(f.Name, "Set-Cookie") {
		for pair := range strings.SplitSeq(f.Value, ";") {
			if _, v, ok := strings.Cut(pair, "="); ok && len(v) > shownSecret {
				m.add(v)
			}
			if equalFold(f.Name, "Set-Cookie") {
				break // attributes follow
			}
		}
	}
}

func (m *masker) add(s string) {
	if len(s) >= minSecret && !slices.Contains(m.secrets, s) {
		m.secrets = append(m.secrets, s)
	}
}

// field returns a field's value as it may be seen. AWS does not mask the
// security token but only cuts it off; we do not write tokens into logs.
func (m *masker) field(kind StepKind, f HeaderField) string {
	switch {
	case kind != StepQuery && equalFold(f.Name, "X-Amz-Security-Token"):
		return "[REDACTED]"
	case m.hides(kind, f.Name):
		return mask(f.Value)
	}
	return m.text(f.Value)
}

func (m *masker) text(s string) string {
	for _, secret := range m.secrets {
		s = strings.ReplaceAll(s, secret, mask(secret))
		if q := url.QueryEscape(secret); q != secret {
			s = strings.ReplaceAll(s, q, mask(secret))
		}
	}
	return s
}

// body returns a copy of a body with the secrets in it masked, in the form that
// JSON gives them too. Where it was cut, the beginning of one may be left at its
// end.
func (m *masker) body(b []byte, cut bool) []byte {
	b = bytes.Clone(b)
	for _, secret := range m.secrets {
		masked := []byte(mask(secret))
		b = bytes.ReplaceAll(b, []byte(secret), masked)
		quoted := appendQuoted(nil, secret)
		if quoted = quoted[1 : len(quoted)-1]; string(quoted) != secret {
			b = bytes.ReplaceAll(b, quoted, masked)
		}
		if !cut {
			continue
		}
		for _, form := range [...]string{secret, string(quoted)} {
			for n := min(len(form)-1, len(b)); n > 2; n-- {
				if bytes.HasSuffix(b, []byte(form[:n])) {
					copy(b[len(b)-n:], strings.Repeat("*", n))
					break
				}
			}
		}
	}
	return b
}
