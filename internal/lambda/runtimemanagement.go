package lambda

import "context"

// PutRuntimeManagementConfig says when the runtime is updated. It is kept and
// shown: the runtimes here are those of this machine.
func (s *Service) PutRuntimeManagementConfig(ctx context.Context, in *PutRuntimeManagementConfigRequest) (*PutRuntimeManagementConfigResponse, error) {
	ref, err := functionNamed(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if (in.UpdateRuntimeOn == "Manual") != (in.RuntimeVersionArn != nil) {
		return nil, invalidParameter("A runtime version ARN must be specified when, and only when, the runtime update mode is Manual.")
	}
	q := eventQualifier(ref.Qualifier)
	out := &PutRuntimeManagementConfigResponse{UpdateRuntimeOn: in.UpdateRuntimeOn, RuntimeVersionArn: in.RuntimeVersionArn}
	err = s.edit(ctx, ref, func(e *edit) error {
		if s.version(e.f, q) == nil {
			return functionNotFound(ref.String())
		}
		out.FunctionArn = e.f.arn(q)
		assign(&e.f.RuntimeManagement, q, out)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetRuntimeManagementConfig shows when the runtime is updated.
func (s *Service) GetRuntimeManagementConfig(ctx context.Context, in *GetRuntimeManagementConfigRequest) (*GetRuntimeManagementConfigResponse, error) {
	f, _, ref, err := s.lookup(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	q := eventQualifier(ref.Qualifier)
	if c := f.RuntimeManagement[q]; c != nil {
		return &GetRuntimeManagementConfigResponse{UpdateRuntimeOn: &c.UpdateRuntimeOn, FunctionArn: &c.FunctionArn, RuntimeVersionArn: c.RuntimeVersionArn}, nil
	}
	return &GetRuntimeManagementConfigResponse{UpdateRuntimeOn: new("Auto"), FunctionArn: new(f.arn(q))}, nil
}

// eventQualifier is the qualifier of settings that belong to a version: $LATEST
// where none was named.
func eventQualifier(q string) string {
	if q == "" {
		return latest
	}
	return q
}

// PutFunctionRecursionConfig says whether recursive loops are ended.
func (s *Service) PutFunctionRecursionConfig(ctx context.Context, in *PutFunctionRecursionConfigRequest) (*PutFunctionRecursionConfigResponse, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	err = s.edit(ctx, ref, func(e *edit) error {
		e.f.RecursiveLoop = in.RecursiveLoop
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &PutFunctionRecursionConfigResponse{RecursiveLoop: &in.RecursiveLoop}, nil
}

// GetFunctionRecursionConfig shows it. AWS: Terminate by default.
func (s *Service) GetFunctionRecursionConfig(ctx context.Context, in *GetFunctionRecursionConfigRequest) (*GetFunctionRecursionConfigResponse, error) {
	f, _, err := s.functionOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if f.RecursiveLoop == "" {
		return &GetFunctionRecursionConfigResponse{RecursiveLoop: new("Terminate")}, nil
	}
	return &GetFunctionRecursionConfigResponse{RecursiveLoop: &f.RecursiveLoop}, nil
}
