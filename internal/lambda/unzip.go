package lambda

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// maxEntries bounds the files of one package, against zips of a million empty
// files. AWS names no such limit.
const maxEntries = 150_000

// checkZip refuses what need not be unpacked to be refused.
func checkZip(zr *zip.Reader) error {
	if len(zr.File) == 0 {
		return errEmptyZip
	}
	if len(zr.File) > maxEntries {
		return errUnzip
	}
	var total uint64
	for _, f := range zr.File {
		if total += f.UncompressedSize64; total > maxUnzipped || f.UncompressedSize64 > maxUnzipped {
			return errUnzippedSize
		}
		if _, err := entryName(f.Name); err != nil || f.Flags&1 != 0 { // bit 0: encrypted
			return errUnzip
		}
	}
	return nil
}

// unpacker writes the entries of zips below root. Nothing can be written
// outside of it: os.Root resolves every name inside, links included.
type unpacker struct {
	root *os.Root
	left int64 // bytes that may still be written
}

// unpack writes all entries. Where zips name a file twice, the last wins, so
// that layers may overlay each other.
func (u *unpacker) unpack(zr *zip.Reader) error {
	for _, f := range zr.File {
		if err := u.entry(f); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) entry(f *zip.File) error {
	name, err := entryName(f.Name)
	if err != nil || name == "." {
		return err
	}
	mode := f.Mode()
	if strings.HasSuffix(f.Name, "/") || mode.IsDir() {
		return unpackError(u.root.MkdirAll(name, 0o755))
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return unpackError(err)
	}
	if err := u.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unpackError(err)
	}
	switch {
	case mode&fs.ModeSymlink != 0:
		return u.link(f, name)
	case !mode.IsRegular():
		return errUnzip
	}
	return u.file(f, name)
}

// file writes one file. Everybody may read it and nobody write it; it may be
// executed if the zip says so for anybody, or says nothing about modes.
func (u *unpacker) file(f *zip.File, name string) error {
	perm := f.Mode().Perm()&0o555 | 0o444
	if f.ExternalAttrs>>16 == 0 { // made without Unix modes
		perm = 0o555
	}
	out, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return unpackError(err)
	}
	defer out.Close()
	if err := u.copy(out, f); err != nil {
		return err
	}
	if err := out.Chmod(perm); err != nil {
		return err
	}
	return out.Close()
}

// copy unpacks the entry's bytes, counting those that really come: sizes in
// headers may lie.
func (u *unpacker) copy(w io.Writer, f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return errUnzip
	}
	defer r.Close()
	n, err := io.Copy(w, io.LimitReader(r, u.left+1))
	if u.left -= n; u.left < 0 {
		return errUnzippedSize
	}
	if _, failed := errors.AsType[*fs.PathError](err); failed { // writing, not reading
		return err
	}
	if err != nil {
		return errUnzip
	}
	return nil
}

// link makes a symbolic link that stays inside the package.
func (u *unpacker) link(f *zip.File, name string) error {
	var target strings.Builder
	if err := u.copy(&target, f); err != nil {
		return err
	}
	to := target.String()
	if to == "" || len(to) > 4096 || path.IsAbs(to) || !fs.ValidPath(path.Join(path.Dir(name), to)) {
		return errUnzip
	}
	return unpackError(u.root.Symlink(to, name))
}

// entryName cleans the name of an entry and refuses those that leave the
// package. Backslashes separate, since Windows writes them.
func entryName(name string) (string, error) {
	clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if name == "" || !fs.ValidPath(clean) || strings.ContainsRune(clean, 0) {
		return "", errUnzip
	}
	return clean, nil
}

// unpackError tells what a zip is guilty of from what this machine is.
func unpackError(err error) error {
	if err == nil {
		return nil
	}
	if noSpace(err) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	return errUnzip
}
