package lambda

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func TestCreateFunction(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	got := s.create("Calc")
	want := `{
		"FunctionName": "Calc", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:Calc",
		"Runtime": "nodejs22.x", "Role": "arn:aws:iam::123456789012:role/runner", "Handler": "index.handler",
		"CodeSize": ` + itoa(got.CodeSize) + `, "Description": "", "Timeout": 3, "MemorySize": 128,
		"LastModified": "2026-03-04T05:06:07.089+0000", "CodeSha256": "` + *got.CodeSha256 + `", "Version": "$LATEST",
		"TracingConfig": {"Mode": "PassThrough"}, "RevisionId": "id-3",
		"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating",
		"PackageType": "Zip", "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
		"SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
		"RuntimeVersionConfig": {"RuntimeVersionArn": "` + runtimeVersionARN(testRegion, "nodejs22.x") + `"},
		"LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/Calc"}
	}`
	wantJSON(t, got, want)
	active := must[FunctionConfiguration](s, "GetFunctionConfiguration", &GetFunctionConfigurationRequest{FunctionName: "Calc"})
	want = strings.Replace(want, `"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"`, `"State": "Active", "LastUpdateStatus": "Successful"`, 1)
	wantJSON(t, active, strings.Replace(want, "id-3", "id-2", 1))
}

func itoa(n *int64) string { return fmt.Sprint(*n) }

func TestCreateFunctionErrors(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *Config) { c.Roles = fakeRoles{testRole: true} })
	s.create("taken")
	many := map[string]string{}
	for i := range 51 {
		many[fmt.Sprintf("k%d", i)] = "v"
	}
	for _, tt := range []struct {
		name   string
		change func(*CreateFunctionRequest)
		want   string
	}{
		{"exists", func(r *CreateFunctionRequest) { r.FunctionName = "taken" }, "409 ResourceConflictException: Function already exist: taken"},
		{"long name", func(r *CreateFunctionRequest) { r.FunctionName = strings.Repeat("a", 65) },
			"400 InvalidParameterValueException: 1 validation error detected: Value '" + strings.Repeat("a", 65) + "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"no runtime", func(r *CreateFunctionRequest) { r.Runtime = nil }, "400 InvalidParameterValueException: Runtime and Handler are mandatory parameters for functions created with deployment packages."},
		{"role text", func(r *CreateFunctionRequest) { r.Role = "runner" },
			`400 ValidationException: 1 validation error detected: Value 'runner' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`},
		{"role unusable", func(r *CreateFunctionRequest) { r.Role = "arn:aws:iam::123456789012:role/none" }, "400 InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda."},
		{"other region", func(r *CreateFunctionRequest) {
			r.FunctionName = "arn:aws:lambda:ap-southeast-1:123456789012:function:x"
		}, "404 ResourceNotFoundException: Functions from 'ap-southeast-1' are not reachable in this region ('us-east-1')"},
		{"no code", func(r *CreateFunctionRequest) { r.Code = &FunctionCode{} }, "400 InvalidParameterValueException: Please provide a source for function code."},
		{"no zip", func(r *CreateFunctionRequest) { r.Code.ZipFile = []byte("hello") }, "400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again."},
		{"empty zip", func(r *CreateFunctionRequest) { r.Code.ZipFile = zipOf() }, "400 InvalidParameterValueException: Uploaded file must be a non-empty zip"},
		{"big zip", func(r *CreateFunctionRequest) { r.Code.ZipFile = make([]byte, maxZipped+1) }, "413 RequestEntityTooLargeException: Zipped size must be smaller than 52428800 bytes"},
		{"no bucket", func(r *CreateFunctionRequest) {
			r.Code = &FunctionCode{S3Bucket: new("none"), S3Key: new("k")}
		}, "400 InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"},
		{"local code not allowed", func(r *CreateFunctionRequest) {
			r.Code = &FunctionCode{S3Bucket: new(localFolder), S3Key: new("/etc")}
		}, "400 InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"},
		{"memory", func(r *CreateFunctionRequest) { r.MemorySize = new(int64(10241)) }, "400 ValidationException: 1 validation error detected: Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240"},
		{"timeout", func(r *CreateFunctionRequest) { r.Timeout = new(int64(901)) }, "400 ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"},
		{"timeout 0", func(r *CreateFunctionRequest) { r.Timeout = new(int64(0)) }, "400 ValidationException: 1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"reserved variables", func(r *CreateFunctionRequest) {
			r.Environment = &Environment{Variables: map[string]string{"AWS_SECRET_ACCESS_KEY": "x", "AWS_ACCESS_KEY_ID": "y"}}
		}, "400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"},
		{"large variables", func(r *CreateFunctionRequest) {
			r.Environment = &Environment{Variables: map[string]string{"AB": strings.Repeat("<", 4090)}}
		}, `400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"AB":"` + strings.Repeat("<", 4090) + `"}`},
		{"tags", func(r *CreateFunctionRequest) { r.Tags = many }, "400 InvalidParameterValueException: Number of tags exceeds resource tag limit."},
		{"layers", func(r *CreateFunctionRequest) {
			r.Layers = []string{"arn:aws:lambda:us-east-1:123456789012:layer:none:1"}
		}, "400 InvalidParameterValueException: Layer version arn:aws:lambda:us-east-1:123456789012:layer:none:1 does not exist."},
		{"durable", func(r *CreateFunctionRequest) { r.DurableConfig = &DurableConfig{} }, "400 InvalidParameterValueException: DurableConfig is not supported by lambdagate."},
		{"image", func(r *CreateFunctionRequest) {
			r.PackageType, r.Code = new("Image"), &FunctionCode{ImageUri: new("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1")}
		}, "400 InvalidParameterValueException: Please don't provide handler or runtime or layer when the intent is to create a function with container image."},
		{"image without engine", func(r *CreateFunctionRequest) {
			r.PackageType, r.Code, r.Runtime, r.Handler = new("Image"), &FunctionCode{ImageUri: new("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1")}, nil, nil
		}, "400 InvalidParameterValueException: Container images need a container engine, and lambdagate has none configured: start it with --engine unix:///var/run/docker.sock (or DOCKER_HOST, or engine in [runtimes]), or give the code as a .zip file."},
		{"image as zip", func(r *CreateFunctionRequest) {
			r.Code = &FunctionCode{ImageUri: new("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1")}
		}, "400 InvalidParameterValueException: Please don't provide ImageUri when updating a function with packageType Zip."},
		{"dead letter", func(r *CreateFunctionRequest) {
			r.DeadLetterConfig = &DeadLetterConfig{TargetArn: new("arn:aws:s3:::bucket")}
		}, "400 InvalidParameterValueException: The dead letter target ARN arn:aws:s3:::bucket is not valid: only SQS queues and SNS topics are supported."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := createRequest("fresh")
			tt.change(in)
			_, err := s.call("CreateFunction", in)
			if got := errorText(err); got != tt.want {
				t.Errorf("error is\n\t%s, want\n\t%s", got, tt.want)
			}
		})
	}
}

func TestFunctionNames(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("Calc")
	for _, tt := range []struct{ name, qualifier, want string }{
		{"Calc", "", "ok " + testARN + "Calc"},
		{"Calc", "$LATEST", "ok " + testARN + "Calc:$LATEST"},
		{"Calc:$LATEST", "", "ok " + testARN + "Calc:$LATEST"},
		{"function:Calc", "", "ok " + testARN + "Calc"},
		{"123456789012:function:Calc:$LATEST", "", "ok " + testARN + "Calc:$LATEST"},
		{testARN + "Calc", "", "ok " + testARN + "Calc"},
		{testARN + "Calc:$LATEST", "$LATEST", "ok " + testARN + "Calc:$LATEST"},
		{"Calc:1", "2", "400 InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier."},
		{"none", "", "404 ResourceNotFoundException: Function not found: " + testARN + "none"},
		{"none", "$LATEST", "404 ResourceNotFoundException: Function not found: " + testARN + "none:$LATEST"},
		{"Calc", "7", "404 ResourceNotFoundException: Function not found: " + testARN + "Calc:7"},
		{"Calc", "prod", "404 ResourceNotFoundException: Function not found: " + testARN + "Calc:prod"},
		{"arn:aws:lambda:us-east-1:999999999999:function:Calc", "", "403 AccessDeniedException: User: arn:aws:iam::123456789012:root is not authorized to perform: lambda:GetFunction on resource: arn:aws:lambda:us-east-1:999999999999:function:Calc because no resource-based policy allows the lambda:GetFunction action"},
	} {
		in := &GetFunctionRequest{FunctionName: tt.name}
		if tt.qualifier != "" {
			in.Qualifier = &tt.qualifier
		}
		out, err := s.call("GetFunction", in)
		got := errorText(err)
		if err == nil {
			got = "ok " + out.(*GetFunctionResponse).Configuration.FunctionArn
		}
		if got != tt.want {
			t.Errorf("%s %s:\n\t%s, want\n\t%s", tt.name, tt.qualifier, got, tt.want)
		}
	}
}

func TestUpdateFunction(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	before := must[FunctionConfiguration](s, "GetFunctionConfiguration", &GetFunctionConfigurationRequest{FunctionName: "f"})

	_, err := s.call("UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("index.js", "2"), RevisionId: new("old")})
	wantError(t, err, 412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")

	dry := must[FunctionConfiguration](s, "UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("index.js", "2"), DryRun: new(true)})
	code := must[FunctionConfiguration](s, "UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("index.js", "2"), RevisionId: before.RevisionId})
	if *code.LastUpdateStatus != "InProgress" || *code.LastUpdateStatusReasonCode != "Creating" || *code.CodeSha256 == *before.CodeSha256 || *dry.CodeSha256 != *code.CodeSha256 {
		t.Errorf("UpdateFunctionCode answered %s", awsapi.EncodeModel(code))
	}
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{
		FunctionName: "f", Description: new("d"), Timeout: new(int64(9)), MemorySize: new(int64(256)), Handler: new("a.b"),
		Environment: &Environment{Variables: map[string]string{"AA": "1"}}, LoggingConfig: &LoggingConfig{LogFormat: new("JSON")},
		VpcConfig: &VpcConfig{}, DeadLetterConfig: &DeadLetterConfig{TargetArn: new("arn:aws:sqs:us-east-1:123456789012:q")},
	})
	after := must[FunctionConfiguration](s, "GetFunctionConfiguration", &GetFunctionConfigurationRequest{FunctionName: "f"})
	wantJSON(t, after, `{
		"FunctionName": "f", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
		"Runtime": "nodejs22.x", "Role": "arn:aws:iam::123456789012:role/runner", "Handler": "a.b",
		"CodeSize": `+itoa(after.CodeSize)+`, "Description": "d", "Timeout": 9, "MemorySize": 256,
		"LastModified": "2026-03-04T05:06:07.089+0000", "CodeSha256": "`+*code.CodeSha256+`", "Version": "$LATEST",
		"TracingConfig": {"Mode": "PassThrough"}, "RevisionId": "`+*after.RevisionId+`", "State": "Active", "LastUpdateStatus": "Successful",
		"PackageType": "Zip", "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
		"SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"}, "Environment": {"Variables": {"AA": "1"}},
		"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}, "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"},
		"RuntimeVersionConfig": {"RuntimeVersionArn": "`+runtimeVersionARN(testRegion, "nodejs22.x")+`"},
		"LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/aws/lambda/f", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
	}`)
}

func TestDeleteAndListFunctions(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	for _, name := range []string{"c", "a", "b"} {
		s.create(name)
	}
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "b"})
	names := func(in *ListFunctionsRequest) (out []string, next *string) {
		r := must[ListFunctionsResponse](s, "ListFunctions", in)
		for _, f := range r.Functions {
			if f.State != nil || f.LastUpdateStatus != nil || f.RuntimeVersionConfig != nil {
				t.Errorf("list shows state: %s", awsapi.EncodeModel(f))
			}
			out = append(out, strings.TrimPrefix(f.FunctionArn, testARN))
		}
		return out, r.NextMarker
	}
	page, next := names(&ListFunctionsRequest{MaxItems: new(int64(2))})
	if strings.Join(page, " ") != "a b" || next == nil {
		t.Fatalf("first page is %v", page)
	}
	if page, next = names(&ListFunctionsRequest{Marker: next}); strings.Join(page, " ") != "c" || next != nil {
		t.Errorf("second page is %v", page)
	}
	if all, _ := names(&ListFunctionsRequest{FunctionVersion: new("ALL")}); strings.Join(all, " ") != "a:$LATEST b:$LATEST b:1 c:$LATEST" {
		t.Errorf("all versions are %v", all)
	}
	_, err := s.call("DeleteFunction", &DeleteFunctionRequest{FunctionName: "a", Qualifier: new("$LATEST")})
	wantError(t, err, 400, "InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function.")
	must[DeleteFunctionResponse](s, "DeleteFunction", &DeleteFunctionRequest{FunctionName: "b"})
	if all, _ := names(&ListFunctionsRequest{FunctionVersion: new("ALL")}); strings.Join(all, " ") != "a:$LATEST c:$LATEST" {
		t.Errorf("after deleting b: %v", all)
	}
	_, err = s.call("DeleteFunction", &DeleteFunctionRequest{FunctionName: "b"})
	wantError(t, err, 404, "ResourceNotFoundException", "Function not found: "+testARN+"b")
	other := &awsapi.Call{Region: "eu-west-1", Caller: awsapi.RootCaller(testAccount)}
	out, err := s.callAs(other, "ListFunctions", &ListFunctionsRequest{})
	if err != nil || len(out.(*ListFunctionsResponse).Functions) != 0 {
		t.Errorf("another region sees %v, %v", out, err)
	}
}

// TestImageFunction: what an image's URI names when it becomes the code is what
// runs, with what replaces the image's own settings, whatever the URI names later.
func TestImageFunction(t *testing.T) {
	t.Parallel()
	const uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1"
	const repo = "123456789012.dkr.ecr.us-east-1.amazonaws.com/x"
	a, b, c := strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)
	found := fakeImages{uri: {ID: "sha256:" + a, Digest: repo + "@sha256:" + b}, "away:1": {}}
	var got *Runnable
	s := newServer(t, func(c *Config) {
		c.Images = found
		c.Environments = &fakeEnvironments{invoke: func(ctx context.Context, r *Runnable, task *Task) (*Outcome, error) {
			got = r
			return echo(ctx, r, task)
		}}
	})
	ran := func(qualifier string) Image {
		t.Helper()
		if _, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Qualifier: qualifier, Account: testAccount, Region: testRegion}); err != nil {
			t.Fatal(err)
		}
		if got.CodeDir != "" {
			t.Errorf("there is code in %s", got.CodeDir)
		}
		return *got.Image
	}
	in := createRequest("f")
	in.PackageType, in.Runtime, in.Handler, in.Code, in.Publish = new("Image"), nil, nil, &FunctionCode{ImageUri: new(uri)}, new(true)
	in.ImageConfig = &ImageConfig{Command: []string{"app.handler"}, EntryPoint: []string{"/start"}, WorkingDirectory: new("/w")}
	f := must[FunctionConfiguration](s, "CreateFunction", in)
	if *f.PackageType != "Image" || f.Runtime != nil || *f.CodeSize != 0 || *f.CodeSha256 != b {
		t.Errorf("made %s", awsapi.EncodeModel(f))
	}
	out := must[GetFunctionResponse](s, "GetFunction", &GetFunctionRequest{FunctionName: "f"})
	wantJSON(t, out.Code, `{"RepositoryType":"ECR","ImageUri":"`+uri+`","ResolvedImageUri":"`+repo+`@sha256:`+b+`"}`)
	want := Image{URI: uri, ID: "sha256:" + a, Digest: repo + "@sha256:" + b, EntryPoint: []string{"/start"}, Command: []string{"app.handler"}, WorkingDirectory: "/w"}
	for _, q := range []string{"", "1"} {
		if got := ran(q); !reflect.DeepEqual(got, want) {
			t.Errorf("%q ran %+v, want %+v", q, got, want)
		}
	}
	// The tag moves, to an image that no registry has.
	found[uri] = FoundImage{ID: "sha256:" + c}
	if got := ran(""); got.ID != want.ID {
		t.Errorf("$LATEST ran %+v, want %+v", got, want)
	}
	f = must[FunctionConfiguration](s, "UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ImageUri: new(uri)})
	if *f.CodeSha256 != c {
		t.Errorf("CodeSha256 is %s", *f.CodeSha256)
	}
	out = must[GetFunctionResponse](s, "GetFunction", &GetFunctionRequest{FunctionName: "f"})
	wantJSON(t, out.Code, `{"RepositoryType":"ECR","ImageUri":"`+uri+`","ResolvedImageUri":"`+repo+`@sha256:`+c+`"}`)
	if got := ran(""); got.ID != "sha256:"+c || got.Digest != "" {
		t.Errorf("after the update $LATEST ran %+v", got)
	}
	if got := ran("1"); got.ID != want.ID {
		t.Errorf("after the update version 1 ran %+v, want %+v", got, want)
	}
	for _, test := range []struct {
		in   *UpdateFunctionCodeRequest
		want string
	}{
		{&UpdateFunctionCodeRequest{ZipFile: zipOf("a", "b")}, "Please provide ImageUri when updating a function with packageType Image."},
		{&UpdateFunctionCodeRequest{ImageUri: new("none:1")}, "Source image none:1 does not exist. Provide a valid source image."},
		{&UpdateFunctionCodeRequest{ImageUri: new("away:1")}, "Source image away:1 cannot be used: " + errTest.Error() + "."},
	} {
		test.in.FunctionName = "f"
		_, err := s.call("UpdateFunctionCode", test.in)
		wantError(t, err, 400, "InvalidParameterValueException", test.want)
	}
}

// TestStoredImage: a function stored by an earlier version has only the URI of
// its image, and runs what that names.
func TestStoredImage(t *testing.T) {
	t.Parallel()
	old := codePackage{Digest: strings.Repeat("d", 64), Image: "x:1"}
	v := &version{Code: old}
	r := (&target{version: v, run: &Runnable{}}).image()
	if want := (Image{URI: "x:1"}); !reflect.DeepEqual(*r.Image, want) || old.resolvedImage() != "x:1" {
		t.Errorf("runs %+v, want %+v; resolved %s", *r.Image, want, old.resolvedImage())
	}
}
