package awsapi

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"reflect"
	"strconv"
)

// encodeXML is the reply of a Query service:
// <OpResponse><OpResult>…</OpResult><ResponseMetadata>…</OpResponse>.
func encodeXML(op *BoundOperation, requestID string, out any) reply {
	var b bytes.Buffer
	b.WriteString("<" + op.Name + "Response xmlns=\"" + op.Service.Namespace + "\">")
	if op.output != reflect.TypeFor[Empty]() {
		b.WriteString("<" + op.Name + "Result>")
		if out != nil {
			writeXML(&b, reflect.ValueOf(out).Elem())
		}
		b.WriteString("</" + op.Name + "Result>")
	}
	b.WriteString("<ResponseMetadata><RequestId>" + requestID + "</RequestId></ResponseMetadata></" + op.Name + "Response>")
	return reply{status: op.Status, contentType: "text/xml", body: b.Bytes()}
}

// errorXML is the reply of a Query service to a request that failed.
func errorXML(namespace, requestID string, e *Error) reply {
	var b bytes.Buffer
	b.WriteString("<ErrorResponse xmlns=\"" + namespace + "\"><Error><Type>" + e.side() + "</Type><Code>" + e.Code + "</Code><Message>")
	escapeXML(&b, e.Message)
	b.WriteString("</Message></Error><RequestId>" + requestID + "</RequestId></ErrorResponse>")
	return reply{status: e.Status, contentType: "text/xml", body: b.Bytes()}
}

func escapeXML(b *bytes.Buffer, s string) {
	xml.EscapeText(b, []byte(s)) //nolint:errcheck // a buffer takes everything
}

func writeXML(b *bytes.Buffer, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if !v.IsNil() {
			writeXML(b, v.Elem())
		}
		return
	}
	if t, ok := v.Interface().(Time); ok {
		b.WriteString(t.ISO())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		writeXMLStruct(b, v)
	case reflect.Slice:
		if v.Type() == bytesType {
			b.WriteString(base64.StdEncoding.EncodeToString(v.Bytes()))
			return
		}
		for i := range v.Len() {
			b.WriteString("<member>")
			writeXML(b, v.Index(i))
			b.WriteString("</member>")
		}
	case reflect.Map:
		writeXMLMap(b, v)
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int64:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Float64:
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, 64))
	case reflect.String:
		escapeXML(b, v.String())
	}
}

func writeXMLStruct(b *bytes.Buffer, v reflect.Value) {
	for _, f := range structureOf(v.Type()).fields {
		fv := v.Field(f.index)
		if !f.plain && fv.IsZero() || isNilRef(fv) {
			continue
		}
		b.WriteString("<" + f.wire + ">")
		writeXML(b, fv)
		b.WriteString("</" + f.wire + ">")
	}
}

func writeXMLMap(b *bytes.Buffer, v reflect.Value) {
	keys := map[string]reflect.Value{}
	for _, k := range v.MapKeys() {
		keys[k.String()] = v.MapIndex(k)
	}
	for _, k := range sortedKeys(keys) {
		b.WriteString("<entry><key>")
		escapeXML(b, k)
		b.WriteString("</key><value>")
		writeXML(b, keys[k])
		b.WriteString("</value></entry>")
	}
}
