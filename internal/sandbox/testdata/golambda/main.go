// Command golambda is a function with AWS's own Go library, unmodified.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func handle(ctx context.Context, event struct{ Case string }) (any, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	switch event.Case {
	case "error":
		return nil, errors.New("it failed")
	case "panic":
		panic("it panicked")
	case "exit":
		os.Exit(9)
	case "sleep":
		time.Sleep(time.Hour)
	case "large":
		return strings.Repeat("x", 7<<20), nil
	case "log":
		fmt.Println("to standard output")
		fmt.Fprintln(os.Stderr, "to standard error")
	case "stream":
		return &events.LambdaFunctionURLStreamingResponse{StatusCode: 201, Body: strings.NewReader("streamed")}, nil
	}
	deadline, _ := ctx.Deadline()
	answer := map[string]any{"case": event.Case, "id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
		"name": lambdacontext.FunctionName, "memory": lambdacontext.MemoryLimitInMB,
		"deadline": time.Until(deadline) > 0, "key": os.Getenv("AWS_ACCESS_KEY_ID"), "env": os.Getenv("MINE")}
	if custom := lc.ClientContext.Custom; custom != nil {
		answer["custom"] = custom
	}
	return answer, nil
}

func main() { lambda.Start(handle) }
