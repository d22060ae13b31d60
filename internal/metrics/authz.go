package metrics

import "github.com/lambdagate/lambdagate/internal/awsapi"

// Permission is the action of a call. AWS: metrics have no ARNs; PutMetricData
// has the condition key cloudwatch:namespace.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	if put, ok := in.(*PutMetricDataInput); ok {
		if call.Keys == nil {
			call.Keys = map[string][]string{}
		}
		call.Keys["cloudwatch:namespace"] = []string{put.Namespace}
	}
	return "cloudwatch:" + call.Operation, "*"
}
