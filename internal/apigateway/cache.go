package apigateway

import (
	"container/list"
	"sync"

	"github.com/lambdagate/lambdagate/internal/store"
)

// maxCachedDocuments bounds the aggregates kept in memory, by their documents.
const maxCachedDocuments = 10_000

// aggregateCache keeps the aggregates that were used last.
type aggregateCache struct {
	mu     sync.Mutex
	byPath map[string]*list.Element // of *restAPI
	recent *list.List               // most recently used first
	weight int
}

func newAggregateCache() *aggregateCache {
	return &aggregateCache{byPath: map[string]*list.Element{}, recent: list.New()}
}

// get returns the aggregate at that revision of its head, or nil.
func (c *aggregateCache) get(path string, rev store.Revision) *restAPI {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byPath[path]
	if e == nil || e.Value.(*restAPI).rev != rev {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*restAPI)
}

// put keeps an aggregate unless a newer one is there, and lets go of the ones
// that were not used for longest.
func (c *aggregateCache) put(api *restAPI) {
	c.mu.Lock()
	defer c.mu.Unlock()
	path := api.path(api.id)
	if e := c.byPath[path]; e != nil {
		old := e.Value.(*restAPI)
		if old.rev > api.rev {
			return
		}
		c.weight += api.weight() - old.weight()
		e.Value = api
		c.recent.MoveToFront(e)
	} else {
		c.byPath[path] = c.recent.PushFront(api)
		c.weight += api.weight()
	}
	for c.weight > maxCachedDocuments && c.recent.Len() > 1 {
		c.removeLocked(c.recent.Back())
	}
}

func (c *aggregateCache) drop(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byPath[path]; e != nil {
		c.removeLocked(e)
	}
}

func (c *aggregateCache) removeLocked(e *list.Element) {
	api := c.recent.Remove(e).(*restAPI)
	delete(c.byPath, api.path(api.id))
	c.weight -= api.weight()
}
