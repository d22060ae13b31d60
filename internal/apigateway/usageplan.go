package apigateway

import (
	"context"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

const usagePlanPrefix = "apigateway/usageplan/"

// usagePlan is a UsagePlan as it is stored.
type usagePlan struct{ UsagePlan }

// CreateUsagePlan makes a plan.
func (s *Service) CreateUsagePlan(ctx context.Context, in *CreateUsagePlanRequest) (*UsagePlan, error) {
	sc := callScope(ctx)
	plan := &usagePlan{UsagePlan{
		Id: s.newID(shortID), Name: new(in.Name), Description: in.Description, ApiStages: in.ApiStages,
		Throttle: in.Throttle, Quota: in.Quota, Tags: filled(in.Tags),
	}}
	if plan.ApiStages == nil {
		plan.ApiStages = []*ApiStage{}
	}
	if err := checkTags(plan.Tags); err != nil {
		return nil, err
	}
	if err := s.checkPlan(sc, plan, nil); err != nil {
		return nil, err
	}
	if err := s.usagePlans.insert(ctx, sc, plan.Id, plan, concurrentModification()); err != nil {
		return nil, err
	}
	return &plan.UsagePlan, nil
}

// GetUsagePlan answers with one plan.
func (s *Service) GetUsagePlan(ctx context.Context, in *GetUsagePlanRequest) (*UsagePlan, error) {
	plan, ok := s.usagePlans.get(callScope(ctx), in.UsagePlanId)
	if !ok {
		return nil, noUsagePlan()
	}
	return &plan.UsagePlan, nil
}

// GetUsagePlans lists the plans in the order of their ids, or those that hold a
// key.
func (s *Service) GetUsagePlans(ctx context.Context, in *GetUsagePlansRequest) (*UsagePlans, error) {
	sc := callScope(ctx)
	after, err := parsePosition(in.Position)
	if err != nil {
		return nil, err
	}
	page, next, err := pageSeq(func(yield func(string, *UsagePlan) bool) {
		for id, plan := range s.usagePlans.behind(sc, after) {
			if in.KeyId != nil && *in.KeyId != "" {
				if _, ok := s.planKeys.get(sc, id+"/"+*in.KeyId); !ok {
					continue
				}
			}
			if !yield(id, &plan.UsagePlan) {
				return
			}
		}
	}, in.Limit)
	return &UsagePlans{Position: next, Items: page}, err
}

// UpdateUsagePlan changes a plan.
func (s *Service) UpdateUsagePlan(ctx context.Context, in *UpdateUsagePlanRequest) (*UsagePlan, error) {
	sc := callScope(ctx)
	plan, err := s.usagePlans.change(ctx, sc, in.UsagePlanId, noUsagePlan(), func(plan *usagePlan) error {
		had := plan.ApiStages
		if err := usagePlanPatch.apply(plan, in.PatchOperations); err != nil {
			return err
		}
		return s.checkPlan(sc, plan, had)
	})
	if err != nil {
		return nil, err
	}
	return &plan.UsagePlan, nil
}

// DeleteUsagePlan removes a plan that no stage is linked to, and takes its
// keys out of it.
func (s *Service) DeleteUsagePlan(ctx context.Context, in *DeleteUsagePlanRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	plan, rev, ok := s.usagePlans.Get(sc.key(in.UsagePlanId))
	if !ok {
		return nil, noUsagePlan()
	}
	if len(plan.ApiStages) > 0 {
		return nil, badRequest("Cannot delete Usage Plan %s because there are API Stages associated with it", plan.Id)
	}
	changes := []store.Change{s.usagePlans.DeleteChange(sc.key(plan.Id), rev)}
	for id := range s.planKeys.below(sc, plan.Id+"/") {
		changes = append(changes, s.planKeys.DeleteChange(sc.key(id), store.Any))
	}
	at, err := s.st.Commit(ctx, changes...)
	if err != nil {
		return nil, orConcurrent(err)
	}
	if len(changes) > 1 {
		if err := s.planKeys.WaitFor(ctx, at); err != nil {
			return nil, err
		}
	}
	return nil, s.usagePlans.WaitFor(ctx, at)
}

var usagePlanPatch = patchTable[usagePlan]{rules: usagePlanRules, refuse: supportedPaths(usagePlanRules)}

var usagePlanRules = []rule[usagePlan]{
	{path: "/name", replace: setText(func(u *usagePlan) **string { return &u.Name })},
	{path: "/description", replace: setText(func(u *usagePlan) **string { return &u.Description })},
	{path: "/productCode", add: setText(productCode), replace: setText(productCode), remove: unset(productCode)},
	{path: "/quota", remove: func(u *usagePlan, _ *patchOp) error {
		u.Quota = nil
		return nil
	}},
	{path: "/quota/limit", add: setQuota(quotaLimit), replace: setQuota(quotaLimit)},
	{path: "/quota/offset", add: setQuota(quotaOffset), replace: setQuota(quotaOffset)},
	{path: "/quota/period", add: setQuota(quotaPeriod), replace: setQuota(quotaPeriod)},
	{path: "/throttle", remove: func(u *usagePlan, _ *patchOp) error {
		u.Throttle = nil
		return nil
	}},
	{path: "/throttle/burstLimit", add: setPlanThrottle(throttleBurst), replace: setPlanThrottle(throttleBurst)},
	{path: "/throttle/rateLimit", add: setPlanThrottle(throttleRate), replace: setPlanThrottle(throttleRate)},
	{path: "/apiStages", add: addApiStage, remove: removeApiStage},
	{path: "/apiStages/{stage}/throttle", add: setStageThrottles, replace: setStageThrottles,
		remove: changeApiStage(func(a *ApiStage, _ []string, _ *patchOp) error {
			a.Throttle = nil
			return nil
		})},
	{path: "/apiStages/{stage}/throttle/{path}/{verb}", remove: removeMethodThrottle},
	{path: "/apiStages/{stage}/throttle/{path}/{verb}/{limit}", add: setMethodThrottle, replace: setMethodThrottle},
	// With the slash of the path not escaped, as some clients send it.
	{path: "/apiStages/{stage}/throttle//{path}/{verb}", remove: removeMethodThrottle},
	{path: "/apiStages/{stage}/throttle//{path}/{verb}/{limit}", add: setMethodThrottle, replace: setMethodThrottle},
}

func productCode(u *usagePlan) **string { return &u.ProductCode }

func quotaLimit(q *QuotaSettings, p *patchOp) (err error) {
	q.Limit, err = p.integer()
	return err
}

func quotaOffset(q *QuotaSettings, p *patchOp) (err error) {
	q.Offset, err = p.integer()
	return err
}

func quotaPeriod(q *QuotaSettings, p *patchOp) error {
	q.Period = new(p.text())
	return nil
}

// setQuota changes a copy of the quota, which there is from then on.
func setQuota(set setter[QuotaSettings]) setter[usagePlan] {
	return func(u *usagePlan, p *patchOp) error {
		q := QuotaSettings{}
		if u.Quota != nil {
			q = *u.Quota
		}
		u.Quota = &q
		return set(&q, p)
	}
}

func throttleBurst(t *ThrottleSettings, p *patchOp) (err error) {
	t.BurstLimit, err = p.integer()
	return err
}

func throttleRate(t *ThrottleSettings, p *patchOp) (err error) {
	t.RateLimit, err = p.number()
	return err
}

// setPlanThrottle changes a copy of the throttle, which there is from then on.
func setPlanThrottle(set setter[ThrottleSettings]) setter[usagePlan] {
	return func(u *usagePlan, p *patchOp) error {
		t := ThrottleSettings{}
		if u.Throttle != nil {
			t = *u.Throttle
		}
		u.Throttle = &t
		return set(&t, p)
	}
}

// addApiStage links the stage that the value names as {api}:{stage}.
func addApiStage(u *usagePlan, p *patchOp) error {
	api, name, _ := strings.Cut(p.text(), ":")
	if !stageNames.MatchString(api) || !stageNames.MatchString(name) {
		return noApiStage(p.text())
	}
	if u.apiStage(p.text()) < 0 {
		u.ApiStages = append(slices.Clone(u.ApiStages), &ApiStage{ApiId: &api, Stage: &name})
	}
	return nil
}

func removeApiStage(u *usagePlan, p *patchOp) error {
	i := u.apiStage(p.text())
	if i < 0 {
		return noApiStage(p.text())
	}
	u.ApiStages = slices.Delete(slices.Clone(u.ApiStages), i, i+1)
	return nil
}

// noApiStage names what was asked for up to its second colon, as AWS does.
func noApiStage(key string) error {
	parts := strings.SplitN(key, ":", 3)
	return notFound("API Stage not found: %s", strings.Join(parts[:min(2, len(parts))], ":"))
}

// apiStage is the index of the stage {api}:{stage}, or -1.
func (u *usagePlan) apiStage(key string) int {
	return slices.IndexFunc(u.ApiStages, func(a *ApiStage) bool { return *a.ApiId+":"+*a.Stage == key })
}

// changeApiStage lets set change a copy of the stage that the path names; rest
// are the segments behind "throttle".
func changeApiStage(set func(a *ApiStage, rest []string, p *patchOp) error) setter[usagePlan] {
	return func(u *usagePlan, p *patchOp) error {
		i := u.apiStage(p.segments[1])
		if i < 0 {
			return noApiStage(p.segments[1])
		}
		next := *u.ApiStages[i]
		if err := set(&next, p.segments[3:], p); err != nil {
			return err
		}
		u.ApiStages = slices.Clone(u.ApiStages)
		u.ApiStages[i] = &next
		return nil
	}
}

// methodKey is the key of a method in a stage's throttles, "/pets/GET", from
// segments such as "/pets", "GET" or "", "pets", "GET".
func methodKey(segments []string) string {
	key := strings.Join(segments, "/")
	if !strings.HasPrefix(key, "/") {
		return "/" + key
	}
	return key
}

var setStageThrottles = changeApiStage(func(a *ApiStage, _ []string, p *patchOp) error {
	throttles, err := parseThrottles(p.text())
	if err != nil {
		return p.invalidValue()
	}
	a.Throttle = throttles
	return nil
})

var setMethodThrottle = changeApiStage(func(a *ApiStage, rest []string, p *patchOp) error {
	set := map[string]setter[ThrottleSettings]{"burstLimit": throttleBurst, "rateLimit": throttleRate}[p.member()]
	if set == nil {
		return errNotHere
	}
	key := methodKey(rest[:len(rest)-1])
	t := ThrottleSettings{}
	if old := a.Throttle[key]; old != nil {
		t = *old
	}
	if err := set(&t, p); err != nil {
		return err
	}
	putKey(&a.Throttle, key, &t)
	return nil
})

var removeMethodThrottle = changeApiStage(func(a *ApiStage, rest []string, p *patchOp) error {
	if a.Throttle[methodKey(rest)] == nil {
		return notFound("Invalid method throttle specified: %s", methodKey(rest))
	}
	dropKey(&a.Throttle, methodKey(rest))
	return nil
})

// checkPlan checks a plan's limits, and the stages that it did not have before.
func (s *Service) checkPlan(sc scope, plan *usagePlan, had []*ApiStage) error {
	if plan.Name == nil || *plan.Name == "" {
		return badRequest("Usage Plan name cannot be empty")
	}
	if err := plan.checkQuota(); err != nil {
		return err
	}
	throttles := []*ThrottleSettings{plan.Throttle}
	for _, a := range plan.ApiStages {
		if a == nil || a.ApiId == nil || a.Stage == nil || *a.ApiId == "" || *a.Stage == "" {
			return badRequest("Invalid API Stage specified")
		}
		for _, key := range sortedKeys(a.Throttle) {
			throttles = append(throttles, a.Throttle[key])
		}
		if slices.ContainsFunc(had, func(old *ApiStage) bool { return *old.ApiId == *a.ApiId && *old.Stage == *a.Stage }) {
			continue
		}
		if _, ok := s.stages.get(sc, *a.ApiId+"/"+*a.Stage); !ok {
			return notFound("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s", *a.ApiId, *a.Stage, plan.Id)
		}
		if err := s.checkShared(sc, plan.Id, *a.ApiId, *a.Stage); err != nil {
			return err
		}
	}
	for _, t := range throttles {
		if t != nil && (t.BurstLimit != nil && *t.BurstLimit < 0 || t.RateLimit != nil && *t.RateLimit < 0) {
			return badRequest("Usage Plan throttle limits must not be negative")
		}
	}
	return nil
}

// quotaDays is how many days a period can be offset by.
var quotaDays = map[string]int64{"DAY": 0, "WEEK": 6, "MONTH": 27}

func (u *usagePlan) checkQuota() error {
	q := u.Quota
	if q == nil {
		return nil
	}
	if q.Limit == nil || *q.Limit < 0 {
		return badRequest("Usage Plan quota limit must be specified and must not be negative")
	}
	if q.Period == nil {
		return badRequest("Usage Plan quota period must be specified")
	}
	most, ok := quotaDays[*q.Period]
	if !ok {
		return badRequest("Invalid Usage Plan quota period specified. Valid options are DAY,WEEK,MONTH")
	}
	if q.Offset == nil {
		c := *q
		c.Offset = new(int64(0))
		u.Quota = &c
		return nil
	}
	if *q.Offset < 0 || *q.Offset > most {
		return badRequest("Usage Plan quota offset must be between 0 and %d in the %s period", most, *q.Period)
	}
	return nil
}

// plansWithout are the changes that take a stage, or all stages of an API if
// name is empty, out of the plans of a scope.
func (s *Service) plansWithout(sc scope, apiID, name string) ([]store.Change, error) {
	var changes []store.Change
	for id, plan := range s.usagePlans.in(sc) {
		gone := func(a *ApiStage) bool { return *a.ApiId == apiID && (name == "" || *a.Stage == name) }
		if !slices.ContainsFunc(plan.ApiStages, gone) {
			continue
		}
		_, rev, _ := s.usagePlans.Get(sc.key(id))
		next := *plan
		next.ApiStages = slices.DeleteFunc(slices.Clone(plan.ApiStages), gone)
		c, err := s.usagePlans.PutChange(sc.key(id), rev, &next)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}
