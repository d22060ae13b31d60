package lambda

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func TestTags(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	tag := func(resource string, tags map[string]string) error {
		_, err := s.call("TagResource", &TagResourceRequest{Resource: resource, Tags: tags})
		return err
	}
	many := map[string]string{}
	for i := range 50 {
		many[fmt.Sprint("k", i)] = "v"
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"add", tag(testARN+"f", map[string]string{"a": "1", "b": "2"}), ""},
		{"replace", tag(testARN+"f", map[string]string{"b": "3"}), ""},
		{"none", tag(testARN+"f", map[string]string{}), "400 InvalidParameterValueException: An error occurred and the request cannot be processed."},
		{"version", tag(testARN+"f:1", many), "400 InvalidParameterValueException: Tags on function aliases and versions are not supported. Please specify a function ARN."},
		{"too many", tag(testARN+"f", many), "400 InvalidParameterValueException: Number of tags exceeds resource tag limit."},
		{"unknown", tag(testARN+"none", map[string]string{"a": "1"}), "404 ResourceNotFoundException: Function not found: " + testARN + "none"},
	} {
		if got := errorText(tt.err); got != tt.want {
			t.Errorf("%s: error is\n\t%s, want\n\t%s", tt.name, got, tt.want)
		}
	}
	wantJSON(t, must[ListTagsResponse](s, "ListTags", &ListTagsRequest{Resource: testARN + "f"}), `{"Tags":{"a":"1","b":"3"}}`)
	if g := must[GetFunctionResponse](s, "GetFunction", &GetFunctionRequest{FunctionName: "f"}); g.Tags["b"] != "3" {
		t.Errorf("GetFunction shows tags %v", g.Tags)
	}
	must[awsapi.Empty](s, "UntagResource", &UntagResourceRequest{Resource: testARN + "f", TagKeys: []string{"a", "zzz"}})
	wantJSON(t, must[ListTagsResponse](s, "ListTags", &ListTagsRequest{Resource: testARN + "f"}), `{"Tags":{"b":"3"}}`)
}

func TestEventInvokeConfig(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	put := func(in PutFunctionEventInvokeConfigRequest) error {
		_, err := s.call("PutFunctionEventInvokeConfig", &in)
		return err
	}
	dest := func(a string) *DestinationConfig {
		return &DestinationConfig{OnFailure: &OnFailure{Destination: &a}}
	}
	_, err := s.call("GetFunctionEventInvokeConfig", &GetFunctionEventInvokeConfigRequest{FunctionName: "f"})
	wantError(t, err, 404, "ResourceNotFoundException", "The function "+testARN+"f:$LATEST doesn't have an EventInvokeConfig")
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing", put(PutFunctionEventInvokeConfigRequest{FunctionName: "f"}), "400 InvalidParameterValueException: You must specify at least one of error handling or destination setting."},
		{"unknown", put(PutFunctionEventInvokeConfigRequest{FunctionName: "none", MaximumRetryAttempts: new(int64(1))}), "404 ResourceNotFoundException: The function doesn't exist."},
		{"retries", put(PutFunctionEventInvokeConfigRequest{FunctionName: "f", MaximumRetryAttempts: new(int64(3))}), "400 ValidationException: 1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2"},
		{"itself", put(PutFunctionEventInvokeConfigRequest{FunctionName: "f", DestinationConfig: dest(testARN + "f")}), "400 InvalidParameterValueException: You can't specify the function as a destination for itself."},
		{"service", put(PutFunctionEventInvokeConfigRequest{FunctionName: "f", DestinationConfig: dest("arn:aws:iam::123456789012:role/x")}), "400 InvalidParameterValueException: The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=arn:aws:iam::123456789012:role/x)) is invalid."},
	} {
		if got := errorText(tt.err); got != tt.want {
			t.Errorf("%s: error is\n\t%s, want\n\t%s", tt.name, got, tt.want)
		}
	}
	const queue = "arn:aws:sqs:us-east-1:123456789012:q"
	c := must[FunctionEventInvokeConfig](s, "PutFunctionEventInvokeConfig", &PutFunctionEventInvokeConfigRequest{FunctionName: "f", MaximumRetryAttempts: new(int64(1)), DestinationConfig: dest(queue)})
	wantJSON(t, c, `{"LastModified":1772600767.089,"FunctionArn":"`+testARN+`f:$LATEST","MaximumRetryAttempts":1,"DestinationConfig":{"OnSuccess":{},"OnFailure":{"Destination":"`+queue+`"}}}`)
	c = must[FunctionEventInvokeConfig](s, "UpdateFunctionEventInvokeConfig", &UpdateFunctionEventInvokeConfigRequest{FunctionName: "f", MaximumEventAgeInSeconds: new(int64(60))})
	wantJSON(t, c, `{"LastModified":1772600767.089,"FunctionArn":"`+testARN+`f:$LATEST","MaximumRetryAttempts":1,"MaximumEventAgeInSeconds":60,"DestinationConfig":{"OnSuccess":{},"OnFailure":{"Destination":"`+queue+`"}}}`)
	c = must[FunctionEventInvokeConfig](s, "PutFunctionEventInvokeConfig", &PutFunctionEventInvokeConfigRequest{FunctionName: "f", MaximumEventAgeInSeconds: new(int64(90))})
	wantJSON(t, c, `{"LastModified":1772600767.089,"FunctionArn":"`+testARN+`f:$LATEST","MaximumEventAgeInSeconds":90,"DestinationConfig":{"OnSuccess":{},"OnFailure":{}}}`)
	if l := must[ListFunctionEventInvokeConfigsResponse](s, "ListFunctionEventInvokeConfigs", &ListFunctionEventInvokeConfigsRequest{FunctionName: "f"}); len(l.FunctionEventInvokeConfigs) != 1 {
		t.Errorf("list has %d", len(l.FunctionEventInvokeConfigs))
	}
	must[awsapi.Empty](s, "DeleteFunctionEventInvokeConfig", &DeleteFunctionEventInvokeConfigRequest{FunctionName: "f"})
	_, err = s.call("UpdateFunctionEventInvokeConfig", &UpdateFunctionEventInvokeConfigRequest{FunctionName: "f", MaximumRetryAttempts: new(int64(1))})
	wantError(t, err, 404, "ResourceNotFoundException", "The function "+testARN+"f:$LATEST doesn't have an EventInvokeConfig")
}

func TestProvisionedConcurrency(t *testing.T) {
	t.Parallel()
	envs := &fakeProvisioner{wish: map[string]int{}, have: map[string]int{}}
	s := newServer(t, func(c *Config) { c.Provisioner = envs })
	s.create("f")
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	must[AliasConfiguration](s, "CreateAlias", &CreateAliasRequest{FunctionName: "f", Name: "live", FunctionVersion: "1"})
	put := func(q string, n int64) error {
		_, err := s.call("PutProvisionedConcurrencyConfig", &PutProvisionedConcurrencyConfigRequest{FunctionName: "f", Qualifier: q, ProvisionedConcurrentExecutions: n})
		return err
	}
	_, err := s.call("GetProvisionedConcurrencyConfig", &GetProvisionedConcurrencyConfigRequest{FunctionName: "f", Qualifier: "1"})
	wantError(t, err, 404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"latest", put(latest, 1), "400 InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to unpublished function versions."},
		{"version", put("9", 1), "404 ResourceNotFoundException: Function not found: " + testARN + "f:9"},
		{"alias", put("none", 1), "404 ResourceNotFoundException: Cannot find alias arn: " + testARN + "f:none"},
		{"ok", put("1", 2), ""},
		{"alias of it", put("live", 1), "400 InvalidParameterValueException: Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"},
	} {
		if got := errorText(tt.err); got != tt.want {
			t.Errorf("%s: error is\n\t%s, want\n\t%s", tt.name, got, tt.want)
		}
	}
	state := func() string {
		got := must[GetProvisionedConcurrencyConfigResponse](s, "GetProvisionedConcurrencyConfig", &GetProvisionedConcurrencyConfigRequest{FunctionName: "f", Qualifier: "1"})
		return fmt.Sprint(*got.RequestedProvisionedConcurrentExecutions, *got.AllocatedProvisionedConcurrentExecutions, *got.AvailableProvisionedConcurrentExecutions, " ", *got.Status, " ", deref(got.StatusReason))
	}
	eventually(t, "two are wanted", func() bool { return envs.wanted("f:1") == 2 })
	if got := state(); got != "2 0 0 IN_PROGRESS " {
		t.Errorf("state is %q", got)
	}
	envs.set("f:1", 1, "")
	if got := state(); got != "2 2 1 IN_PROGRESS " {
		t.Errorf("state is %q", got)
	}
	envs.set("f:1", 1, "it does not load")
	if got := state(); got != "2 2 1 FAILED FUNCTION_ERROR_INIT_FAILURE" {
		t.Errorf("state is %q", got)
	}
	envs.set("f:1", 2, "")
	got := must[GetProvisionedConcurrencyConfigResponse](s, "GetProvisionedConcurrencyConfig", &GetProvisionedConcurrencyConfigRequest{FunctionName: "f", Qualifier: "1"})
	wantJSON(t, got, `{"RequestedProvisionedConcurrentExecutions":2,"AllocatedProvisionedConcurrentExecutions":2,"AvailableProvisionedConcurrentExecutions":2,"Status":"READY","LastModified":"2026-03-04T05:06:07.089+0000"}`)
	_, err = s.call("PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f", ReservedConcurrentExecutions: 1})
	wantError(t, err, 400, "InvalidParameterValueException", " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].")
	must[Concurrency](s, "PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f", ReservedConcurrentExecutions: 3})
	if err := put("1", 4); errorText(err) != "400 InvalidParameterValueException: Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function" {
		t.Errorf("more than reserved: %v", err)
	}
	if l := must[ListProvisionedConcurrencyConfigsResponse](s, "ListProvisionedConcurrencyConfigs", &ListProvisionedConcurrencyConfigsRequest{FunctionName: "f"}); len(l.ProvisionedConcurrencyConfigs) != 1 || *l.ProvisionedConcurrencyConfigs[0].FunctionArn != testARN+"f:1" {
		t.Errorf("list is %s", awsapi.EncodeModel(l))
	}
	must[awsapi.Empty](s, "DeleteProvisionedConcurrencyConfig", &DeleteProvisionedConcurrencyConfigRequest{FunctionName: "f", Qualifier: "1"})
	_, err = s.call("DeleteProvisionedConcurrencyConfig", &DeleteProvisionedConcurrencyConfigRequest{FunctionName: "f", Qualifier: "1"})
	wantError(t, err, 404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
	eventually(t, "none are wanted", func() bool { return envs.wanted("f:1") == 0 })
	// What an alias keeps follows it to another version, and ends with it.
	if err := put("live", 3); err != nil {
		t.Fatal(err)
	}
	if err := put("1", 1); errorText(err) != "400 InvalidParameterValueException: Version is currently pointed by a Provisioned Concurrency alias" {
		t.Errorf("its version: %v", err)
	}
	eventually(t, "the alias's are wanted", func() bool { return envs.wanted("f:1") == 3 })
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Description: new("new")})
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	weights := &AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.3}}
	must[AliasConfiguration](s, "UpdateAlias", &UpdateAliasRequest{FunctionName: "f", Name: "live", RoutingConfig: weights})
	eventually(t, "they are dealt out by weight", func() bool { return envs.wanted("f:1") == 2 && envs.wanted("f:2") == 1 })
	must[awsapi.Empty](s, "DeleteAlias", &DeleteAliasRequest{FunctionName: "f", Name: "live"})
	eventually(t, "none are wanted", func() bool { return envs.wanted("f:1")+envs.wanted("f:2") == 0 })
}

// fakeProvisioner keeps what was asked for: all of it exists at once.
type fakeProvisioner struct {
	mu      sync.Mutex
	wish    map[string]int
	have    map[string]int
	failure string
}

// short is the function and version of a runnable's ID.
func short(id string) string {
	id, _, _ = strings.Cut(strings.TrimPrefix(id, testARN), "#")
	return id
}

func (p *fakeProvisioner) Provision(r *Runnable, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wish[short(r.ID)] = n
}

func (p *fakeProvisioner) Provisioned(id string) (allocated, available int, failure string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n, ok := p.have[short(id)]; ok {
		return p.wish[short(id)], n, p.failure
	}
	return 0, 0, ""
}

func (p *fakeProvisioner) wanted(version string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wish[version]
}

func (p *fakeProvisioner) set(version string, available int, failure string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.have[version], p.failure = available, failure
}

func TestAccountSettings(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	f := s.create("f")
	must[Concurrency](s, "PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f", ReservedConcurrentExecutions: 100})
	wantJSON(t, must[GetAccountSettingsResponse](s, "GetAccountSettings", &GetAccountSettingsRequest{}), `{
		"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":900},
		"AccountUsage":{"TotalCodeSize":`+itoa(f.CodeSize)+`,"FunctionCount":1}}`)
}

func TestRuntimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		runtime        string
		strict, update bool
		now            time.Time
		want           string
	}{
		{"nodejs6.10", false, false, testTime, ""},
		{"nodejs6.10", true, false, testTime, "400 InvalidParameterValueException: The runtime parameter of nodejs6.10 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."},
		{"nodejs6.10", true, false, day(2019, 4, 29), ""},
		{"nodejs6.10", true, true, day(2019, 8, 11), ""},
		{"nodejs6.10", true, true, day(2019, 8, 12), "400 InvalidParameterValueException: The runtime parameter of nodejs6.10 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."},
		{"nodejs22.x", true, false, testTime, ""},
		{"nodejs18.x", true, true, testTime, ""},
		{"provided.al2023", true, false, testTime, ""},
	} {
		s := &Service{cfg: Config{StrictRuntimes: tt.strict}, now: func() time.Time { return tt.now }}
		if got := errorText(s.checkRuntime(tt.runtime, tt.update)); got != tt.want {
			t.Errorf("%s strict=%v update=%v at %v:\n\t%s, want\n\t%s", tt.runtime, tt.strict, tt.update, tt.now, got, tt.want)
		}
	}
	s := newServer(t, nil)
	in := createRequest("f")
	in.Runtime = new("nodejs5.x")
	_, err := s.call("CreateFunction", in)
	if text := errorText(err); !strings.HasPrefix(text, "400 InvalidParameterValueException: Value nodejs5.x at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, ") || !strings.HasSuffix(text, "] or be a valid ARN") {
		t.Errorf("unknown runtime: %s", text)
	}
}

func TestCodeSigning(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	publishers := &AllowedPublishers{SigningProfileVersionArns: []string{"arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/1"}}
	made := must[CreateCodeSigningConfigResponse](s, "CreateCodeSigningConfig", &CreateCodeSigningConfigRequest{AllowedPublishers: publishers}).CodeSigningConfig
	id := made.CodeSigningConfigId
	wantJSON(t, made, `{"CodeSigningConfigId":"`+id+`","CodeSigningConfigArn":"arn:aws:lambda:us-east-1:123456789012:code-signing-config:`+id+`","AllowedPublishers":{"SigningProfileVersionArns":["arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/1"]},"CodeSigningPolicies":{"UntrustedArtifactOnDeployment":"Warn"},"LastModified":"2026-03-04T05:06:07.089+0000"}`)
	must[UpdateCodeSigningConfigResponse](s, "UpdateCodeSigningConfig", &UpdateCodeSigningConfigRequest{CodeSigningConfigArn: made.CodeSigningConfigArn, Description: new("d")})
	must[PutFunctionCodeSigningConfigResponse](s, "PutFunctionCodeSigningConfig", &PutFunctionCodeSigningConfigRequest{FunctionName: "f", CodeSigningConfigArn: made.CodeSigningConfigArn})
	if _, err := s.call("DeleteCodeSigningConfig", &DeleteCodeSigningConfigRequest{CodeSigningConfigArn: made.CodeSigningConfigArn}); awsapi.AsError(err) == nil || awsapi.AsError(err).Status != 409 {
		t.Errorf("deleting one in use: %v", err)
	}
	if l := must[ListFunctionsByCodeSigningConfigResponse](s, "ListFunctionsByCodeSigningConfig", &ListFunctionsByCodeSigningConfigRequest{CodeSigningConfigArn: made.CodeSigningConfigArn}); len(l.FunctionArns) != 1 || l.FunctionArns[0] != testARN+"f" {
		t.Errorf("functions are %v", l.FunctionArns)
	}
	must[awsapi.Empty](s, "TagResource", &TagResourceRequest{Resource: made.CodeSigningConfigArn, Tags: map[string]string{"a": "1"}})
	wantJSON(t, must[ListTagsResponse](s, "ListTags", &ListTagsRequest{Resource: made.CodeSigningConfigArn}), `{"Tags":{"a":"1"}}`)
	must[awsapi.Empty](s, "DeleteFunctionCodeSigningConfig", &DeleteFunctionCodeSigningConfigRequest{FunctionName: "f"})
	must[DeleteCodeSigningConfigResponse](s, "DeleteCodeSigningConfig", &DeleteCodeSigningConfigRequest{CodeSigningConfigArn: made.CodeSigningConfigArn})
	_, err := s.call("GetCodeSigningConfig", &GetCodeSigningConfigRequest{CodeSigningConfigArn: made.CodeSigningConfigArn})
	wantError(t, err, 404, "ResourceNotFoundException", "The Lambda code signing configuration "+made.CodeSigningConfigArn+" can not be found.")
}

// TestUnsignedCode: refused where the configuration enforces, in pairs.
func TestUnsignedCode(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	config := must[CreateCodeSigningConfigResponse](s, "CreateCodeSigningConfig", &CreateCodeSigningConfigRequest{
		AllowedPublishers: &AllowedPublishers{SigningProfileVersionArns: []string{"arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/1"}}}).CodeSigningConfig
	set := func(policy string) {
		must[UpdateCodeSigningConfigResponse](s, "UpdateCodeSigningConfig", &UpdateCodeSigningConfigRequest{CodeSigningConfigArn: config.CodeSigningConfigArn, CodeSigningPolicies: &CodeSigningPolicies{UntrustedArtifactOnDeployment: &policy}})
	}
	refused := func(op string, in any) {
		t.Helper()
		_, err := s.call(op, in)
		wantError(t, err, 400, "CodeVerificationFailedException", "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for unsigned.")
	}
	in := createRequest("f")
	in.CodeSigningConfigArn = &config.CodeSigningConfigArn
	set("Enforce")
	refused("CreateFunction", in)
	set("Warn")
	must[FunctionConfiguration](s, "CreateFunction", in)
	set("Enforce")
	update := &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("index.js", "x")}
	refused("UpdateFunctionCode", update)
	update.ZipFile = zipOf("index.js", "x", "META-INF/aws_signer_signature_v1.0.SF", "signature")
	must[FunctionConfiguration](s, "UpdateFunctionCode", update)
	s.layer("l", "a", "b")
	layers := &UpdateFunctionConfigurationRequest{FunctionName: "f", Layers: []string{layerARN + "l:1"}}
	refused("UpdateFunctionConfiguration", layers)
	must[awsapi.Empty](s, "DeleteFunctionCodeSigningConfig", &DeleteFunctionCodeSigningConfigRequest{FunctionName: "f"})
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", layers)
}

func TestEventSourceMappings(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	const queue = "arn:aws:sqs:us-east-1:123456789012:q"
	in := func() *CreateEventSourceMappingRequest {
		return &CreateEventSourceMappingRequest{FunctionName: "f", EventSourceArn: new(queue), Tags: map[string]string{"t": "1"}}
	}
	made := must[EventSourceMappingConfiguration](s, "CreateEventSourceMapping", in())
	want := `{"UUID":"` + *made.UUID + `","BatchSize":10,"MaximumBatchingWindowInSeconds":0,"EventSourceArn":"` + queue + `","FunctionArn":"` + testARN + `f","LastModified":1772600767.089,
		"State":"Creating","StateTransitionReason":"USER_INITIATED","FunctionResponseTypes":[],"EventSourceMappingArn":"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:` + *made.UUID + `"}`
	wantJSON(t, made, want)
	id := strings.Repeat("0", 36)
	got, err := s.GetEventSourceMapping(awsapi.WithCall(t.Context(), &awsapi.Call{Region: testRegion, Caller: awsapi.RootCaller(testAccount)}), &GetEventSourceMappingRequest{UUID: *made.UUID})
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, got, strings.Replace(want, `"State":"Creating"`, `"State":"Enabled","LastProcessingResult":"PROBLEM: no endpoint is configured for sqs (--endpoint sqs=URL), so that the queue cannot be read"`, 1))
	_, err = s.call("CreateEventSourceMapping", in())
	wantError(t, err, 409, "ResourceConflictException", `An event source mapping with SQS arn (" `+queue+` ") and function (" `+testARN+`f ") already exists. Please update or delete the existing mapping with UUID `+*made.UUID)
	_, err = s.call("GetEventSourceMapping", &GetEventSourceMappingRequest{UUID: id})
	wantError(t, err, 404, "ResourceNotFoundException", "The resource you requested does not exist.")
	if l := must[ListEventSourceMappingsResponse](s, "ListEventSourceMappings", &ListEventSourceMappingsRequest{FunctionName: new("f")}); len(l.EventSourceMappings) != 1 {
		t.Errorf("list has %d", len(l.EventSourceMappings))
	}
}

func TestRuntimeManagementAndRecursion(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	wantJSON(t, must[GetRuntimeManagementConfigResponse](s, "GetRuntimeManagementConfig", &GetRuntimeManagementConfigRequest{FunctionName: "f"}), `{"UpdateRuntimeOn":"Auto","FunctionArn":"`+testARN+`f:$LATEST"}`)
	must[PutRuntimeManagementConfigResponse](s, "PutRuntimeManagementConfig", &PutRuntimeManagementConfigRequest{FunctionName: "f", UpdateRuntimeOn: "FunctionUpdate"})
	wantJSON(t, must[GetRuntimeManagementConfigResponse](s, "GetRuntimeManagementConfig", &GetRuntimeManagementConfigRequest{FunctionName: "f"}), `{"UpdateRuntimeOn":"FunctionUpdate","FunctionArn":"`+testARN+`f:$LATEST"}`)
	wantJSON(t, must[GetFunctionRecursionConfigResponse](s, "GetFunctionRecursionConfig", &GetFunctionRecursionConfigRequest{FunctionName: "f"}), `{"RecursiveLoop":"Terminate"}`)
	must[PutFunctionRecursionConfigResponse](s, "PutFunctionRecursionConfig", &PutFunctionRecursionConfigRequest{FunctionName: "f", RecursiveLoop: "Allow"})
	wantJSON(t, must[GetFunctionRecursionConfigResponse](s, "GetFunctionRecursionConfig", &GetFunctionRecursionConfigRequest{FunctionName: "f"}), `{"RecursiveLoop":"Allow"}`)
}

func TestDownload(t *testing.T) {
	t.Parallel()
	now := testTime
	s := newServer(t, func(c *Config) { c.Now = func() time.Time { return now } })
	s.create("f")
	location := *must[GetFunctionResponse](s, "GetFunction", &GetFunctionRequest{FunctionName: "f"}).Code.Location
	get := func(url string) (int, string) {
		rec := httptest.NewRecorder()
		s.ServeCode(rec, httptest.NewRequest("GET", url, nil))
		return rec.Code, rec.Body.String()
	}
	if status, body := get(location); status != 200 || body != string(zipOf("index.js", "exports.handler = async e => e")) {
		t.Errorf("link gives %d and %d bytes", status, len(body))
	}
	for _, bad := range []string{strings.Replace(location, "Signature=", "Signature=0", 1), strings.Replace(location, "Expires=1", "Expires=2", 1), location[:strings.Index(location, "?")]} {
		if status, _ := get(bad); status != 403 {
			t.Errorf("%s gives %d", bad, status)
		}
	}
	now = now.Add(linkTime + time.Second)
	if status, _ := get(location); status != 403 {
		t.Errorf("an old link gives %d", status)
	}
}

func TestPermissionResources(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	for _, tt := range []struct {
		op   string
		in   any
		want string
	}{
		{"CreateFunction", createRequest("f"), "lambda:CreateFunction " + testARN + "f"},
		{"GetFunction", &GetFunctionRequest{FunctionName: "f", Qualifier: new("1")}, "lambda:GetFunction " + testARN + "f:1"},
		{"ListFunctions", &ListFunctionsRequest{}, "lambda:ListFunctions *"},
		{"Invoke", &InvocationRequest{FunctionName: "f"}, " "},
		{"TagResource", &TagResourceRequest{Resource: testARN + "f"}, "lambda:TagResource " + testARN + "f"},
		{"PublishLayerVersion", &PublishLayerVersionRequest{LayerName: "l"}, "lambda:PublishLayerVersion " + layerARN + "l"},
		{"DeleteLayerVersion", &DeleteLayerVersionRequest{LayerName: "l", VersionNumber: 3}, "lambda:DeleteLayerVersion " + layerARN + "l:3"},
		{"DeleteEventSourceMapping", &DeleteEventSourceMappingRequest{UUID: "u"}, "lambda:DeleteEventSourceMapping arn:aws:lambda:us-east-1:123456789012:event-source-mapping:u"},
		{"PutFunctionCodeSigningConfig", &PutFunctionCodeSigningConfigRequest{FunctionName: "f", CodeSigningConfigArn: "arn:x"}, "lambda:PutFunctionCodeSigningConfig " + testARN + "f"},
		{"GetCodeSigningConfig", &GetCodeSigningConfigRequest{CodeSigningConfigArn: "arn:x"}, "lambda:GetCodeSigningConfig arn:x"},
	} {
		action, resource := s.Permission(&awsapi.Call{Operation: tt.op, Region: testRegion, Caller: awsapi.RootCaller(testAccount)}, tt.in)
		if got := action + " " + resource; got != tt.want {
			t.Errorf("%s needs %q, want %q", tt.op, got, tt.want)
		}
	}
}
