// Package sandbox runs functions: it turns "this version's code and settings,
// this event" into a result, an error, log lines and figures.
//
// A Manager owns all execution environments of the machine. An environment is
// one process tree behind the walls of package jail that handles one event at
// a time for one function version and is then kept for the next. A caller
// needs four things:
//
//	func main() { sandbox.Init(); … }        // environments start by running this program again
//	m, err := sandbox.Open(ctx, sandbox.Config{Dir: dir, Logs: sink})
//	outcome, err := m.Invoke(ctx, function, event)
//	err = m.Close(ctx)
//
// Invoke's error says that the function did not run (ErrThrottled, ErrCapacity,
// ErrRuntime, ErrClosed); whatever went wrong in the function, be it a crash, a
// timeout or code that cannot be loaded, is an Outcome with AWS's error in it.
//
// Functions are hostile. What keeps them in is package jail; Protections tells
// what of it is in force. What an environment can do to others is bounded by
// its limits (memory, processes, files, /tmp, time), all of which end in AWS's
// errors.
//
// Read in this order: function.go (what goes in and comes out), manager.go,
// pool.go (environments of one version), queue.go and line.go (events that find
// all of them busy), load.go, budget.go (memory over all), state.go,
// environment.go (the life of one), stock.go (processes started ahead), originals.go (what they are copied from),
// early.go (what first events need not wait for), end.go (how environments go
// away), invocation.go (one event), custom.go (the same for programs that speak
// the HTTP Runtime API), extensions.go (programs beside the runtime),
// provisioned.go (environments kept ready), freeze.go, image.go (container
// images), owner.go (whose containers those are), failure.go (AWS's errors),
// journal.go (log lines), trace.go, output.go (standard output), runtimes.go,
// python.go, sdk.go and environ.go (how each runtime starts), watch.go
// (memory), stats.go, first.go (the program that jails start with),
// protections.go. Package noderuntime gets Node.js and the AWS SDK.
package sandbox
