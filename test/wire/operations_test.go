package wire

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// TestEveryOperation calls each operation of each client with the least input
// that the client lets through, and checks that it understands what comes back:
// an output or an error with a code; never an answer it cannot read, never the
// neutral internal error.
func TestEveryOperation(t *testing.T) {
	s := start(t)
	clients := map[string]any{
		"apigateway": apigateway.NewFromConfig(s.config()),
		"lambda":     lambda.NewFromConfig(s.config()),
		"iam":        iam.NewFromConfig(s.config()),
		"sts":        sts.NewFromConfig(s.config()),
		"logs":       cloudwatchlogs.NewFromConfig(s.config()),
	}
	for name, client := range clients {
		v := reflect.ValueOf(client)
		for i := range v.NumMethod() {
			m := v.Type().Method(i)
			if m.Name == "Options" || m.Type.NumIn() < 3 {
				continue
			}
			t.Run(name+"/"+m.Name, func(t *testing.T) { callOperation(t, v.Method(i), m.Type.In(2)) })
		}
	}
}

func callOperation(t *testing.T, method reflect.Value, input reflect.Type) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	in := reflect.New(input.Elem())
	fill(in.Elem(), 0)
	out := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
	err, _ := out[1].Interface().(error)
	if err == nil {
		return
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		if strings.Contains(err.Error(), "failed to serialize") || strings.Contains(err.Error(), "invalid parameter") {
			return // the client itself wants more
		}
		t.Fatalf("the client does not understand the answer: %v", err)
	}
	switch api.ErrorCode() {
	case "InternalServerErrorException", "ServiceFailure", "ServiceException", "InternalFailure", "UnknownError", "UnknownOperationException", "":
		t.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	}
}

// fill puts something into every text, number and flag that clients demand.
func fill(v reflect.Value, depth int) {
	if depth > 3 {
		return
	}
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() {
			continue
		}
		switch f.Kind() {
		case reflect.Pointer:
			switch f.Type().Elem().Kind() {
			case reflect.String:
				f.Set(reflect.ValueOf(aws.String("x1")).Convert(f.Type()))
			case reflect.Struct:
				if strings.Contains(f.Type().Elem().PkgPath(), "/types") {
					n := reflect.New(f.Type().Elem())
					fill(n.Elem(), depth+1)
					f.Set(n)
				}
			}
		case reflect.Slice:
			if f.Type().Elem().Kind() == reflect.String {
				f.Set(reflect.Append(f, reflect.ValueOf("x1").Convert(f.Type().Elem())))
			}
			if f.Type().Elem().Kind() == reflect.Uint8 {
				f.SetBytes([]byte("{}"))
			}
		case reflect.String:
			f.SetString("x1")
		}
	}
}
