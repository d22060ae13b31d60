// Package requests shows what happened to requests: the executions that the
// gateway keeps, listed, followed while they end, looked at step by step, and
// run again with what came out differently.
//
// Whoever may read the execution log of a stage (logs:FilterLogEvents on its
// group) may see the requests to it: both tell the same. An account sees its own
// APIs only.
//
// Read in this order:
//
//	service.go      what it is made of, who may see what
//	door.go         POST {prefix}list, get, follow, replay: for console and CLI
//	list.go         which requests are asked for
//	follow.go       server-sent events
//	detail.go       one request, step by step
//	phases.go       where its time went
//	functionlog.go  what the function printed
//	replay.go       the same request again
//	compare.go      what was different then
package requests
