// Package lambda is AWS Lambda: functions with their versions, aliases, layers
// and permissions, and the ways to invoke them.
//
// Read in this order. Making functions: service.go (Config, Open, Close),
// ports.go (what others do for this package), errors.go, name.go (how requests
// name functions), documents.go and edit.go (what is stored, and how it is
// changed), function.go, configuration.go, variables.go, runtime.go, code.go with
// unzip.go, codecache.go, folder.go, download.go and garbage.go (code packages),
// version.go, alias.go, permission.go, layer.go, concurrency.go, provisioned.go
// with keeper.go, eventinvoke.go, url.go, tags.go, account.go, codesigning.go,
// runtimemanagement.go, eventsourcemapping.go, authz.go (which permission an
// operation needs).
//
// Running them: registry.go (from a name to what runs, without the store),
// invoke.go, measure.go, stream.go, serveurl.go with urlevent.go, urlresponse.go
// and cors.go (function URLs), async.go (queued events), destination.go (where
// their records go), remote.go, sqs.go and filter.go (other services), jackson.go
// (what is wrong with JSON).
//
// The rest of the program invokes with [Service.InvokeFunction].
package lambda
