package series

import (
	"cmp"
	"slices"
	"strings"
)

// Place is where a series belongs.
type Place struct{ Account, Region string }

// Dimension is a name and a value of a series.
type Dimension struct{ Name, Value string }

// ID names a series. It is comparable.
type ID struct {
	Place
	Namespace, Name string
	Unit            string // series of different units are different series
	dimensions      string // name NUL value NUL …, in the order of names
}

// NewID returns the identity with those dimensions, in whatever order.
func NewID(p Place, namespace, name, unit string, dimensions ...Dimension) ID {
	return ID{p, namespace, name, unit, joined(dimensions)}
}

func joined(dimensions []Dimension) string {
	if len(dimensions) == 0 {
		return ""
	}
	sorted := slices.SortedFunc(slices.Values(dimensions), func(a, b Dimension) int { return cmp.Compare(a.Name, b.Name) })
	var b strings.Builder
	for _, d := range sorted {
		b.WriteString(d.Name + "\x00" + d.Value + "\x00")
	}
	return b.String()
}

// Dimensions returns the dimensions in the order of their names.
func (id ID) Dimensions() []Dimension {
	parts := strings.Split(id.dimensions, "\x00")
	var all []Dimension
	for i := 0; i+1 < len(parts); i += 2 {
		all = append(all, Dimension{parts[i], parts[i+1]})
	}
	return all
}

// Dimension returns the value of a dimension, "" without it.
func (id ID) Dimension(name string) string {
	for _, d := range id.Dimensions() {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

func (id ID) compare(o ID) int {
	return cmp.Or(cmp.Compare(id.Account, o.Account), cmp.Compare(id.Region, o.Region), cmp.Compare(id.Namespace, o.Namespace),
		cmp.Compare(id.Name, o.Name), cmp.Compare(id.dimensions, o.dimensions), cmp.Compare(id.Unit, o.Unit))
}
