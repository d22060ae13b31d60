package gateway

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// slot is one stage that has been asked for.
type slot struct {
	live atomic.Pointer[served]

	mu          sync.Mutex // held while the stage is compiled
	deployments []*deployment
	cache       *cache
	cacheSize   string
}

// served returns what a stage answers with, nil if there is no such stage. A
// stage is compiled when it is first asked for.
func (g *Gateway) served(key stageKey) *served {
	g.mu.RLock()
	s := g.slots[key]
	g.mu.RUnlock()
	if s != nil {
		if v := s.live.Load(); v != nil {
			return v
		}
	}
	return g.load(key)
}

func (g *Gateway) load(key stageKey) *served {
	g.mu.Lock()
	s := g.slots[key]
	if s == nil {
		s = &slot{}
		g.slots[key] = s
	}
	g.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.live.Load(); v != nil {
		return v
	}
	return g.compileLocked(key, s)
}

// compileLocked reads the stage as it is now and publishes its plan.
func (g *Gateway) compileLocked(key stageKey, s *slot) *served {
	var live *apigateway.LiveStage
	ok := false
	if g.stages != nil {
		live, ok = g.stages.LiveStage(key.api, key.stage)
	}
	if !ok || live.Deployment == nil {
		if old := s.live.Load(); old != nil && g.stages != nil && slices.Contains(g.stages.StagesOf(key.api), key.stage) {
			return old // it is there, but cannot be read now
		}
		s.live.Store(nil)
		g.mu.Lock()
		if g.slots[key] == s {
			delete(g.slots, key)
		}
		g.mu.Unlock()
		return nil
	}
	v := g.compile(s, live)
	s.live.Store(v)
	return v
}

// compile turns a stage into plans. What has been compiled of the same
// deployments before is used again.
func (g *Gateway) compile(s *slot, live *apigateway.LiveStage) *served {
	known := s.deployments
	s.deployments = nil
	deploymentOf := func(snapshot *apigateway.Snapshot) (*deployment, error) {
		for _, d := range known {
			if d.source == snapshot {
				s.deployments = append(s.deployments, d)
				return d, nil
			}
		}
		d, err := compileDeployment(snapshot)
		if err == nil {
			s.deployments = append(s.deployments, d)
		}
		return d, err
	}
	d, err := deploymentOf(live.Deployment)
	if err != nil {
		return &served{err: err}
	}
	v := &served{main: g.compileStage(d, live, false)}
	v.main.cache = g.stageCache(s, live.Stage)
	if live.Canary == nil {
		return v
	}
	c, err := deploymentOf(live.Canary)
	if err != nil {
		return &served{err: err}
	}
	v.canary = g.compileStage(c, live, true)
	v.canary.cache = v.main.cache
	if cs := live.Stage.CanarySettings; cs != nil {
		v.percent = value(cs.PercentTraffic)
		if value(cs.UseStageCache) {
			v.canary.cacheScope = v.main.cacheScope
		}
	}
	return v
}

// stageCache returns the stage's cache, which outlives its plans.
func (g *Gateway) stageCache(s *slot, st *apigateway.Stage) *cache {
	if !value(st.CacheClusterEnabled) {
		s.cache = nil
		return nil
	}
	if size := value(st.CacheClusterSize); s.cache == nil || s.cacheSize != size {
		s.cache, s.cacheSize = newCache(cacheBytes(size, g.cacheBytes)), size
	}
	return s.cache
}

// StageChanged compiles a stage anew if it is being served. When it returns,
// every later request is answered from the stage as it is now.
func (g *Gateway) StageChanged(apiID, stage string) {
	key := stageKey{apiID, stage}
	g.mu.RLock()
	s := g.slots[key]
	g.mu.RUnlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g.compileLocked(key, s)
}

// Check reports why a snapshot cannot be served.
func Check(s *apigateway.Snapshot) error {
	_, err := compileDeployment(s)
	return err
}

// PolicyOf returns the resource policy that a stage of an account's API decides
// by, nil for none or if there is no such stage.
func (g *Gateway) PolicyOf(account, region, apiID, stage string) *policy.Policy {
	s := g.served(stageKey{apiID, stage})
	if s == nil || s.main == nil || s.main.account != account || s.main.region != region {
		return nil
	}
	return s.main.policy.get()
}
