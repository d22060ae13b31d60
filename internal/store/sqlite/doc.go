// Package sqlite is the embedded store: one folder, one process, no server.
//
// Documents, jobs and counters are rows of one SQLite database in WAL mode with
// synchronous=FULL. One goroutine writes: it puts the operations that wait into
// one transaction, so that they share one sync, and answers them after it.
// Readers have connections of their own. Watchers and queue consumers are
// served in process. Blobs are files, log lines are segment files beside it.
// Without a folder everything is in memory and goes when the store is closed.
//
//	DIR/lock        who has the folder open
//	DIR/store.db    documents, jobs, counters (and -wal, -shm while open)
//	DIR/blobs/      package blobdir
//	DIR/logs/       package logsegment
//
// Read store.go (Open, Close), schema.go, conn.go, writer.go, then documents.go,
// since.go, queue.go with due.go, counters.go, blobs.go, logs.go, backup.go.
package sqlite
