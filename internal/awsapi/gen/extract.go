package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// extract reads botocore's service models under data (a folder with
// apigateway/2015-07-09/service-2.json and so on) and writes the facts that the
// generator needs to dir, without any documentation text.
func extract(data, dir, source string) error {
	for service, of := range services {
		in := filepath.Join(data, service, of.version, "service-2.json")
		b, err := os.ReadFile(in)
		if err != nil {
			return err
		}
		m, err := parseBotocore(b)
		if err != nil {
			return fmt.Errorf("%s: %w", in, err)
		}
		m.Service, m.Source = service, source
		if err := m.write(filepath.Join(dir, service+".json")); err != nil {
			return err
		}
	}
	return nil
}

func parseBotocore(b []byte) (*model, error) {
	var raw struct {
		Metadata struct {
			APIVersion, Protocol, TargetPrefix, XMLNamespace string
			Protocols                                        []string
		}
		Operations, Shapes ordered
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	md := raw.Metadata
	m := &model{Protocol: md.Protocol, APIVersion: md.APIVersion, TargetPrefix: md.TargetPrefix, Namespace: md.XMLNamespace}
	if len(md.Protocols) > 1 {
		m.Protocols = md.Protocols
	}
	for _, e := range raw.Operations {
		op, err := parseOperation(e)
		if err != nil {
			return nil, err
		}
		m.Operations = append(m.Operations, op)
	}
	for _, e := range raw.Shapes {
		s, err := parseShape(e)
		if err != nil {
			return nil, err
		}
		m.Shapes = append(m.Shapes, s)
	}
	return m, nil
}

func parseOperation(e entry) (operation, error) {
	var o struct {
		HTTP struct {
			Method, RequestURI string
			ResponseCode       int
		}
		Input, Output struct{ Shape string }
	}
	if err := json.Unmarshal(e.value, &o); err != nil {
		return operation{}, fmt.Errorf("operation %s: %w", e.key, err)
	}
	if o.HTTP.ResponseCode == 0 {
		o.HTTP.ResponseCode = 200
	}
	return operation{e.key, o.HTTP.Method, o.HTTP.RequestURI, o.HTTP.ResponseCode, o.Input.Shape, o.Output.Shape}, nil
}

func parseShape(e entry) (shape, error) {
	var s struct {
		Type, Payload, Pattern            string
		Members                           ordered
		Member, Key, Value                struct{ Shape string }
		Required, Enum                    []string
		Min, Max                          *float64
		Exception, EventStream, Sensitive bool
	}
	if err := json.Unmarshal(e.value, &s); err != nil {
		return shape{}, fmt.Errorf("shape %s: %w", e.key, err)
	}
	out := shape{
		Name: e.key, Type: s.Type, Required: s.Required, Payload: s.Payload, Key: s.Key.Shape, Enum: s.Enum,
		Pattern: s.Pattern, Min: s.Min, Max: s.Max, Exception: s.Exception, EventStream: s.EventStream, Sensitive: s.Sensitive,
	}
	out.Element = s.Member.Shape
	if s.Type == "map" {
		out.Element = s.Value.Shape
	}
	for _, me := range s.Members {
		var mb member
		if err := json.Unmarshal(me.value, &mb); err != nil {
			return shape{}, fmt.Errorf("member %s of %s: %w", me.key, e.key, err)
		}
		mb.Name = me.key
		out.Members = append(out.Members, mb)
	}
	return out, nil
}

// ordered is a JSON object in the order of its text.
type ordered []entry

type entry struct {
	key   string
	value json.RawMessage
}

func (o *ordered) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return err
		}
		e := entry{key: k.(string)}
		if err := dec.Decode(&e.value); err != nil {
			return err
		}
		*o = append(*o, e)
	}
	return nil
}
