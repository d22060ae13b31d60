package server

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestBackup: a backup taken while users are made holds every one that was
// acknowledged before it began, with the keys; a server on the restored folder
// shows them.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	var made atomic.Int64
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if r := s.query(s.root, "iam", fmt.Sprintf("Action=CreateUser&UserName=u%d-%d", w, i)); r.Status == 200 {
					made.Add(1)
				}
			}
		})
	}
	ann := s.user("ann", "")
	for made.Load() < 20 {
		time.Sleep(time.Millisecond)
	}
	before := made.Load()
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b, true); err != nil {
		t.Fatal(err)
	}
	close(stop)
	writers.Wait()

	dir := filepath.Join(t.TempDir(), "restored")
	withKey, err := Restore(t.Context(), bytes.NewReader(b.Bytes()), dir)
	if err != nil || !withKey {
		t.Fatalf("%v, %v", withKey, err)
	}
	c := s.config
	c.Data, c.LogTo = dir, nil
	restored := start(t, c)
	if restored.root.AccessKeyID != "" {
		t.Error("a root key was made anew")
	}
	if r := restored.query(ann, "sts", "Action=GetCallerIdentity&Version=2011-06-15"); r.Status != 200 {
		t.Errorf("ann: %d %s", r.Status, r.Body)
	}
	r := restored.query(s.root, "iam", "Action=ListUsers&MaxItems=1000")
	if n := strings.Count(r.Body, "<UserName>u"); int64(n) < before {
		t.Errorf("%d users, %d were there before", n, before)
	}
	found := 0
	for _, r := range restored.records() {
		if r.EventName == "CreateUser" && r.ErrorCode == "" {
			found++
		}
	}
	if int64(found) < before {
		t.Errorf("%d records of users made, %d were there before", found, before)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "backup-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRestoreRefuses: what is no whole backup, or no empty folder, and leaves
// everything as it was.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b, false); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	if bytes.Contains(whole, encodeSealKey(s.sealKey)) {
		t.Error("the seal key is in it")
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 0xff
	parent := t.TempDir()
	full := filepath.Join(parent, "full")
	if err := os.MkdirAll(filepath.Join(full, "store"), 0o700); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(parent, "fresh")
	for _, c := range []struct {
		name, dir string
		backup    []byte
		want      string
	}{
		{"a folder in use", full, whole, "is not empty"},
		{"something else", fresh, []byte("x"), "no backup"},
		{"cut off", fresh, whole[:len(whole)-20], "EOF"},
		{"cut in the middle", fresh, whole[:len(whole)/2], "unexpected EOF"},
		{"damaged", fresh, flipped, "damaged"},
	} {
		_, err := Restore(t.Context(), bytes.NewReader(c.backup), c.dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		t.Fatal(err)
	}
	if withKey, err := Restore(t.Context(), bytes.NewReader(whole), fresh); err != nil || withKey {
		t.Errorf("an empty folder: %v, %v", withKey, err)
	}
}

// TestSealKeyBelongs: what was restored without its seal key does not start, nor
// with another one, and says what to do; with its own it does.
func TestSealKeyBelongs(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b, false); err != nil {
		t.Fatal(err)
	}
	c := s.config
	c.Data, c.LogTo = filepath.Join(t.TempDir(), "restored"), nil
	if _, err := Restore(t.Context(), &b, c.Data); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Data, "seal.key")
	refused := func(name, want string) {
		t.Helper()
		x, err := New(t.Context(), c)
		if err == nil {
			x.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("none", "the seal key is missing")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a key was made: %v", err)
	}
	for name, text := range map[string][]byte{"another": encodeSealKey(make([]byte, 32)), "none at all": []byte("x")} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(name, map[string]string{"another": "is not the one that the secrets are sealed with", "none at all": "64 hexadecimal digits"}[name])
	}
	if err := os.WriteFile(path, encodeSealKey(s.sealKey), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := start(t, c).query(s.root, "sts", "Action=GetCallerIdentity&Version=2011-06-15"); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
