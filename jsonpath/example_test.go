package jsonpath_test

import (
	"fmt"

	"github.com/lambdagate/lambdagate/jsonpath"
)

func Example() {
	document, err := jsonpath.Decode([]byte(`{"pets":[{"name":"cat","price":249.99},{"name":"dog","price":1.0}]}`))
	if err != nil {
		panic(err)
	}
	for _, expr := range []string{`$.pets[0].name`, `$.pets[?(@.price < 100)]`, `$.pets.length()`, `$.owners`} {
		path, err := jsonpath.Compile(expr)
		if err != nil {
			panic(err)
		}
		value, found, err := path.Get(document)
		if err != nil {
			panic(err)
		}
		text, err := jsonpath.AppendJSON(nil, value)
		if err != nil {
			panic(err)
		}
		fmt.Println(found, string(text))
	}
	// Output:
	// true "cat"
	// true [{"name":"dog","price":1.0}]
	// true 2
	// false null
}

func ExampleCompile_error() {
	_, err := jsonpath.Compile(`$.pets[(@.length-1)]`)
	fmt.Println(err)
	// Output:
	// jsonpath: script expressions such as [(@.length-1)] are not supported, write [-1] at position 6 of "$.pets[(@.length-1)]"
}

// Trees need not be made of the types of this package.
func ExamplePath_Select() {
	tree := map[string]any{"pets": []any{map[string]any{"name": "cat"}, map[string]any{"name": "dog"}}}
	names, err := jsonpath.MustCompile(`$..name`).Select(tree)
	fmt.Println(names, err)
	// Output:
	// [cat dog] <nil>
}
