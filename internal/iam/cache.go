package iam

import "sync"

// cache keeps at least the n values that were used last, and at most 2n. Its
// zero value holds nothing and is not usable: see newCache.
type cache[K comparable, V any] struct {
	n int

	mu         sync.Mutex
	young, old map[K]V
}

func newCache[K comparable, V any](n int) *cache[K, V] {
	return &cache[K, V]{n: n, young: map[K]V{}}
}

// get returns the value of a key, and keeps it for longer.
func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.young[key]; ok {
		return v, true
	}
	v, ok := c.old[key]
	if ok {
		c.putLocked(key, v)
	}
	return v, ok
}

func (c *cache[K, V]) put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.putLocked(key, v)
}

func (c *cache[K, V]) putLocked(key K, v V) {
	if len(c.young) >= c.n {
		c.old, c.young = c.young, map[K]V{}
	}
	c.young[key] = v
}

// clear forgets everything.
func (c *cache[K, V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = map[K]V{}, nil
}
