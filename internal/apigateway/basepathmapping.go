package apigateway

import (
	"context"
	"regexp"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// noBasePath is how AWS writes the empty base path.
const noBasePath = "(none)"

// basePaths are one segment or, as AWS takes them for newer domains, several.
var basePaths = regexp.MustCompile(`^[a-zA-Z0-9$_.+!*'()-]+(/[a-zA-Z0-9$_.+!*'()-]+)*$`)

// CreateBasePathMapping serves an API under a base path of a domain name.
func (s *Service) CreateBasePathMapping(ctx context.Context, in *CreateBasePathMappingRequest) (*BasePathMapping, error) {
	sc := callScope(ctx)
	domain := domainKey(in.DomainName, in.DomainNameId)
	if _, ok := s.domains.get(sc, domain); !ok {
		return nil, noDomainName()
	}
	m := &BasePathMapping{BasePath: normalBasePath(in.BasePath), RestApiId: in.RestApiId, Stage: nonEmpty(in.Stage)}
	if err := s.checkMapping(sc, m); err != nil {
		return nil, err
	}
	if err := s.mappings.insert(ctx, sc, domain+"/"+m.BasePath, m, mappingExists()); err != nil {
		return nil, err
	}
	return m, nil
}

func mappingExists() error { return conflict("Base path already exists for this domain name") }

func normalBasePath(path *string) string {
	if path == nil || *path == "" || *path == noBasePath {
		return noBasePath
	}
	return *path
}

func (s *Service) checkMapping(sc scope, m *BasePathMapping) error {
	if m.BasePath != noBasePath && !basePaths.MatchString(m.BasePath) {
		return badRequest("API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.")
	}
	if _, ok := s.heads.get(sc, m.RestApiId); !ok {
		return badRequest("Invalid REST API identifier specified")
	}
	if m.Stage == nil {
		return nil
	}
	if _, ok := s.stages.get(sc, m.RestApiId+"/"+*m.Stage); !ok {
		return badRequest("Invalid stage identifier specified")
	}
	return nil
}

// GetBasePathMapping answers with one mapping.
func (s *Service) GetBasePathMapping(ctx context.Context, in *GetBasePathMappingRequest) (*BasePathMapping, error) {
	sc := callScope(ctx)
	domain := domainKey(in.DomainName, in.DomainNameId)
	if _, ok := s.domains.get(sc, domain); !ok {
		return nil, noDomainName()
	}
	m, ok := s.mappings.get(sc, domain+"/"+normalBasePath(&in.BasePath))
	if !ok {
		return nil, noPathMapping()
	}
	return m, nil
}

// GetBasePathMappings lists a domain's mappings by base path.
func (s *Service) GetBasePathMappings(ctx context.Context, in *GetBasePathMappingsRequest) (*BasePathMappings, error) {
	sc := callScope(ctx)
	domain := domainKey(in.DomainName, in.DomainNameId)
	if _, ok := s.domains.get(sc, domain); !ok {
		return nil, noDomainName()
	}
	after, err := parsePosition(in.Position)
	if err != nil {
		return nil, err
	}
	page, next, err := pageSeq(func(yield func(string, *BasePathMapping) bool) {
		for id, m := range s.mappings.below(sc, domain+"/") {
			if id > after && !yield(id, m) {
				return
			}
		}
	}, in.Limit)
	return &BasePathMappings{Position: next, Items: page}, err
}

// UpdateBasePathMapping points a mapping elsewhere or moves it to another base
// path.
func (s *Service) UpdateBasePathMapping(ctx context.Context, in *UpdateBasePathMappingRequest) (*BasePathMapping, error) {
	sc := callScope(ctx)
	domain := domainKey(in.DomainName, in.DomainNameId)
	if _, ok := s.domains.get(sc, domain); !ok {
		return nil, noDomainName()
	}
	id := domain + "/" + normalBasePath(&in.BasePath)
	old, rev, ok := s.mappings.Get(sc.key(id))
	if !ok {
		return nil, noPathMapping()
	}
	next := *old
	if err := basePathMappingPatch.apply(&next, in.PatchOperations); err != nil {
		return nil, err
	}
	if err := s.checkMapping(sc, &next); err != nil {
		return nil, err
	}
	newID := domain + "/" + next.BasePath
	if _, taken := s.mappings.get(sc, newID); taken && newID != id {
		return nil, mappingExists()
	}
	var changes []store.Change
	newRev := rev
	if newID != id {
		changes = append(changes, s.mappings.DeleteChange(sc.key(id), rev))
		newRev = 0
	}
	put, err := s.mappings.PutChange(sc.key(newID), newRev, &next)
	if err != nil {
		return nil, err
	}
	at, err := s.st.Commit(ctx, append(changes, put)...)
	if err != nil {
		return nil, orConcurrent(err)
	}
	return &next, s.mappings.WaitFor(ctx, at)
}

// DeleteBasePathMapping removes a mapping.
func (s *Service) DeleteBasePathMapping(ctx context.Context, in *DeleteBasePathMappingRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	domain := domainKey(in.DomainName, in.DomainNameId)
	if _, ok := s.domains.get(sc, domain); !ok {
		return nil, noDomainName()
	}
	return nil, s.mappings.remove(ctx, sc, domain+"/"+normalBasePath(&in.BasePath), noPathMapping())
}

var basePathMappingPatch = patchTable[BasePathMapping]{
	rules: []rule[BasePathMapping]{
		{path: "/basePath", replace: setBasePath},
		{path: "/basepath", replace: setBasePath},
		{path: "/restapiId", replace: setMappedAPI},
		{path: "/restApiId", replace: setMappedAPI},
		{path: "/stage", replace: func(m *BasePathMapping, p *patchOp) error {
			m.Stage = nonEmpty(p.value)
			return nil
		}},
	},
	refuse: mustBeOneOf("replace", "/basePath", "/restapiId", "/stage"),
}

func setBasePath(m *BasePathMapping, p *patchOp) error {
	m.BasePath = normalBasePath(p.value)
	return nil
}

func setMappedAPI(m *BasePathMapping, p *patchOp) error {
	m.RestApiId = p.text()
	return nil
}

// MappedPath is where a request for a custom domain name goes.
type MappedPath struct {
	APIID, Stage string
	BasePath     string // "" for the empty mapping
	RawPath      string // what follows base path and stage: "" or starting with a slash
}

// Mapping finds the API for a request to a custom domain name, of whatever
// account and region. rawPath is still percent-encoded and starts with a slash.
// The longest base path wins; a mapping without a stage takes the next segment
// as the stage.
func (s *Service) Mapping(host, rawPath string) (MappedPath, bool) {
	d, ok := s.domain(host)
	if !ok {
		return MappedPath{}, false
	}
	domain := domainKey(d.DomainName.DomainName, d.DomainNameId)
	s.index.mu.RLock()
	sc := s.index.hosts[domain]
	s.index.mu.RUnlock()
	path := strings.TrimPrefix(rawPath, "/")
	for base := path; ; {
		if m, ok := s.mappings.get(sc, domain+"/"+base); ok && base != "" && base != noBasePath {
			return m.mapped(base, path[len(base):])
		}
		i := strings.LastIndexByte(base, '/')
		if i < 0 {
			break
		}
		base = base[:i]
	}
	if m, ok := s.mappings.get(sc, domain+"/"+noBasePath); ok {
		return m.mapped("", "/"+path)
	}
	return MappedPath{}, false
}

// mapped is where a mapping leads a request whose path goes on with rest.
func (m *BasePathMapping) mapped(base, rest string) (MappedPath, bool) {
	to := MappedPath{APIID: m.RestApiId, BasePath: base, RawPath: rest}
	if m.Stage != nil {
		to.Stage = *m.Stage
		return to, true
	}
	name, rest, found := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	to.Stage, to.RawPath = name, ""
	if found {
		to.RawPath = "/" + rest
	}
	return to, name != ""
}
