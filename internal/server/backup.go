package server

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// A backup is a compressed tar file: what it is, then the store's files, then
// perhaps the seal key, then a mark that says that it is whole.
const (
	backupKind    = "lambdagate backup"
	backupVersion = 1
	aboutEntry    = "backup.json"
	storeEntries  = "store/"
	keyEntry      = "seal.key"
	endEntry      = "end"
)

type aboutBackup struct {
	Kind    string    `json:"kind"`
	Version int       `json:"version"`
	Time    time.Time `json:"time"`
	WithKey bool      `json:"withKey"`
}

// Backup writes a consistent copy of the store, while it is in use, to w, and
// the seal key if asked for. It passes through a folder beside the store.
func (s *Server) Backup(ctx context.Context, w io.Writer, withKey bool) error {
	if s.dir == "" {
		return errors.New("there is nothing to back up: nothing is kept")
	}
	dir, err := os.MkdirTemp(s.dir, "backup-")
	if err != nil {
		return fmt.Errorf("make a folder for the backup: %w", err)
	}
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, "store")
	if err := s.store.Backup(ctx, copied); err != nil {
		return err
	}
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	about, err := json.Marshal(aboutBackup{backupKind, backupVersion, time.Now().UTC(), withKey})
	if err != nil {
		return err
	}
	if err := addBytes(t, aboutEntry, about); err != nil {
		return err
	}
	if err := addFolder(ctx, t, copied); err != nil {
		return err
	}
	if withKey {
		if err := addBytes(t, keyEntry, encodeSealKey(s.sealKey)); err != nil {
			return err
		}
	}
	return errors.Join(addBytes(t, endEntry, nil), t.Close(), z.Close())
}

func addBytes(t *tar.Writer, name string, b []byte) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b))}); err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	_, err := t.Write(b)
	return err
}

func addFolder(ctx context.Context, t *tar.Writer, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: storeEntries + filepath.ToSlash(name), Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
			return err
		}
		_, err = io.CopyN(t, f, info.Size())
		return err
	})
}

// Restore makes the data folder dir of a backup. The folder must be empty or
// not there; nothing is left of it where the backup is damaged.
func Restore(ctx context.Context, r io.Reader, dir string) (withKey bool, err error) {
	if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return false, fmt.Errorf("the data folder %s is not empty: name another, or move it away", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("look at the data folder: %w", err)
	}
	parent, base := filepath.Split(filepath.Clean(dir))
	if parent == "" {
		parent = "."
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return false, fmt.Errorf("make the data folder: %w", err)
	}
	temporary, err := os.MkdirTemp(parent, "."+base+"-restore-")
	if err != nil {
		return false, fmt.Errorf("make the data folder: %w", err)
	}
	defer os.RemoveAll(temporary)
	about, err := unpack(ctx, r, temporary)
	if err != nil {
		return false, err
	}
	// That it can be opened shows that it is whole, and syncs what it has.
	st, err := sqlite.Open(ctx, sqlite.Config{Dir: filepath.Join(temporary, "store"), LogBytes: 1 << 50, AuditBytes: 1 << 50})
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		return false, fmt.Errorf("open what was restored: %w", err)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("replace the empty data folder: %w", err)
	}
	if err := os.Rename(temporary, dir); err != nil {
		return false, fmt.Errorf("put the data folder in place: %w", err)
	}
	return about.WithKey, nil
}

var errNoBackup = errors.New("this is no backup of lambdagate")

// unpack writes a backup's files below dir.
func unpack(ctx context.Context, r io.Reader, dir string) (about aboutBackup, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return about, errNoBackup
	}
	t := tar.NewReader(z)
	for n := 0; ; n++ {
		h, err := t.Next()
		if err != nil {
			return about, fmt.Errorf("the backup is damaged or cut off: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return about, err
		}
		switch {
		case n == 0:
			if h.Name != aboutEntry || json.NewDecoder(io.LimitReader(t, 1<<16)).Decode(&about) != nil || about.Kind != backupKind {
				return about, errNoBackup
			}
			if about.Version > backupVersion {
				return about, fmt.Errorf("the backup has version %d, and this program knows %d: it was made by a newer one", about.Version, backupVersion)
			}
		case h.Name == endEntry:
			if _, err := io.Copy(io.Discard, z); err != nil { // its checksum
				return about, fmt.Errorf("the backup is damaged: %w", err)
			}
			return about, nil
		case h.Typeflag != tar.TypeReg || h.Name != keyEntry && !strings.HasPrefix(h.Name, storeEntries) || !filepath.IsLocal(filepath.FromSlash(h.Name)):
			return about, fmt.Errorf("the backup holds %q, which does not belong there", h.Name)
		default:
			if err := writeEntry(t, filepath.Join(dir, filepath.FromSlash(h.Name))); err != nil {
				return about, fmt.Errorf("the backup is damaged or cut off: restore %s: %w", h.Name, err)
			}
		}
	}
}

func writeEntry(r io.Reader, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// backupHTTP sends a backup to the CLI. One that breaks off has no end mark.
func (s *Server) backupHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ WithKey bool }
	call, err := s.ownCall(r, &in)
	if err == nil {
		w.Header().Set("Content-Type", "application/gzip")
		err = s.Backup(r.Context(), w, in.WithKey)
	}
	s.record(r.Context(), call, "Backup", call.Caller.Account, map[string]any{"withKey": in.WithKey}, err)
	if err != nil {
		s.log.Error("backup", "error", err)
		panic(http.ErrAbortHandler) // the client sees that it is cut off
	}
}
