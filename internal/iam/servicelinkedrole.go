package iam

import (
	"context"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// linkedRoles are the names of service-linked roles, by service. Other services'
// roles are named after the service.
var linkedRoles = map[string]string{
	"ops.apigateway.amazonaws.com":                 "AWSServiceRoleForAPIGateway",
	"replicator.lambda.amazonaws.com":              "AWSServiceRoleForLambdaReplicator",
	"lambda.amazonaws.com":                         "AWSServiceRoleForLambda",
	"delivery.logs.amazonaws.com":                  "AWSServiceRoleForLogDelivery",
	"autoscaling.amazonaws.com":                    "AWSServiceRoleForAutoScaling",
	"elasticloadbalancing.amazonaws.com":           "AWSServiceRoleForElasticLoadBalancing",
	"lambda.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
}

// linkedRole is the name of a service's role; suffix is "" for none.
func linkedRole(service, suffix string) string {
	name := linkedRoles[service]
	if name == "" {
		host := strings.TrimSuffix(service, ".amazonaws.com")
		name = "AWSServiceRoleFor" + strings.ToUpper(host[:min(1, len(host))]) + strings.ReplaceAll(host[min(1, len(host)):], ".", "")
	}
	if suffix != "" {
		name += "_" + suffix
	}
	return name
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// CreateServiceLinkedRole adds a role that only its service can take and change.
func (s *Service) CreateServiceLinkedRole(ctx context.Context, in *CreateServiceLinkedRoleRequest) (*CreateServiceLinkedRoleResponse, error) {
	if !strings.HasSuffix(in.AWSServiceName, ".amazonaws.com") {
		return nil, invalidInput("Service role name %s is not valid. The service %s does not support service-linked roles.", in.AWSServiceName, in.AWSServiceName)
	}
	name := linkedRole(in.AWSServiceName, deref(in.CustomSuffix))
	path := "/aws-service-role/" + in.AWSServiceName + "/"
	trust := `{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["` + in.AWSServiceName + `"]}}]}`
	d := &roleDocument{Service: in.AWSServiceName, Role: Role{
		Path: path, RoleName: name, RoleId: newID(roleID), Arn: arn.Role(account(ctx), path, name),
		CreateDate: awsapi.Seconds(s.now()), Description: in.Description,
	}}
	if err := s.setTrust(d, trust); err != nil {
		return nil, err
	}
	err := s.insertRole(ctx, d, nil)
	if e := awsapi.AsError(err); e != nil && e.Code == "EntityAlreadyExists" {
		return nil, invalidInput("Service role name %s has been taken in this account, please try a different suffix.", name)
	}
	if err != nil {
		return nil, err
	}
	out := d.answer()
	out.MaxSessionDuration = nil
	return &CreateServiceLinkedRoleResponse{Role: out}, nil
}

// DeleteServiceLinkedRole removes a service-linked role. It is done at once; AWS
// asks the service first.
func (s *Service) DeleteServiceLinkedRole(ctx context.Context, in *DeleteServiceLinkedRoleRequest) (*DeleteServiceLinkedRoleResponse, error) {
	var task string
	err := s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), in.RoleName)
		d, rev, ok := s.roles.Get(key)
		if !ok || d.Service == "" {
			return noSuchRole(in.RoleName)
		}
		task = "task" + d.Role.Path + d.Role.RoleName + "/" + awsapi.NewRequestID()
		remove(x, s.roles, key, rev)
		s.forgetUse(x, "role/"+key)
		return nil
	})
	return &DeleteServiceLinkedRoleResponse{DeletionTaskId: task}, err
}

// GetServiceLinkedRoleDeletionStatus says how a deletion went: each is done when
// it is answered.
func (s *Service) GetServiceLinkedRoleDeletionStatus(ctx context.Context, in *GetServiceLinkedRoleDeletionStatusRequest) (*GetServiceLinkedRoleDeletionStatusResponse, error) {
	// task/aws-service-role/{service}/{role}/{id}
	f := strings.Split(in.DeletionTaskId, "/")
	if len(f) != 5 || f[0] != "task" || f[1] != "aws-service-role" {
		return nil, noSuchEntity("Deletion task %s cannot be found.", in.DeletionTaskId)
	}
	return &GetServiceLinkedRoleDeletionStatusResponse{Status: "SUCCEEDED"}, nil
}
