package apigateway

import (
	"bytes"
	"encoding/json"
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
// filled from an input of the same form.
func (a *restAPI) blueprint(m *Model) (string, error) {
	schema, _ := parseSchema(*m.Schema)
	b := blueprinter{api: a, open: []string{m.Name}}
	b.WriteString("#set($inputRoot = $input.path('$'))\n")
	b.value(schema, schema, "$inputRoot", "")
	return b.String(), nil
}

// blueprinter writes a template. Loops may nest: Velocity gives an outer $elem
// its value back behind an inner loop.
type blueprinter struct {
	strings.Builder
	api  *restAPI
	open []string // models that are being written, outermost first
}

// value writes what yields v, a schema inside the model root, from the
// reference from. indent stands before every further line.
func (b *blueprinter) value(v, root any, from, indent string) {
	if b.Len() > maxBlueprint {
		b.WriteString("{ }")
		return
	}
	schema, _ := v.(map[string]any)
	if ref, ok := schema["$ref"].(string); ok {
		b.ref(ref, root, from, indent)
		return
	}
	switch typeOf(schema) {
	case "object":
		b.object(schema, root, from, indent)
	case "array":
		b.array(schema, root, from, indent)
	case "string":
		b.WriteString(`"` + from + `"`)
	default:
		b.WriteString(from)
	}
}

// typeOf is the schema's type, the first one that is not null where there are
// several; a schema without one is what its keywords are for.
func typeOf(schema map[string]any) string {
	switch t := schema["type"].(type) {
	case string:
		return t
	case []any:
		for _, item := range t {
			if name, ok := item.(string); ok && name != "null" {
				return name
			}
		}
	}
	if schema["items"] != nil {
		return "array"
	}
	if schema["properties"] != nil || len(schema) == 0 {
		return "object"
	}
	return "string"
}

func (b *blueprinter) ref(ref string, root any, from, indent string) {
	if isLocalRef(ref) {
		if len(b.open) > maxBlueprintDepth {
			b.WriteString("{ }")
			return
		}
		b.open = append(b.open, ref)
		defer func() { b.open = b.open[:len(b.open)-1] }()
		b.value(resolvePointer(root, ref), root, from, indent)
		return
	}
	_, name, _ := cutModelRef(ref)
	m, ok := b.api.models.get(name)
	if !ok || m.Schema == nil || slices.Contains(b.open, name) {
		b.WriteString("{ }") // the model contains itself
		return
	}
	schema, _ := parseSchema(*m.Schema)
	b.open = append(b.open, name)
	defer func() { b.open = b.open[:len(b.open)-1] }()
	b.value(schema, schema, from, indent)
}

// maxBlueprintDepth ends references that lead in circles, maxBlueprint (bytes,
// AWS's limit of a mapping template) those that double at each step.
const (
	maxBlueprintDepth = 16
	maxBlueprint      = 300 << 10
)

// resolvePointer finds what "#/a/b" points at in root.
func resolvePointer(root any, ref string) any {
	v := root
	for _, s := range splitPointer(strings.TrimPrefix(ref, "#")) {
		object, _ := v.(map[string]any)
		v = object[s]
	}
	return v
}

func (b *blueprinter) object(schema map[string]any, root any, from, indent string) {
	properties, _ := schema["properties"].(map[string]any)
	if len(properties) == 0 {
		b.WriteString("{ }")
		return
	}
	b.WriteString("{\n")
	for i, name := range sortedKeys(properties) {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(indent + `  "` + name + `" : `)
		b.value(properties[name], root, from+"."+name, indent+"  ")
	}
	b.WriteString("\n" + indent + "}")
}

func (b *blueprinter) array(schema map[string]any, root any, from, indent string) {
	items := schema["items"]
	if list, ok := items.([]any); ok && len(list) > 0 {
		items = list[0]
	}
	b.WriteString("[\n" + indent + "#foreach($elem in " + from + ")\n" + indent + "  ")
	b.value(items, root, "$elem", indent+"  ")
	b.WriteString("#if($foreach.hasNext),#end\n" + indent + "#end\n" + indent + "]")
}
