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
		now := &e.f.Latest.Config
		if in.RevisionId != nil && *in.RevisionId != deref(now.RevisionId) {
			return stale("GetFunction/GetAlias")
		}
		if sum := deref(in.CodeSha256); sum != "" && sum != deref(now.CodeSha256) {
			return invalidParameter("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", sum, deref(now.CodeSha256))
		}
		s.publish(e, deref(in.Description))
		e.dry = !e.fresh
		cfg := s.configuration(e.f, e.published)
		out = &cfg
		if e.fresh {
			out = s.pending(cfg)
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
	text, err := json.Marshal(version{Config: c, Code: v.Code, Layers: v.Layers, Variables: v.Variables})
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
	items := []*FunctionConfiguration{s.named(f, &f.Latest, latest).listed()}
	for _, v := range s.versions.under(key(ref) + "/") {
		items = append(items, s.named(f, v, v.Config.Version).listed())
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, versionOrder)
	return &ListVersionsByFunctionResponse{Versions: page, NextMarker: next}, err
}

// versionOrder is a text that sorts $LATEST first and versions by number.
func versionOrder(c *FunctionConfiguration) string {
	n, _ := strconv.ParseInt(c.Version, 10, 64) // $LATEST: 0
	return paddedNumber(n)
}
