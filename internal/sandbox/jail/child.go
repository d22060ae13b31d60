package jail

import "sync"

// Child is a further program in a jail.
type Child struct {
	ended chan struct{}
	exit  Exit
}

func newChild() *Child { return &Child{ended: make(chan struct{})} }

// Ended is closed when the program has ended.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Exit says how the program ended. It must be called after Ended only.
func (c *Child) Exit() Exit { return c.exit }

// children are those of one jail by process id. An exit may be reported before
// the start is.
type children struct {
	mu   sync.Mutex
	list map[int]*Child
}

func (c *children) of(pid int) *Child {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ofLocked(pid)
}

func (c *children) ofLocked(pid int) *Child {
	if c.list == nil {
		c.list = map[int]*Child{}
	}
	if c.list[pid] == nil {
		c.list[pid] = newChild()
	}
	return c.list[pid]
}

// none says that there never was one.
func (c *children) none() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.list) == 0
}

func (c *children) end(pid int, e Exit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(c.ofLocked(pid), e)
}

func (c *children) endLocked(child *Child, e Exit) {
	select {
	case <-child.ended:
	default:
		child.exit = e
		close(child.ended)
	}
}

// endAll is for a jail of which nothing is left.
func (c *children) endAll(e Exit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, child := range c.list {
		c.endLocked(child, e)
	}
}
