package store

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors that engines return, possibly wrapped.
var (
	// ErrNotFound says that the key, blob or job is not there.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that a document is not at the revision the commit names.
	// Nothing of that commit was written.
	ErrConflict = errors.New("revision conflict")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("store closed")
)

// Store is one engine. All methods are safe for concurrent use. A method that
// writes returns only after what it wrote is synced: it survives kill -9 and
// power loss.
type Store interface {
	Documents
	Blobs
	Queue
	Logs
	Counters

	// Backup writes a consistent copy of everything into the folder dir, which
	// must not exist, while the store is in use.
	Backup(ctx context.Context, dir string) error
	// Reset empties the store; watchers see the deletions.
	Reset(ctx context.Context) error
	// Close flushes and releases everything. Blocked calls return ErrClosed.
	Close() error
}

// Documents are small values (up to 8 MiB) under hierarchical keys such as
// "apigateway/111111111111/us-east-1/restapi/a1b2c3d4e5".
type Documents interface {
	// Get returns the document at key, or ErrNotFound.
	Get(ctx context.Context, key string) (Document, error)
	// List returns the documents whose keys start with prefix, in key order.
	List(ctx context.Context, prefix string) ([]Document, error)
	// Commit writes all changes or none, in one transaction, and returns the
	// revision that all documents written by it now have. A key may be named
	// once. Without a change (nothing but checks, or deletions of what is not
	// there) it returns the current revision. It gives up when ctx ends before
	// the engine has begun; once begun, it waits for the outcome.
	Commit(ctx context.Context, changes ...Change) (Revision, error)
	// Watch first delivers every document under prefix as it is now, then an
	// event of kind Synced, then every later change in the order of revisions,
	// without gap or repetition, until ctx ends or the store is closed (then the
	// channel is closed). A slow reader is never skipped over and does not block
	// writers: the engine rereads from the store by revision, and where several
	// changes to one document are still unread, only the last may be delivered.
	Watch(ctx context.Context, prefix string) (<-chan Event, error)
}

// Revision counts the commits of a store; it only grows. 0 means "not there".
type Revision int64

// Document is one stored value.
type Document struct {
	Key   string
	Rev   Revision
	Value []byte
}

// Any, as Change.If, skips the comparison.
const Any Revision = -1

// Change is one part of a commit. If names the revision that the document must
// have for the commit to succeed: 0 for "must not exist", Any for no check. A
// nil Value with Check unset deletes the document.
type Change struct {
	Key   string
	If    Revision
	Value []byte
	// Check only compares: the document is neither written nor deleted.
	Check bool
}

// Put writes value where the document is at revision rev.
func Put(key string, rev Revision, value []byte) Change {
	return Change{Key: key, If: rev, Value: value}
}

// Delete removes the document that is at revision rev.
func Delete(key string, rev Revision) Change { return Change{Key: key, If: rev} }

// Check makes the commit fail unless the document is at revision rev.
func Check(key string, rev Revision) Change { return Change{Key: key, If: rev, Check: true} }

// Event is one change that a watch delivers.
type Event struct {
	Document
	// Deleted says that Key is gone; Value is nil.
	Deleted bool
	// Synced marks the end of the initial documents; Key is empty and Rev is the
	// revision that they show.
	Synced bool
	// More says that further events of the same commit (or of the same reread)
	// follow: a reader that wants whole commits applies them with the last.
	More bool
}

// Blobs are large immutable values named by the lower-case hex SHA-256 of
// their bytes.
type Blobs interface {
	// PutBlob stores what r holds and returns its digest and size. Storing the
	// same bytes twice keeps one copy.
	PutBlob(ctx context.Context, r io.Reader) (digest string, size int64, err error)
	// OpenBlob reads a blob, or returns ErrNotFound.
	OpenBlob(ctx context.Context, digest string) (io.ReadCloser, error)
	// DeleteBlob removes a blob; deleting one that is not there is no error.
	DeleteBlob(ctx context.Context, digest string) error
	// ListBlobs returns the digests of all blobs.
	ListBlobs(ctx context.Context) ([]string, error)
}

// Queue is a set of named durable queues with at-least-once delivery.
type Queue interface {
	// Enqueue stores jobs; they are due at their NotBefore. It fills in ID.
	Enqueue(ctx context.Context, queue string, jobs ...*Job) error
	// Lease takes up to max due jobs for d, oldest first; until then nobody else
	// gets them, afterwards anybody may. It waits for the first due job until
	// ctx ends and then returns none.
	Lease(ctx context.Context, queue string, max int, d time.Duration) ([]Job, error)
	// Done removes a leased job.
	Done(ctx context.Context, job Job) error
	// Retry puts a leased job back, due at notBefore, with Attempts increased
	// and Body replaced unless body is nil.
	Retry(ctx context.Context, job Job, notBefore time.Time, body []byte) error
	// Extend makes a lease end d from now.
	Extend(ctx context.Context, job Job, d time.Duration) error
	// Pending counts the jobs of a queue, leased ones included.
	Pending(ctx context.Context, queue string) (int, error)
}

// Job is one queued piece of work.
type Job struct {
	ID        string
	Queue     string
	Body      []byte
	Attempts  int       // finished attempts
	Enqueued  time.Time // set by the engine when zero
	NotBefore time.Time
	// Lease identifies this delivery: Done, Retry and Extend of an older lease
	// return ErrConflict, of a job that is gone ErrNotFound. A lease that has
	// expired still holds until somebody else takes the job. Engines of one
	// process may forget leases when they are closed: the jobs are due at once.
	Lease string
}

// Logs are append-only streams of lines. Group and Stream are opaque names;
// what a log group means (settings, tags) is a document of the logs service.
type Logs interface {
	// Append adds lines to their streams. With sync it returns after they are
	// durable; without, they are durable within a second, and when the bounded
	// buffer is full they are dropped and counted.
	Append(ctx context.Context, sync bool, lines ...LogLine) error
	// ReadLogs returns up to q.Max lines of one group in order of (Time, ID),
	// after the position given by the query. It may return fewer, since an
	// answer is bounded in bytes too: only an empty answer means the end.
	ReadLogs(ctx context.Context, q LogQuery) ([]LogLine, error)
	// LogStreams returns what is known of a group's streams, by name.
	LogStreams(ctx context.Context, group string) ([]LogStream, error)
	// DeleteLogs removes what a stream has by now, or the whole group if stream
	// is empty.
	DeleteLogs(ctx context.Context, group, stream string) error
	// ExpireLogs removes a group's lines older than before.
	ExpireLogs(ctx context.Context, group string, before time.Time) error
	// LogStats reports buffered, stored and dropped lines since the start.
	LogStats() LogStats
}

// LogLine is one log event.
type LogLine struct {
	Group, Stream string
	// ID orders lines of equal time; the engine sets it, it only grows.
	ID       int64
	Time     int64 // milliseconds since the epoch, as the writer says
	Ingested int64 // milliseconds since the epoch, set by the engine
	Message  string
}

// LogQuery selects lines of one group.
type LogQuery struct {
	Group   string
	Streams []string // nil for all; empty for none
	From    int64    // inclusive, milliseconds
	To      int64    // exclusive; 0 for no end
	// AfterTime and AfterID continue behind a line that was returned before;
	// both 0 for the beginning.
	AfterTime, AfterID int64
	Max                int // 0 and more than 10,000: 10,000
	// Backward returns the newest lines first, and continues before the position.
	Backward bool
}

// LogStream sums up one stream.
type LogStream struct {
	Name                string
	FirstTime, LastTime int64 // milliseconds
	LastIngested        int64
	Bytes               int64
	Lines               int64
}

// LogStats counts log lines since the store was opened.
type LogStats struct {
	Appended, Dropped, Buffered int64
}

// Counters are numbers that many nodes add to, flushed by their callers about
// once a second (usage of API keys, metrics).
type Counters interface {
	// AddCounters adds each delta to its counter, creating those that are new,
	// in one transaction.
	AddCounters(ctx context.Context, deltas map[string]int64) error
	// Counters returns the counters whose names start with prefix.
	Counters(ctx context.Context, prefix string) (map[string]int64, error)
	// DeleteCounters removes the counters whose names start with prefix.
	DeleteCounters(ctx context.Context, prefix string) error
}
