// Package arn takes Amazon Resource Names apart and puts them together: the
// general form, and the kinds that this project names resources with.
//
// Read in this order: arn.go (the general form), iam.go (roles, users,
// sessions, account roots), lambda.go (functions and their short forms),
// executeapi.go (deployed methods), apigateway.go (the management of APIs and
// the URIs of integrations).
package arn
