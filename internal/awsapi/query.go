package awsapi

import (
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// maxQueryItems bounds the lists and maps of a form.
const maxQueryItems = 10_000

// decodeQuery fills in from form fields: Member, List.member.N, Map.entry.N.key.
func decodeQuery(in any, form url.Values) error {
	q := queryDecoder{form: form, prefixes: map[string]bool{}}
	for k := range form {
		for i := strings.LastIndexByte(k, '.'); i > 0; i = strings.LastIndexByte(k[:i], '.') {
			if q.prefixes[k[:i]] {
				break
			}
			q.prefixes[k[:i]] = true
		}
	}
	return q.structure(reflect.ValueOf(in).Elem(), "")
}

type queryDecoder struct {
	form     url.Values
	prefixes map[string]bool // every proper prefix of a field's name, at a dot
}

func (q queryDecoder) structure(v reflect.Value, prefix string) error {
	for _, f := range structureOf(v.Type()).fields {
		if err := q.value(v.Field(f.index), prefix+f.wire); err != nil {
			return err
		}
	}
	return nil
}

func (q queryDecoder) there(name string) bool { return q.form.Has(name) || q.prefixes[name] }

func (q queryDecoder) value(v reflect.Value, name string) error {
	if !q.there(name) {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return q.value(v.Elem(), name)
	}
	switch {
	case v.Kind() == reflect.Struct && v.Type() != timeType:
		return q.structure(v, name+".")
	case v.Kind() == reflect.Slice && v.Type() != bytesType:
		return q.list(v, name)
	case v.Kind() == reflect.Map:
		return q.mapping(v, name)
	}
	err := setText(v, q.form.Get(name))
	if e := AsError(err); e != nil {
		e.Code = "MalformedInput"
	}
	return err
}

func (q queryDecoder) list(v reflect.Value, name string) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for n := 1; n <= maxQueryItems; n++ {
		item := name + ".member." + strconv.Itoa(n)
		if !q.there(item) {
			item = name + "." + strconv.Itoa(n) // a flattened list
			if !q.there(item) {
				return nil
			}
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if err := q.value(e, item); err != nil {
			return err
		}
		v.Set(reflect.Append(v, e))
	}
	return nil
}

func (q queryDecoder) mapping(v reflect.Value, name string) error {
	v.Set(reflect.MakeMap(v.Type()))
	for n := 1; n <= maxQueryItems; n++ {
		entry := name + ".entry." + strconv.Itoa(n)
		if !q.there(entry) {
			return nil
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if err := q.value(e, entry+".value"); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(q.form.Get(entry+".key")), e)
	}
	return nil
}
