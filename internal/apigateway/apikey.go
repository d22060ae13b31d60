package apigateway

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// Limits of API keys, in characters.
const (
	maxKeyName        = 1024
	minKeyValue       = 20
	maxKeyValue       = 128
	maxKeyDescription = 10_240
)

// apiKey is an ApiKey with its value and the moment it was made, since lists
// show the newest first and CreatedDate is whole seconds.
type apiKey struct {
	ApiKey
	Made int64 `json:"made"` // nanoseconds since the epoch
}

// CreateApiKey makes a key. AWS: it is disabled unless enabled is given.
func (s *Service) CreateApiKey(ctx context.Context, in *CreateApiKeyRequest) (*ApiKey, error) {
	k := s.newApiKey()
	k.Name, k.Description, k.CustomerId = nonEmpty(in.Name), in.Description, in.CustomerId
	k.Enabled, k.Tags = orFalse(in.Enabled), filled(in.Tags)
	if in.Value != nil && *in.Value != "" {
		k.Value = in.Value
	}
	for _, sk := range in.StageKeys {
		if sk != nil && sk.RestApiId != nil && sk.StageName != nil {
			addItem(&k.StageKeys, *sk.RestApiId+"/"+*sk.StageName)
		}
	}
	sc := callScope(ctx)
	for _, stageKey := range k.StageKeys {
		if err := s.checkStageKey(sc, stageKey); err != nil {
			return nil, err
		}
	}
	if err := s.addApiKey(ctx, sc, k); err != nil {
		return nil, err
	}
	return &k.ApiKey, nil
}

// newApiKey is a key with an id, a value and dates.
func (s *Service) newApiKey() *apiKey {
	now := s.now()
	return &apiKey{
		ApiKey: ApiKey{
			Id: s.newID(apiKeyID), Value: new(s.newSecret(apiKeyValue)), Enabled: new(false), StageKeys: []string{},
			CreatedDate: new(awsapi.Seconds(now)), LastUpdatedDate: new(awsapi.Seconds(now)),
		},
		Made: now.UnixNano(),
	}
}

// addApiKey checks k and stores it. A document named by the value keeps two
// nodes from making the same key at the same time.
func (s *Service) addApiKey(ctx context.Context, sc scope, k *apiKey) error {
	if err := k.check(); err != nil {
		return err
	}
	if err := checkTags(k.Tags); err != nil {
		return err
	}
	if _, ok := s.apiKeyByValue(sc, *k.Value); ok {
		return conflict("API Key already exists")
	}
	put, err := s.apiKeys.PutChange(sc.key(k.Id), 0, k)
	if err != nil {
		return err
	}
	rev, err := s.st.Commit(ctx, put, store.Put(keyValueKey(sc, *k.Value), 0, []byte(`{"v":1,"doc":"`+k.Id+`"}`)))
	if asConflict(err) {
		return conflict("API Key already exists")
	}
	if err != nil {
		return err
	}
	return s.apiKeys.WaitFor(ctx, rev)
}

func keyValueKey(sc scope, value string) string { return "apigateway/apikeyvalue/" + sc.key(value) }

// GetApiKey answers with one key, with its value if asked for.
func (s *Service) GetApiKey(ctx context.Context, in *GetApiKeyRequest) (*ApiKey, error) {
	k, ok := s.apiKeys.get(callScope(ctx), in.ApiKey)
	if !ok {
		return nil, noApiKey()
	}
	return k.shown(in.IncludeValue), nil
}

// GetApiKeys lists the keys whose name starts with the query, newest first.
func (s *Service) GetApiKeys(ctx context.Context, in *GetApiKeysRequest) (*ApiKeys, error) {
	var list []*apiKey
	for _, k := range s.apiKeys.in(callScope(ctx)) {
		if k.passes(in) {
			list = append(list, k)
		}
	}
	page, next, err := pageList(list, in.Position, in.Limit, func(k *apiKey) string { return newestFirst(k.Made, k.Id) })
	if err != nil {
		return nil, err
	}
	out := &ApiKeys{Position: next, Items: []*ApiKey{}}
	for _, k := range page {
		out.Items = append(out.Items, k.shown(in.IncludeValues))
	}
	return out, nil
}

// newestFirst is a key by which what was made later, in nanoseconds since the
// epoch, comes first.
func newestFirst(made int64, id string) string {
	return fmt.Sprintf("%019d/%s", math.MaxInt64-made, id)
}

func (k *apiKey) passes(in *GetApiKeysRequest) bool {
	return startsWith(k.Name, in.NameQuery) &&
		(in.CustomerId == nil || k.CustomerId != nil && *k.CustomerId == *in.CustomerId)
}

// startsWith reports whether a name passes a query; case matters (recorded).
func startsWith(name, query *string) bool {
	return query == nil || *query == "" || name != nil && strings.HasPrefix(*name, *query)
}

// UpdateApiKey changes a key.
func (s *Service) UpdateApiKey(ctx context.Context, in *UpdateApiKeyRequest) (*ApiKey, error) {
	sc := callScope(ctx)
	k, err := s.apiKeys.change(ctx, sc, in.ApiKey, noApiKey(), func(k *apiKey) error {
		had := k.StageKeys
		if err := apiKeyPatch.apply(k, in.PatchOperations); err != nil {
			return err
		}
		for _, stageKey := range k.StageKeys {
			if !slices.Contains(had, stageKey) {
				if err := s.checkStageKey(sc, stageKey); err != nil {
					return err
				}
			}
		}
		k.LastUpdatedDate = new(awsapi.Seconds(s.now()))
		return k.check()
	})
	if err != nil {
		return nil, err
	}
	return k.shown(nil), nil
}

// DeleteApiKey removes a key, also from the usage plans it is in.
func (s *Service) DeleteApiKey(ctx context.Context, in *DeleteApiKeyRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	k, ok := s.apiKeys.get(sc, in.ApiKey)
	if !ok {
		return nil, noApiKey()
	}
	changes := []store.Change{
		s.apiKeys.DeleteChange(sc.key(k.Id), store.Any),
		store.Delete(keyValueKey(sc, *k.Value), store.Any),
	}
	inPlan := false
	for id := range s.planKeys.in(sc) {
		if _, keyID, _ := strings.Cut(id, "/"); keyID == k.Id {
			changes = append(changes, s.planKeys.DeleteChange(sc.key(id), store.Any))
			inPlan = true
		}
	}
	rev, err := s.st.Commit(ctx, changes...)
	if err != nil {
		return nil, err
	}
	if inPlan {
		if err := s.planKeys.WaitFor(ctx, rev); err != nil {
			return nil, err
		}
	}
	return nil, s.apiKeys.WaitFor(ctx, rev)
}

var apiKeyPatch = patchTable[apiKey]{
	rules: []rule[apiKey]{
		{path: "/description", replace: setText(func(k *apiKey) **string { return &k.Description })},
		{path: "/enabled", replace: setTruth(func(k *apiKey) **bool { return &k.Enabled })},
		{path: "/name", replace: func(k *apiKey, p *patchOp) error {
			k.Name = nonEmpty(p.value)
			return nil
		}},
		{path: "/customerId", replace: setText(func(k *apiKey) **string { return &k.CustomerId })},
		{path: "/stages",
			add: func(k *apiKey, p *patchOp) error {
				addItem(&k.StageKeys, p.text())
				return nil
			},
			remove: func(k *apiKey, p *patchOp) error {
				if dropItem(&k.StageKeys, p.text()); k.StageKeys == nil {
					k.StageKeys = []string{}
				}
				return nil
			}},
		{path: "/labels", add: ignoreLabel, remove: ignoreLabel},
	},
	refuse: mustBeOneOf("replace", "/description", "/enabled", "/name", "/customerId"),
}

// ignoreLabel takes labels, which AWS accepts and shows nowhere.
func ignoreLabel(*apiKey, *patchOp) error { return nil }

func (k *apiKey) check() error {
	if k.Name != nil && len(*k.Name) > maxKeyName {
		return badRequest("Invalid API Key name, can be at most %d characters.", maxKeyName)
	}
	if len(*k.Value) < minKeyValue {
		return badRequest("API Key value should be at least %d characters", minKeyValue)
	}
	if len(*k.Value) > maxKeyValue {
		return badRequest("API Key value exceeds maximum size of %d characters", maxKeyValue)
	}
	if k.Description != nil && len(*k.Description) > maxKeyDescription {
		return badRequest("Invalid API Key description specified.")
	}
	return nil
}

// checkStageKey checks a stage, as {api}/{stage}, that a key is given to in the
// way that came before usage plans.
func (s *Service) checkStageKey(sc scope, stageKey string) error {
	if _, ok := s.stages.get(sc, stageKey); !ok {
		return badRequest("Invalid API Stage specified")
	}
	return nil
}

// shown is the key as AWS answers, without its value unless asked for.
func (k *apiKey) shown(includeValue *bool) *ApiKey {
	c := k.ApiKey
	if includeValue == nil || !*includeValue {
		c.Value = nil
	}
	return &c
}

// apiKeyByValue finds a key of a scope by its value.
func (s *Service) apiKeyByValue(sc scope, value string) (*apiKey, bool) {
	s.index.mu.RLock()
	id := ""
	for keyID, where := range s.index.keys[value] {
		if where == sc {
			id = keyID
		}
	}
	s.index.mu.RUnlock()
	if id == "" {
		return nil, false
	}
	return s.apiKeys.get(sc, id)
}
