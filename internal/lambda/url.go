package lambda

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// functionURL is the URL of a function or alias, with the id in its host.
type functionURL struct {
	ID     string            `json:"id"`
	Config FunctionUrlConfig `json:"config"`
}

// newURLID makes 32 lower-case letters and digits.
func newURLID() string {
	b := make([]byte, 20)
	rand.Read(b)
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

func noURL() error { return notFound("The resource you requested does not exist.") }

// urlOwner names what a URL request is about: the function or an alias of it.
func urlOwner(ctx context.Context, name string, qualifier *string) (arn.Function, error) {
	ref, err := functionNamed(ctx, name, qualifier)
	if err == nil && (ref.Qualifier == latest || isVersion(ref.Qualifier)) {
		err = invalidValue("'"+ref.Qualifier+"'", "qualifier", `Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)`)
	}
	return ref, err
}

// CreateFunctionUrlConfig gives a function or alias a URL.
func (s *Service) CreateFunctionUrlConfig(ctx context.Context, in *CreateFunctionUrlConfigRequest) (*CreateFunctionUrlConfigResponse, error) {
	ref, err := urlOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	now := isoURLTime(s.now())
	u := &functionURL{ID: newURLID()}
	u.Config = FunctionUrlConfig{
		FunctionUrl: "https://" + u.ID + ".lambda-url." + ref.Region + "." + s.cfg.URLDomain + "/", FunctionArn: ref.String(),
		AuthType: in.AuthType, Cors: in.Cors, InvokeMode: in.InvokeMode, CreationTime: now, LastModifiedTime: now,
	}
	if u.Config.InvokeMode == nil {
		u.Config.InvokeMode = new("BUFFERED")
	}
	err = s.edit(ctx, ref, func(e *edit) error {
		if ref.Qualifier != "" && e.f.Aliases[ref.Qualifier] == nil {
			return functionNotFound(ref.String())
		}
		if e.f.URLs[ref.Qualifier] != nil {
			return conflict("Failed to create function url config for [functionArn = %s]. Error message:  FunctionUrlConfig exists for this Lambda function", ref)
		}
		assign(&e.f.URLs, ref.Qualifier, u)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := &u.Config
	return &CreateFunctionUrlConfigResponse{FunctionUrl: c.FunctionUrl, FunctionArn: c.FunctionArn, AuthType: c.AuthType, Cors: c.Cors, CreationTime: c.CreationTime, InvokeMode: c.InvokeMode}, nil
}

// GetFunctionUrlConfig shows the URL of a function or alias.
func (s *Service) GetFunctionUrlConfig(ctx context.Context, in *GetFunctionUrlConfigRequest) (*GetFunctionUrlConfigResponse, error) {
	ref, err := urlOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	f, ok := s.functions.get(key(ref))
	if !ok || f.URLs[ref.Qualifier] == nil {
		return nil, noURL()
	}
	c := &f.URLs[ref.Qualifier].Config
	return &GetFunctionUrlConfigResponse{FunctionUrl: c.FunctionUrl, FunctionArn: c.FunctionArn, AuthType: c.AuthType, Cors: c.Cors, CreationTime: c.CreationTime, LastModifiedTime: c.LastModifiedTime, InvokeMode: c.InvokeMode}, nil
}

// UpdateFunctionUrlConfig changes what it names.
func (s *Service) UpdateFunctionUrlConfig(ctx context.Context, in *UpdateFunctionUrlConfigRequest) (*UpdateFunctionUrlConfigResponse, error) {
	ref, err := urlOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var u functionURL
	err = s.editURL(ctx, ref, func(e *edit) error {
		u = *e.f.URLs[ref.Qualifier]
		if in.AuthType != nil {
			u.Config.AuthType = *in.AuthType
		}
		set(&u.Config.Cors, in.Cors)
		set(&u.Config.InvokeMode, in.InvokeMode)
		u.Config.LastModifiedTime = isoURLTime(s.now())
		assign(&e.f.URLs, ref.Qualifier, &u)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := &u.Config
	return &UpdateFunctionUrlConfigResponse{FunctionUrl: c.FunctionUrl, FunctionArn: c.FunctionArn, AuthType: c.AuthType, Cors: c.Cors, CreationTime: c.CreationTime, LastModifiedTime: c.LastModifiedTime, InvokeMode: c.InvokeMode}, nil
}

// editURL edits a function that has a URL for the qualifier.
func (s *Service) editURL(ctx context.Context, ref arn.Function, change func(*edit) error) error {
	if _, ok := s.functions.get(key(ref)); !ok {
		return noURL()
	}
	return s.edit(ctx, ref, func(e *edit) error {
		if e.f.URLs[ref.Qualifier] == nil {
			return noURL()
		}
		return change(e)
	})
}

// DeleteFunctionUrlConfig takes the URL away.
func (s *Service) DeleteFunctionUrlConfig(ctx context.Context, in *DeleteFunctionUrlConfigRequest) (*awsapi.Empty, error) {
	ref, err := urlOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	return nil, s.editURL(ctx, ref, func(e *edit) error {
		delete(e.f.URLs, ref.Qualifier)
		return nil
	})
}

// ListFunctionUrlConfigs lists the URLs of a function and its aliases.
func (s *Service) ListFunctionUrlConfigs(ctx context.Context, in *ListFunctionUrlConfigsRequest) (*ListFunctionUrlConfigsResponse, error) {
	f, _, err := s.functionOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var items []*FunctionUrlConfig
	for _, q := range sortedKeys(f.URLs) {
		items = append(items, &f.URLs[q].Config)
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(c *FunctionUrlConfig) string { return c.FunctionArn })
	return &ListFunctionUrlConfigsResponse{FunctionUrlConfigs: page, NextMarker: next}, err
}

// isoURLTime is the form of dates of URLs: 2024-05-01T12:00:00.000000Z.
func isoURLTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
