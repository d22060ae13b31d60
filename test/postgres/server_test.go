//go:build unix

package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// database is a PostgreSQL server in a temporary folder, on a unix socket.
type database struct {
	dir, bin string
	attr     *syscall.SysProcAttr
	cmd      *exec.Cmd
	log      bytes.Buffer
}

var errNotInstalled = errors.New("needs PostgreSQL: initdb is not installed")

// newDatabase starts a server that ends with the test.
func newDatabase(t *testing.T) *database {
	t.Helper()
	d, err := initDatabase()
	if errors.Is(err, errNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(d.dir) })
	d.start(t)
	t.Cleanup(func() { d.stop(syscall.SIGQUIT) })
	return d
}

func initDatabase() (*database, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // short: a socket's path is
	if err != nil {
		return nil, err
	}
	d := &database{dir: dir, bin: bin, attr: &syscall.SysProcAttr{}}
	dieWithUs(d.attr)
	if err := d.unprivileged(); err != nil {
		return nil, err
	}
	out, err := d.command("initdb", "-D", d.data(), "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return d, nil
}

// binaries is the folder of the newest server.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
	if len(found) == 0 {
		return "", errNotInstalled
	}
	return filepath.Dir(slices.Max(found)), nil
}

// unprivileged lets the server run as another user if this one is root, which it
// refuses.
func (d *database) unprivileged() error {
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
	d.attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(d.dir, int(uid), int(gid))
}

func (d *database) data() string { return filepath.Join(d.dir, "data") }
func (d *database) url() string  { return "postgres://test@/postgres?host=" + d.dir }

func (d *database) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(d.bin, name), args...)
	cmd.Dir, cmd.SysProcAttr = d.dir, d.attr
	return cmd
}

// start runs the server until it takes connections.
func (d *database) start(t *testing.T) {
	t.Helper()
	d.cmd = d.command("postgres", "-D", d.data(), "-k", d.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300")
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	eventually(t, 60*time.Second, func() error {
		c, err := pgx.Connect(ctx, d.url())
		if err != nil {
			return err
		}
		return c.Close(ctx)
	})
}

// stop ends the server, by SIGQUIT at once.
func (d *database) stop(sig syscall.Signal) {
	d.cmd.Process.Signal(sig) //nolint:errcheck // it may be gone
	d.cmd.Wait()              //nolint:errcheck // it was told to
}

// eventually tries until it works, or fails with the last error at the deadline.
func eventually(t *testing.T, within time.Duration, try func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s: %v", within, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
