//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
	"github.com/lambdagate/lambdagate/internal/store/storetest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) store.Store { return openStore(t, newSchema(t, sharedServer(t))) })
}

func TestReopen(t *testing.T) {
	t.Parallel()
	server := sharedServer(t)
	var mu sync.Mutex
	configs := map[string]Config{}
	storetest.Reopen(t, storetest.Place{
		Open: func(t testing.TB, dir string) store.Store {
			mu.Lock()
			c, ok := configs[dir]
			if !ok {
				c = newSchema(t, server)
				configs[dir] = c
			}
			mu.Unlock()
			c.CacheDir = t.TempDir() // the database has everything
			return openStore(t, c)
		},
		OpenBackup: func(t testing.TB, dir string) store.Store {
			s, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, s store.Store, key, value string) store.Revision {
	t.Helper()
	rev, err := s.Commit(t.Context(), store.Put(key, store.Any, []byte(value)))
	must(t, err)
	return rev
}

// nodes opens several stores on one schema.
func nodes(t testing.TB, server *server, n int) (list []*Store) {
	c := newSchema(t, server)
	for range n {
		c.CacheDir = t.TempDir()
		list = append(list, openStore(t, c))
	}
	return list
}

// expect reads events until one is want.
func expect(t testing.TB, w <-chan store.Event, want string) {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case e, ok := <-w:
			if !ok {
				t.Fatalf("watch ended before %s", want)
			}
			if e.Key+"="+string(e.Value) == want || e.Deleted && e.Key+" gone" == want || e.Synced && want == "synced" {
				return
			}
		case <-timeout:
			t.Fatalf("%s did not come", want)
		}
	}
}

// TestNodes: what one node does, the other sees.
func TestNodes(t *testing.T) {
	t.Parallel()
	n := nodes(t, sharedServer(t), 2)
	w, err := n[1].Watch(t.Context(), "")
	must(t, err)
	expect(t, w, "synced")
	// Without notifications each but the first would be seen at the next poll.
	const edits = 5
	start := time.Now()
	for i := range edits {
		put(t, n[0], "k", fmt.Sprint(i))
		expect(t, w, fmt.Sprint("k=", i))
	}
	if d := time.Since(start); d > (edits-2)*pollEvery {
		t.Errorf("the other node saw %d edits after %v: not by notifications", edits, d)
	}
	leased := make(chan []store.Job)
	go func() {
		jobs, err := n[1].Lease(t.Context(), "q", 1, time.Minute)
		if err != nil {
			t.Error(err)
		}
		leased <- jobs
	}()
	must(t, n[0].Enqueue(t.Context(), "q", &store.Job{Body: []byte("x")}))
	jobs := <-leased
	if len(jobs) != 1 || string(jobs[0].Body) != "x" {
		t.Fatalf("leased %v", jobs)
	}
	must(t, n[0].Done(t.Context(), jobs[0])) // whoever has the lease
	digest, _, err := n[0].PutBlob(t.Context(), strings.NewReader(strings.Repeat("blob", 1<<20)))
	must(t, err)
	r, err := n[1].OpenBlob(t.Context(), digest)
	must(t, err)
	must(t, r.Close())
	must(t, n[0].Append(t.Context(), true, store.LogLine{Group: "g", Stream: "s", Time: 1, Message: "hello"}))
	lines, err := n[1].ReadLogs(t.Context(), store.LogQuery{Group: "g"})
	must(t, err)
	if len(lines) != 1 || lines[0].Message != "hello" {
		t.Fatalf("read %v", lines)
	}
}

// TestRevisionOrder lets nodes write at once while each watches: no watcher sees
// a revision after a higher one, and all end with the same documents.
func TestRevisionOrder(t *testing.T) {
	t.Parallel()
	n := nodes(t, sharedServer(t), 3)
	const each = 60
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var writing, reading sync.WaitGroup
	results := make([]map[string]string, len(n))
	for i, s := range n {
		w, err := s.Watch(ctx, "k/")
		must(t, err)
		reading.Go(func() {
			docs, synced, last, ends := map[string]string{}, false, store.Revision(0), 0
			for e := range w {
				if synced && e.Rev < last { // the initial documents are in the order of keys
					t.Errorf("node %d: revision %d after %d", i, e.Rev, last)
				}
				synced, last = synced || e.Synced, e.Rev
				switch {
				case e.Deleted:
					delete(docs, e.Key)
				case !e.Synced:
					docs[e.Key] = string(e.Value)
				}
				if strings.HasPrefix(e.Key, "k/end") {
					if ends++; ends == len(n) {
						break
					}
				}
			}
			results[i] = docs
		})
		for g := range 2 {
			writing.Go(func() {
				for k := range each {
					key := fmt.Sprintf("k/%d", k%7)
					c := store.Put(key, store.Any, fmt.Appendf(nil, "%d.%d.%d", i, g, k))
					if k%6 == 5 {
						c = store.Delete(key, store.Any)
					}
					if _, err := s.Commit(t.Context(), c, store.Put(fmt.Sprintf("other/%d/%d", i, g), store.Any, []byte("x"))); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	writing.Wait()
	for i, s := range n {
		put(t, s, fmt.Sprint("k/end", i), "x")
	}
	want := map[string]string{}
	docs, err := n[0].List(t.Context(), "k/")
	must(t, err)
	for _, d := range docs {
		want[d.Key] = string(d.Value)
	}
	reading.Wait()
	for i := range n {
		if fmt.Sprint(results[i]) != fmt.Sprint(want) {
			t.Errorf("node %d has %v\nwant %v", i, results[i], want)
		}
	}
}

// TestOneQueue: consumers on several nodes never get the same job.
func TestOneQueue(t *testing.T) {
	t.Parallel()
	n := nodes(t, sharedServer(t), 3)
	const jobs = 300
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen sync.Map
	var left sync.WaitGroup
	left.Add(jobs)
	var all sync.WaitGroup
	for _, s := range n {
		for range 3 {
			all.Go(func() {
				for ctx.Err() == nil {
					got, err := s.Lease(ctx, "q", 5, time.Minute)
					if err != nil {
						t.Error(err)
						return
					}
					for _, j := range got {
						if _, twice := seen.LoadOrStore(j.ID, true); twice {
							t.Errorf("job %s came twice", j.ID)
						}
						if err := s.Done(context.WithoutCancel(ctx), j); err != nil {
							t.Error(err)
						}
						left.Done()
					}
				}
			})
		}
	}
	for i := range jobs {
		must(t, n[i%3].Enqueue(ctx, "q", &store.Job{Body: []byte("x")}))
	}
	left.Wait()
	cancel()
	all.Wait()
}

// TestConnectionsKilled kills every connection while a watch, a consumer and
// writers are at it.
func TestConnectionsKilled(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	n := nodes(t, server, 2)
	w, err := n[1].Watch(t.Context(), "")
	must(t, err)
	expect(t, w, "synced")
	leased := make(chan []store.Job, 1)
	go func() {
		jobs, err := leaseAgain(t, n[1])
		if err != nil {
			t.Error(err)
		}
		leased <- jobs
	}()
	for round := range 3 {
		server.terminate(t)
		value := fmt.Sprint(round)
		eventually(t, "commit", func() error {
			_, err := n[0].Commit(t.Context(), store.Put("k", store.Any, []byte(value)))
			return err
		})
		expect(t, w, "k="+value)
		if _, err := n[0].Get(t.Context(), "k"); err != nil {
			t.Fatalf("read after the connections were killed: %v", err)
		}
	}
	eventually(t, "enqueue", func() error { return n[0].Enqueue(t.Context(), "q", &store.Job{Body: []byte("x")}) })
	if jobs := <-leased; len(jobs) != 1 {
		t.Fatalf("leased %v", jobs)
	}
}

// leaseAgain leases until there is a job, through broken connections.
func leaseAgain(t testing.TB, s *Store) (jobs []store.Job, err error) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if jobs, err = s.Lease(t.Context(), "q", 1, time.Minute); err == nil {
			return jobs, nil
		}
	}
	return nil, err
}

func eventually(t testing.TB, what string, f func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatalf("%s does not succeed: %v", what, err)
}

// TestDatabaseAway stops the server: edits fail soon, what is cached is served,
// watches stay open; when it is back everything goes on.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	n := nodes(t, server, 2)
	digest, _, err := n[0].PutBlob(t.Context(), strings.NewReader("blob"))
	must(t, err)
	put(t, n[0], "k", "1")
	w, err := n[1].Watch(t.Context(), "")
	must(t, err)
	expect(t, w, "synced")
	server.stop(syscall.SIGINT)

	start := time.Now()
	_, err = n[0].Commit(t.Context(), store.Put("k", store.Any, []byte("2")))
	if err == nil || !strings.HasPrefix(err.Error(), "write database: ") || time.Since(start) > 15*time.Second {
		t.Fatalf("commit without a database: %v after %v", err, time.Since(start))
	}
	if _, err := n[0].Get(t.Context(), "k"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Fatalf("get without a database: %v", err)
	}
	if err := n[0].Enqueue(t.Context(), "q", &store.Job{}); err == nil {
		t.Fatal("a job was taken without a database")
	}
	if _, err := n[0].Lease(t.Context(), "q", 1, time.Minute); err == nil {
		t.Fatal("a lease without a database")
	}
	if err := n[0].Append(t.Context(), true, store.LogLine{Group: "g", Stream: "s", Message: "sync"}); err == nil {
		t.Fatal("a log line was synced without a database")
	}
	must(t, n[0].Append(t.Context(), false, store.LogLine{Group: "g", Stream: "s", Message: "kept"}))
	r, err := n[0].OpenBlob(t.Context(), digest)
	must(t, err)
	must(t, r.Close())

	must(t, server.start())
	eventually(t, "commit", func() error {
		_, err := n[0].Commit(t.Context(), store.Put("k", store.Any, []byte("3")))
		return err
	})
	expect(t, w, "k=3")
	eventually(t, "log line", func() error {
		lines, err := n[1].ReadLogs(t.Context(), store.LogQuery{Group: "g"})
		if err == nil && (len(lines) == 0 || lines[len(lines)-1].Message != "kept") {
			err = fmt.Errorf("lines %v", lines)
		}
		return err
	})
}

// TestPruned forgets deletions that a watcher has not read: it finds them out.
func TestPruned(t *testing.T) {
	t.Parallel()
	n := nodes(t, sharedServer(t), 2)
	for i := range 20 {
		put(t, n[0], fmt.Sprint("k", i), "1")
	}
	w, err := n[1].Watch(t.Context(), "") // its reader sleeps; the channel holds 64 events
	must(t, err)
	for i := range 200 {
		put(t, n[0], "busy", fmt.Sprint(i, strings.Repeat("x", 50_000)))
	}
	for i := range 19 {
		_, err := n[0].Commit(t.Context(), store.Delete(fmt.Sprint("k", i), store.Any))
		must(t, err)
	}
	must(t, n[0].prune(0))
	put(t, n[0], "end", "x")
	docs := map[string]bool{}
	for e := range w {
		if docs[e.Key] = !e.Deleted; e.Synced {
			delete(docs, e.Key)
		}
		if e.Deleted {
			delete(docs, e.Key)
		}
		if len(docs) == 3 && docs["end"] && docs["busy"] && docs["k19"] {
			return
		}
	}
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	server := sharedServer(t)
	c := newSchema(t, server)
	var all sync.WaitGroup
	for range 4 { // nodes that start at once
		all.Go(func() { put(t, openStore(t, c), "k", "old") })
	}
	all.Wait()
	s := openStore(t, c)
	next := append(migrations[:len(migrations):len(migrations)], `UPDATE docs SET value = 'new'`)
	if _, err := s.migrate(t.Context(), append(next, `DELETE FROM docs; SELECT nonsense`)); err == nil {
		t.Fatal("a migration that fails did not")
	}
	for range 2 {
		_, err := s.migrate(t.Context(), next)
		must(t, err)
	}
	d, err := s.Get(t.Context(), "k")
	must(t, err)
	if string(d.Value) != "new" {
		t.Fatalf("got %s", d.Value)
	}
	_, err = Open(t.Context(), c)
	want := fmt.Sprintf("open database: schema %s is of version 2 and this program knows 1: it was written by a newer version", c.Schema)
	if err == nil || err.Error() != want {
		t.Fatalf("got error %v, want %s", err, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"schema":  {URL: "postgres://x@/y", Schema: `a"; DROP`},
		"url":     {URL: "postgres://user:secret@host:notaport/db"},
		"nothing": {URL: "postgres://user:secret@127.0.0.1:1/db?connect_timeout=1"},
	} {
		_, err := Open(t.Context(), c)
		if err == nil || !strings.HasPrefix(err.Error(), "open database: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

// TestCache: copies beyond the bound go, and come back from the database.
func TestCache(t *testing.T) {
	t.Parallel()
	c := newSchema(t, sharedServer(t))
	c.CacheBytes = 250_000
	s := openStore(t, c)
	var digests []string
	for i := range 5 {
		digest, _, err := s.PutBlob(t.Context(), strings.NewReader(strings.Repeat(fmt.Sprint(i), 100_000)))
		must(t, err)
		digests = append(digests, digest)
	}
	if n := len(s.cache.files()); n < 1 || n > 2 {
		t.Fatalf("%d copies are kept of 5", n)
	}
	for _, digest := range digests {
		r, err := s.OpenBlob(t.Context(), digest)
		must(t, err)
		must(t, r.Close())
	}
}

// TestDamagedBlob: bytes that do not fit the digest are not served.
func TestDamagedBlob(t *testing.T) {
	t.Parallel()
	s := openStore(t, newSchema(t, sharedServer(t)))
	digest, _, err := s.PutBlob(t.Context(), strings.NewReader("good"))
	must(t, err)
	must(t, s.write(t.Context(), func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `UPDATE chunks SET data = 'evil'`)
		return err
	}))
	s.cache.clear()
	if _, err := s.OpenBlob(t.Context(), digest); err == nil || !strings.Contains(err.Error(), "other bytes") {
		t.Fatalf("got error %v", err)
	}
	if n := len(s.cache.files()); n != 0 {
		t.Fatalf("%d copies are kept", n)
	}
}

func TestTemporaryCacheGoes(t *testing.T) {
	t.Parallel()
	c := newSchema(t, sharedServer(t))
	c.CacheDir = ""
	s := openStore(t, c)
	path := s.cache.path
	must(t, s.Close())
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the cache is still there: %v", err)
	}
}
