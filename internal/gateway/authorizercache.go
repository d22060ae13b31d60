package gateway

import (
	"container/list"
	"sync"
	"time"
)

// maxVerdicts bounds the verdicts that are kept for one authorizer.
const maxVerdicts = 10_000

// authorizerCache keeps an authorizer's verdicts by scope (stage and count of
// flushes) and identity, the least recently used leaving first. A nil cache keeps nothing.
type authorizerCache struct {
	mu    sync.Mutex
	byKey map[verdictKey]*list.Element
	order *list.List // of *verdictEntry, most recently used first
}

type verdictKey struct{ scope, identity string }

type verdictEntry struct {
	key     verdictKey
	verdict *verdict
}

func newAuthorizerCache() *authorizerCache {
	return &authorizerCache{byKey: make(map[verdictKey]*list.Element), order: list.New()}
}

// get returns the verdict on an identity, nil if there is none or it is too
// old.
func (c *authorizerCache) get(scope, identity string, now time.Time) *verdict {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[verdictKey{scope, identity}]
	if e == nil {
		return nil
	}
	entry := e.Value.(*verdictEntry)
	if !now.Before(entry.verdict.expires) {
		c.removeLocked(e)
		return nil
	}
	c.order.MoveToFront(e)
	return entry.verdict
}

func (c *authorizerCache) put(scope, identity string, v *verdict, now time.Time) {
	if c == nil || !now.Before(v.expires) {
		return
	}
	key := verdictKey{scope, identity}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byKey[key]; e != nil {
		c.removeLocked(e)
	}
	c.byKey[key] = c.order.PushFront(&verdictEntry{key, v})
	if c.order.Len() > maxVerdicts {
		c.removeLocked(c.order.Back())
	}
}

func (c *authorizerCache) removeLocked(e *list.Element) {
	delete(c.byKey, e.Value.(*verdictEntry).key)
	c.order.Remove(e)
}
