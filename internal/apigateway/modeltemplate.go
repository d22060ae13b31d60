package apigateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// flatten returns m's schema with the models that it refers to put inside. A
// model that contains itself moves to "definitions", to which it refers.
func (a *restAPI) flatten(m *Model) (string, error) {
	schema, _ := parseSchema(*m.Schema)
	f := flattener{api: a, open: []string{m.Name}, definitions: map[string]any{}}
	flat := f.value(schema)
	if object, ok := flat.(map[string]any); ok && len(f.definitions) > 0 {
		if own, ok := object["definitions"].(map[string]any); ok {
			maps.Copy(f.definitions, own)
		}
		object["definitions"] = f.definitions
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(flat)
	return strings.TrimSuffix(b.String(), "\n"), err
}

type flattener struct {
	api         *restAPI
	size        int      // values written so far
	open        []string // models that are being put inside, outermost first
	definitions map[string]any
}

// maxFlat bounds how many values a flattened schema has: models that refer to
// each other twice double at each step.
const maxFlat = 100_000

func (f *flattener) value(v any) any {
	f.size++
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return f.ref(v, ref)
		}
		c := make(map[string]any, len(v))
		for k, item := range v {
			c[k] = f.value(item)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			c[i] = f.value(item)
		}
		return c
	}
	return v
}

func (f *flattener) ref(v map[string]any, ref string) any {
	_, name, ok := cutModelRef(ref)
	m, known := f.api.models.get(name)
	if !ok || !known || m.Schema == nil || f.size > maxFlat {
		return v
	}
	schema, _ := parseSchema(*m.Schema)
	if !slices.Contains(f.open, name) {
		f.open = append(f.open, name)
		defer func() { f.open = f.open[:len(f.open)-1] }()
		return f.value(schema)
	}
	if _, done := f.definitions[name]; !done {
		f.definitions[name] = true // a valid schema until the real one is there
		f.definitions[name] = f.value(schema)
	}
	return map[string]any{"$ref": "#/definitions/" + name}
}

// blueprint returns a mapping template whose output has the form of the model,
// filled from an input of the same form. Properties keep the schema's order.
func (a *restAPI) blueprint(m *Model) string {
	schema := json.RawMessage(*m.Schema)
	b := blueprinter{api: a, open: []string{m.Name}}
	b.WriteString("#set($inputRoot = $input.path('$'))\n")
	b.value(schema, schema, "$inputRoot", "")
	return b.String()
}

// blueprinter writes a template. Loops may nest: Velocity gives an outer $elem
// its value back behind an inner loop.
type blueprinter struct {
	strings.Builder
	api   *restAPI
	open  []string // models that are being written, outermost first
	depth int
}

// Bounds of a template: maxBlueprintDepth ends references that lead in
// circles, maxBlueprint (bytes, AWS's limit of a mapping template) those that
// double at each step.
const (
	maxBlueprintDepth = 32
	maxBlueprint      = 300 << 10
)

// modelShape is what of a schema decides its template.
type modelShape struct {
	Ref        string          `json:"$ref"`
	Type       json.RawMessage `json:"type"`
	Properties json.RawMessage `json:"properties"`
	Items      json.RawMessage `json:"items"`
}

// value writes what yields v, a schema inside the model root, from the
// reference from. indent stands before every further line.
func (b *blueprinter) value(v, root json.RawMessage, from, indent string) {
	if b.Len() > maxBlueprint || b.depth > maxBlueprintDepth {
		b.WriteString("{ }")
		return
	}
	b.depth++
	defer func() { b.depth-- }()
	var shape modelShape
	if err := json.Unmarshal(v, &shape); err != nil {
		b.WriteString("{ }") // a property that is called "$ref" or "type"
		return
	}
	switch {
	case shape.Ref != "":
		b.ref(shape.Ref, root, from, indent)
	case shape.kind() == "object":
		b.object(shape.Properties, root, from, indent)
	case shape.kind() == "array":
		b.array(shape.Items, root, from, indent)
	case shape.kind() == "string":
		b.WriteString(`"` + from + `"`)
	default:
		b.WriteString(from)
	}
}

// kind is the schema's type, the first one that is not null where there are
// several; a schema without one is what its keywords are for.
func (s *modelShape) kind() string {
	var one string
	if json.Unmarshal(s.Type, &one) == nil {
		return one
	}
	var several []string
	if json.Unmarshal(s.Type, &several) == nil {
		for _, name := range several {
			if name != "null" {
				return name
			}
		}
	}
	if s.Items != nil {
		return "array"
	}
	return "object"
}

func (b *blueprinter) ref(ref string, root json.RawMessage, from, indent string) {
	if isLocalRef(ref) {
		b.value(resolvePointer(root, ref), root, from, indent)
		return
	}
	_, name, _ := cutModelRef(ref)
	m, ok := b.api.models.get(name)
	if !ok || m.Schema == nil || slices.Contains(b.open, name) {
		b.WriteString("{ }") // the model contains itself
		return
	}
	b.open = append(b.open, name)
	defer func() { b.open = b.open[:len(b.open)-1] }()
	schema := json.RawMessage(*m.Schema)
	b.value(schema, schema, from, indent)
}

// resolvePointer finds what "#/a/b" points at in root.
func resolvePointer(root json.RawMessage, ref string) json.RawMessage {
	for _, s := range splitPointer(strings.TrimPrefix(ref, "#")) {
		var object map[string]json.RawMessage
		if json.Unmarshal(root, &object) != nil {
			return nil
		}
		root = object[s]
	}
	return root
}

func (b *blueprinter) object(properties, root json.RawMessage, from, indent string) {
	dec := json.NewDecoder(bytes.NewReader(properties))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') || !dec.More() {
		b.WriteString("{ }")
		return
	}
	b.WriteString("{\n")
	for first := true; dec.More(); first = false {
		name, err := dec.Token()
		if err != nil {
			return // the schema was checked when it was saved
		}
		var schema json.RawMessage
		if err := dec.Decode(&schema); err != nil {
			return
		}
		if !first {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, "%s  \"%s\" : ", indent, name)
		b.value(schema, root, fmt.Sprintf("%s.%s", from, name), indent+"  ")
	}
	b.WriteString("\n" + indent + "}")
}

func (b *blueprinter) array(items, root json.RawMessage, from, indent string) {
	var list []json.RawMessage
	if json.Unmarshal(items, &list) == nil && len(list) > 0 {
		items = list[0]
	}
	b.WriteString("[\n" + indent + "#foreach($elem in " + from + ")\n" + indent + "  ")
	b.value(items, root, "$elem", indent+"  ")
	b.WriteString("#if($foreach.hasNext),#end\n" + indent + "#end\n" + indent + "]")
}
