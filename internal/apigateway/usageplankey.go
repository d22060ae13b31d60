package apigateway

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// planKey says that a plan, {plan}/{key} by its id, holds an API key.
type planKey struct {
	Added int64 `json:"added"` // nanoseconds since the epoch
}

// CreateUsagePlanKey adds an API key to a plan.
func (s *Service) CreateUsagePlanKey(ctx context.Context, in *CreateUsagePlanKeyRequest) (*UsagePlanKey, error) {
	if in.KeyType != "API_KEY" {
		return nil, badRequest("Invalid key type specified. Valid options are API_KEY")
	}
	return s.addPlanKey(ctx, callScope(ctx), in.UsagePlanId, in.KeyId)
}

func (s *Service) addPlanKey(ctx context.Context, sc scope, planID, keyID string) (*UsagePlanKey, error) {
	plan, planRev, ok := s.usagePlans.Get(sc.key(planID))
	if !ok {
		return nil, noUsagePlan()
	}
	k, keyRev, ok := s.apiKeys.Get(sc.key(keyID))
	if !ok {
		return nil, noApiKey()
	}
	id := planID + "/" + keyID
	if _, ok := s.planKeys.get(sc, id); ok {
		return nil, conflict("Usage Plan Key already exists")
	}
	for _, a := range plan.ApiStages {
		if other, ok := s.planFor(sc, keyID, *a.ApiId, *a.Stage); ok && other.Id != planID {
			return nil, sharedStage(planID, keyID, *a.ApiId, *a.Stage)
		}
	}
	put, err := s.planKeys.PutChange(sc.key(id), 0, &planKey{Added: s.now().UnixNano()})
	if err != nil {
		return nil, err
	}
	rev, err := s.st.Commit(ctx, put, s.usagePlans.CheckChange(sc.key(planID), planRev), s.apiKeys.CheckChange(sc.key(keyID), keyRev))
	if err != nil {
		return nil, orConcurrent(err)
	}
	return k.inPlan(), s.planKeys.WaitFor(ctx, rev)
}

// sharedStage is the answer to what would let a key use a stage under two
// plans.
func sharedStage(planID, keyID, apiID, stageName string) error {
	return conflict("Usage Plan %s cannot be added because API Key %s cannot reference multiple Usage Plans with the same API stage: %s:%s", planID, keyID, apiID, stageName)
}

// checkShared refuses a stage that a key of the plan uses under another one.
func (s *Service) checkShared(sc scope, planID, apiID, stageName string) error {
	for id := range s.planKeys.below(sc, planID+"/") {
		keyID := strings.TrimPrefix(id, planID+"/")
		if other, ok := s.planFor(sc, keyID, apiID, stageName); ok && other.Id != planID {
			return sharedStage(planID, keyID, apiID, stageName)
		}
	}
	return nil
}

// GetUsagePlanKey answers with one key of a plan.
func (s *Service) GetUsagePlanKey(ctx context.Context, in *GetUsagePlanKeyRequest) (*UsagePlanKey, error) {
	sc := callScope(ctx)
	if _, ok := s.usagePlans.get(sc, in.UsagePlanId); !ok {
		return nil, noUsagePlan()
	}
	k, ok := s.apiKeys.get(sc, in.KeyId)
	if _, held := s.planKeys.get(sc, in.UsagePlanId+"/"+in.KeyId); !held || !ok {
		return nil, noUsagePlanKey()
	}
	return k.inPlan(), nil
}

// GetUsagePlanKeys lists a plan's keys, the one added last first. AWS: an
// unknown plan has none.
func (s *Service) GetUsagePlanKeys(ctx context.Context, in *GetUsagePlanKeysRequest) (*UsagePlanKeys, error) {
	sc := callScope(ctx)
	type held struct {
		key   *apiKey
		added int64
	}
	var list []held
	for id, pk := range s.planKeys.below(sc, in.UsagePlanId+"/") {
		if k, ok := s.apiKeys.get(sc, strings.TrimPrefix(id, in.UsagePlanId+"/")); ok && startsWith(k.Name, in.NameQuery) {
			list = append(list, held{k, pk.Added})
		}
	}
	page, next, err := pageList(list, in.Position, in.Limit, func(h held) string {
		return newestFirst(h.added, newestFirst(h.key.Made, h.key.Id))
	})
	if err != nil {
		return nil, err
	}
	out := &UsagePlanKeys{Position: next, Items: []*UsagePlanKey{}}
	for _, h := range page {
		out.Items = append(out.Items, h.key.inPlan())
	}
	return out, nil
}

// DeleteUsagePlanKey takes a key out of a plan.
func (s *Service) DeleteUsagePlanKey(ctx context.Context, in *DeleteUsagePlanKeyRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	if _, ok := s.usagePlans.get(sc, in.UsagePlanId); !ok {
		return nil, noUsagePlan()
	}
	return nil, s.planKeys.remove(ctx, sc, in.UsagePlanId+"/"+in.KeyId, noUsagePlanKey())
}

// inPlan is the key as a usage plan shows it.
func (k *apiKey) inPlan() *UsagePlanKey {
	return &UsagePlanKey{Id: k.Id, Type: new("API_KEY"), Value: k.Value, Name: k.Name}
}

// parseThrottles reads a map of throttles from the value of an update.
func parseThrottles(text string) (throttles map[string]*ThrottleSettings, err error) {
	err = json.Unmarshal([]byte(text), &throttles)
	return throttles, err
}

// planFor finds the plan of a scope that lists the stage and holds the key.
func (s *Service) planFor(sc scope, keyID, apiID, stageName string) (*usagePlan, bool) {
	for _, id := range s.index.plansAdmitting(apiID + ":" + stageName) {
		if _, ok := s.planKeys.get(sc, id+"/"+keyID); ok {
			return s.usagePlans.get(sc, id)
		}
	}
	return nil, false
}
