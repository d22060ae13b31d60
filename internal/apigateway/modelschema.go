package apigateway

import (
	"encoding/json"
	"iter"
	"regexp"
	"slices"
	"strings"
)

// Models are JSON schemas of draft 4. Keywords are checked by the kind of value
// that they take.

// parseSchema decodes a schema and lists what AWS's validator complains about.
func parseSchema(text string) (schema any, faults []string) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&schema); err != nil || dec.More() {
		return nil, []string{invalidSchema}
	}
	c := schemaChecker{}
	c.schema(schema)
	return schema, c.faults
}

const invalidSchema = "Invalid model schema specified"

type schemaChecker struct{ faults []string }

func (c *schemaChecker) fault() { c.faults = append(c.faults, invalidSchema) }

// keyword returns how the value of a keyword of draft 4 is checked (and of
// nullable, which OpenAPI 3 brings along), or nil.
func keyword(name string) func(*schemaChecker, any) {
	switch name {
	case "$schema", "id", "$ref", "title", "description", "format", "pattern":
		return isText
	case "default":
		return isAnything
	case "multipleOf", "maximum", "minimum":
		return isNumber
	case "exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "nullable":
		return isTruth
	case "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties":
		return isCount
	case "required":
		return isNames
	case "enum":
		return isChoice
	case "type":
		return isType
	case "properties", "patternProperties", "definitions":
		return (*schemaChecker).schemas
	case "additionalProperties", "additionalItems":
		return (*schemaChecker).schemaOrTruth
	case "items":
		return (*schemaChecker).items
	case "dependencies":
		return (*schemaChecker).dependencies
	case "allOf", "anyOf", "oneOf":
		return (*schemaChecker).list
	case "not":
		return (*schemaChecker).schema
	}
	return nil
}

func (c *schemaChecker) schema(v any) {
	object, ok := v.(map[string]any)
	if !ok {
		c.fault()
		return
	}
	var unknown []string
	for _, k := range sortedKeys(object) {
		if check := keyword(k); check != nil {
			check(c, object[k])
		} else if !strings.HasPrefix(k, "x-") {
			unknown = append(unknown, `"`+k+`"`)
		}
	}
	if len(unknown) > 0 {
		c.faults = append(c.faults, invalidSchema+". Unsupported keyword(s): ["+strings.Join(unknown, ",")+"]")
	}
}

func (c *schemaChecker) schemas(v any) {
	object, ok := v.(map[string]any)
	if !ok {
		c.fault()
		return
	}
	for _, k := range sortedKeys(object) {
		c.schema(object[k])
	}
}

func (c *schemaChecker) list(v any) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		c.fault()
		return
	}
	for _, item := range list {
		c.schema(item)
	}
}

func (c *schemaChecker) schemaOrTruth(v any) {
	if _, ok := v.(bool); !ok {
		c.schema(v)
	}
}

func (c *schemaChecker) items(v any) {
	if _, ok := v.([]any); ok {
		c.list(v)
		return
	}
	c.schema(v)
}

func (c *schemaChecker) dependencies(v any) {
	object, ok := v.(map[string]any)
	if !ok {
		c.fault()
		return
	}
	for _, k := range sortedKeys(object) {
		if _, ok := object[k].([]any); ok {
			isNames(c, object[k])
			continue
		}
		c.schema(object[k])
	}
}

func isAnything(*schemaChecker, any) {}

func isText(c *schemaChecker, v any) {
	if _, ok := v.(string); !ok {
		c.fault()
	}
}

func isTruth(c *schemaChecker, v any) {
	if _, ok := v.(bool); !ok {
		c.fault()
	}
}

func isNumber(c *schemaChecker, v any) {
	if _, ok := v.(json.Number); !ok {
		c.fault()
	}
}

func isCount(c *schemaChecker, v any) {
	n, ok := v.(json.Number)
	if f, err := n.Float64(); !ok || err != nil || f < 0 || f != float64(int64(f)) {
		c.fault()
	}
}

func isNames(c *schemaChecker, v any) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		c.fault()
		return
	}
	for _, item := range list {
		if _, ok := item.(string); !ok {
			c.fault()
			return
		}
	}
}

func isChoice(c *schemaChecker, v any) {
	if list, ok := v.([]any); !ok || len(list) == 0 {
		c.fault()
	}
}

var schemaTypes = []string{"array", "boolean", "integer", "null", "number", "object", "string"}

func isType(c *schemaChecker, v any) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, item := range list {
		if name, ok := item.(string); !ok || !slices.Contains(schemaTypes, name) {
			c.fault()
			return
		}
	}
	if len(list) == 0 {
		c.fault()
	}
}

// schemaRefs yields the references in a schema, in the order of its keys. A
// property or definition may itself be called "$ref"; only text counts.
func schemaRefs(schema any) iter.Seq[string] {
	return func(yield func(string) bool) { walkRefs(schema, yield) }
}

func walkRefs(v any, yield func(string) bool) bool {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return yield(ref)
		}
		for _, k := range sortedKeys(v) {
			if k != "enum" && k != "default" && !walkRefs(v[k], yield) {
				return false
			}
		}
	case []any:
		for _, item := range v {
			if !walkRefs(item, yield) {
				return false
			}
		}
	}
	return true
}

var modelRef = regexp.MustCompile(`^https://apigateway\.amazonaws\.com/restapis/([^/]+)/models/([^/#]+)$`)

// cutModelRef takes the canonical reference to a model apart.
func cutModelRef(ref string) (apiID, model string, ok bool) {
	m := modelRef.FindStringSubmatch(ref)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// modelReference is the canonical reference to a model.
func modelReference(apiID, model string) string {
	return "https://apigateway.amazonaws.com/restapis/" + apiID + "/models/" + model
}

// isLocalRef reports whether ref points into its own schema.
func isLocalRef(ref string) bool { return ref == "#" || strings.HasPrefix(ref, "#/") }
