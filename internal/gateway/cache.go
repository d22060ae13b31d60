package gateway

import (
	"container/list"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/policy"
)

const invalidateAction = "execute-api:InvalidateCache"

// maxCached is the size of a cached response, in bytes. AWS.
const maxCached = 1 << 20

// cache is a stage's cache cluster: responses by key, the least recently used
// leaving when it is full. It outlives the plans of its stage.
type cache struct {
	mu      sync.Mutex
	max     int64 // bytes
	size    int64
	entries map[string]*list.Element
	order   *list.List // of *cachedResponse, most recently used first
}

type cachedResponse struct {
	key     string
	expires time.Time
	status  int
	head    []HeaderField
	body    []byte
}

func newCache(max int64) *cache {
	return &cache{max: max, entries: make(map[string]*list.Element), order: list.New()}
}

func (c *cachedResponse) bytes() int64 {
	n := len(c.key) + len(c.body) + 200
	for _, f := range c.head {
		n += len(f.Name) + len(f.Value) + 32
	}
	return int64(n)
}

func (c *cache) get(key string, now time.Time) *cachedResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[key]
	if e == nil {
		return nil
	}
	r := e.Value.(*cachedResponse)
	if !now.Before(r.expires) {
		c.removeLocked(e)
		return nil
	}
	c.order.MoveToFront(e)
	return r
}

func (c *cache) put(r *cachedResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[r.key]; e != nil {
		c.removeLocked(e)
	}
	c.entries[r.key] = c.order.PushFront(r)
	for c.size += r.bytes(); c.size > c.max; {
		c.removeLocked(c.order.Back())
	}
}

func (c *cache) remove(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil {
		c.removeLocked(e)
	}
}

func (c *cache) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	c.order.Init()
	c.size = 0
}

func (c *cache) removeLocked(e *list.Element) {
	r := c.order.Remove(e).(*cachedResponse)
	delete(c.entries, r.key)
	c.size -= r.bytes()
}

// cacheUse is what a request has to do with its stage's cache.
type cacheUse struct {
	key       string // "" when the method is not cached
	hit, miss bool
}

// lookUp answers from the stage's cache if it can. AWS: methods are cached
// where the stage says so, unless the override of the method says otherwise.
func (x *exchange) lookUp() error {
	s := x.settings()
	if x.plan.cache == nil || !s.caching || s.cacheTTL <= 0 || x.test || x.method.integration == nil || x.method.integration.streaming {
		return nil
	}
	x.cache.key = x.cacheKey()
	if x.wantsFresh() {
		allowed, err := x.mayInvalidate(s)
		if err != nil {
			return err
		}
		if allowed {
			x.plan.cache.remove(x.cache.key)
		}
	}
	hit := x.plan.cache.get(x.cache.key, x.start)
	if hit == nil {
		x.cache.miss = true
		return nil
	}
	x.cache.hit, x.cached = true, true
	x.status = hit.status
	x.head = append(x.head, hit.head...)
	x.reply = hit.body
	x.note(StepCacheHit, "")
	return nil
}

// cacheKey is the method and the values of its cache key parameters; the path
// parameters count always.
func (x *exchange) cacheKey() string {
	i := x.method.integration
	b := []byte(x.plan.cacheScope + "\x00" + i.namespace + "\x00" + x.verb + "\x00" + x.method.resource.Path)
	for _, f := range x.params {
		b = append(append(b, 0), f.Value...)
	}
	for n := range i.cacheKeys {
		b = append(b, 0)
		if v, ok, err := i.cacheKeys[n].value(x); ok && err == nil {
			b = append(strconv.AppendInt(b, int64(len(v)), 10), ':')
			b = append(b, v...)
		}
	}
	return string(b)
}

// wantsFresh reports whether the client asks for the cached response to be
// dropped.
func (x *exchange) wantsFresh() bool {
	v, ok := fold(x.requestHead, "Cache-Control")
	if !ok {
		return false
	}
	return slices.ContainsFunc(strings.Split(v, ","), func(s string) bool {
		return strings.EqualFold(strings.ReplaceAll(s, " ", ""), "max-age=0")
	})
}

// mayInvalidate decides who may have a cached response dropped, and what
// others get.
func (x *exchange) mayInvalidate(s *settings) (bool, error) {
	if !s.authorizeInvalidation || x.allowed(invalidateAction) {
		return true, nil
	}
	switch s.strategy {
	case "FAIL_WITH_403":
		return false, deny("User is not authorized to access this resource")
	case "SUCCEED_WITHOUT_RESPONSE_HEADER":
	default:
		x.head = append(x.head, field("Warning", "199 Cache-control headers were ignored because the caller was unauthorized."))
	}
	return false, nil
}

// allowed reports whether the caller's own policies, or the API's, allow an
// action on the method.
func (x *exchange) allowed(action string) bool {
	if x.identity == nil && x.plan.policy == nil {
		return false
	}
	q := x.question()
	q.Action = action
	return policy.Evaluate(q).Outcome == policy.Allowed
}

// store puts the response into the stage's cache.
func (x *exchange) store() {
	if x.cache.key == "" || x.stream != nil || len(x.reply) > maxCached || x.status >= 400 {
		return
	}
	head := slices.DeleteFunc(slices.Clone(x.head), func(f HeaderField) bool {
		return f.Name == "Warning" || equalFold(f.Name, "X-Amzn-Trace-Id")
	})
	x.plan.cache.put(&cachedResponse{
		key: x.cache.key, expires: x.start.Add(time.Duration(x.settings().cacheTTL) * time.Second),
		status: x.status, head: head, body: slices.Clone(x.reply),
	})
}

// cacheBytes is what a cacheClusterSize in gigabytes may take here: a part of
// it, since a cache shares this machine's memory.
func cacheBytes(size string, most int64) int64 {
	gigabytes, err := strconv.ParseFloat(size, 64)
	if err != nil || gigabytes <= 0 {
		gigabytes = 0.5
	}
	return min(int64(gigabytes*(1<<30)), most)
}
