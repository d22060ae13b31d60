package lambda

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// function is one stored document: $LATEST and all that hangs on the name,
// except published versions, which are documents of their own. A function that
// was read is never modified; edits work on a clone.
type function struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Name    string `json:"name"`

	Latest version `json:"latest"`
	// LastVersion is the number given last; numbers are never given again.
	LastVersion int64 `json:"lastVersion,omitzero"`
	// Published is the fingerprint of $LATEST when LastVersion was made.
	Published string `json:"published,omitzero"`

	Aliases  map[string]*AliasConfiguration        `json:"aliases,omitzero"`
	Policies map[string]*ResourcePolicy            `json:"policies,omitzero"` // by qualifier; "" is the function's own
	Invokes  map[string]*FunctionEventInvokeConfig `json:"invokes,omitzero"`  // by qualifier
	URLs     map[string]*functionURL               `json:"urls,omitzero"`     // by alias; "" is the function's own
	Tags     map[string]string                     `json:"tags,omitzero"`

	Reserved    *int64                  `json:"reserved,omitzero"`
	Provisioned map[string]*provisioned `json:"provisioned,omitzero"` // by qualifier

	CodeSigningConfigArn string                                         `json:"codeSigningConfigArn,omitzero"`
	RecursiveLoop        string                                         `json:"recursiveLoop,omitzero"`
	RuntimeManagement    map[string]*PutRuntimeManagementConfigResponse `json:"runtimeManagement,omitzero"` // by qualifier
}

// version is code with its configuration: $LATEST, or a published version,
// which is a document that never changes.
type version struct {
	Config FunctionConfiguration `json:"config"` // without Environment
	Code   codePackage           `json:"code"`
	Layers []codePackage         `json:"layers,omitzero"` // in the order of Config.Layers
	// Variables are the environment variables as JSON, sealed if there is a key.
	Variables []byte `json:"variables,omitzero"`
}

func (v *version) layerDigests() []string {
	digests := make([]string, len(v.Layers))
	for i, l := range v.Layers {
		digests[i] = l.Digest
	}
	return digests
}

// clone returns a copy whose maps may be changed. What the maps hold may not:
// edits put new values.
func (f *function) clone() *function {
	c := *f
	c.Aliases = maps.Clone(f.Aliases)
	c.Policies = maps.Clone(f.Policies)
	c.Invokes = maps.Clone(f.Invokes)
	c.URLs = maps.Clone(f.URLs)
	c.Tags = maps.Clone(f.Tags)
	c.Provisioned = maps.Clone(f.Provisioned)
	c.RuntimeManagement = maps.Clone(f.RuntimeManagement)
	return &c
}

// ref names the function.
func (f *function) ref() arn.Function {
	return arn.Function{Region: f.Region, Account: f.Account, Name: f.Name}
}

// arn returns the function's ARN, with the qualifier unless it is empty.
func (f *function) arn(qualifier string) string {
	r := f.ref()
	r.Qualifier = qualifier
	return r.String()
}

// assign sets an entry of a map that may be nil.
func assign[V any](m *map[string]V, k string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[k] = v
}

// CreateFunction makes a function and, if asked to, publishes version 1.
func (s *Service) CreateFunction(ctx context.Context, in *CreateFunctionRequest) (*FunctionConfiguration, error) {
	ref, err := functionNamed(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if _, ok := s.functions.get(key(ref)); ok {
		return nil, conflict("Function already exist: %s", ref.Name)
	}
	f, err := s.newFunction(ctx, ref, in)
	if err != nil {
		return nil, err
	}
	e := &edit{f: f}
	if deref(in.Publish) {
		s.publish(e, "")
	}
	if err := s.insert(ctx, e); err != nil {
		return nil, err
	}
	s.prepare(&f.Latest)
	if e.published != nil {
		return s.pending(s.configuration(f, e.published)), nil
	}
	return s.pending(s.configuration(f, &f.Latest)), nil
}

// prepare lets the environments get ready for a version.
func (s *Service) prepare(v *version) {
	if s.cfg.Environments != nil {
		s.cfg.Environments.Prepare(deref(v.Config.Runtime), int(deref(v.Config.MemorySize)))
	}
}

func (s *Service) newFunction(ctx context.Context, ref arn.Function, in *CreateFunctionRequest) (*function, error) {
	if deref(in.PackageType) != "Image" && (in.Runtime == nil || in.Handler == nil) {
		return nil, invalidParameter("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	if err := checkPackageType(deref(in.PackageType) == "Image", in.Code.source()); err != nil {
		return nil, err
	}
	if deref(in.PackageType) == "Image" && (in.Runtime != nil || in.Handler != nil || len(in.Layers) > 0) {
		return nil, invalidParameter("Please don't provide handler or runtime or layer when the intent is to create a function with container image.")
	}
	settings := in.settings()
	if err := notServed("TenancyConfig", in.TenancyConfig != nil); err != nil {
		return nil, err
	}
	if err := s.checkSettings(ctx, settings, false); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags, nil); err != nil {
		return nil, err
	}
	f := &function{Account: ref.Account, Region: ref.Region, Name: ref.Name, Tags: in.Tags, CodeSigningConfigArn: deref(in.CodeSigningConfigArn)}
	if err := s.checkCodeSigning(ctx, f.CodeSigningConfigArn); err != nil {
		return nil, err
	}
	v := &f.Latest
	v.Config = newConfiguration(ref)
	v.Config.apply(settings)
	if in.Environment != nil {
		if err := s.setVariables(f, in.Environment.Variables); err != nil {
			return nil, err
		}
	}
	if in.Architectures != nil {
		v.Config.Architectures = in.Architectures
	}
	if err := s.useLayers(ctx, v, in.Layers); err != nil {
		return nil, err
	}
	code, err := s.takeCode(ctx, in.Code.source())
	if err != nil {
		return nil, err
	}
	if err := s.checkSigned(ctx, f, code, v.Layers); err != nil {
		return nil, err
	}
	v.use(code)
	s.touch(&v.Config)
	s.activate(&v.Config)
	return f, nil
}

// checkPackageType refuses code of the other kind. AWS's texts as users report
// them.
func checkPackageType(image bool, code codeSource) error {
	switch {
	case image && code.image == nil:
		return invalidParameter("Please provide ImageUri when updating a function with packageType Image.")
	case !image && code.image != nil:
		return invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.")
	}
	return nil
}

// use makes code the version's.
func (v *version) use(code codePackage) {
	v.Code = code
	v.Config.CodeSize, v.Config.CodeSha256 = new(code.Size), new(code.sha256())
	if code.Image != "" { // AWS: the image's digest in hex
		v.Config.PackageType, v.Config.CodeSha256 = new("Image"), &code.Digest
	}
}

// GetFunction describes a function and where its code can be fetched.
func (s *Service) GetFunction(ctx context.Context, in *GetFunctionRequest) (*GetFunctionResponse, error) {
	f, v, ref, err := s.lookup(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	out := &GetFunctionResponse{
		Configuration: s.named(f, v, ref.Qualifier),
		Code:          &FunctionCodeLocation{RepositoryType: new("S3"), Location: new(s.codeLocation(ref.Account, v.Code))},
	}
	if v.Code.Image != "" {
		out.Code = &FunctionCodeLocation{RepositoryType: new("ECR"), ImageUri: &v.Code.Image, ResolvedImageUri: new(v.Code.resolvedImage())}
	}
	if len(f.Tags) > 0 {
		out.Tags = f.Tags
	}
	if f.Reserved != nil {
		out.Concurrency = &Concurrency{ReservedConcurrentExecutions: f.Reserved}
	}
	return out, nil
}

// GetFunctionConfiguration describes a version of a function.
func (s *Service) GetFunctionConfiguration(ctx context.Context, in *GetFunctionConfigurationRequest) (*FunctionConfiguration, error) {
	f, v, ref, err := s.lookup(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	return s.named(f, v, ref.Qualifier), nil
}

// lookup finds the version that a request means. Without a qualifier that is
// $LATEST; an alias leads to its main version.
func (s *Service) lookup(ctx context.Context, name string, qualifier *string) (*function, *version, arn.Function, error) {
	ref, err := functionNamed(ctx, name, qualifier)
	if err != nil {
		return nil, nil, ref, err
	}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return nil, nil, ref, functionNotFound(ref.String())
	}
	v := s.version(f, ref.Qualifier)
	if v == nil {
		return nil, nil, ref, functionNotFound(ref.String())
	}
	return f, v, ref, nil
}

// version returns the version that a qualifier of f means, or nil.
func (s *Service) version(f *function, qualifier string) *version {
	if a := f.Aliases[qualifier]; a != nil {
		qualifier = a.FunctionVersion
	}
	if qualifier == "" || qualifier == latest {
		return &f.Latest
	}
	v, ok := s.versions.get(versionKey(f, qualifier))
	if !ok {
		return nil
	}
	return v
}

// named is the configuration as an answer to a question with that qualifier:
// its ARN carries the qualifier if there was one.
func (s *Service) named(f *function, v *version, qualifier string) *FunctionConfiguration {
	cfg := s.configuration(f, v)
	cfg.FunctionArn = f.arn(qualifier)
	return &cfg
}

// ListFunctions lists functions by name, or all their versions too.
func (s *Service) ListFunctions(ctx context.Context, in *ListFunctionsRequest) (*ListFunctionsResponse, error) {
	var items []*FunctionConfiguration
	for _, f := range s.functions.under(scope(ctx)) {
		if deref(in.FunctionVersion) != "ALL" {
			items = append(items, s.named(f, &f.Latest, "").listed())
			continue
		}
		items = append(items, s.named(f, &f.Latest, latest).listed())
		for _, v := range s.versions.under(key(f.ref()) + "/") {
			items = append(items, s.named(f, v, v.Config.Version).listed())
		}
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(c *FunctionConfiguration) string { return c.FunctionArn })
	return &ListFunctionsResponse{Functions: page, NextMarker: next}, err
}

// pageOf cuts a page of up to 50 items, AWS's maximum and default.
func pageOf[T any](items []T, marker *string, max *int64, key func(T) string) ([]T, *string, error) {
	limit := 50
	if max != nil && *max < 50 {
		limit = int(*max)
	}
	page, next, ok := awsapi.Page(items, deref(marker), limit, key)
	if !ok {
		return nil, nil, invalidParameter("Invalid Marker")
	}
	if page == nil {
		page = []T{}
	}
	return page, nonEmpty(next), nil
}

// UpdateFunctionCode replaces the code of $LATEST.
func (s *Service) UpdateFunctionCode(ctx context.Context, in *UpdateFunctionCodeRequest) (*FunctionConfiguration, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return nil, functionNotFound(ref.String())
	}
	if err := checkPackageType(f.Latest.Code.Image != "", in.source()); err != nil {
		return nil, err
	}
	code, err := s.takeCode(ctx, in.source())
	if err != nil {
		return nil, err
	}
	return s.updateLatest(ctx, ref, deref(in.RevisionId), deref(in.Publish), deref(in.DryRun), func(f *function) error {
		v := &f.Latest
		if err := s.checkSigned(ctx, f, code, nil); err != nil {
			return err
		}
		v.use(code)
		if in.Architectures != nil {
			v.Config.Architectures = in.Architectures
		}
		return nil
	})
}

// UpdateFunctionConfiguration changes the settings of $LATEST.
func (s *Service) UpdateFunctionConfiguration(ctx context.Context, in *UpdateFunctionConfigurationRequest) (*FunctionConfiguration, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if _, ok := s.functions.get(key(ref)); !ok {
		return nil, functionNotFound(ref.String())
	}
	if err := s.checkSettings(ctx, in, true); err != nil {
		return nil, err
	}
	return s.updateLatest(ctx, ref, deref(in.RevisionId), false, false, func(f *function) error {
		f.Latest.Config.apply(in)
		if in.Environment != nil {
			if err := s.setVariables(f, in.Environment.Variables); err != nil {
				return err
			}
		}
		if in.Layers == nil {
			return nil
		}
		if err := s.useLayers(ctx, &f.Latest, in.Layers); err != nil {
			return err
		}
		return s.checkSigned(ctx, f, f.Latest.Code, f.Latest.Layers)
	})
}

// updateLatest changes $LATEST by change, publishes it if asked to, and stores
// nothing in a dry run.
func (s *Service) updateLatest(ctx context.Context, ref arn.Function, revision string, publish, dry bool, change func(*function) error) (*FunctionConfiguration, error) {
	var out *FunctionConfiguration
	err := s.edit(ctx, ref, func(e *edit) error {
		if revision != "" && revision != deref(e.f.Latest.Config.RevisionId) {
			return stale("GetFunction/GetAlias")
		}
		v := &e.f.Latest
		if err := change(e.f); err != nil {
			return err
		}
		s.touch(&v.Config)
		s.activate(&v.Config)
		out = s.updating(s.configuration(e.f, v))
		if publish {
			s.publish(e, "")
			out = s.updating(s.configuration(e.f, e.published))
		}
		e.dry = dry
		s.prepare(v)
		return nil
	})
	return out, err
}

// DeleteFunction removes a function with its versions and aliases, or one
// version.
func (s *Service) DeleteFunction(ctx context.Context, in *DeleteFunctionRequest) (*DeleteFunctionResponse, error) {
	ref, err := functionNamed(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	switch {
	case ref.Qualifier == latest:
		return nil, invalidParameter("$LATEST version cannot be deleted without deleting the function.")
	case ref.Qualifier != "":
		return nil, s.deleteVersion(ctx, ref)
	}
	return nil, s.edit(ctx, ref, func(e *edit) error {
		for k := range s.versions.under(key(ref) + "/") {
			e.remove = append(e.remove, k)
		}
		e.deleted = true
		return nil
	})
}

// deleteVersion removes a version that no alias points to.
func (s *Service) deleteVersion(ctx context.Context, ref arn.Function) error {
	if !isVersion(ref.Qualifier) {
		return invalidParameter("Deletion of aliases is not currently supported.")
	}
	return s.edit(ctx, ref, func(e *edit) error {
		if using := e.f.aliasesOf(ref.Qualifier); len(using) > 0 {
			return conflict("Version '%s' of function '%s' cannot be deleted because it is referenced by alias: %s", ref.Qualifier, ref.Name, using[0])
		}
		k := versionKey(e.f, ref.Qualifier)
		if _, ok := s.versions.get(k); !ok {
			return functionNotFound(ref.String())
		}
		e.remove = []string{k}
		e.f.dropQualifier(ref.Qualifier)
		return nil
	})
}

// aliasesOf returns the names of the aliases that lead to a version.
func (f *function) aliasesOf(number string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f.Aliases)) {
		a := f.Aliases[name]
		if _, routed := a.weights()[number]; routed || a.FunctionVersion == number {
			names = append(names, name)
		}
	}
	return names
}

// dropQualifier removes what hangs on a version or alias.
func (f *function) dropQualifier(q string) {
	delete(f.Policies, q)
	delete(f.Invokes, q)
	delete(f.URLs, q)
	delete(f.Provisioned, q)
	delete(f.RuntimeManagement, q)
}

// versionKey is where a published version is, below the prefix of its table;
// numbers are padded so that keys sort as numbers do.
func versionKey(f *function, number string) string {
	n, _ := strconv.ParseInt(number, 10, 64)
	return key(f.ref()) + "/" + paddedNumber(n)
}

func paddedNumber(n int64) string {
	s := strconv.FormatInt(n, 10)
	return "0000000000"[:max(10-len(s), 0)] + s
}
