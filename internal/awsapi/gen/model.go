package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// model is one service's wire contract: facts only, in the order in which the
// service model lists them (clients print answers in that order).
type model struct {
	Source       string      `json:"source"` // where the facts were read, with version
	Service      string      `json:"service"`
	Protocol     string      `json:"protocol"`
	Protocols    []string    `json:"protocols,omitempty"` // where there are several
	APIVersion   string      `json:"apiVersion"`
	TargetPrefix string      `json:"targetPrefix,omitempty"`
	Namespace    string      `json:"xmlNamespace,omitempty"`
	Operations   []operation `json:"operations"`
	Shapes       []shape     `json:"shapes"`

	byName       map[string]*shape
	signing, pkg string // as services says
}

type operation struct {
	Name   string `json:"name"`
	Method string `json:"method"`
	URI    string `json:"uri"`
	Status int    `json:"status"`
	Input  string `json:"input,omitempty"`
	Output string `json:"output,omitempty"`
}

type shape struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Members     []member `json:"members,omitempty"`
	Required    []string `json:"required,omitempty"`
	Payload     string   `json:"payload,omitempty"`
	Element     string   `json:"element,omitempty"` // of a list, or the values of a map
	Key         string   `json:"key,omitempty"`
	Enum        []string `json:"enum,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`
	Min         *float64 `json:"min,omitempty"`
	Max         *float64 `json:"max,omitempty"`
	Exception   bool     `json:"exception,omitempty"`
	EventStream bool     `json:"eventstream,omitempty"`
	Sensitive   bool     `json:"sensitive,omitempty"`
}

type member struct {
	Name         string `json:"name"`
	Shape        string `json:"shape"`
	Location     string `json:"location,omitempty"`
	LocationName string `json:"locationName,omitempty"`
}

func readModel(path string) (*model, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &model{byName: map[string]*shape{}}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i := range m.Shapes {
		m.byName[m.Shapes[i].Name] = &m.Shapes[i]
	}
	return m, nil
}

// write prints the model with one operation and one shape a line, so that a
// newer version is a diff that people can read.
func (m *model) write(path string) error {
	var w bytes.Buffer
	head := func(k, v string) {
		if v != "" {
			fmt.Fprintf(&w, "%q: %q,\n", k, v)
		}
	}
	w.WriteString("{\n")
	head("source", m.Source)
	head("service", m.Service)
	head("protocol", m.Protocol)
	if len(m.Protocols) > 0 {
		fmt.Fprintf(&w, "\"protocols\": [\"%s\"],\n", strings.Join(m.Protocols, `", "`))
	}
	head("apiVersion", m.APIVersion)
	head("targetPrefix", m.TargetPrefix)
	head("xmlNamespace", m.Namespace)
	w.WriteString("\"operations\": [\n")
	if err := lines(&w, m.Operations); err != nil {
		return err
	}
	w.WriteString("],\n\"shapes\": [\n")
	if err := lines(&w, m.Shapes); err != nil {
		return err
	}
	w.WriteString("]\n}\n")
	return os.WriteFile(path, w.Bytes(), 0o644)
}

func lines[T any](w *bytes.Buffer, list []T) error {
	for i, v := range list {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
		if i < len(list)-1 {
			w.Truncate(w.Len() - 1)
			w.WriteString(",\n")
		}
	}
	return nil
}
