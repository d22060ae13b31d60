package lambda

import (
	"reflect"
	"strconv"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// decidedInside are the operations that ask the authority themselves, because a
// resource's own policy counts too.
var decidedInside = map[string]bool{
	"Invoke": true, "InvokeAsync": true, "InvokeWithResponseStream": true, "GetLayerVersion": true, "GetLayerVersionByArn": true,
}

// withoutResource are the operations whose permission is for "*". AWS: actions
// and condition keys for Lambda.
var withoutResource = map[string]bool{
	"ListFunctions": true, "ListLayers": true, "ListLayerVersions": true, "GetAccountSettings": true, "CreateCodeSigningConfig": true,
	"ListCodeSigningConfigs": true, "CreateEventSourceMapping": true, "ListEventSourceMappings": true,
}

// Permission names the action and the resource of a call.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	if decidedInside[call.Operation] {
		return "", ""
	}
	action = "lambda:" + call.Operation
	if withoutResource[call.Operation] {
		return action, "*"
	}
	return action, s.resource(call, reflect.Indirect(reflect.ValueOf(in)))
}

// resource is the ARN of what an input names, by the members that every input
// of that kind has.
func (s *Service) resource(call *awsapi.Call, in reflect.Value) string {
	if text := member(in, "Resource"); text != "" { // of tags
		return text
	}
	if text := member(in, "CodeSigningConfigArn"); text != "" && member(in, "FunctionName") == "" {
		return text
	}
	if id := member(in, "UUID"); id != "" {
		return mappingResource(call, id)
	}
	if name := member(in, "LayerName"); name != "" {
		return layerResource(call, name, in)
	}
	qualifier := member(in, "Qualifier")
	ref, err := parseFunction(call.Caller.Account, call.Region, member(in, "FunctionName"), &qualifier)
	if err != nil {
		return "*" // the operation says what is wrong with the name
	}
	return ref.String()
}

// member returns a text of an input, "" if it has no such member.
func member(in reflect.Value, name string) string {
	f := in.FieldByName(name)
	if f.IsValid() && f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	if !f.IsValid() || f.Kind() != reflect.String {
		return ""
	}
	return f.String()
}

func layerResource(call *awsapi.Call, name string, in reflect.Value) string {
	l := arn.LayerVersion{Partition: arn.Partition(call.Region), Region: call.Region, Account: call.Caller.Account, Name: name}
	if parsed, err := arn.ParseLayerVersion(name); err == nil {
		l = parsed
	}
	if number := in.FieldByName("VersionNumber"); number.IsValid() {
		return l.String() + ":" + strconv.FormatInt(number.Int(), 10)
	}
	return l.String()
}
