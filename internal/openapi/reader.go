package openapi

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Importer reads OpenAPI documents.
type Importer struct{}

// ReadAPI reads the body of ImportRestApi and PutRestApi. What it cannot use it
// leaves out with a warning; an error is an *awsapi.Error.
func (Importer) ReadAPI(_ context.Context, body []byte, o apigateway.ImportOptions) (_ *apigateway.Description, err error) {
	if len(body) > maxBytes {
		return nil, tooMuch(fmt.Sprintf("The document is larger than %d bytes.", maxBytes))
	}
	doc, err := parse(withVariables(body, o))
	if err != nil {
		return nil, err
	}
	v3, err := dialect(doc)
	if err != nil {
		return nil, err
	}
	r := newReader(doc, v3, o)
	defer r.recoverInto(&err)
	r.api()
	return r.out, nil
}

// withVariables puts the values of AWS's variables in their places. No value is
// longer than its variable.
func withVariables(body []byte, o apigateway.ImportOptions) []byte {
	for _, v := range []struct{ name, value string }{
		{"${AWS::AccountId}", o.Account}, {"${AWS::Region}", o.Region}, {"${AWS::Partition}", arn.Partition(o.Region)},
	} {
		body = bytes.ReplaceAll(body, []byte(v.name), []byte(v.value))
	}
	return body
}

// dialect reports whether a document is OpenAPI 3.0, and not Swagger 2.0.
func dialect(doc *node) (v3 bool, err error) {
	swagger, openapi := doc.get("swagger").text(), doc.get("openapi").text()
	switch {
	case swagger == "2.0" || swagger == "2":
		return false, nil
	case openapi == "3.0" || strings.HasPrefix(openapi, "3.0."):
		return true, nil
	case swagger != "" || openapi != "":
		return false, tooMuch("Supported versions are swagger 2.0 and openapi 3.0.")
	}
	return false, invalidInput()
}

// reader makes a description of one document.
type reader struct {
	doc     *node
	v3      bool
	options apigateway.ImportOptions
	left    int // work
	out     *apigateway.Description

	prefix     string // of all paths
	documented bool   // descriptions become documentation parts
	schemes    map[string]scheme
	bodies     map[*node]string // generated models, by their schemas
	generated  map[string]string
}

func newReader(doc *node, v3 bool, o apigateway.ImportOptions) *reader {
	r := &reader{
		doc: doc, v3: v3, options: o, left: maxWork,
		out:     &apigateway.Description{RestApi: &apigateway.RestApi{}},
		schemes: map[string]scheme{}, bodies: map[*node]string{}, generated: map[string]string{},
	}
	r.documented = o.Parameters["ignore"] != "documentation"
	return r
}

// api reads the whole document. Models come first, since bodies add to them.
func (r *reader) api() {
	r.restAPI()
	r.readModels()
	r.readSchemes()
	r.readValidators()
	r.readGatewayResponses()
	r.readResources()
	if r.documented {
		r.readDocumentation()
	}
}

// warn notes what cannot be used, in AWS's words.
func (r *reader) warn(format string, args ...any) {
	w := fmt.Sprintf(format, args...)
	r.spend(warningCost + len(w)/64)
	r.out.Warnings = append(r.out.Warnings, w)
}

// warningCost bounds how many warnings there are.
const warningCost = 64

// bound refuses documents with too many of something.
func (r *reader) bound(n, most int, what string) {
	if n > most {
		panic(refusal{tooMuch(fmt.Sprintf("The document has more than %d %s.", most, what))})
	}
}

// spend counts work and ends the reading when there was too much of it: small
// documents can refer to the same large value many times.
func (r *reader) spend(n int) {
	if r.left -= n; r.left < 0 {
		panic(refusal{tooMuch("The references of the document lead to too many values.")})
	}
}

// refusal carries an error from the depth of a reader to its door.
type refusal struct{ err *awsapi.Error }

// recoverInto turns a refusal into an error.
func (r *reader) recoverInto(err *error) {
	switch v := recover().(type) {
	case nil:
	case refusal:
		*err = v.err
	default:
		panic(v)
	}
}
