package vtl_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/lambdagate/lambdagate/vtl"
)

func Example() {
	p, err := vtl.Parse(`#foreach($n in $names)Hello, $n!#if($foreach.hasNext) #end#end`, vtl.Options{})
	if err != nil {
		panic(err)
	}
	out, err := p.Append(context.Background(), nil, vtl.Vars{"names": []string{"Ada", "Grace"}}, vtl.Limits{})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", out)
	// Output: Hello, Ada! Hello, Grace!
}

// input is a minimal $input.
type input struct{ body any }

func (in input) Call(name string, args []any) (any, bool, error) {
	if name == "path" && len(args) == 1 && args[0] == "$" {
		return in.body, true, nil
	}
	return nil, false, nil
}

func ExampleOptions_apiGateway() {
	body, err := vtl.ParseJSON([]byte(`{"pets": [{"name": "Rex", "age": 1.0}]}`))
	if err != nil {
		panic(err)
	}
	p, err := vtl.Parse(`#set($root = $input.path('$'))$root.pets $root.pets[0] [$root.cats]`, vtl.Options{Mode: vtl.APIGateway})
	if err != nil {
		panic(err)
	}
	out, err := p.Append(context.Background(), nil, vtl.Vars{"input": input{body}}, vtl.Limits{})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", out)
	// Output: [{"name":"Rex","age":1.0}] {name=Rex, age=1.0} []
}

func ExampleLimits() {
	p, err := vtl.Parse("#set($x = 'ab')\n#foreach($i in [1..40])#set($x = $x + $x)#end", vtl.Options{Name: "grow"})
	if err != nil {
		panic(err)
	}
	_, err = p.Append(context.Background(), nil, nil, vtl.Limits{Memory: 1 << 20})
	fmt.Println(err)
	fmt.Println(errors.Is(err, vtl.ErrMemory))
	// Output:
	// grow, line 2, column 37, at "+ $x)#end": too much memory used
	// true
}

func ExampleSyntaxError() {
	_, err := vtl.Parse("{\n  #if($a) \"x\"\n}", vtl.Options{Name: "request template"})
	fmt.Println(err)
	// Output: request template, line 3, column 2, at "": unexpected end of template, expected #end
}
