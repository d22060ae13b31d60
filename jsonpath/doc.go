// Package jsonpath reads JSON documents by JSONPath in the dialect of
// Jayway's JsonPath, the one that Amazon API Gateway speaks in $input.path,
// $input.json and parameter mappings.
//
//	p, err := jsonpath.Compile(`$.store.book[?(@.price < 10)].title`)
//	doc, err := jsonpath.Decode(body)
//	titles, found, err := p.Get(doc)
//
// # Paths
//
//	$.a.b  $['a']['b']  $["a"]    members; a blank, a dot or a bracket in a name needs quotes
//	$['a','b']                    several members: as last step one object of them, else each
//	$[0]  $[-1]  $[0,2]           elements; a negative index counts from the end
//	$[1:3]  $[:-1]  $[-2:]        slices; a third part (step) is read and ignored, as in Jayway
//	.*  [*]                       every member or element
//	..x  ..['x']  ..[0]  ..*      x, … in the node and in everything below it, parents first
//	[?(@.n > 1 && !@.gone)]       the elements for which the condition holds; on an object, the object itself
//	.length() .size()             of an array, or the number of members of an object; else null
//	.min() .max() .avg() .sum() .stddev()   of the numbers of an array, as float64
//	.first() .last() .index(n)    elements of an array
//	.keys() .concat(…) .append(…) member names; strings joined; the array with more elements
//
// A path that does not start with $ or @ gets "$." in front. A path is
// definite when it can only ever lead to one node; otherwise it yields a list,
// which may be empty. A function after a path with ".." in it takes the list
// of nodes found as its one argument ($..price.max()), length() their
// elements; after any other indefinite path it is applied to each node.
//
// Conditions know == != === !== < <= > >= =~ in nin subsetof anyof noneof all
// contains size empty, && || ! and parentheses; operands are paths from @ (the
// element) or $ (the document), strings in either quotes, numbers, true,
// false, null, JSON arrays and objects, and /regex/flags. A path alone asks
// whether there is such a node; null is there. 10 == '10' holds, 10 === '10'
// does not; < and > order numbers and strings among themselves only.
//
// # Where this differs from Jayway JsonPath
//
// Compared with version 2.9 case by case (testdata/jayway; the test lists
// every case that differs, with the reason). What matters:
//   - A missing node is found == false, where Jayway throws
//     PathNotFoundException (API Gateway turns that into null).
//   - Numbers keep the text they have in the document; Jayway reads 1e2 as 100.0.
//   - $..[0].x, $..[*].x and $..*.x give every match; Jayway loses or adds some.
//   - A slice that starts before the array ($[-99:2]) is cut at its start; Jayway repeats elements.
//   - A filter on a scalar finds nothing; Jayway throws.
//   - Unknown functions, functions that are not the last step, arguments in
//     single quotes, [*,0], an open bracket at the end: errors of Compile.
//     Jayway fails later or drops them silently.
//   - [(@.length-1)] is an error of Compile, as in Jayway since 2.1; write
//     [-1]. Jayway 2.0 evaluated it.
//   - The document is never changed; append() makes a new array.
//
// Values are read through small interfaces, so that any tree will do: see
// [Object] and [Array]. Evaluation is bounded: see [Compiler].
//
// Files in reading order: path.go, tree.go, number.go, ast.go, lex.go,
// parse.go, parsefilter.go, eval.go, filter.go, function.go, decode.go,
// encode.go, errors.go.
package jsonpath
