package lambda

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// provisioned is the provisioned concurrency of a version or alias.
type provisioned struct {
	Requested    int64  `json:"requested"`
	LastModified string `json:"lastModified"`
}

func noProvisioned() error {
	return userError(404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
}

// PutProvisionedConcurrencyConfig keeps environments of a version ready.
func (s *Service) PutProvisionedConcurrencyConfig(ctx context.Context, in *PutProvisionedConcurrencyConfigRequest) (*PutProvisionedConcurrencyConfigResponse, error) {
	ref, err := functionNamed(ctx, in.FunctionName, &in.Qualifier)
	if err != nil {
		return nil, err
	}
	p := &provisioned{Requested: in.ProvisionedConcurrentExecutions, LastModified: isoTime(s.now())}
	err = s.edit(ctx, ref, func(e *edit) error {
		if err := s.checkProvisioned(e.f, ref, p.Requested); err != nil {
			return err
		}
		assign(&e.f.Provisioned, ref.Qualifier, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &PutProvisionedConcurrencyConfigResponse{
		RequestedProvisionedConcurrentExecutions: &p.Requested, AllocatedProvisionedConcurrentExecutions: new(int64(0)),
		AvailableProvisionedConcurrentExecutions: new(int64(0)), Status: new("IN_PROGRESS"), LastModified: &p.LastModified,
	}, nil
}

func (s *Service) checkProvisioned(f *function, ref arn.Function, n int64) error {
	v := s.version(f, ref.Qualifier)
	switch {
	case ref.Qualifier == latest:
		return invalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	case v == nil && isVersion(ref.Qualifier):
		return functionNotFound(ref.String())
	case v == nil:
		return notFound("Cannot find alias arn: %s", ref)
	case v.Config.Version == latest:
		return invalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	}
	if err := f.overlaps(ref.Qualifier, v.Config.Version); err != nil {
		return err
	}
	sum := n
	for q, p := range f.Provisioned {
		if q != ref.Qualifier {
			sum += p.Requested
		}
	}
	if f.Reserved != nil && sum > *f.Reserved {
		return invalidParameter("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
	}
	if sum > s.unreserved(f.Account, f.Region, f.Name)-s.cfg.UnreservedMinimum && f.Reserved == nil {
		return invalidParameter("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [%d].", s.unreserved(f.Account, f.Region, f.Name))
	}
	return nil
}

// overlaps refuses an alias and its version that both keep environments. AWS's
// texts; that weighted aliases are allowed is inferred.
func (f *function) overlaps(qualifier, number string) error {
	for q := range f.Provisioned {
		a := f.Aliases[q]
		switch {
		case q == qualifier:
		case q == number:
			return invalidParameter("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
		case a != nil && a.FunctionVersion == qualifier:
			return invalidParameter("Version is currently pointed by a Provisioned Concurrency alias")
		}
	}
	return nil
}

func (f *function) totalProvisioned() int64 {
	var sum int64
	for _, p := range f.Provisioned {
		sum += p.Requested
	}
	return sum
}

// GetProvisionedConcurrencyConfig shows what is kept ready.
func (s *Service) GetProvisionedConcurrencyConfig(ctx context.Context, in *GetProvisionedConcurrencyConfigRequest) (*GetProvisionedConcurrencyConfigResponse, error) {
	f, _, ref, err := s.lookup(ctx, in.FunctionName, &in.Qualifier)
	if err != nil {
		return nil, err
	}
	p := f.Provisioned[ref.Qualifier]
	if p == nil {
		return nil, noProvisioned()
	}
	state := s.provision(f, ref.Qualifier, p)
	return &GetProvisionedConcurrencyConfigResponse{
		RequestedProvisionedConcurrentExecutions: &p.Requested, AllocatedProvisionedConcurrentExecutions: &state.allocated,
		AvailableProvisionedConcurrentExecutions: &state.available, Status: &state.status, StatusReason: nonEmpty(state.reason),
		LastModified: &p.LastModified,
	}, nil
}

// DeleteProvisionedConcurrencyConfig ends it.
func (s *Service) DeleteProvisionedConcurrencyConfig(ctx context.Context, in *DeleteProvisionedConcurrencyConfigRequest) (*awsapi.Empty, error) {
	ref, err := functionNamed(ctx, in.FunctionName, &in.Qualifier)
	if err != nil {
		return nil, err
	}
	return nil, s.edit(ctx, ref, func(e *edit) error {
		if e.f.Provisioned[ref.Qualifier] == nil {
			return noProvisioned()
		}
		delete(e.f.Provisioned, ref.Qualifier)
		return nil
	})
}

// ListProvisionedConcurrencyConfigs lists them by qualifier.
func (s *Service) ListProvisionedConcurrencyConfigs(ctx context.Context, in *ListProvisionedConcurrencyConfigsRequest) (*ListProvisionedConcurrencyConfigsResponse, error) {
	f, _, err := s.functionOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var items []*ProvisionedConcurrencyConfigListItem
	for _, q := range sortedKeys(f.Provisioned) {
		p := f.Provisioned[q]
		state := s.provision(f, q, p)
		items = append(items, &ProvisionedConcurrencyConfigListItem{
			FunctionArn: new(f.arn(q)), RequestedProvisionedConcurrentExecutions: &p.Requested,
			AllocatedProvisionedConcurrentExecutions: &state.allocated, AvailableProvisionedConcurrentExecutions: &state.available,
			Status: &state.status, StatusReason: nonEmpty(state.reason), LastModified: &p.LastModified,
		})
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(i *ProvisionedConcurrencyConfigListItem) string { return *i.FunctionArn })
	return &ListProvisionedConcurrencyConfigsResponse{ProvisionedConcurrencyConfigs: page, NextMarker: next}, err
}
