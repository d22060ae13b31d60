package policy

import (
	"bytes"
	"encoding/json"
)

// Versions of the language. Documents without one have the older, which knows
// no policy variables.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Effect is what a statement does to the requests that it matches.
type Effect string

// The two effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Document is a policy as it is written.
type Document struct {
	Version    string // "" if it is left out
	ID         string
	Statements []Statement
}

// Statement allows or denies the requests that match all of its elements. An
// element that is left out is nil.
type Statement struct {
	Sid                     string
	Effect                  Effect
	Principal, NotPrincipal *Principals
	Action, NotAction       []string
	Resource, NotResource   []string
	Condition               []Condition
}

// Principals is the Principal or NotPrincipal element.
type Principals struct {
	Anyone        bool // written "*"
	AWS           []string
	Service       []string
	Federated     []string
	CanonicalUser []string
}

// Condition is one key of one operator; all conditions of a statement have to
// hold. Values are alternatives. Operator includes its ForAllValues: or
// ForAnyValue: and IfExists.
type Condition struct {
	Operator, Key string
	Values        []string
}

// MapResources returns a copy of the document in which f has replaced every
// resource, such as the short form execute-api:/… by its ARN.
func (d *Document) MapResources(f func(string) string) *Document {
	mapped := *d
	mapped.Statements = append([]Statement(nil), d.Statements...)
	for i := range mapped.Statements {
		s := &mapped.Statements[i]
		s.Resource, s.NotResource = mapAll(s.Resource, f), mapAll(s.NotResource, f)
	}
	return &mapped
}

func mapAll(list []string, f func(string) string) []string {
	if list == nil {
		return nil
	}
	mapped := make([]string, len(list))
	for i, s := range list {
		mapped[i] = f(s)
	}
	return mapped
}

// String prints the document as compact JSON, elements in the order in which
// AWS prints them, lists of one as a string.
func (d *Document) String() string {
	text, _ := d.MarshalJSON()
	return string(text)
}

// MarshalJSON is String for encoding/json; it never fails.
func (d *Document) MarshalJSON() ([]byte, error) {
	var w printer
	w.open('{')
	w.text("Version", d.Version)
	w.text("Id", d.ID)
	w.name("Statement")
	w.open('[')
	for i := range d.Statements {
		w.comma()
		w.statement(&d.Statements[i])
	}
	w.close(']')
	w.close('}')
	return w.Bytes(), nil
}

// printer writes JSON; first says that the next member or item is the first.
type printer struct {
	bytes.Buffer
	first bool
}

func (w *printer) statement(s *Statement) {
	w.open('{')
	w.text("Sid", s.Sid)
	w.text("Effect", string(s.Effect))
	w.principals("Principal", s.Principal)
	w.principals("NotPrincipal", s.NotPrincipal)
	w.list("Action", s.Action)
	w.list("NotAction", s.NotAction)
	w.list("Resource", s.Resource)
	w.list("NotResource", s.NotResource)
	if s.Condition != nil {
		w.name("Condition")
		w.conditions(s.Condition)
	}
	w.close('}')
}

// conditions prints runs of one operator as one object.
func (w *printer) conditions(list []Condition) {
	w.open('{')
	for i := range list {
		if i == 0 || list[i].Operator != list[i-1].Operator {
			if i > 0 {
				w.close('}')
			}
			w.name(list[i].Operator)
			w.open('{')
		}
		w.list(list[i].Key, append([]string{}, list[i].Values...))
	}
	if len(list) > 0 {
		w.close('}')
	}
	w.close('}')
}

func (w *printer) principals(name string, p *Principals) {
	if p == nil {
		return
	}
	if p.Anyone {
		w.text(name, "*")
		return
	}
	w.name(name)
	w.open('{')
	w.list("AWS", p.AWS)
	w.list("Service", p.Service)
	w.list("Federated", p.Federated)
	w.list("CanonicalUser", p.CanonicalUser)
	w.close('}')
}

func (w *printer) open(c byte)  { w.WriteByte(c); w.first = true }
func (w *printer) close(c byte) { w.WriteByte(c); w.first = false }

func (w *printer) comma() {
	if !w.first {
		w.WriteByte(',')
	}
	w.first = false
}

func (w *printer) name(name string) {
	w.comma()
	w.quote(name)
	w.WriteByte(':')
}

// text prints a member, or nothing if value is empty.
func (w *printer) text(name, value string) {
	if value != "" {
		w.name(name)
		w.quote(value)
	}
}

// list prints a member, or nothing if values is nil.
func (w *printer) list(name string, values []string) {
	if values == nil {
		return
	}
	w.name(name)
	if len(values) == 1 {
		w.quote(values[0])
		return
	}
	w.open('[')
	for _, v := range values {
		w.comma()
		w.quote(v)
	}
	w.close(']')
}

func (w *printer) quote(s string) {
	enc := json.NewEncoder(&w.Buffer)
	enc.SetEscapeHTML(false)
	enc.Encode(s)
	w.Truncate(w.Len() - 1) // the line feed
}
