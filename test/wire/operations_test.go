package wire

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
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
		"cloudwatch": cloudwatch.NewFromConfig(s.config()),
		"logs":       cloudwatchlogs.NewFromConfig(s.config()),
	}
	for name, client := range clients {
		v := reflect.ValueOf(client)
		for i := range v.NumMethod() {
			m := v.Type().Method(i)
			if m.Name == "Options" || m.Type.NumIn() < 3 || left[name+"/"+m.Name] != "" {
				continue
			}
			t.Run(name+"/"+m.Name, func(t *testing.T) { callOperation(t, v.Method(i), m.Type.In(2)) })
		}
	}
}

// left are the operations that are not called, and why.
var left = map[string]string{
	"logs/GetLogObject":                             "the client puts stream- before the host, which is an address here",
	"logs/StartLiveTail":                            "the client puts stream- before the host, which is an address here",
	"cloudwatch/CreateResourceMetricsConfiguration": "younger than the service model that the shapes come from",
	"cloudwatch/DeleteResourceMetricsConfiguration": "younger than the service model that the shapes come from",
	"cloudwatch/GetResourceMetricsConfiguration":    "younger than the service model that the shapes come from",
	"cloudwatch/UpdateResourceMetricsConfiguration": "younger than the service model that the shapes come from",
	"cloudwatch/UpdateOTelEnrichment":               "younger than the service model that the shapes come from",
	"lambda/DeleteResourcePolicy":                   "younger than the service model that the shapes come from",
	"lambda/GetResourcePolicy":                      "younger than the service model that the shapes come from",
	"lambda/PutResourcePolicy":                      "younger than the service model that the shapes come from",
}

func callOperation(t *testing.T, method reflect.Value, input reflect.Type) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx = smithyhttp.DisableEndpointHostPrefix(ctx, true)
	in := reflect.New(input.Elem())
	fill(in.Elem(), 0)
	out := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
	err, _ := out[1].Interface().(error)
	if err == nil {
		return
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		var params smithy.InvalidParamsError
		if errors.As(err, &params) && hasUnion(input.Elem(), 0) {
			return // members of these are chosen by type, which fill does not
		}
		t.Fatalf("the client does not understand the answer: %v", err)
	}
	switch api.ErrorCode() {
	case "InternalServerErrorException", "ServiceFailure", "ServiceException", "InternalFailure", "UnknownError", "UnknownOperationException", "":
		t.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	}
}

// fill puts something into every member that a client might demand.
func fill(v reflect.Value, depth int) {
	if depth > 7 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		n := reflect.New(v.Type().Elem())
		fill(n.Elem(), depth+1)
		v.Set(n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1_700_000_000, 0)))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), depth)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("{}"))
			return
		}
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e, depth+1)
		v.Set(reflect.Append(v, e))
	case reflect.Map:
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("x1").Convert(v.Type().Key()), e)
	case reflect.String:
		v.SetString("x1")
	case reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Interface:
		if v.Type() == reflect.TypeFor[io.Reader]() {
			v.Set(reflect.ValueOf(strings.NewReader("{}")))
		}
	}
}

// hasUnion tells inputs with a member that is one of several shapes.
func hasUnion(t reflect.Type, depth int) bool {
	if depth > 4 {
		return false
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return hasUnion(t.Elem(), depth+1)
	case reflect.Interface:
		return t != reflect.TypeFor[io.Reader]()
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && hasUnion(f.Type, depth+1) {
				return true
			}
		}
	}
	return false
}
