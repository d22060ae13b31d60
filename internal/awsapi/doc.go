// Package awsapi serves AWS's wire protocols from tables of operations.
//
// A service package holds the shapes and the table that internal/awsapi/gen
// made from AWS's model, and one hand-written method per operation. Three doors
// lead to those methods, and all of them meet in [Registry.Call]:
//
//   - the AWS wire ([Wire]): REST-JSON, Query with XML, JSON 1.x, CBOR;
//   - the console and the CLI ([Door]): POST /<service>/<Operation> with the
//     input as JSON under the model's member names.
//
// Read in this order: operation.go (an operation and its table), registry.go
// (Call), call.go (who calls what), error.go, constraint.go (what the model
// says about values), parameters.go (an input in an audit record), shape.go (how
// a Go type maps to the wire), decode.go and encode.go (JSON), restjson.go,
// query.go, xml.go, json11.go, cbor.go (protocols), route.go, wire.go and
// door.go (doors), paging.go, time.go, eventstream.go.
package awsapi
