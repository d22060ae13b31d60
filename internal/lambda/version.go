package lambda

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// PublishVersion freezes $LATEST under the next number. AWS: where neither code
// nor configuration changed since the last version, that version is returned.
func (s *Service) PublishVersion(ctx context.Context, in *PublishVersionRequest) (*FunctionConfiguration, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var out *FunctionConfiguration
	err = s.edit(ctx, ref, func(e *edit) error {
		cfg := &e.f.Latest.Config
		if in.RevisionId != nil && *in.RevisionId != deref(cfg.RevisionId) {
			return stale("GetFunction/GetAlias")
		}
		if sum := deref(in.CodeSha256); sum != "" && sum != deref(cfg.CodeSha256) {
			return invalidParameter("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", sum, deref(cfg.CodeSha256))
		}
		s.publish(e, deref(in.Description))
		e.dry = !e.fresh
		out = &e.published.Config
		if e.fresh {
			out = s.pending(e.published.Config)
		}
		return nil
	})
	return out, err
}

// publish makes the next version of $LATEST part of the edit, or finds that
// the last one still says the same.
func (s *Service) publish(e *edit, description string) {
	f := e.f
	mark := f.Latest.fingerprint()
	if mark == f.Published {
		if v := s.version(f, strconv.FormatInt(f.LastVersion, 10)); v != nil {
			e.published, e.fresh = v, false
			return
		}
	}
	f.LastVersion++
	f.Published = mark
	v := f.Latest
	v.Config.Version = strconv.FormatInt(f.LastVersion, 10)
	v.Config.FunctionArn = f.arn(v.Config.Version)
	if description != "" {
		v.Config.Description = &description
	}
	if on := v.Config.SnapStart; on != nil && deref(on.ApplyOn) == "PublishedVersions" {
		v.Config.SnapStart = &SnapStartResponse{ApplyOn: on.ApplyOn, OptimizationStatus: new("On")}
	}
	s.touch(&v.Config)
	s.activate(&v.Config)
	e.published, e.fresh = &v, true
}

// fingerprint is equal for equal code and configuration.
func (v *version) fingerprint() string {
	c := v.Config
	c.RevisionId, c.LastModified = nil, nil
	c.State, c.StateReason, c.StateReasonCode = nil, nil, nil
	c.LastUpdateStatus, c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode = nil, nil, nil
	text, err := json.Marshal(struct {
		Config FunctionConfiguration
		Code   codePackage
		Layers []codePackage
	}{c, v.Code, v.Layers})
	if err != nil { // strings, numbers, lists and maps of them: cannot fail
		panic("lambda: fingerprint: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ListVersionsByFunction lists $LATEST and the published versions in order.
func (s *Service) ListVersionsByFunction(ctx context.Context, in *ListVersionsByFunctionRequest) (*ListVersionsByFunctionResponse, error) {
	ref, err := functionNamed(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return nil, functionNotFound(ref.Unqualified())
	}
	items := []*FunctionConfiguration{f.Latest.named(f, latest).listed()}
	for _, v := range s.versions.under(key(ref) + "/") {
		items = append(items, v.Config.listed())
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, versionOrder)
	return &ListVersionsByFunctionResponse{Versions: page, NextMarker: next}, err
}

// versionOrder is a text that sorts $LATEST first and versions by number.
func versionOrder(c *FunctionConfiguration) string {
	n, _ := strconv.ParseInt(c.Version, 10, 64) // $LATEST: 0
	return paddedNumber(n)
}
