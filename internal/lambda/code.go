package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Limits of code packages. AWS: Lambda quotas.
const (
	maxZipped   = 52428800  // a zip in a request
	maxUnzipped = 262144000 // all files of a package, and a zip from S3
)

// localFolder is the S3Bucket that stands for this machine's disk; S3Key is
// then the absolute path of a folder, which is used where it is.
const localFolder = "local-folder"

// codePackage says where code is: a stored zip, or a local folder.
type codePackage struct {
	Digest string `json:"digest"` // SHA-256 of the zip in hex; of the folder's state for a folder; of an image
	Size   int64  `json:"size"`
	Folder string `json:"folder,omitzero"`
	Image  string `json:"image,omitzero"` // URI of a container image, which an engine has
	// ImageID and ImageDigest are what the URI named when it became the code, see
	// FoundImage. Functions stored by earlier versions have neither, and Digest is
	// one of the URI.
	ImageID     string `json:"imageId,omitzero"`
	ImageDigest string `json:"imageDigest,omitzero"`

	Signed bool `json:"signed,omitzero"` // carries AWS Signer's signature
}

// sha256 is the digest as AWS prints it.
func (c codePackage) sha256() string {
	b, _ := hex.DecodeString(c.Digest) // made by us
	return base64.StdEncoding.EncodeToString(b)
}

// codeSource is code as a request gives it, for functions and for layers.
type codeSource struct {
	zip                              []byte
	bucket, objectKey, objectVersion *string
	image                            *string
}

func (c *FunctionCode) source() codeSource {
	return codeSource{zip: c.ZipFile, bucket: c.S3Bucket, objectKey: c.S3Key, objectVersion: c.S3ObjectVersion, image: c.ImageUri}
}

func (in *UpdateFunctionCodeRequest) source() codeSource {
	return codeSource{zip: in.ZipFile, bucket: in.S3Bucket, objectKey: in.S3Key, objectVersion: in.S3ObjectVersion, image: in.ImageUri}
}

func (in *LayerVersionContentInput) source() codeSource {
	return codeSource{zip: in.ZipFile, bucket: in.S3Bucket, objectKey: in.S3Key, objectVersion: in.S3ObjectVersion}
}

// takeCode checks code, keeps it in the store and unpacks it into the cache.
func (s *Service) takeCode(ctx context.Context, src codeSource) (codePackage, error) {
	switch {
	case src.image != nil:
		return s.takeImage(ctx, *src.image)
	case src.zip != nil:
		return s.takeZip(ctx, bytes.NewReader(src.zip), int64(len(src.zip)), maxZipped)
	case src.bucket == nil || src.objectKey == nil:
		return codePackage{}, errNoCode
	case *src.bucket == localFolder && s.cfg.LocalCode:
		return takeFolder(*src.objectKey)
	}
	return s.takeObject(ctx, *src.bucket, *src.objectKey, deref(src.objectVersion))
}

func (s *Service) takeZip(ctx context.Context, r io.ReaderAt, size, limit int64) (codePackage, error) {
	switch {
	case size == 0:
		return codePackage{}, errEmptyZip
	case size > limit:
		return codePackage{}, errZippedSize
	}
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return codePackage{}, errUnzip
	}
	if err := checkZip(zr); err != nil {
		return codePackage{}, err
	}
	digest, err := digestOf(io.NewSectionReader(r, 0, size))
	if err != nil {
		return codePackage{}, err
	}
	if err := s.keepBlob(ctx, digest, io.NewSectionReader(r, 0, size)); err != nil {
		return codePackage{}, err
	}
	if _, err := s.code.folder(ctx, digest); err != nil {
		return codePackage{}, err
	}
	return codePackage{Digest: digest, Size: size, Signed: isSigned(zr)}, nil
}

// digestOf is the SHA-256 of what r holds, in hex.
func digestOf(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", fmt.Errorf("read code package: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// takeObject fetches a package from S3 by way of a temporary file.
func (s *Service) takeObject(ctx context.Context, bucket, key, version string) (codePackage, error) {
	body, err := s.cfg.Objects.GetObject(ctx, bucket, key, version)
	if err != nil {
		return codePackage{}, objectError(err)
	}
	defer body.Close()
	return s.spool(body, func(f *os.File, size int64) (codePackage, error) {
		return s.takeZip(ctx, f, size, maxUnzipped)
	})
}

// spool copies r to a temporary file for as long as use runs.
func (s *Service) spool(r io.Reader, use func(*os.File, int64) (codePackage, error)) (codePackage, error) {
	f, err := os.CreateTemp(s.code.dir, tempPrefix)
	if err != nil {
		return codePackage{}, fmt.Errorf("spool code package: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	size, err := io.Copy(f, io.LimitReader(r, maxUnzipped+1))
	if err != nil {
		return codePackage{}, fmt.Errorf("spool code package: %w", err)
	}
	return use(f, size)
}

// objectError tells what S3 said, as AWS does.
func objectError(err error) error {
	if e, ok := errors.AsType[*ObjectError](err); ok {
		return invalidParameter("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", e.Code, e.Message)
	}
	return fmt.Errorf("get code package from S3: %w", err)
}

// takeFolder names a folder of this machine as code.
func takeFolder(dir string) (codePackage, error) {
	if !filepath.IsAbs(dir) {
		return codePackage{}, invalidParameter("The local folder %q must be an absolute path.", dir)
	}
	digest, size, err := folderState(dir)
	if err != nil {
		return codePackage{}, invalidParameter("The local folder %q cannot be read: %s", dir, err)
	}
	return codePackage{Digest: digest, Size: size, Folder: dir}, nil
}
