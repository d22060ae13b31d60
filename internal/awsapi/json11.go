package awsapi

import "reflect"

// decodeJSON11 fills in from a JSON body.
func decodeJSON11(in any, body []byte) error {
	return decodeJSON(body, reflect.ValueOf(in).Elem(), decoder{names: wireNames})
}

// jsonTypes are the media types of JSON under X-Amz-Target.
var jsonTypes = map[Protocol]string{JSON10: "application/x-amz-json-1.0", JSON11: "application/x-amz-json-1.1"}

func encodeRPC(op *BoundOperation, p Protocol, out any) reply {
	r := reply{status: op.Status, contentType: jsonTypes[p]}
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
