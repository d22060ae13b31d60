package apigateway

import "time"

// This file is what the data plane asks for each request that needs an API
// key. All of it is read from memory.

// APIKey returns the key with that value, of whatever account and region; the
// values of keys are as good as unique. UsagePlan decides whether the key may
// be used for a stage.
func (s *Service) APIKey(value string) (*ApiKey, bool) {
	s.index.mu.RLock()
	var sc scope
	id := ""
	for keyID, where := range s.index.keys[value] {
		if id == "" || keyID < id {
			id, sc = keyID, where
		}
	}
	s.index.mu.RUnlock()
	return s.keyIn(sc, id)
}

// APIKeyFor returns the key with that value in the account and region of an
// API. Where two accounts have chosen the same value, APIKey finds only one of
// the keys; APIKeyFor finds the right one.
func (s *Service) APIKeyFor(apiID, value string) (*ApiKey, bool) {
	sc, ok := s.index.scopeOf(apiID)
	if !ok {
		return nil, false
	}
	k, ok := s.apiKeyByValue(sc, value)
	if !ok {
		return nil, false
	}
	return &k.ApiKey, true
}

func (s *Service) keyIn(sc scope, id string) (*ApiKey, bool) {
	k, ok := s.apiKeys.get(sc, id)
	if !ok {
		return nil, false
	}
	return &k.ApiKey, true
}

// UsagePlan returns the plan that lists the stage and holds the key.
func (s *Service) UsagePlan(keyID, apiID, stageName string) (*UsagePlan, bool) {
	sc, ok := s.index.scopeOf(apiID)
	if !ok {
		return nil, false
	}
	plan, ok := s.planFor(sc, keyID, apiID, stageName)
	if !ok {
		return nil, false
	}
	return &plan.UsagePlan, true
}

// Use counts one request of a key against a plan, unless the plan's quota is
// used up: then it is false and nothing is counted.
func (s *Service) Use(plan *UsagePlan, keyID string, at time.Time) bool {
	s.index.mu.RLock()
	sc, ok := s.index.plans[plan.Id]
	s.index.mu.RUnlock()
	return ok && s.usage.use(sc, plan, keyID, at)
}
