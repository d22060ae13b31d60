// Package postgres is the store for many nodes: everything is in one schema of a
// PostgreSQL database (or of one that speaks its protocol), and nodes are equal.
//
// Commits are serialized by the row that holds the revision, which each
// transaction locks, so that a revision never becomes visible before a lower one.
// One goroutine a node puts the commits that wait into one transaction; another
// does so with what is done to jobs. Watchers are served from memory: the node
// reads what is new by revision when it is notified, and in any case every two
// seconds, so that a lost notification only costs time.
//
// Blobs are rows of 1 MiB, cached as files by digest. Log lines are buffered and
// inserted in batches. When the database is away, calls fail within
// Config.Timeout and watches go on when it is back.
//
// Read store.go (Open, Close), schema.go, pool.go, batch.go, then documents.go, cache.go,
// listen.go, queue.go, blobs.go, logs.go, counters.go, backup.go.
package postgres
