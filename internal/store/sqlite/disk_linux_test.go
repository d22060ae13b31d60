package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lambdagate/lambdagate/internal/store"
)

// noMounts is what a child says that may not mount.
const noMounts = "no mounts here"

// ownMounts gives a process mounts of its own.
func ownMounts(cmd *exec.Cmd) bool {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	return true
}

func mountSmall(dir string) error {
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		fmt.Println(noMounts)
	}
	return err
}

// fullDisk fills the disk under a store: writes fail with a clear error, what was
// acknowledged stays, and with room again writes succeed.
func fullDisk(dir string) error {
	if err := mountSmall(dir); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		return err
	}
	if _, err := s.Commit(ctx, store.Put("first", 0, []byte("x"))); err != nil {
		return err
	}
	filler := filepath.Join(dir, "filler")
	fill := make([]byte, 64<<10)
	f, err := os.Create(filler)
	for err == nil {
		_, err = f.Write(fill)
	}
	f.Close()
	acked := map[string]bool{"first": true}
	var refused error
	for i := 0; refused == nil; i++ {
		key := fmt.Sprint("k", i)
		if _, refused = s.Commit(ctx, store.Put(key, 0, bytes.Repeat([]byte("x"), 50_000))); refused == nil {
			acked[key] = true
		}
		if i == 1000 {
			return errors.New("the disk did not fill up")
		}
	}
	if !strings.HasPrefix(refused.Error(), "write store "+dir+": ") || !strings.Contains(refused.Error(), "full") {
		return fmt.Errorf("the error of a full disk is %q", refused)
	}
	if _, _, err := s.PutBlob(ctx, bytes.NewReader(make([]byte, 1<<20))); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("blob on a full disk: %w", err)
	}
	if err := s.Append(ctx, true, store.LogLine{Group: "g", Stream: "s", Message: strings.Repeat("x", 500_000)}); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("log line on a full disk: %w", err)
	}
	if err := has(ctx, s, acked); err != nil {
		return err
	}
	if err := os.Remove(filler); err != nil {
		return err
	}
	if _, err := s.Commit(ctx, store.Put("last", 0, []byte("x"))); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	acked["last"] = true
	if err := s.Append(ctx, true, store.LogLine{Group: "g", Stream: "s", Message: "last"}); err != nil {
		return fmt.Errorf("log line with room again: %w", err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if s, err = Open(ctx, Config{Dir: dir}); err != nil {
		return err
	}
	lines, err := s.ReadLogs(ctx, store.LogQuery{Group: "g"})
	if err != nil || len(lines) != 2 || lines[1].Message != "last" {
		return fmt.Errorf("%d log lines came back: %w", len(lines), err)
	}
	if blobs, err := s.ListBlobs(ctx); len(blobs) != 0 || err != nil {
		return fmt.Errorf("blobs %v: %w", blobs, err)
	}
	return errors.Join(has(ctx, s, acked), s.Close())
}

// has wants exactly the acknowledged documents.
func has(ctx context.Context, s *Store, acked map[string]bool) error {
	docs, err := s.List(ctx, "")
	if err != nil {
		return err
	}
	for _, d := range docs {
		if !acked[d.Key] {
			return fmt.Errorf("%s is there and was not acknowledged", d.Key)
		}
	}
	if len(docs) != len(acked) {
		return fmt.Errorf("%d documents are there, %d were acknowledged", len(docs), len(acked))
	}
	return nil
}

// readOnly opens a store in a folder that cannot be written.
func readOnly(dir string) error {
	if err := mountSmall(dir); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=6m"); err != nil {
		return err
	}
	_, err = Open(ctx, Config{Dir: dir})
	if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), dir) {
		return fmt.Errorf("the error of a read-only folder is %v", err)
	}
	_, err = Open(ctx, Config{Dir: filepath.Join(dir, "new")})
	if !errors.Is(err, syscall.EROFS) || !strings.HasPrefix(err.Error(), "make data folder") {
		return fmt.Errorf("the error of a new folder is %v", err)
	}
	return nil
}
