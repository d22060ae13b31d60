// Package javaregex runs regular expressions as Java's java.util.regex does,
// for the places where API Gateway hands a user's pattern to Java: an
// integration's selectionPattern, an authorizer's identityValidationExpression
// and the String methods of mapping templates. In its ECMAScript dialect it
// runs the patterns of JSON schemas.
//
//	re, err := javaregex.Compile(`.*(?<!Not)Found`, javaregex.Options{})
//	ok, err := re.MatchWhole(message) // Matcher.matches()
//
// A pattern is parsed here, by Java's grammar, into a tree in which flags,
// classes and quoting are resolved to sets of characters. From the tree, a
// pattern is written for one of two engines: Go's regexp where it is sure to
// find the same (linear time), else regexp2, which backtracks and has a time
// budget ([ErrTimeout]).
//
// Not supported, with an error that says so: canonical equivalence (?c), \X,
// \b{g}, \N{name}, and Unicode blocks other than the few in property.go.
// Different from Java: the Unicode version is Go's; matches never split a
// character outside the basic plane (Java may, between its surrogates, for
// empty matches); after an empty match \G holds where the search goes on.
//
// Files in reading order: regexp.go, errors.go, ast.go, set.go, property.go,
// parse.go, parsegroup.go, parseescape.go, parseclass.go, write.go, engine.go,
// replace.go, split.go.
package javaregex
