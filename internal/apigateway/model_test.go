package apigateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func modelBody(name, schema string) string {
	text, _ := json.Marshal(schema)
	return fmt.Sprintf(`{"name":"%s","contentType":"application/json","schema":%s}`, name, text)
}

func TestModels(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("a") // ids up to 4
	at := api + "/models"
	const empty = `{"id":"000003","name":"Empty","description":"This is a default empty schema model","schema":"{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}","contentType":"application/json"}`
	const problem = `{"id":"000004","name":"Error","description":"This is a default error schema model","schema":"{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}","contentType":"application/json"}`
	ts.expect("GET "+at, "", `200 {"item":[`+empty+`,`+problem+`]}`)
	const invalid = "400 BadRequestException Invalid model specified: Validation Result: warnings : [], errors : ["
	for _, c := range []struct{ name, model, schema, want string }{
		{"no name", "", "{}", "400 BadRequestException Model name must be non-empty"},
		{"name", "a_b", "{}", "400 BadRequestException Model name must be alphanumeric: a_b"},
		{"duplicate", "Empty", "{}", "409 ConflictException Model name already exists for this REST API"},
		{"no schema", "A", "", "400 BadRequestException Model schema must have at least 1 property or array items defined"},
		{"no JSON", "A", "{", invalid + "Invalid model schema specified]"},
		{"two documents", "A", "{}{}", invalid + "Invalid model schema specified]"},
		{"number as text", "A", `{"maxLength":"35"}`, invalid + "Invalid model schema specified]"},
		{"empty required", "A", `{"required":[]}`, invalid + "Invalid model schema specified]"},
		{"two faults", "A", `{"required":[],"type":"x"}`, invalid + "Invalid model schema specified, Invalid model schema specified]"},
		{"keyword", "A", `{"properties":{"a":{"type":"string","example":"x"}}}`, invalid + `Invalid model schema specified. Unsupported keyword(s): ["example"]]`},
		{"foreign reference", "A", `{"$ref":"http://x.y/z"}`, invalid + "Model reference must be in canonical form]"},
		{"unknown reference", "A", `{"$ref":"https://apigateway.amazonaws.com/restapis/0000000001/models/B"}`, invalid + "Invalid model specified: B]"},
		{"other API", "A", `{"$ref":"https://apigateway.amazonaws.com/restapis/x/models/Empty"}`, invalid + "Model reference must be in canonical form]"},
		{"draft 6", "A", `{"exclusiveMinimum":5}`, invalid + "Invalid model schema specified]"},
		{"good", "A", `{"type":["object","null"],"properties":{"a":{"$ref":"#/definitions/x"},"$ref":{"type":"string"}},"definitions":{"x":{"type":"integer","multipleOf":2}},"dependencies":{"a":["b"]},"additionalProperties":false,"items":[{}],"nullable":true}`,
			`201 {"id":"%s","name":"A","schema":"{\"type\":[\"object\",\"null\"],\"properties\":{\"a\":{\"$ref\":\"#/definitions/x\"},\"$ref\":{\"type\":\"string\"}},\"definitions\":{\"x\":{\"type\":\"integer\",\"multipleOf\":2}},\"dependencies\":{\"a\":[\"b\"]},\"additionalProperties\":false,\"items\":[{}],\"nullable\":true}","contentType":"application/json"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ts.do("POST "+at, modelBody(c.model, c.schema))
			if m, ok := ts.heads.get(scope{testAccount, testRegion}, "0000000001"); !ok || m == nil {
				t.Fatal("API is gone")
			}
			if strings.Contains(c.want, "%s") {
				c.want = fmt.Sprintf(c.want, fmt.Sprintf("%06d", ts.ids.Load()))
			}
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	ts.expectPatch(at+"/Empty", "400 BadRequestException Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]", "replace /name X")
	ts.expectPatch(at+"/Empty", "400 BadRequestException Invalid patch path  '/schema' specified for op 'add'. Please choose supported operations", "add /schema {}")
	ts.expectPatch(at+"/Empty", `200 {"id":"000003","name":"Empty","description":"","schema":"{}","contentType":"application/json"}`, "replace /description ", "replace /schema {}")
	ts.expect("GET "+at+"/Nope", "", "404 NotFoundException Invalid model name specified: Nope")

	ts.must("PUT "+root+"/methods/ANY", `{"authorizationType":"NONE","requestModels":{"application/json":"A"}}`)
	ts.expect("DELETE "+at+"/A", "", "409 ConflictException Cannot delete model 'A', is referenced in method request: //ANY")
	ts.must("PATCH "+root+"/methods/ANY", patchBody("remove /requestModels/application~1json"))
	test := api + "/resources/" + ts.id("POST "+root, `{"pathPart":"test"}`)
	ts.must("PUT "+test+"/methods/GET", `{"authorizationType":"NONE"}`)
	ts.must("PUT "+test+"/methods/GET/responses/200", `{"responseModels":{"application/json":"A"}}`)
	ts.expect("DELETE "+at+"/A", "", "409 ConflictException Cannot delete model 'A', is referenced in method response: /test/GET")
	ts.must("DELETE "+test, "")
	ts.must("POST "+at, modelBody("B", `{"items":{"$ref":"https://apigateway.amazonaws.com/restapis/0000000001/models/A"}}`))
	ts.expect("DELETE "+at+"/A", "", "409 ConflictException Cannot delete model 'A', is referenced in model: B")
	ts.must("DELETE "+at+"/B", "")
	ts.expect("DELETE "+at+"/A", "", "202")
}

func TestModelTemplate(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("a")
	ref := func(name string) string {
		return `{"$ref":"https://apigateway.amazonaws.com/restapis/0000000001/models/` + name + `"}`
	}
	ts.must("POST "+api+"/models", modelBody("Pet", `{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"error":`+ref("Error")+`}}`))
	ts.must("POST "+api+"/models", modelBody("Pets", `{"type":"array","items":`+ref("Pet")+`}`))
	ts.must("POST "+api+"/models", modelBody("Shop", `{"properties":{"pets":`+ref("Pets")+`,"open":{"type":["null","boolean"]}}}`))
	ts.must("POST "+api+"/models", modelBody("Node", `{"properties":{"next":`+ref("Node")+`,"here":{"$ref":"#/properties/here"}}}`))
	for _, c := range []struct{ model, want string }{
		{"Empty", "{ }"},
		{"Pet", "{\n  \"name\" : \"$inputRoot.name\",\n  \"age\" : $inputRoot.age,\n  \"error\" : {\n    \"message\" : \"$inputRoot.error.message\"\n  }\n}"},
		{"Pets", "[\n#foreach($elem in $inputRoot)\n  {\n    \"name\" : \"$elem.name\",\n    \"age\" : $elem.age,\n    \"error\" : {\n      \"message\" : \"$elem.error.message\"\n    }\n  }#if($foreach.hasNext),#end\n#end\n]"},
		{"Node", "{\n  \"next\" : { },\n  \"here\" : { }\n}"},
	} {
		var out struct{ Value string }
		answer := ts.must("GET "+api+"/models/"+c.model+"/default_template", "")
		if err := json.Unmarshal([]byte(answer[4:]), &out); err != nil {
			t.Fatal(err)
		}
		if want := "#set($inputRoot = $input.path('$'))\n" + c.want; out.Value != want {
			t.Errorf("%s:\n got %s\nwant %s", c.model, out.Value, want)
		}
	}
	for _, c := range []struct{ model, want string }{
		{"Pets", `{"items":{"properties":{"age":{"type":"integer"},"error":{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"message":{"type":"string"}},"title":"Error Schema","type":"object"},"name":{"type":"string"}},"type":"object"},"type":"array"}`},
		{"Node", `{"definitions":{"Node":{"properties":{"here":{"$ref":"#/properties/here"},"next":{"$ref":"#/definitions/Node"}}}},"properties":{"here":{"$ref":"#/properties/here"},"next":{"$ref":"#/definitions/Node"}}}`},
	} {
		var out struct{ Schema string }
		answer := ts.must("GET "+api+"/models/"+c.model+"?flatten=true", "")
		if err := json.Unmarshal([]byte(answer[4:]), &out); err != nil || out.Schema != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.model, err, out.Schema, c.want)
		}
	}
}

// Models that refer to each other twice at each step would double 40 times.
func TestFlatteningIsBounded(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("a")
	last := "Empty"
	for i := range 40 {
		name := fmt.Sprintf("M%d", i)
		ref := `{"$ref":"` + modelReference("0000000001", last) + `"}`
		ts.must("POST "+api+"/models", modelBody(name, `{"properties":{"a":`+ref+`,"b":`+ref+`}}`))
		last = name
	}
	if answer := ts.must("GET "+api+"/models/"+last+"?flatten=true", ""); len(answer) > 20<<20 {
		t.Errorf("flattened schema has %d bytes", len(answer))
	}
	if answer := ts.must("GET "+api+"/models/"+last+"/default_template", ""); len(answer) > 2*maxBlueprint {
		t.Errorf("template has %d bytes", len(answer))
	}
}

func FuzzParseSchema(f *testing.F) {
	for _, seed := range []string{`{}`, `{"type":"object"}`, `{"$ref":"#"}`, `[`, `{"items":[{"enum":[1]}]}`, `{"dependencies":{"a":[]}}`, `{"maxLength":1e400}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		schema, faults := parseSchema(text)
		if schema == nil && len(faults) == 0 {
			if strings.TrimSpace(text) != "null" {
				t.Errorf("%q is neither a schema nor faulty", text)
			}
		}
		for ref := range schemaRefs(schema) {
			cutModelRef(ref)
		}
		api := &restAPI{}
		m := &Model{Name: "M", Schema: &text}
		if len(faults) > 0 {
			return
		}
		if _, err := api.flatten(m); err != nil {
			t.Error(err)
		}
		if out := api.blueprint(m); len(out) > 2*maxBlueprint+len(text) {
			t.Errorf("a template of %d bytes", len(out))
		}
	})
}
