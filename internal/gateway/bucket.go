package gateway

import (
	"math"

	"golang.org/x/time/rate"
)

// Defaults of a throttle that sets only one of its limits. AWS: the account's.
const (
	defaultRate  = 10_000
	defaultBurst = 5_000
)

// bucket is a token bucket. A nil bucket is never empty.
type bucket struct {
	limiter *rate.Limiter
	rate    float64
	burst   int64
}

// newBucket returns a bucket of burst tokens that fills at rate tokens per
// second.
func newBucket(perSecond *float64, burst *int64) *bucket {
	b := &bucket{rate: defaultRate, burst: defaultBurst}
	if perSecond != nil {
		b.rate = *perSecond
	}
	if burst != nil {
		b.burst = *burst
	}
	size := int(min(b.burst, math.MaxInt32))
	b.limiter = rate.NewLimiter(rate.Limit(b.rate), size)
	return b
}

// take takes a token if there is one.
func (b *bucket) take(x *exchange) bool {
	return b == nil || b.limiter.AllowN(x.start, 1)
}
