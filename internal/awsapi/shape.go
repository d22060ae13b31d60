package awsapi

import (
	"reflect"
	"strings"
	"sync"
)

// place is where a member travels in a REST binding.
type place int

const (
	inBody place = iota
	inPath
	inQuery
	inHeader
	inHeaders // a map of headers under a prefix
	inStatus
	inPayload
)

// field is one member of a shape.
type field struct {
	index      int
	name       string // the model's member name
	wire       string // the name on the wire
	place      place
	constraint string // shape name with constraints, or ""
	required   bool
	plain      bool // always printed
	nullEmpty  bool // a map whose empty texts print as null
}

// structure is how a Go struct maps to the wire; computed once per type.
type structure struct {
	fields  []field
	byName  map[string]*field // body members by model name
	byWire  map[string]*field // body members by wire name
	payload *field
}

var structures sync.Map // reflect.Type → *structure

func structureOf(t reflect.Type) *structure {
	if s, ok := structures.Load(t); ok {
		return s.(*structure)
	}
	s := &structure{byName: map[string]*field{}, byWire: map[string]*field{}}
	for i := range t.NumField() {
		s.fields = append(s.fields, newField(i, t.Field(i)))
	}
	for i := range s.fields {
		f := &s.fields[i]
		s.byName[f.name] = f
		if f.place == inBody {
			s.byWire[f.wire] = f
		}
		if f.place == inPayload {
			s.payload = f
		}
	}
	actual, _ := structures.LoadOrStore(t, s)
	return actual.(*structure)
}

func newField(i int, sf reflect.StructField) field {
	name, opt, _ := strings.Cut(sf.Tag.Get("json"), ",")
	f := field{
		index: i, name: name, wire: name, plain: opt == "",
		nullEmpty:  sf.Tag.Get("empty") == "null",
		constraint: sf.Tag.Get("shape"), required: sf.Tag.Get("required") == "true",
	}
	where, wire, _ := strings.Cut(sf.Tag.Get("wire"), ",")
	f.place = map[string]place{"": inBody, "body": inBody, "uri": inPath, "query": inQuery, "header": inHeader, "headers": inHeaders, "status": inStatus, "payload": inPayload}[where]
	if wire != "" {
		f.wire = wire
	}
	return f
}

// naming chooses between the names of the wire and those of the model, which
// the console, the CLI and stored documents use.
type naming int

const (
	wireNames naming = iota
	modelNames
)

func (s *structure) find(n naming, key string) *field {
	if n == modelNames {
		return s.byName[key]
	}
	return s.byWire[key]
}

func cutSpace(s string) (before, after string) {
	before, after, _ = strings.Cut(s, " ")
	return before, after
}
