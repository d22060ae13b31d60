package awsapi

import "reflect"

// decodeJSON11 fills in from a JSON body.
func decodeJSON11(in any, body []byte) error {
	return decodeJSON(body, reflect.ValueOf(in).Elem(), decoder{names: wireNames})
}

func encodeJSON11(op *BoundOperation, out any) reply {
	r := reply{status: op.Status, contentType: "application/x-amz-json-1.1"}
	if out == nil {
		if op.output != reflect.TypeFor[Empty]() {
			r.body = []byte("{}")
		}
		return r
	}
	v := reflect.ValueOf(out).Elem()
	for _, f := range structureOf(v.Type()).fields {
		if s, ok := v.Field(f.index).Interface().(EventStream); ok && s != nil {
			return reply{status: op.Status, contentType: "application/vnd.amazon.eventstream", stream: s}
		}
	}
	r.body = appendValue(nil, v, wireNames)
	return r
}
