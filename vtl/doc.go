// Package vtl compiles and runs templates in the Velocity Template Language, as
// Apache Velocity 1.7 defines it and as Amazon API Gateway offers it in mapping
// templates. It needs nothing but the standard library.
//
//	p, err := vtl.Parse(`Hello, $name!`, vtl.Options{})
//	out, err := p.Append(ctx, nil, vtl.Vars{"name": "World"}, vtl.Limits{})
//
// # Modes
//
// [Velocity] is stock Velocity 1.7, down to the places where its lexer takes a
// wrong turn: a template that works there works here and prints the same.
// [APIGateway] differs as the service does: a reference without a value prints
// nothing, null equals "", #set assigns null, and there is no .class.
// #include, #parse and #evaluate are refused in both.
//
// # Values
//
// Templates work with Go values that stand for Java's: string, bool, int32
// (Integer), int64 (Long), *big.Int (BigInteger), float64 (Double), [Decimal]
// (a number of a JSON document), [Char], nil, [*Map] and [*List]. [FromGo] says
// what becomes of others. They have the methods of the Java classes, and print
// as these do; a list that came from JSON prints as JSON.
//
// A caller brings objects of its own, such as $input, as values that implement
// [Getter], [Setter] and [Caller]. [Variables] gives a template its variables.
//
// [ParseJSON] and [AppendJSON] go from JSON to these values and back without
// losing the order of keys or digits of numbers.
//
// # Limits
//
// Every run has [Limits] on its steps, its output, the memory of the values it
// makes, and its nesting, and looks at its context every thousand steps; no
// template hangs or exhausts the process. Regular expressions run in linear
// time unless [Options] bring another engine, which must then have limits of
// its own, and so must the caller's objects: the run waits for them.
//
// # Errors
//
// A template that does not parse is a [*SyntaxError]; one that fails while it
// runs an [*ExecError], which wraps the [*Exception] that Java would have
// thrown, the limit that was reached, or the context's error. Both say where.
//
// # Files, in reading order
//
//	program.go         Parse, Options, Program
//	run.go             Append, Variables, Limits, the state of a run
//	errors.go
//	token.go lex.go match.go    the template in tokens, by Velocity's lexical states
//	ast.go             the tree
//	parse.go           text, comments, escapes, #set, #if
//	parseexpression.go operators and literals
//	parsereference.go  $name.property.method()[index]
//	parsedirective.go  #foreach, #macro, #define …, macro calls
//	print.go           from the tree back to source
//	render.go          what prints: blocks, #set, #if, #define
//	foreach.go         #foreach, iterators, $foreach
//	macro.go           macro calls and their parameters
//	eval.go            operators and literals
//	reference.go       variables, properties, calls, indexes, assignment
//	value.go           what Java would print, compare, hash
//	map.go list.go number.go decimal.go utf16.go json.go
//	method.go          how a Java method is found
//	stringmethods.go listmethods.go mapmethods.go numbermethods.go
//	format.go          String.format
//	regexp.go          patterns, replaceAll, split
//	regexpjava.go      Java's patterns for package regexp
package vtl
