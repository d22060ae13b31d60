package awsapi

import (
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// decodeREST fills in from path, query, headers and body.
func decodeREST(in any, params map[string]string, query url.Values, header http.Header, body []byte) error {
	v := reflect.ValueOf(in).Elem()
	s := structureOf(v.Type())
	for i := range s.fields {
		if err := decodeMember(&s.fields[i], v.Field(s.fields[i].index), params, query, header, body); err != nil {
			return err
		}
	}
	if s.payload == nil && len(s.byWire) > 0 {
		return decodeJSON(body, v, decoder{names: wireNames})
	}
	return nil
}

func decodeMember(f *field, v reflect.Value, params map[string]string, query url.Values, header http.Header, body []byte) error {
	switch f.place {
	case inPath:
		return setText(v, params[f.wire])
	case inQuery:
		if v.Kind() == reflect.Map { // a map of query fields: all that are there
			v.Set(reflect.MakeMap(v.Type()))
			for k, vs := range query {
				v.SetMapIndex(reflect.ValueOf(k), reflect.ValueOf(vs[len(vs)-1]))
			}
			return nil
		}
		for _, text := range query[f.wire] {
			if err := setText(v, text); err != nil {
				return err
			}
		}
	case inHeader:
		if text := header.Get(f.wire); text != "" {
			return setText(v, text)
		}
	case inHeaders:
		v.Set(reflect.MakeMap(v.Type()))
		for k, vs := range header {
			if name, ok := strings.CutPrefix(strings.ToLower(k), strings.ToLower(f.wire)); ok {
				v.SetMapIndex(reflect.ValueOf(name), reflect.ValueOf(strings.Join(vs, ",")))
			}
		}
	case inPayload:
		if v.Type() == bytesType {
			if len(body) > 0 {
				v.SetBytes(body)
			}
			return nil
		}
		return decodeJSON(body, v, decoder{names: wireNames})
	}
	return nil
}

// reply is an answer ready to be written.
type reply struct {
	status      int
	header      http.Header
	contentType string
	body        []byte
	stream      EventStream
}

// encodeREST turns an output into a reply.
func encodeREST(op *BoundOperation, out any) reply {
	r := reply{status: op.Status, header: http.Header{}, contentType: "application/json"}
	if out == nil {
		return r
	}
	v := reflect.ValueOf(out).Elem()
	s := structureOf(v.Type())
	hasBody := false
	for _, f := range s.fields {
		fv := v.Field(f.index)
		switch f.place {
		case inHeader:
			if !isNilRef(fv) && (f.plain || !fv.IsZero()) {
				r.header.Set(f.wire, headerText(reflect.Indirect(fv)))
			}
		case inHeaders:
			for _, k := range fv.MapKeys() {
				r.header.Set(f.wire+k.String(), fv.MapIndex(k).String())
			}
		case inStatus:
			if !fv.IsZero() {
				r.status = int(reflect.Indirect(fv).Int())
			}
		case inBody:
			hasBody = true
		}
	}
	r.body = encodeRESTBody(v, s, hasBody, &r)
	if ct := r.header.Get("Content-Type"); ct != "" {
		r.contentType = ct
	}
	return r
}

func encodeRESTBody(v reflect.Value, s *structure, hasBody bool, r *reply) []byte {
	if s.payload == nil {
		if hasBody {
			return appendValue(nil, v, wireNames)
		}
		return nil
	}
	p := v.Field(s.payload.index)
	switch {
	case p.Type() == reflect.TypeFor[EventStream]():
		r.stream = p.Interface().(EventStream)
		r.contentType = "application/vnd.amazon.eventstream"
		return nil
	case p.Type() == bytesType:
		return p.Bytes()
	case isNilRef(p):
		return nil
	}
	return appendValue(nil, p, wireNames)
}

func headerText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	if t, ok := v.Interface().(Time); ok {
		return t.UTC().Format(http.TimeFormat)
	}
	return v.String()
}

// errorREST is the reply for an error of a REST-JSON or JSON 1.x service.
func errorREST(p Protocol, e *Error) reply {
	r := reply{status: e.Status, header: http.Header{}, contentType: "application/json"}
	key := e.MessageKey
	if key == "" {
		key = "message"
	}
	b := []byte{'{'}
	member := func(k, v string) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(AppendString(b, k), ':')
		b = AppendString(b, v)
	}
	if t := jsonTypes[p]; t != "" {
		r.contentType = t
		member("__type", e.shape())
	}
	if e.Type != "" {
		member("Type", e.Type)
	}
	for i := 0; i+1 < len(e.Fields); i += 2 {
		member(e.Fields[i], e.Fields[i+1])
	}
	member(key, e.Message)
	r.body = append(b, '}')
	r.header.Set("x-amzn-ErrorType", e.Code)
	for k, vs := range e.Header {
		r.header[k] = vs
	}
	return r
}
