package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// makers are the values of members that reflection alone cannot guess, by
// "Shape.Member" or "Member". Ids join them as a journey goes on.
var makers = map[string]any{
	"HttpMethod":  "GET",
	"StatusCode":  "200",
	"StageName":   "prod",
	"ContentType": "application/json",
	"Tags":        map[string]string{"team": "pets"},
	"Variables":   map[string]string{"colour": "red"},
	"Policy":      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`,
	"Limit":       500,
	"Embed":       []string{"methods"},

	"EndpointConfiguration.Types":          []types.EndpointType{"PRIVATE"},
	"EndpointConfiguration.IpAddressType":  "dualstack",
	"EndpointConfiguration.VpcEndpointIds": []string{"vpce-1"},
	"CreateRestApi.BinaryMediaTypes":       []string{"image/png"},
	"CreateRestApi.MinimumCompressionSize": 1000,
	"CreateRestApi.SecurityPolicy":         "TLS_1_2",

	"CreateModel.Schema":      `{"type":"object","properties":{"name":{"type":"string"}}}`,
	"CreateModel.Name":        "Pet",
	"GetModel.Flatten":        false,
	"CreateResource.PathPart": "pets",

	"CreateAuthorizer.Type":                         "TOKEN",
	"CreateAuthorizer.AuthType":                     "custom",
	"CreateAuthorizer.IdentitySource":               "method.request.header.Authorization",
	"IdentityValidationExpression":                  "[^ ]+",
	"CreateAuthorizer.AuthorizerResultTtlInSeconds": 60,
	"CreateAuthorizer.ProviderARNs":                 nil, // of the other type

	"PutMethod.AuthorizationType":   "COGNITO_USER_POOLS",
	"PutMethod.AuthorizationScopes": []string{"pets/read"},
	"PutMethod.RequestModels":       map[string]string{"application/json": "Empty"},
	"PutMethod.RequestParameters":   map[string]bool{"method.request.querystring.page": true},

	"PutMethodResponse.ResponseModels":     map[string]string{"application/json": "Empty"},
	"PutMethodResponse.ResponseParameters": map[string]bool{"method.response.header.X-Page": true},

	"PutIntegration.Type":                  "HTTP",
	"PutIntegration.IntegrationHttpMethod": "POST",
	"PutIntegration.Uri":                   "https://pets.example.com/",
	"PutIntegration.ConnectionType":        "VPC_LINK",
	"PutIntegration.RequestParameters":     map[string]string{"integration.request.header.X-Page": "method.request.querystring.page"},
	"PutIntegration.RequestTemplates":      map[string]string{"application/json": "$input.json('$')"},
	"PutIntegration.CacheKeyParameters":    []string{"method.request.querystring.page"},
	"PutIntegration.PassthroughBehavior":   "NEVER",
	"PutIntegration.TimeoutInMillis":       5000,
	"PutIntegration.IntegrationTarget":     "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/a/1",

	"PutIntegrationResponse.SelectionPattern":   `4\d{2}`,
	"PutIntegrationResponse.ResponseParameters": map[string]string{"method.response.header.X-Page": "integration.response.header.X-Page"},
	"PutIntegrationResponse.ResponseTemplates":  map[string]string{"application/json": "$input.json('$')"},

	"ResponseType":                          "UNAUTHORIZED",
	"PutGatewayResponse.StatusCode":         "402",
	"PutGatewayResponse.ResponseParameters": map[string]string{"gatewayresponse.header.X-Why": "'why'"},
	"PutGatewayResponse.ResponseTemplates":  map[string]string{"application/json": "$context.error.messageString"},

	"DocumentationPartLocation.Type":       "RESPONSE_HEADER",
	"DocumentationPartLocation.Path":       "/pets",
	"DocumentationPartLocation.Name":       "X-Page",
	"Properties":                           `{"description":"d"}`,
	"GetDocumentationParts.Type":           "RESPONSE_HEADER",
	"GetDocumentationParts.NameQuery":      "X-",
	"GetDocumentationParts.Path":           "/pets",
	"GetDocumentationParts.LocationStatus": "DOCUMENTED",
	"ImportDocumentationParts.Body":        []byte(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{},"x-amazon-apigateway-documentation":{"version":"1","documentationParts":[{"location":{"type":"API"},"properties":{"a":1}}]}}`),
	"ImportDocumentationParts.Mode":        "merge",
	"DocumentationVersion":                 "1.0",

	"CreateVpcLink.TargetArns": []string{"arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/1"},

	"CacheClusterSize":                                "0.5",
	"CanarySettings.PercentTraffic":                   25.0,
	"CanarySettings.StageVariableOverrides":           map[string]string{"colour": "blue"},
	"DeploymentCanarySettings.PercentTraffic":         25.0,
	"DeploymentCanarySettings.StageVariableOverrides": map[string]string{"colour": "blue"},
	"CreateStage.StageName":                           "full",
	"GetDeployment.Embed":                             []string{"apisummary"},

	"CreateApiKey.Value":          "the-value-of-a-full-key",
	"CreateApiKey.CustomerId":     "customer",
	"GetApiKeys.NameQuery":        "Name",
	"GetApiKeys.CustomerId":       "customer",
	"ImportApiKeys.Body":          []byte("Name,key\nimported,the-value-of-an-imported-key\n"),
	"CreateUsagePlanKey.KeyType":  "API_KEY",
	"GetUsagePlanKeys.NameQuery":  "Name",
	"ThrottleSettings.BurstLimit": 20,
	"ThrottleSettings.RateLimit":  10.5,
	"QuotaSettings.Limit":         1000,
	"QuotaSettings.Offset":        2,
	"QuotaSettings.Period":        "WEEK",
	"StartDate":                   time.Now().UTC().Format(time.DateOnly),
	"EndDate":                     time.Now().UTC().Format(time.DateOnly),

	"MutualTlsAuthenticationInput.TruststoreUri": "s3://bucket/truststore.pem",
	"SecurityPolicy":               "TLS_1_2",
	"AccessAssociationSource":      "vpce-1",
	"TestInvokeMethod.Body":        `{"name":"Rex"}`,
	"PathWithQueryString":          "/pets?page=1",
	"Headers":                      map[string]string{"Authorization": "ann", "X-One": "1"},
	"MultiValueHeaders":            map[string][]string{"X-Two": {"1", "2"}, "Authorization": {"ann"}},
	"StageVariables":               map[string]string{"colour": "red"},
	"GetExport.ExportType":         "oas30",
	"GetExport.Accepts":            "application/json",
	"GetExport.Parameters":         map[string]string{"extensions": "apigateway"},
	"ImportRestApi.Parameters":     map[string]string{"endpointConfigurationTypes": "REGIONAL"},
	"PutRestApi.Parameters":        map[string]string{"basepath": "ignore"},
	"TagKeys":                      []string{"colour"},
	"GetTags.Position":             "anything",
	"GetGatewayResponses.Position": "anything",
}

// full is an input with a value in every member: from with, from what the
// journey knows, else made up by its type. A nil in with, and the members left
// out, stay empty.
func full[In any](j *journey, with map[string]any, leaveOut ...string) *In {
	in := new(In)
	f := filler{values: j.values, with: with, leaveOut: leaveOut}
	f.fields(reflect.ValueOf(in).Elem(), operationOf(in), true)
	return in
}

type filler struct {
	values, with map[string]any
	leaveOut     []string
}

func (f *filler) fields(v reflect.Value, shape string, top bool) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || top && slices.Contains(f.leaveOut, field.Name) {
			continue
		}
		if value, ok := f.known(shape, field.Name, top); ok {
			assign(v.Field(i), value)
			continue
		}
		f.invent(v.Field(i), field.Name)
	}
}

func (f *filler) known(shape, member string, top bool) (any, bool) {
	if top {
		if v, ok := f.with[member]; ok {
			return v, true
		}
	}
	if v, ok := f.values[shape+"."+member]; ok {
		return v, true
	}
	v, ok := f.values[member]
	return v, ok
}

// invent makes a value up: a text names its member.
func (f *filler) invent(v reflect.Value, member string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.invent(v.Elem(), member)
	case reflect.Struct:
		f.fields(v, v.Type().Name(), false)
	case reflect.String:
		v.SetString(member)
		if values := v.MethodByName("Values"); values.IsValid() {
			v.Set(values.Call(nil)[0].Index(0))
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.invent(v.Index(0), member)
	default:
		panic(fmt.Sprintf("no value for member %s of type %s", member, v.Type()))
	}
}

// assign puts a value into a member, which may point to it or have another type
// of text or number.
func assign(v reflect.Value, value any) {
	if value == nil {
		v.SetZero()
		return
	}
	from := reflect.ValueOf(value)
	if from.Type().AssignableTo(v.Type()) {
		v.Set(from)
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		assign(v.Elem(), value)
		return
	}
	v.Set(from.Convert(v.Type()))
}

func describe(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return string(b)
}

// mayBeZero is the reason why a member that is shown may seem not to be.
const mayBeZero = "counts milliseconds, which may be none"

// altered are the members that an answer shows otherwise than they were sent, by
// operation.
var altered = map[string]map[string]string{
	"CreateRestApi":        {"Policy": "escaped once more, with full ARNs"},
	"CreateDomainName":     {"Policy": "with full ARNs"},
	"CreateApiKey":         {"StageKeys": "as {api}/{stage}"},
	"PutIntegration":       {"HttpMethod": "the input's is the method's verb, the output's the backend's"},
	"GetIntegration":       {"HttpMethod": "the input's is the method's verb, the output's the backend's"},
	"UpdateIntegration":    {"HttpMethod": "the input's is the method's verb, the output's the backend's"},
	"TestInvokeMethod":     {"Body": "the answer's", "Headers": "the answer's", "MultiValueHeaders": "the answer's"},
	"TestInvokeAuthorizer": {"Policy": "the function's"},
}

// shownLater are the members that are not the same in every answer about a
// noun, by operation.
var shownLater = map[string]map[string]string{
	"CreateApiKey":     {"Value": "only where it is made or asked for"},
	"UpdateApiKey":     {"Value": "only where it is made or asked for"},
	"CreateVpcLink":    {"Status": "PENDING at first", "StatusMessage": "none at first"},
	"CreateDeployment": {"ApiSummary": "only where it is asked for"},
	"UpdateDeployment": {"ApiSummary": "only where it is asked for"},
	"GetDeployments":   {"ApiSummary": "only where it is asked for"},
	"CreateResource":   {"ResourceMethods": "none yet"},
	"PutMethod":        {"MethodIntegration": "not yet", "MethodResponses": "not yet"},
}

// unpaged are the lists that AWS answers in one piece.
var unpaged = map[string]string{
	"GetGatewayResponses": "everything at once",
}

var notCalled = map[string]string{
	"GetSdk":      "not built yet",
	"GetSdkType":  "not built yet",
	"GetSdkTypes": "not built yet",
}

var notSent = map[string]string{}

var notSeen = map[string]string{
	"GatewayResponses.Position":                  "everything at once",
	"RestApi.ApiStatus":                          "of changes that AWS makes in the background; here there are none",
	"RestApi.ApiStatusMessage":                   "of changes that AWS makes in the background; here there are none",
	"ApiKeys.Warnings":                           "AWS keeps it for imports, which have an answer of their own",
	"DomainName.DomainNameStatusMessage":         "of changes that AWS makes in the background; here there are none",
	"MutualTlsAuthentication.TruststoreWarnings": "S3 objects are not looked into",
	"Stage.WebAclArn":                            "set by AWS WAF, which is not part of this",
	"TestInvokeMethod.Latency":                   mayBeZero,
	"TestInvokeAuthorizer.Latency":               mayBeZero,
}
