package lambda

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// CreateAlias gives a version of a function a name.
func (s *Service) CreateAlias(ctx context.Context, in *CreateAliasRequest) (*AliasConfiguration, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var a *AliasConfiguration
	err = s.edit(ctx, ref, func(e *edit) error {
		a = &AliasConfiguration{
			AliasArn: e.f.arn(in.Name), Name: in.Name, FunctionVersion: in.FunctionVersion,
			Description: new(deref(in.Description)), RevisionId: new(s.newID()), RoutingConfig: in.RoutingConfig.orNil(),
		}
		if e.f.Aliases[in.Name] != nil {
			return conflict("Alias already exists: %s", a.AliasArn)
		}
		assign(&e.f.Aliases, in.Name, a)
		return s.checkAlias(e.f, a)
	})
	return a, err
}

// GetAlias describes an alias.
func (s *Service) GetAlias(ctx context.Context, in *GetAliasRequest) (*AliasConfiguration, error) {
	f, ref, err := s.functionOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if a := f.Aliases[in.Name]; a != nil {
		return a, nil
	}
	ref.Qualifier = in.Name
	return nil, notFound("Cannot find alias arn: %s", ref)
}

// functionOf finds the function of a request that takes no qualifier.
func (s *Service) functionOf(ctx context.Context, name string) (*function, arn.Function, error) {
	ref, err := unqualified(ctx, name)
	if err != nil {
		return nil, ref, err
	}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return nil, ref, functionNotFound(ref.String())
	}
	return f, ref, nil
}

// ListAliases lists a function's aliases by name.
func (s *Service) ListAliases(ctx context.Context, in *ListAliasesRequest) (*ListAliasesResponse, error) {
	f, _, err := s.functionOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var items []*AliasConfiguration
	for _, name := range sortedKeys(f.Aliases) {
		a := f.Aliases[name]
		if in.FunctionVersion == nil || slices.Contains(a.versions(), *in.FunctionVersion) {
			items = append(items, a)
		}
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(a *AliasConfiguration) string { return a.Name })
	return &ListAliasesResponse{Aliases: page, NextMarker: next}, err
}

// UpdateAlias points an alias elsewhere. AWS: an empty routing map removes the
// routing; every update gives a new revision.
func (s *Service) UpdateAlias(ctx context.Context, in *UpdateAliasRequest) (*AliasConfiguration, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var a AliasConfiguration
	err = s.edit(ctx, ref, func(e *edit) error {
		old := e.f.Aliases[in.Name]
		if old == nil {
			return notFound("Alias not found: %s", e.f.arn(in.Name))
		}
		if in.RevisionId != nil && *in.RevisionId != deref(old.RevisionId) {
			return stale("GetFunction/GetAlias")
		}
		a = *old
		if in.FunctionVersion != nil {
			a.FunctionVersion = *in.FunctionVersion
		}
		set(&a.Description, in.Description)
		if in.RoutingConfig != nil {
			a.RoutingConfig = in.RoutingConfig.orNil()
		}
		a.RevisionId = new(s.newID())
		assign(&e.f.Aliases, in.Name, &a)
		return s.checkAlias(e.f, &a)
	})
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// DeleteAlias removes an alias with what hangs on it.
func (s *Service) DeleteAlias(ctx context.Context, in *DeleteAliasRequest) (*awsapi.Empty, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	return nil, s.edit(ctx, ref, func(e *edit) error {
		if e.f.Aliases[in.Name] == nil {
			return notFound("Cannot find alias arn: %s", e.f.arn(in.Name))
		}
		delete(e.f.Aliases, in.Name)
		e.f.dropQualifier(in.Name)
		return nil
	})
}

// orNil returns nil for a routing that routes nothing.
func (r *AliasRoutingConfiguration) orNil() *AliasRoutingConfiguration {
	if r == nil || len(r.AdditionalVersionWeights) == 0 {
		return nil
	}
	return r
}

// weights are the further versions of an alias and their shares.
func (a *AliasConfiguration) weights() map[string]float64 {
	if a.RoutingConfig == nil {
		return nil
	}
	return a.RoutingConfig.AdditionalVersionWeights
}

// versions lists all versions that an alias leads to.
func (a *AliasConfiguration) versions() []string {
	return append([]string{a.FunctionVersion}, slices.Collect(maps.Keys(a.weights()))...)
}

// checkAlias checks where an alias of f leads.
func (s *Service) checkAlias(f *function, a *AliasConfiguration) error {
	if err := checkWeights(a); err != nil {
		return err
	}
	for _, number := range a.versions() {
		if s.version(f, number) == nil {
			return functionNotFound(f.arn(number))
		}
	}
	return nil
}

func checkWeights(a *AliasConfiguration) error {
	w := a.weights()
	if len(w) > 1 {
		return invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for number, weight := range w {
		switch {
		case weight < 0 || weight > 1:
			return invalidValue("'{"+number+"="+javaDouble(weight)+"}'", "routingConfig.additionalVersionWeights",
				"Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")
		case number == latest || a.FunctionVersion == latest:
			return invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version")
		case number == a.FunctionVersion:
			return invalidParameter("Invalid function version %s. Function version %s is already included in routing configuration.", number, number)
		}
	}
	return nil
}

// javaDouble prints a number as Java does: 2 is 2.0.
func javaDouble(f float64) string {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text = fmt.Sprintf("%.1f", f)
	}
	return text
}
