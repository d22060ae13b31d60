package apigateway

import (
	"strings"
	"sync"

	"github.com/lambdagate/lambdagate/internal/store"
)

// index finds things that requests name without account and region. It follows
// the tables; reading it takes a shared lock and no other work.
type index struct {
	mu    sync.RWMutex
	apis  map[string]scope            // by API id
	hosts map[string]scope            // by custom domain name, lower case
	keys  map[string]map[string]scope // by the API key's value, then its id
	plans map[string]scope            // by usage plan id
	// admitting are the ids of the usage plans that list a stage, by
	// {api}:{stage}.
	admitting map[string]map[string]bool
}

func newIndex() *index {
	return &index{
		apis: map[string]scope{}, hosts: map[string]scope{}, keys: map[string]map[string]scope{},
		plans: map[string]scope{}, admitting: map[string]map[string]bool{},
	}
}

// scopeOf returns where the API with that id lives.
func (x *index) scopeOf(apiID string) (scope, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	sc, ok := x.apis[apiID]
	return sc, ok
}

// follow keeps the index and the data plane up to date from now on.
func (s *Service) follow() {
	s.closers = append(s.closers,
		s.heads.Subscribe(func(changes []store.TableChange[RestApi]) {
			for _, c := range changes {
				sc, id := cutScope(c.Key)
				trackKey(s.index, s.index.apis, id, sc, c.New != nil)
				if c.New == nil {
					s.aggregates.drop(c.Key)
				}
			}
		}),
		s.stages.Subscribe(func(changes []store.TableChange[stage]) {
			for _, c := range changes {
				_, id := cutScope(c.Key)
				api, name, _ := strings.Cut(id, "/")
				s.stageChanged(api, name)
			}
		}),
		s.domains.Subscribe(func(changes []store.TableChange[domainName]) {
			for _, c := range changes {
				sc, id := cutScope(c.Key)
				trackKey(s.index, s.index.hosts, strings.ToLower(id), sc, c.New != nil)
			}
		}),
		s.usagePlans.Subscribe(func(changes []store.TableChange[usagePlan]) {
			for _, c := range changes {
				sc, id := cutScope(c.Key)
				trackKey(s.index, s.index.plans, id, sc, c.New != nil)
				s.index.trackPlan(id, c.Old, c.New)
			}
		}),
		s.apiKeys.Subscribe(func(changes []store.TableChange[apiKey]) {
			for _, c := range changes {
				s.index.trackApiKey(c)
			}
		}),
	)
}

func trackKey(x *index, m map[string]scope, key string, sc scope, there bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if there {
		m[key] = sc
	} else {
		delete(m, key)
	}
}

func (x *index) trackApiKey(c store.TableChange[apiKey]) {
	sc, id := cutScope(c.Key)
	x.mu.Lock()
	defer x.mu.Unlock()
	if c.Old != nil && c.Old.Value != nil {
		delete(x.keys[*c.Old.Value], id)
		if len(x.keys[*c.Old.Value]) == 0 {
			delete(x.keys, *c.Old.Value)
		}
	}
	if c.New != nil && c.New.Value != nil {
		if x.keys[*c.New.Value] == nil {
			x.keys[*c.New.Value] = map[string]scope{}
		}
		x.keys[*c.New.Value][id] = sc
	}
}

// trackPlan follows which plans list which stages.
func (x *index) trackPlan(id string, old, plan *usagePlan) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if old != nil {
		for _, a := range old.ApiStages {
			key := *a.ApiId + ":" + *a.Stage
			delete(x.admitting[key], id)
			if len(x.admitting[key]) == 0 {
				delete(x.admitting, key)
			}
		}
	}
	if plan == nil {
		return
	}
	for _, a := range plan.ApiStages {
		key := *a.ApiId + ":" + *a.Stage
		if x.admitting[key] == nil {
			x.admitting[key] = map[string]bool{}
		}
		x.admitting[key][id] = true
	}
}

// plansAdmitting yields the ids of the usage plans that list a stage.
func (x *index) plansAdmitting(stageKey string) []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	ids := make([]string, 0, len(x.admitting[stageKey]))
	for id := range x.admitting[stageKey] {
		ids = append(ids, id)
	}
	return ids
}
