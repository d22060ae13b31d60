package gateway

import (
	"fmt"
	"sync"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// admit checks the API key and the throttles that apply. AWS: usage plan,
// stage or method, account, in this order; then the plan's quota.
func (x *exchange) admit() error {
	key, plan, err := x.checkKey()
	if err != nil {
		return err
	}
	if plan != nil && !x.g.plans.take(x, plan, key.Id) {
		return x.throttled(plan.Throttle)
	}
	if b := x.plan.throttles[x.method.index]; !b.take(x) {
		return x.throttled(&apigateway.ThrottleSettings{RateLimit: &b.rate, BurstLimit: &b.burst})
	}
	if !x.g.account.take(x) {
		return x.throttled(nil)
	}
	if plan != nil && plan.Quota != nil && !x.g.keys.Use(plan, key.Id, x.start) {
		return refuse(quotaExceeded, "Limit Exceeded")
	}
	if plan != nil && plan.Quota == nil {
		x.g.keys.Use(plan, key.Id, x.start)
	}
	x.noteStart()
	return nil
}

// checkKey finds the API key and its usage plan, if the method needs one.
func (x *exchange) checkKey() (*apigateway.ApiKey, *apigateway.UsagePlan, error) {
	if !x.method.keyRequired {
		x.note(StepUsagePlan, "")
		x.note(StepNoKeyNeeded, "")
		x.note(StepUsagePlanDone, "")
		if x.plan.keySource != "AUTHORIZER" {
			x.apiKey = ""
		}
		return nil, nil, nil
	}
	text := x.apiKey
	if x.plan.keySource != "AUTHORIZER" {
		text, _ = fold(x.requestHead, "x-api-key")
	}
	x.note(StepUsagePlan, mask(text))
	if text == "" || x.g.keys == nil {
		return nil, nil, refuse(invalidAPIKey, "Forbidden")
	}
	key, ok := x.g.keys.APIKeyFor(x.plan.apiID, text)
	if !ok || !value(key.Enabled) {
		return nil, nil, refuse(invalidAPIKey, "Forbidden")
	}
	plan, ok := x.g.keys.UsagePlan(key.Id, x.plan.apiID, x.plan.stageName)
	if !ok {
		return nil, nil, refuse(invalidAPIKey, "Forbidden")
	}
	x.apiKey, x.apiKeyID = text, key.Id
	x.note(StepUsagePlanDone, mask(text))
	return key, plan, nil
}

// noteStart records that the execution begins.
func (x *exchange) noteStart() {
	if x.record == nil {
		return
	}
	x.tick()
	x.note(StepStart, "")
	x.note(StepMethod, "")
	if x.apiKeyID != "" && !x.test {
		x.note(StepKeyUsed, mask(x.apiKey))
		x.note(StepKeyID, x.apiKeyID)
	}
}

// throttled is the 429, with AWS's line in the execution log.
func (x *exchange) throttled(limit *apigateway.ThrottleSettings) error {
	if x.record != nil {
		rate, burst := float64(defaultRate), int64(defaultBurst)
		if limit != nil && limit.RateLimit != nil {
			rate = *limit.RateLimit
		}
		if limit != nil && limit.BurstLimit != nil {
			burst = *limit.BurstLimit
		}
		x.record.drop(StepNoKeyNeeded, StepUsagePlanDone)
		x.note(StepThrottled, fmt.Sprintf("Key throttle limit exceeded for RestApi %s, Stage %s, Resource %s, HttpMethod %s. Limit: %.2f Burst: %d",
			x.plan.apiID, x.plan.stageName, x.method.resource.Id, x.verb, rate, burst))
	}
	return refuse(throttled, "Too Many Requests")
}

// usagePlans holds the token buckets of usage plans: one for each key in a
// plan, and one for each key and method that the plan throttles by itself.
type usagePlans struct {
	mu      sync.Mutex
	buckets map[planBucket]*bucket
}

type planBucket struct{ plan, key, api, stage, method string }

// maxPlanBuckets bounds the buckets. Beyond it all begin anew, full: keys in
// use then get their burst once more.
const maxPlanBuckets = 100_000

// take takes a token of the plan's bucket for the key, or of its bucket for
// this method. AWS: a method's throttle stands before the plan's.
func (u *usagePlans) take(x *exchange, plan *apigateway.UsagePlan, keyID string) bool {
	id := planBucket{plan: plan.Id, key: keyID}
	limit := plan.Throttle
	for _, s := range plan.ApiStages {
		if value(s.ApiId) != x.plan.apiID || value(s.Stage) != x.plan.stageName {
			continue
		}
		if name, t := methodThrottle(s.Throttle, x.method); t != nil {
			limit = t
			id.api, id.stage, id.method = x.plan.apiID, x.plan.stageName, name
		}
	}
	if limit == nil || limit.RateLimit == nil && limit.BurstLimit == nil {
		return true
	}
	return u.bucket(id, limit).take(x)
}

// methodThrottle finds a throttle under "/path/VERB".
func methodThrottle(m map[string]*apigateway.ThrottleSettings, of *method) (string, *apigateway.ThrottleSettings) {
	want := settingsKey(of.resource.Path + "/" + of.verb)
	for _, name := range sortedKeys(m) {
		if settingsKey(name) == want {
			return want, m[name]
		}
	}
	return "", nil
}

// bucket returns the bucket for id; a changed limit begins a new one.
func (u *usagePlans) bucket(id planBucket, limit *apigateway.ThrottleSettings) *bucket {
	u.mu.Lock()
	defer u.mu.Unlock()
	b := u.buckets[id]
	if b != nil && (limit.RateLimit == nil || b.rate == *limit.RateLimit) && (limit.BurstLimit == nil || b.burst == *limit.BurstLimit) {
		return b
	}
	if u.buckets == nil || len(u.buckets) >= maxPlanBuckets {
		u.buckets = make(map[planBucket]*bucket)
	}
	b = newBucket(limit.RateLimit, limit.BurstLimit)
	u.buckets[id] = b
	return b
}
