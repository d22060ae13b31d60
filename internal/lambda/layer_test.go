package lambda

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

const layerARN = "arn:aws:lambda:us-east-1:123456789012:layer:"

func (s *server) layer(name, file, text string) *PublishLayerVersionResponse {
	s.t.Helper()
	return must[PublishLayerVersionResponse](s, "PublishLayerVersion", &PublishLayerVersionRequest{
		LayerName: name, Content: &LayerVersionContentInput{ZipFile: zipOf(file, text)}, CompatibleRuntimes: []string{"nodejs22.x"},
	})
}

func TestLayers(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	one := s.layer("deps", "nodejs/a", "1")
	code := codePackageOf(t, s, one)
	wantJSON(t, one, `{"Content":{"Location":"`+s.codeLocation(testAccount, code)+`","CodeSha256":"`+code.sha256()+`","CodeSize":`+itoa(&code.Size)+`},
		"LayerArn":"`+layerARN+`deps","LayerVersionArn":"`+layerARN+`deps:1","Description":"","CreatedDate":"2026-03-04T05:06:07.089+0000","Version":1,"CompatibleRuntimes":["nodejs22.x"]}`)
	s.layer("deps", "nodejs/a", "2")
	s.layer("abc", "x", "1")
	if got := must[GetLayerVersionResponse](s, "GetLayerVersion", &GetLayerVersionRequest{LayerName: "deps", VersionNumber: 2}); *got.LayerVersionArn != layerARN+"deps:2" {
		t.Errorf("version 2 is %s", *got.LayerVersionArn)
	}
	if got := must[GetLayerVersionResponse](s, "GetLayerVersionByArn", &GetLayerVersionByArnRequest{Arn: layerARN + "deps:1"}); *got.Version != 1 {
		t.Errorf("by ARN came %d", *got.Version)
	}
	layers := must[ListLayersResponse](s, "ListLayers", &ListLayersRequest{})
	if len(layers.Layers) != 2 || *layers.Layers[0].LayerName != "abc" || *layers.Layers[1].LatestMatchingVersion.Version != 2 {
		t.Errorf("layers are %s", awsapi.EncodeModel(layers))
	}
	if none := must[ListLayersResponse](s, "ListLayers", &ListLayersRequest{CompatibleRuntime: new("python3.12")}); len(none.Layers) != 0 {
		t.Errorf("layers for Python are %s", awsapi.EncodeModel(none))
	}
	page := must[ListLayerVersionsResponse](s, "ListLayerVersions", &ListLayerVersionsRequest{LayerName: "deps", MaxItems: new(int64(1))})
	rest := must[ListLayerVersionsResponse](s, "ListLayerVersions", &ListLayerVersionsRequest{LayerName: "deps", Marker: page.NextMarker})
	if len(page.LayerVersions) != 1 || *page.LayerVersions[0].Version != 2 || len(rest.LayerVersions) != 1 || *rest.LayerVersions[0].Version != 1 {
		t.Errorf("pages are %s, %s", awsapi.EncodeModel(page), awsapi.EncodeModel(rest))
	}
	must[awsapi.Empty](s, "DeleteLayerVersion", &DeleteLayerVersionRequest{LayerName: "deps", VersionNumber: 2})
	_, err := s.call("GetLayerVersion", &GetLayerVersionRequest{LayerName: "deps", VersionNumber: 2})
	wantError(t, err, 404, "ResourceNotFoundException", "Layer version "+layerARN+"deps:2 does not exist.")
	_, err = s.call("GetLayerVersion", &GetLayerVersionRequest{LayerName: "deps", VersionNumber: 0})
	wantError(t, err, 400, "InvalidParameterValueException", "Layer Version Cannot be less than 1")
	if v := s.layer("deps", "nodejs/a", "3"); *v.Version != 3 {
		t.Errorf("the number %d was given again", *v.Version)
	}
}

func codePackageOf(t *testing.T, s *server, v *PublishLayerVersionResponse) codePackage {
	t.Helper()
	found, ok := s.layerVersions.get(testAccount + "/" + testRegion + "/deps/0000000001")
	if !ok || *found.Version.LayerVersionArn != *v.LayerVersionArn {
		t.Fatal("the version is not stored")
	}
	return found.Code
}

func TestLayersOfFunction(t *testing.T) {
	t.Parallel()
	var opt string
	s := newServer(t, func(c *Config) {
		c.Environments = &fakeEnvironments{invoke: func(_ context.Context, r *Runnable, _ *Task) (*Outcome, error) {
			opt = r.LayerDir
			return &Outcome{}, nil
		}}
	})
	s.layer("a", "x", "a1")
	s.layer("a", "x", "a2")
	s.layer("b", "y", "b1")
	in := createRequest("f")
	in.Layers = []string{layerARN + "a:1", layerARN + "b:1"}
	f := must[FunctionConfiguration](s, "CreateFunction", in)
	if len(f.Layers) != 2 || *f.Layers[0].Arn != layerARN+"a:1" || *f.Layers[0].CodeSize == 0 {
		t.Errorf("layers are %s", awsapi.EncodeModel(f))
	}
	for _, tt := range []struct {
		name   string
		layers []string
		want   string
	}{
		{"six", make([]string, 6), "400 InvalidParameterValueException: Cannot reference more than 5 layers."},
		{"twice", []string{layerARN + "a:1", layerARN + "a:2"}, "400 InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in the same function. " + layerARN + "a:1 and " + layerARN + "a:2 are versions of the same layer."},
		{"region", []string{"arn:aws:lambda:eu-west-1:123456789012:layer:a:1"}, "400 InvalidParameterValueException: Layers are not in the same region as the function. Layers are expected to be in region us-east-1."},
		{"unknown", []string{layerARN + "a:9"}, "400 InvalidParameterValueException: Layer version " + layerARN + "a:9 does not exist."},
	} {
		if tt.name == "six" {
			for i := range tt.layers {
				tt.layers[i] = layerARN + "l" + string('a'+rune(i)) + ":1"
			}
		}
		_, err := s.call("UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Layers: tt.layers})
		if got := errorText(err); got != tt.want {
			t.Errorf("%s: error is\n\t%s, want\n\t%s", tt.name, got, tt.want)
		}
	}
	// A deleted layer goes on working.
	must[awsapi.Empty](s, "DeleteLayerVersion", &DeleteLayerVersionRequest{LayerName: "a", VersionNumber: 1})
	run := func() {
		t.Helper()
		if _, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Account: testAccount, Region: testRegion}); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if got := tree(t, opt); got != "-r-xr-xr-x x a1\n-r-xr-xr-x y b1" {
		t.Errorf("/opt holds\n%s", got)
	}
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Layers: []string{}})
	if run(); opt != "" {
		t.Errorf("without layers /opt is %s", opt)
	}
}

func TestLayerPermissions(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *Config) {
		c.Authority = fakeAuthority(func(a *Access) bool {
			return a.Caller.Account == testAccount || resourcePolicyAllows(a) && a.Policy != nil
		})
	})
	s.layer("deps", "x", "1")
	other := &awsapi.Call{Region: testRegion, Caller: awsapi.Caller{Kind: awsapi.Session, Account: "999999999999", ARN: "arn:aws:sts::999999999999:assumed-role/r/s", RoleARN: "arn:aws:iam::999999999999:role/r"}}
	read := func() error {
		_, err := s.callAs(other, "GetLayerVersionByArn", &GetLayerVersionByArnRequest{Arn: layerARN + "deps:1"})
		return err
	}
	if err := read(); awsapi.AsError(err) == nil || awsapi.AsError(err).Status != 403 {
		t.Errorf("another account reads: %v", err)
	}
	_, err := s.call("GetLayerVersionPolicy", &GetLayerVersionPolicyRequest{LayerName: "deps", VersionNumber: 1})
	wantError(t, err, 404, "ResourceNotFoundException", "No policy is associated with the given resource.")
	add := &AddLayerVersionPermissionRequest{LayerName: "deps", VersionNumber: 1, StatementId: "all", Action: "lambda:GetLayerVersion", Principal: "*"}
	out := must[AddLayerVersionPermissionResponse](s, "AddLayerVersionPermission", add)
	if *out.Statement != `{"Sid":"all","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"`+layerARN+`deps:1"}` {
		t.Errorf("statement is %s", *out.Statement)
	}
	_, err = s.call("AddLayerVersionPermission", &AddLayerVersionPermissionRequest{LayerName: "deps", VersionNumber: 1, StatementId: "b", Action: "lambda:GetLayerVersion", Principal: "*", RevisionId: new("x")})
	wantError(t, err, 412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id")
	p := must[GetLayerVersionPolicyResponse](s, "GetLayerVersionPolicy", &GetLayerVersionPolicyRequest{LayerName: "deps", VersionNumber: 1})
	if !strings.Contains(*p.Policy, *out.Statement) || *p.RevisionId != *out.RevisionId {
		t.Errorf("policy is %s", *p.Policy)
	}
	must[awsapi.Empty](s, "RemoveLayerVersionPermission", &RemoveLayerVersionPermissionRequest{LayerName: "deps", VersionNumber: 1, StatementId: "all"})
	if err := read(); err == nil {
		t.Error("another account reads after the permission was removed")
	}
}

func TestLocalCode(t *testing.T) {
	t.Parallel()
	var ids, dirs []string
	envs := &fakeEnvironments{invoke: func(_ context.Context, r *Runnable, _ *Task) (*Outcome, error) {
		ids, dirs = append(ids, r.ID), append(dirs, r.CodeDir)
		return &Outcome{}, nil
	}}
	now := testTime
	s := newServer(t, func(c *Config) {
		c.LocalCode, c.Environments = true, envs
		c.Now = func() time.Time { now = now.Add(folderCheck); return now }
	})
	dir := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "index.js"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("1")
	in := createRequest("f")
	in.Code = &FunctionCode{S3Bucket: new(localFolder), S3Key: &dir}
	must[FunctionConfiguration](s, "CreateFunction", in)
	run := func() {
		t.Helper()
		if _, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Account: testAccount, Region: testRegion}); err != nil {
			t.Fatal(err)
		}
	}
	run()
	run()
	write("longer")
	run()
	if ids[0] != ids[1] || ids[1] == ids[2] || dirs[2] != dir || len(envs.retired) != 1 || envs.retired[0] != ids[0] {
		t.Errorf("ran as %v in %v, retired %v", ids, dirs, envs.retired)
	}
	for key, part := range map[string]string{"relative": "must be an absolute path", dir + "/none": "cannot be read"} {
		in := createRequest("g")
		in.Code = &FunctionCode{S3Bucket: new(localFolder), S3Key: &key}
		if _, err := s.call("CreateFunction", in); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("folder %s: %v", key, err)
		}
	}
}
