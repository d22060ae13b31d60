//go:build unix

package postgres

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var syncing = flag.Bool("postgres.fsync", false, "let the test server sync, for benchmarks")

// server is a PostgreSQL server in a temporary folder, on a unix socket.
type server struct {
	dir, bin string
	attr     *syscall.SysProcAttr
	cmd      *exec.Cmd
	log      bytes.Buffer
}

// shared is the server of the tests that do not stop it.
var shared struct {
	once sync.Once
	s    *server
	err  error
}

var errNoServer = errors.New("needs PostgreSQL: initdb is not installed")

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.s != nil {
		shared.s.stop(syscall.SIGQUIT)
		os.RemoveAll(shared.s.dir)
	}
	os.Exit(code)
}

// sharedServer starts the shared server, or skips the test if none is installed.
func sharedServer(t testing.TB) *server {
	t.Helper()
	shared.once.Do(func() { shared.s, shared.err = newServer() })
	return usable(t, shared.s, shared.err)
}

// ownServer starts a server that the test may stop.
func ownServer(t testing.TB) *server {
	t.Helper()
	s, err := newServer()
	s = usable(t, s, err)
	t.Cleanup(func() {
		s.stop(syscall.SIGQUIT)
		os.RemoveAll(s.dir)
	})
	return s
}

func usable(t testing.TB, s *server, err error) *server {
	t.Helper()
	if errors.Is(err, errNoServer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newServer() (*server, error) {
	bin, err := findServer()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, bin: bin, attr: &syscall.SysProcAttr{}}
	dieWithUs(s.attr)
	if err := s.unprivileged(); err != nil {
		return nil, err
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, s.start()
}

// findServer returns the folder of the newest server binaries.
func findServer() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errNoServer
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged lets the server run as another user if this one is root, which it
// refuses.
func (s *server) unprivileged() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	s.attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, int(uid), int(gid))
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

func (s *server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = s.attr
	return cmd
}

func (s *server) start() error {
	fsync := "fsync=off"
	if *syncing {
		fsync = "fsync=on"
	}
	s.cmd = s.command("postgres", "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", fsync, "-c", "max_connections=200")
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for {
		c, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return c.Close(ctx)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("start postgres: %w\n%s", err, s.log.String())
		}
		sleep(ctx, 20*time.Millisecond)
	}
}

// stop ends the server: by SIGQUIT at once, by SIGINT with its connections.
func (s *server) stop(sig os.Signal) {
	s.cmd.Process.Signal(sig)
	s.cmd.Wait()
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres://test@/%s?host=%s", database, s.dir)
}

// terminate kills all connections to the server but its own.
func (s *server) terminate(t testing.TB) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'lambdagate'`); err != nil {
		t.Fatal(err)
	}
}

var schemas atomic.Int64

// newSchema returns the configuration of a store that has nothing yet.
func newSchema(t testing.TB, s *server) Config {
	return Config{
		URL: s.url("postgres"), Schema: fmt.Sprintf("t%d", schemas.Add(1)), Conns: 4,
		CacheDir: t.TempDir(), Timeout: 20 * time.Second,
	}
}

func openStore(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
