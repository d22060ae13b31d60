package jail

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// root is the tree that becomes the jail's root folder, as the first process
// sees it: below the mount point, and shared, so that what is mounted in it
// later reaches the namespace of the program too.
type root struct{ dir string }

// devices are the only ones in a jail's /dev.
var devices = []string{"null", "zero", "full", "random", "urandom"}

// buildRoot mounts the jail's root in the namespace of the first process.
func buildRoot(s *setup) (*root, error) {
	r := &root{dir: s.MountPoint}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("make mounts private: %w", err)
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV
	if err := unix.Mount("lambdagate", r.dir, "tmpfs", flags, "mode=0755,size=4m,nr_inodes=4k"); err != nil {
		return nil, fmt.Errorf("mount root: %w", err)
	}
	if err := unix.Mount("", r.dir, "", unix.MS_SHARED, ""); err != nil {
		return nil, fmt.Errorf("share root: %w", err)
	}
	for _, step := range []func(*setup) error{r.tmp, r.proc, r.dev, r.files, r.binds} {
		if err := step(s); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// furnish adds what only the program at hand sees, and closes the root for
// writing.
func (r *root) furnish(s *run) error {
	if err := r.show(&Show{Binds: s.Binds, TmpMB: max(s.TmpMB, 1)}); err != nil {
		return err
	}
	flags := uintptr(unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV)
	if err := unix.Mount("", r.dir, "", flags, ""); err != nil {
		return fmt.Errorf("make root read-only: %w", err)
	}
	return nil
}

func (r *root) path(target string) string { return filepath.Join(r.dir, filepath.Clean("/"+target)) }

func (r *root) tmp(*setup) error {
	dir := r.path("/tmp")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	const data = "mode=1777,nr_inodes=256k,size=1m" // until its program is known
	if err := unix.Mount("tmp", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, data); err != nil {
		return fmt.Errorf("mount /tmp: %w", err)
	}
	return nil
}

// proc mounts the processes of the jail's own namespace; hidepid keeps the
// first process out of sight. What an original sees is all of the host's, and older
// kernels would hide them from everyone.
func (r *root) proc(s *setup) error {
	dir := r.path("/proc")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	flags := uintptr(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	hide := "hidepid=2"
	if s.Original {
		hide = ""
	}
	if err := unix.Mount("proc", dir, "proc", flags, hide); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}

func (r *root) dev(*setup) error {
	if err := os.MkdirAll(r.path("/dev"), 0o755); err != nil {
		return err
	}
	for _, name := range devices {
		if err := r.bind("/dev/"+name, r.path("/dev/"+name), unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC); err != nil {
			return err
		}
	}
	for link, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0",
		"stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(to, r.path("/dev/"+link)); err != nil {
			return err
		}
	}
	return nil
}

func (r *root) files(s *setup) error {
	for name, text := range s.Files {
		if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(r.path(name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (r *root) binds(s *setup) error {
	for _, b := range s.Binds {
		if err := r.showOne(b); err != nil {
			return err
		}
	}
	return nil
}

// show mounts what the host orders while the program runs.
func (r *root) show(s *Show) error {
	for _, b := range s.Binds {
		if err := r.showOne(b); err != nil {
			return err
		}
	}
	if s.TmpMB == 0 {
		return nil
	}
	data := "size=" + strconv.Itoa(s.TmpMB) + "m"
	if err := unix.Mount("", r.path("/tmp"), "", unix.MS_REMOUNT|unix.MS_NOSUID|unix.MS_NODEV, data); err != nil {
		return fmt.Errorf("resize /tmp: %w", err)
	}
	return nil
}

func (r *root) showOne(b Bind) error {
	if len(b.Sources) > 1 {
		return r.overlay(b)
	}
	for _, source := range b.Sources {
		// What is a link on the host (/lib → usr/lib) is the same link inside.
		if to, err := os.Readlink(source); err == nil && source == b.Target {
			return os.Symlink(to, r.path(b.Target))
		}
		if _, err := os.Stat(source); err != nil {
			if b.Optional && os.IsNotExist(err) {
				continue
			}
			return err
		}
		if err := r.bind(source, r.path(b.Target), unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV); err != nil {
			return err
		}
	}
	return nil
}

// overlay lays folders over each other; the last source is the topmost.
func (r *root) overlay(b Bind) error {
	lower := slices.Clone(b.Sources)
	slices.Reverse(lower)
	escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`, `,`, `\,`)
	for i := range lower {
		lower[i] = escape.Replace(lower[i])
	}
	target := r.path(b.Target)
	if err := mountable(target, true); err != nil {
		return err
	}
	flags := uintptr(unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV)
	if err := unix.Mount("layers", target, "overlay", flags, "lowerdir="+strings.Join(lower, ":")); err != nil {
		return fmt.Errorf("lay %d folders over %s: %w", len(lower), b.Target, err)
	}
	return nil
}

// bind mounts source on target with attributes (MOUNT_ATTR_*). The mount is
// complete before it is attached, because a later change of attributes would
// not reach the copy in the program's namespace.
func (r *root) bind(source, target string, attributes uint64) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if err := mountable(target, info.IsDir()); err != nil {
		return err
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return fmt.Errorf("clone the mount of %s: %w", source, err)
	}
	defer unix.Close(tree)
	err = unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: attributes})
	if err != nil {
		return fmt.Errorf("set attributes of the mount of %s: %w", source, err)
	}
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mount %s: %w", source, err)
	}
	return nil
}

// mountable makes sure that there is something at target to mount on.
func mountable(target string, dir bool) error {
	if _, err := os.Lstat(target); err == nil {
		return nil
	}
	if dir {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	// Not opened: a process that is forked meanwhile would keep it open, and the root
	// from becoming read-only.
	if err := unix.Mknod(target, unix.S_IFREG|0o644, 0); err != nil {
		return fmt.Errorf("make %s to mount on: %w", target, err)
	}
	return nil
}

// enter gives the calling thread, alone, a mount namespace whose root is r. It
// receives later mounts from the first process and sends none back.
func (r *root) enter() error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare the working folder: %w", err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare mounts: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("make mounts receive: %w", err)
	}
	if err := unix.Chdir(r.dir); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root folder: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the host's root: %w", err)
	}
	return unix.Chdir("/")
}
