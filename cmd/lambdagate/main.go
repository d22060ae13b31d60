// Command lambdagate is Amazon API Gateway and AWS Lambda, with the IAM, STS
// and CloudWatch Logs that belong to them, in one program.
//
// Each subcommand has a file of its own; this one lists them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/lambdagate/lambdagate/internal/sandbox"
)

// cli is every subcommand, in the order of the help text.
type cli struct {
	Dev      devCmd      `cmd:"" help:"Serve on this machine; any credentials are root."`
	Serve    serveCmd    `cmd:"" help:"Serve for real: signatures are verified, IAM decides, TLS."`
	Call     callCmd     `cmd:"" help:"Call one operation of a running server with JSON."`
	Invoke   invokeCmd   `cmd:"" help:"Invoke a function of a running server."`
	Logs     logsCmd     `cmd:"" help:"Print log lines of a running server, and follow them."`
	Requests requestsCmd `cmd:"" help:"Show what happened to requests: list, follow, step by step, again."`
	Account  accountCmd  `cmd:"" help:"Make and list the accounts of a running server."`
	Audit    auditCmd    `cmd:"" help:"Print who did what on a running server."`
	Backup   backupCmd   `cmd:"" help:"Copy everything that a running server keeps into a file."`
	Restore  restoreCmd  `cmd:"" help:"Make a data folder of a backup."`
	Render   renderCmd   `cmd:"" help:"Render a mapping template as API Gateway would."`
	Explain  explainCmd  `cmd:"" help:"Say why a principal may do something, or may not."`
	Env      envCmd      `cmd:"" help:"Print environment variables that point AWS clients at a server."`
	Doctor   doctorCmd   `cmd:"" help:"Tell what works on this machine, and what to do about the rest."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

func main() {
	sandbox.Init() // never returns in a process that is to become a sandbox
	var c cli
	parser, err := kong.New(&c,
		kong.Name("lambdagate"),
		kong.Description("Amazon API Gateway and AWS Lambda, wire-compatible, in one program."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "lambdagate:", err)
		os.Exit(exitStatus(err))
	}
}

// exitCoder is an error with an exit status of its own.
type exitCoder interface {
	error
	ExitCode() int
}

func exitStatus(err error) int {
	if e, ok := errors.AsType[exitCoder](err); ok {
		return e.ExitCode()
	}
	return 1
}
