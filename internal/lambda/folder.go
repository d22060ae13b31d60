package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// maxFolderFiles bounds how much of a local folder is looked at.
const maxFolderFiles = 50_000

// folderState sums up a folder by the names, sizes, modes and times of its
// files: it changes when the code does. size is that of all files in bytes.
func folderState(dir string) (digest string, size int64, err error) {
	h := sha256.New()
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return nil
		}
		if files++; files > maxFolderFiles {
			return fmt.Errorf("it holds more than %d files", maxFolderFiles)
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) { // being written just now
			return nil
		}
		if err != nil {
			return err
		}
		size += info.Size()
		fmt.Fprintf(h, "%s\x00%d\x00%d\x00%d\n", path, info.Size(), info.Mode(), info.ModTime().UnixNano())
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// folderCheck is how long a local folder is believed to be unchanged.
const folderCheck = 200 * time.Millisecond

// watchedFolder remembers the state of a local folder.
type watchedFolder struct {
	dir string

	mu      sync.Mutex
	checked time.Time
	state   string
}

// current returns the folder's state, read anew when the last look is old.
func (w *watchedFolder) current(now time.Time) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != "" && now.Sub(w.checked) < folderCheck {
		return w.state, nil
	}
	state, _, err := folderState(w.dir)
	if err != nil {
		return "", fmt.Errorf("read local folder: %w", err)
	}
	w.state, w.checked = state, now
	return state, nil
}
