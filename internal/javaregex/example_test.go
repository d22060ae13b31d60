package javaregex_test

import (
	"fmt"

	"github.com/lambdagate/lambdagate/internal/javaregex"
)

func Example() {
	selection, err := javaregex.Compile(`^(?!OK).*\[(\w+)\].*`, javaregex.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(selection.MatchWhole("[BadRequest] no operand"))
	fmt.Println(selection.ReplaceAll("[BadRequest] no operand", "$1"))
	// Output:
	// true <nil>
	// BadRequest <nil>
}

func ExampleRegexp_Split() {
	parts, err := javaregex.MustCompile(`,\s*`).Split("a, b,c,,", 0)
	fmt.Printf("%q %v\n", parts, err)
	// Output:
	// ["a" "b" "c"] <nil>
}
