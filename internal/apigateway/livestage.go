package apigateway

import (
	"context"
	"slices"
	"strings"
	"time"
)

// thawWithin bounds how long LiveStage waits for the store.
const thawWithin = 20 * time.Second

// LiveStage returns what is served as a stage of an API, whatever account and
// region it belongs to. A deployment that this process has not seen lately is
// read from the store; the data plane therefore keeps what it has compiled, and
// asks again when StageChanged tells it to.
func (s *Service) LiveStage(apiID, stageName string) (*LiveStage, bool) {
	sc, ok := s.index.scopeOf(apiID)
	if !ok {
		return nil, false
	}
	st, ok := s.stages.get(sc, apiID+"/"+stageName)
	if !ok {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), thawWithin)
	defer cancel()
	live := &LiveStage{Stage: st.Stage, CacheFlushes: st.CacheFlushes, AuthorizerFlushes: st.AuthorizerFlushes}
	var err error
	if live.Deployment, err = s.snapshot(ctx, sc, apiID, st.Stage.DeploymentId); err == nil {
		if c := st.Stage.CanarySettings; c != nil && c.DeploymentId != nil {
			live.Canary, err = s.snapshot(ctx, sc, apiID, *c.DeploymentId)
		}
	}
	if err != nil {
		s.log.Error("stage cannot be served", "api", apiID, "stage", stageName, "error", err)
		return nil, false
	}
	return live, true
}

// StagesOf lists the names of an API's stages, in order.
func (s *Service) StagesOf(apiID string) []string {
	sc, ok := s.index.scopeOf(apiID)
	if !ok {
		return nil
	}
	var names []string
	for id := range s.stages.below(sc, apiID+"/") {
		names = append(names, strings.TrimPrefix(id, apiID+"/"))
	}
	slices.Sort(names)
	return names
}
