package awsapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
)

var (
	timeType  = reflect.TypeFor[Time]()
	bytesType = reflect.TypeFor[[]byte]()
)

// DecodeModel decodes JSON under the model's member names into in, as the
// console's and the CLI's doors take it. Unknown members are errors: the
// caller is a person or our own code.
func DecodeModel(body []byte, in any) error {
	return decodeJSON(body, reflect.ValueOf(in).Elem(), decoder{names: modelNames, strict: true})
}

type decoder struct {
	names  naming
	strict bool
}

func decodeJSON(body []byte, v reflect.Value, d decoder) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return malformedJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return malformedJSON(errors.New("unexpected text after the document"))
	}
	return d.value(tree, v)
}

func malformedJSON(err error) error {
	return Errorf(400, "SerializationException", "Could not parse request body into json: %s", err)
}

// value puts a decoded JSON value into v. null leaves v as it is.
func (d decoder) value(x any, v reflect.Value) error {
	if x == nil {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(x, v.Elem())
	}
	if v.Type() == timeType {
		t, err := parseTime(fmt.Sprint(x))
		if err != nil {
			return notConvertible(x, "Date")
		}
		v.Set(reflect.ValueOf(t))
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		m, ok := x.(map[string]any)
		if !ok {
			return Errorf(400, "SerializationException", "Start of structure or map found where not expected.")
		}
		return d.structure(m, v)
	case reflect.Map:
		return d.mapping(x, v)
	case reflect.Slice:
		return d.list(x, v)
	default:
		return scalar(x, v)
	}
}

func (d decoder) structure(m map[string]any, v reflect.Value) error {
	s := structureOf(v.Type())
	for k, x := range m {
		f := s.find(d.names, k)
		if f == nil {
			if d.strict {
				return Errorf(400, "ValidationException", "Unknown parameter in input: %q, must be one of: %s", k, strings.Join(s.names(), ", "))
			}
			continue
		}
		if err := d.value(x, v.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

func (s *structure) names() []string {
	var names []string
	for _, f := range s.fields {
		names = append(names, f.name)
	}
	return names
}

func (d decoder) mapping(x any, v reflect.Value) error {
	m, ok := x.(map[string]any)
	if !ok {
		return Errorf(400, "SerializationException", "Expected a map, found %s.", javaClass(x))
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(m)))
	for k, item := range m {
		e := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(item, e); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(k), e)
	}
	return nil
}

func (d decoder) list(x any, v reflect.Value) error {
	if v.Type() == bytesType {
		if b, ok := x.([]byte); ok {
			v.SetBytes(b)
			return nil
		}
		text, ok := x.(string)
		if !ok {
			return notConvertible(x, "Blob")
		}
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Errorf(400, "SerializationException", "Invalid base64 data in a blob: %s", err)
		}
		v.SetBytes(b)
		return nil
	}
	items, ok := x.([]any)
	if !ok {
		return Errorf(400, "SerializationException", "Expected list or null, found %s.", javaClass(x))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		if err := d.value(item, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func scalar(x any, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		s, ok := x.(string)
		if !ok {
			return notConvertible(x, "String")
		}
		v.SetString(s)
	case reflect.Bool:
		b, ok := x.(bool)
		if !ok {
			return notConvertible(x, "Boolean")
		}
		v.SetBool(b)
	case reflect.Int64:
		n, ok := x.(json.Number)
		if !ok {
			return notConvertible(x, "Integer")
		}
		return setInt(v, n.String())
	case reflect.Float64:
		n, ok := x.(json.Number)
		if !ok {
			return notConvertible(x, "Double")
		}
		f, err := n.Float64()
		if err != nil {
			return notConvertible(x, "Double")
		}
		v.SetFloat(f)
	default:
		return fmt.Errorf("no decoding into %s", v.Type())
	}
	return nil
}

// setInt takes integers and, as AWS's services do, numbers with a fraction cut.
func setInt(v reflect.Value, text string) error {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		v.SetInt(n)
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(math.Abs(f) <= 1<<62) { // nor what is not a number
		return notConvertible(json.Number(text), "Integer")
	}
	v.SetInt(int64(f))
	return nil
}

// notConvertible has the text that API Gateway and Lambda answer with.
func notConvertible(x any, want string) error {
	article := "an"
	return Errorf(400, "SerializationException", "class %s can not be converted to %s %s", javaClass(x), article, want)
}

func javaClass(x any) string {
	switch x.(type) {
	case bool:
		return "java.lang.Boolean"
	case json.Number:
		return "com.amazon.coral.value.json.numbers.TruncatingBigNumber"
	case string:
		return "java.lang.String"
	case []any:
		return "java.util.ArrayList"
	case nil:
		return "null"
	}
	return "java.util.HashMap"
}

// setText puts the text of a path segment, query field, header or form field
// into a scalar, or appends it to a list of scalars.
func setText(v reflect.Value, text string) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return setText(v.Elem(), text)
	}
	if v.Type() == timeType {
		t, err := parseTime(text)
		if err != nil {
			return Errorf(400, "SerializationException", "%s", err)
		}
		v.Set(reflect.ValueOf(t))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil {
			return Errorf(400, "SerializationException", "%q can not be converted to a Boolean", text)
		}
		v.SetBool(b)
	case reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Errorf(400, "SerializationException", "%q can not be converted to an Integer", text)
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return Errorf(400, "SerializationException", "%q can not be converted to a Double", text)
		}
		v.SetFloat(f)
	case reflect.Slice:
		if v.Type() == bytesType {
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return Errorf(400, "SerializationException", "Invalid base64 data in a blob: %s", err)
			}
			v.SetBytes(b)
			return nil
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if err := setText(e, text); err != nil {
			return err
		}
		v.Set(reflect.Append(v, e))
	default:
		return fmt.Errorf("no decoding of text into %s", v.Type())
	}
	return nil
}
