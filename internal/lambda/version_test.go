package lambda

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"pgregory.net/rapid"
)

func TestPublishVersion(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	publish := func(in *PublishVersionRequest) *FunctionConfiguration {
		t.Helper()
		in.FunctionName = "f"
		return must[FunctionConfiguration](s, "PublishVersion", in)
	}
	one := publish(&PublishVersionRequest{Description: new("first")})
	if one.Version != "1" || one.FunctionArn != testARN+"f:1" || *one.Description != "first" || *one.State != "Pending" {
		t.Errorf("version 1 is %s", awsapi.EncodeModel(one))
	}
	if again := publish(&PublishVersionRequest{Description: new("second")}); again.Version != "1" || *again.Description != "first" {
		t.Errorf("publishing again gave %s", awsapi.EncodeModel(again))
	}
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Timeout: new(int64(7))})
	if two := publish(&PublishVersionRequest{}); two.Version != "2" || *two.Timeout != 7 {
		t.Errorf("version 2 is %s", awsapi.EncodeModel(two))
	}
	if old := must[FunctionConfiguration](s, "GetFunctionConfiguration", &GetFunctionConfigurationRequest{FunctionName: "f", Qualifier: new("1")}); *old.Timeout != 3 {
		t.Error("version 1 has changed")
	}
	// Numbers are never given again.
	must[DeleteFunctionResponse](s, "DeleteFunction", &DeleteFunctionRequest{FunctionName: "f", Qualifier: new("2")})
	if three := publish(&PublishVersionRequest{}); three.Version != "3" {
		t.Errorf("after deleting version 2 came %s", three.Version)
	}
	three := must[FunctionConfiguration](s, "UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("index.js", "new"), Publish: new(true)})
	if three.Version != "4" || three.FunctionArn != testARN+"f:4" {
		t.Errorf("publishing new code gave %s", three.FunctionArn)
	}
	latestConfig := must[FunctionConfiguration](s, "GetFunctionConfiguration", &GetFunctionConfigurationRequest{FunctionName: "f"})
	for _, tt := range []struct {
		in   PublishVersionRequest
		want string
	}{
		{PublishVersionRequest{RevisionId: new("x")}, "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"},
		{PublishVersionRequest{CodeSha256: new("abc")}, "400 InvalidParameterValueException: CodeSHA256 (abc) is different from current CodeSHA256 in $LATEST (" + *latestConfig.CodeSha256 + "). Please try again with the CodeSHA256 in $LATEST."},
		{PublishVersionRequest{CodeSha256: latestConfig.CodeSha256, RevisionId: latestConfig.RevisionId}, ""},
	} {
		tt.in.FunctionName = "f"
		if _, err := s.call("PublishVersion", &tt.in); errorText(err) != tt.want {
			t.Errorf("error is\n\t%s, want\n\t%s", errorText(err), tt.want)
		}
	}
	list := must[ListVersionsByFunctionResponse](s, "ListVersionsByFunction", &ListVersionsByFunctionRequest{FunctionName: "f"})
	var arns []string
	for _, v := range list.Versions {
		arns = append(arns, strings.TrimPrefix(v.FunctionArn, testARN))
	}
	if strings.Join(arns, " ") != "f:$LATEST f:1 f:3 f:4" {
		t.Errorf("versions are %v", arns)
	}
}

func TestCreateFunctionPublish(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	in := createRequest("f")
	in.Publish = new(true)
	if c := must[FunctionConfiguration](s, "CreateFunction", in); c.Version != "1" || c.FunctionArn != testARN+"f:1" {
		t.Errorf("created %s, version %s", c.FunctionArn, c.Version)
	}
}

func TestAliases(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	for i := range 2 {
		must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Timeout: new(int64(i + 1))})
		must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	}
	weights := func(m map[string]float64) *AliasRoutingConfiguration {
		return &AliasRoutingConfiguration{AdditionalVersionWeights: m}
	}
	live := must[AliasConfiguration](s, "CreateAlias", &CreateAliasRequest{FunctionName: "f", Name: "live", FunctionVersion: "1", RoutingConfig: weights(map[string]float64{"2": 0.2})})
	wantJSON(t, live, `{"AliasArn":"`+testARN+`f:live","Name":"live","FunctionVersion":"1","Description":"","RevisionId":"`+*live.RevisionId+`","RoutingConfig":{"AdditionalVersionWeights":{"2":0.2}}}`)
	create := func(name, version string, r *AliasRoutingConfiguration) error {
		_, err := s.call("CreateAlias", &CreateAliasRequest{FunctionName: "f", Name: name, FunctionVersion: version, RoutingConfig: r})
		return err
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"twice", create("live", "1", nil), "409 ResourceConflictException: Alias already exists: " + testARN + "f:live"},
		{"digits", create("12", "1", nil), "400 ValidationException: 1 validation error detected: Value '12' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"},
		{"no version", create("x", "10", nil), "404 ResourceNotFoundException: Function not found: " + testARN + "f:10"},
		{"three versions", create("x", "1", weights(map[string]float64{"2": 0.1, "3": 0.1})), "400 InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be greater than 1"},
		{"same version", create("x", "1", weights(map[string]float64{"1": 0.1})), "400 InvalidParameterValueException: Invalid function version 1. Function version 1 is already included in routing configuration."},
		{"$LATEST", create("x", latest, weights(map[string]float64{"1": 0.1})), "400 InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version"},
		{"weight", create("x", "1", weights(map[string]float64{"2": 2})), "400 ValidationException: 1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"},
		{"routed version missing", create("x", "1", weights(map[string]float64{"9": 0.1})), "404 ResourceNotFoundException: Function not found: " + testARN + "f:9"},
	} {
		if got := errorText(tt.err); got != tt.want {
			t.Errorf("%s: error is\n\t%s, want\n\t%s", tt.name, got, tt.want)
		}
	}
	_, err := s.call("DeleteFunction", &DeleteFunctionRequest{FunctionName: "f", Qualifier: new("2")})
	wantError(t, err, 409, "ResourceConflictException", "Version '2' of function 'f' cannot be deleted because it is referenced by alias: live")
	_, err = s.call("UpdateAlias", &UpdateAliasRequest{FunctionName: "f", Name: "live", RevisionId: new("x")})
	wantError(t, err, 412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
	_, err = s.call("UpdateAlias", &UpdateAliasRequest{FunctionName: "f", Name: "none"})
	wantError(t, err, 404, "ResourceNotFoundException", "Alias not found: "+testARN+"f:none")
	up := must[AliasConfiguration](s, "UpdateAlias", &UpdateAliasRequest{FunctionName: "f", Name: "live", FunctionVersion: new("2"), RoutingConfig: &AliasRoutingConfiguration{}, RevisionId: live.RevisionId})
	if up.FunctionVersion != "2" || up.RoutingConfig != nil || *up.RevisionId == *live.RevisionId {
		t.Errorf("updated alias is %s", awsapi.EncodeModel(up))
	}
	must[AliasConfiguration](s, "CreateAlias", &CreateAliasRequest{FunctionName: "f", Name: "beta", FunctionVersion: "1"})
	for version, want := range map[string]int{"": 2, "1": 1, "2": 1, "3": 0} {
		if l := must[ListAliasesResponse](s, "ListAliases", &ListAliasesRequest{FunctionName: "f", FunctionVersion: nonEmpty(version)}); len(l.Aliases) != want {
			t.Errorf("version %q has %d aliases, want %d", version, len(l.Aliases), want)
		}
	}
	must[awsapi.Empty](s, "DeleteAlias", &DeleteAliasRequest{FunctionName: "f", Name: "beta"})
	_, err = s.call("GetAlias", &GetAliasRequest{FunctionName: "f", Name: "beta"})
	wantError(t, err, 404, "ResourceNotFoundException", "Cannot find alias arn: "+testARN+"f:beta")
	_, err = s.call("DeleteAlias", &DeleteAliasRequest{FunctionName: "f", Name: "beta"})
	wantError(t, err, 404, "ResourceNotFoundException", "Cannot find alias arn: "+testARN+"f:beta")
}

// TestVersionsRunTheirOwn checks that a version keeps its code and settings,
// and that a weighted alias divides invocations.
func TestVersionsRunTheirOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *Config) {
		c.Environments = &fakeEnvironments{invoke: func(_ context.Context, r *Runnable, t *Task) (*Outcome, error) {
			return &Outcome{Payload: []byte(quote(r.Handler + " " + r.CodeDir[len(r.CodeDir)-8:] + " " + t.InvokedARN))}, nil
		}}
	})
	s.create("f")
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Handler: new("b.c")})
	must[FunctionConfiguration](s, "UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("b.js", "2"), Publish: new(true)})
	must[AliasConfiguration](s, "CreateAlias", &CreateAliasRequest{FunctionName: "f", Name: "live", FunctionVersion: "1", RoutingConfig: &AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.25}}})
	run := func(q string) *Result {
		t.Helper()
		res, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Qualifier: q, Account: testAccount, Region: testRegion})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	old, now := run("1"), run("2")
	if !strings.HasPrefix(string(old.Payload), `"index.handler `) || !strings.HasPrefix(string(now.Payload), `"b.c `) || string(old.Payload[15:23]) == string(now.Payload[5:13]) {
		t.Errorf("version 1 ran %s, version 2 %s", old.Payload, now.Payload)
	}
	if !strings.HasSuffix(string(old.Payload), testARN+`f:1"`) {
		t.Errorf("invoked ARN is in %s", old.Payload)
	}
	const n = 4000
	count := 0
	for range n {
		res := run("live")
		if res.ExecutedVersion == "2" {
			count++
		}
		if !strings.HasSuffix(string(res.Payload), testARN+`f:live"`) {
			t.Fatalf("invoked ARN is in %s", res.Payload)
		}
	}
	if share := float64(count) / n; math.Abs(share-0.25) > 0.05 { // over 7 standard deviations
		t.Errorf("version 2 ran %.3f of all, want 0.25", share)
	}
}

// TestRevisionIDs checks on random edits: a revision changes with every
// accepted change of $LATEST, with no refused one, and never comes back.
func TestRevisionIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		name := "f" + rapid.StringMatching(`[a-z]{20}`).Draw(t, "name")
		if _, err := s.call("CreateFunction", createRequest(name)); err != nil {
			t.Fatal(err)
		}
		current := func() string {
			out, err := s.call("GetFunctionConfiguration", &GetFunctionConfigurationRequest{FunctionName: name})
			if err != nil {
				t.Fatal(err)
			}
			return *out.(*FunctionConfiguration).RevisionId
		}
		seen := []string{current()}
		for range rapid.IntRange(1, 8).Draw(t, "edits") {
			before := seen[len(seen)-1]
			var rev *string
			switch rapid.IntRange(0, 2).Draw(t, "revision") {
			case 0:
				rev = &before
			case 1:
				rev = new(rapid.SampledFrom(append([]string{"none"}, seen...)).Draw(t, "id"))
			}
			_, err := s.call("UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: name, Timeout: new(int64(rapid.IntRange(1, 9).Draw(t, "timeout"))), RevisionId: rev})
			after := current()
			if ok := rev == nil || *rev == before; ok != (err == nil) {
				t.Fatalf("edit with %v at %s: %v", rev, before, err)
			}
			if err != nil && after != before {
				t.Fatalf("a refused edit changed the revision")
			}
			if err == nil {
				for _, id := range seen {
					if id == after {
						t.Fatalf("revision %s came back", id)
					}
				}
				seen = append(seen, after)
			}
		}
		if _, err := s.call("DeleteFunction", &DeleteFunctionRequest{FunctionName: name}); err != nil {
			t.Fatal(err)
		}
	})
}
