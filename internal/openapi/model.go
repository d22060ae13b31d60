package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// definitions are the document's named schemas.
func (r *reader) definitions() *node {
	if r.v3 {
		return r.doc.path("components", "schemas")
	}
	return r.doc.get("definitions")
}

// definition is the name in a reference to a named schema.
func (r *reader) definition(ref string) (name string, ok bool) {
	prefix := "#/definitions/"
	if r.v3 {
		prefix = "#/components/schemas/"
	}
	rest, ok := strings.CutPrefix(ref, prefix)
	if !ok || strings.Contains(rest, "/") {
		return "", false
	}
	return pointerPart(rest), true
}

// readModels makes a model of every named schema.
func (r *reader) readModels() {
	for name, n := range r.definitions().members() {
		r.addModel(name, r.schemaText(n))
	}
}

func (r *reader) addModel(name, schema string) {
	r.bound(len(r.out.Models)+1, maxItems, "models")
	r.out.Models = append(r.out.Models, &apigateway.Model{Name: name, ContentType: new(defaultType), Schema: &schema})
}

// bodyModel is the name of the model for the schema of a body: the named one,
// or one made of an inline schema; "" if there is none.
func (x *operation) bodyModel(schema *node, mediaType, what string) string {
	if !schema.is(object) {
		x.warn("Invalid format for model %s for method %s", mediaType, x.verb)
		return ""
	}
	if ref, ok := schema.get("$ref").scalar(); ok {
		if name, ok := x.definition(ref); ok && x.definitions().get(name) != nil {
			return name
		}
		if target := x.at(ref); target.is(object) && target != schema {
			x.spend(target.weight)
			return x.inlineModel(target, what)
		}
		x.warn("Reference to model '%s' not found. Ignoring.", ref[strings.LastIndexByte(ref, '/')+1:])
		return ""
	}
	return x.inlineModel(schema, what)
}

// inlineModel makes a model of a schema without a name. AWS: schemas of plain
// values are not made into models.
func (x *operation) inlineModel(schema *node, what string) string {
	if class := plainClass(schema); class != "" {
		x.warn("Unsupported model type '%s' in %s method '%s'. Ignoring.", class, what, x.label())
		return ""
	}
	name, ok := x.bodies[schema]
	if !ok {
		name = x.generate(x.schemaText(schema))
		x.bodies[schema] = name
	}
	return name
}

// plainClass is the class that AWS's parser gives to the schema of a plain
// value, or "" for objects, lists and compositions.
func plainClass(schema *node) string {
	for _, key := range []string{"properties", "items", "allOf", "anyOf", "oneOf", "not", "additionalProperties"} {
		if schema.get(key) != nil {
			return ""
		}
	}
	kind, format := schema.get("type").text(), schema.get("format").text()
	switch kind {
	case "object", "array":
		return ""
	case "string":
		if class, ok := textClasses[format]; ok {
			return class
		}
		return "StringSchema"
	case "integer", "number", "boolean":
		return strings.ToUpper(kind[:1]) + kind[1:] + "Schema"
	}
	return "Schema"
}

var textClasses = map[string]string{
	"date": "DateSchema", "date-time": "DateTimeSchema", "binary": "BinarySchema", "byte": "ByteArraySchema",
	"email": "EmailSchema", "password": "PasswordSchema", "uuid": "UUIDSchema",
}

// generate adds a model for an inline schema and returns its name. AWS: MODEL
// and six hexadecimal digits. Ours follow from the schema, so that one document
// gives the same API each time.
func (r *reader) generate(schema string) string {
	same := strings.ReplaceAll(schema, modelURL+r.options.APIID, "") // in every API
	for salt := 0; ; salt++ {
		sum := sha256.Sum256([]byte(strconv.Itoa(salt) + same))
		name := "MODEL" + hex.EncodeToString(sum[:3])
		switch known, taken := r.generated[name]; {
		case taken && known == schema:
			return name
		case taken || r.definitions().get(name) != nil:
			continue
		}
		r.generated[name] = schema
		r.addModel(name, schema)
		return name
	}
}

// models writes the named schemas.
func (w *writer) models() *node {
	byName := map[string]*apigateway.Model{}
	for _, m := range w.snapshot.Models {
		byName[m.Name] = m
	}
	all := newObject()
	for _, name := range sorted(byName) {
		schema := newObject()
		if m := byName[name]; m.Schema != nil {
			n, err := parseJSON([]byte(*m.Schema))
			if err != nil {
				w.fail(fmt.Errorf("export model %s: %w", name, err))
				continue
			}
			schema = w.schema(n)
		}
		documented := w.documented("MODEL", place{name: name})
		for _, key := range []string{"description", "title"} {
			schema.set(key, documented.get(key))
		}
		all.set(name, schema)
	}
	return all
}

// modelRef is a reference to a model in the document.
func (w *writer) modelRef(model string) *node {
	return newObject().set("$ref", newText(w.modelPointer(model)))
}

func (w *writer) modelPointer(model string) string {
	model = strings.NewReplacer("~", "~0", "/", "~1").Replace(model)
	if w.v3 {
		return "#/components/schemas/" + model
	}
	return "#/definitions/" + model
}
