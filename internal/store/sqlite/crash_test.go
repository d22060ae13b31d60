package sqlite

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

var (
	crashRounds = flag.Int("crash", 5, "rounds of the crash test")
	crashSeed   = flag.Uint64("crash.seed", 0, "seed of the crash test; 0: by the time")
)

// The test binary starts itself in these roles.
const (
	childRole = "STORE_TEST_ROLE"
	childDir  = "STORE_TEST_DIR"
)

func TestMain(m *testing.M) {
	roles := map[string]func(dir string) error{"writer": crashWriter, "full": fullDisk, "readonly": readOnly}
	if run := roles[os.Getenv(childRole)]; run != nil {
		if err := run(os.Getenv(childDir)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashWriter writes for ever and says what was acknowledged, a line each:
// "doc w n", "job id", "done id", "log w n", "blob digest".
func crashWriter(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		return err
	}
	start := time.Now().UnixNano() // no two rounds use a number twice
	say := func(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }
	loop := func(write func(n int64) error) {
		for n := start; ; n++ {
			if err := write(n); err != nil {
				say("error %v", err)
				return
			}
		}
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			loop(func(n int64) error {
				v := fmt.Appendf(nil, "%d.%d%s", w, n, strings.Repeat("x", int(n%5)*1000))
				_, err := s.Commit(ctx, store.Put(fmt.Sprintf("all/%d/%d", w, n), 0, v),
					store.Put(fmt.Sprintf("last/%d", w), store.Any, v), store.Put(fmt.Sprintf("last/%d/twin", w), store.Any, v))
				say("doc %d %d", w, n)
				return err
			})
		})
		all.Go(func() {
			loop(func(int64) error {
				j := &store.Job{Body: []byte("work")}
				err := s.Enqueue(ctx, "q", j)
				say("job %s", j.ID)
				return err
			})
		})
		all.Go(func() {
			loop(func(int64) error {
				jobs, err := s.Lease(ctx, "q", 1, time.Minute)
				for _, j := range jobs {
					if err = s.Done(ctx, j); err == nil {
						say("done %s", j.ID)
					}
				}
				return err
			})
		})
		all.Go(func() {
			loop(func(n int64) error {
				err := s.Append(ctx, true, store.LogLine{Group: "g", Stream: fmt.Sprint(w), Time: 1, Message: fmt.Sprint(n)})
				say("log %d %d", w, n)
				return err
			})
		})
	}
	all.Go(func() {
		loop(func(n int64) error {
			digest, _, err := s.PutBlob(ctx, strings.NewReader(strings.Repeat(fmt.Sprint(n), 1000)))
			say("blob %s", digest)
			return err
		})
	})
	all.Wait()
	return nil
}

// child is a started copy of this binary.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startChild(t testing.TB, role, dir string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, bufio.NewScanner(out)}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return c
}

func (c *child) line(t testing.TB) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the child ended: %v", c.lines.Err())
	}
	return c.lines.Text()
}

// kill kills the child and waits until it is gone.
func (c *child) kill(t testing.TB) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for c.lines.Scan() {
	}
	c.cmd.Wait()
}

// TestCrash kills a writing process at random moments. What it acknowledged is
// there, and nothing is half there.
func TestCrash(t *testing.T) {
	t.Parallel()
	seed := *crashSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test -run TestCrash -crash %d -crash.seed %d", *crashRounds, seed)
	r := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	acked := map[string]bool{}
	for round := range *crashRounds {
		c := startChild(t, "writer", dir)
		words := map[string]bool{}
		words[c.line(t)] = true
		timer := time.AfterFunc(time.Duration(r.IntN(250))*time.Millisecond, func() { c.cmd.Process.Kill() })
		for c.lines.Scan() {
			words[c.lines.Text()] = true
		}
		timer.Stop()
		c.cmd.Wait()
		for w := range words {
			if strings.HasPrefix(w, "error") {
				t.Fatalf("round %d: the writer said: %s", round, w)
			}
			acked[w] = true
		}
		survived(t, dir, acked)
	}
	t.Logf("%d acknowledged writes", len(acked))
}

// survived opens the store and looks for everything that was acknowledged.
func survived(t *testing.T, dir string, acked map[string]bool) {
	t.Helper()
	ctx := t.Context()
	s, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	docs := map[string]string{}
	list, err := s.List(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		docs[d.Key] = string(d.Value)
	}
	jobs := map[string]bool{}
	for {
		leased, err := s.Lease(brief(t), "q", 1000, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if len(leased) == 0 {
			break
		}
		for _, j := range leased {
			jobs[j.ID] = true
		}
	}
	lines := map[string]int{}
	for q := (store.LogQuery{Group: "g"}); ; {
		page, err := s.ReadLogs(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			lines[l.Stream+" "+l.Message]++
			q.AfterTime, q.AfterID = l.Time, l.ID
		}
	}
	for what := range acked {
		kind, rest, _ := strings.Cut(what, " ")
		switch kind {
		case "doc":
			if key := "all/" + strings.Replace(rest, " ", "/", 1); docs[key] == "" {
				t.Errorf("%s was acknowledged and is not there", key)
			}
		case "job":
			if !jobs[rest] && !acked["done "+rest] {
				// It may be done without the acknowledgement having got out.
				jobs[rest] = false
			}
		case "done":
			if jobs[rest] {
				t.Errorf("job %s was done and is there", rest)
			}
		case "log":
			if lines[rest] != 1 {
				t.Errorf("log line %s was acknowledged and is there %d times", rest, lines[rest])
			}
		case "blob":
			if b, err := s.OpenBlob(ctx, rest); err != nil {
				t.Errorf("blob %s was acknowledged: %v", rest, err)
			} else {
				b.Close()
			}
		}
	}
	lost := 0
	for _, there := range jobs {
		if !there {
			lost++
		}
	}
	if lost > 4**crashRounds { // each of four consumers may have finished one unsaid
		t.Errorf("%d jobs were acknowledged and are not there", lost)
	}
	for w := range 4 {
		a, b := docs[fmt.Sprintf("last/%d", w)], docs[fmt.Sprintf("last/%d/twin", w)]
		n, _, _ := strings.Cut(strings.TrimPrefix(a, fmt.Sprintf("%d.", w)), "x")
		if a != b || a != docs[fmt.Sprintf("all/%d/%s", w, n)] {
			t.Errorf("writer %d: half a commit: %.40s, %.40s", w, a, b)
		}
	}
}

// brief is long enough to take what is due.
func brief(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
