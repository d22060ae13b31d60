package sandbox

import "sync"

// users hands out the host's user ids for environments, so that no two share
// one. It matters when the server is root; otherwise all are the server's own.
type users struct {
	mu   sync.Mutex
	base int
	used map[int]bool
}

func (u *users) take() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.used == nil {
		u.used = map[int]bool{}
	}
	for id := u.base; ; id++ {
		if !u.used[id] {
			u.used[id] = true
			return id
		}
	}
}

func (u *users) give(id int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.used, id)
}
