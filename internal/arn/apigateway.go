package arn

import "strings"

// APIGateway is the ARN under which a path of the management API is
// authorized and tagged: arn:aws:apigateway:us-east-1::/restapis/a1b2c3d4e5.
func APIGateway(region, path string) string {
	return "arn:" + Partition(region) + ":apigateway:" + region + "::" + path
}

// ParseAPIGateway returns region and path ("/restapis/a1b2c3d4e5") of a
// management ARN.
func ParseAPIGateway(s string) (region, path string, err error) {
	a, err := Parse(s)
	if err != nil {
		return "", "", err
	}
	if a.Service != "apigateway" || a.Account != "" || !strings.HasPrefix(a.Resource, "/") {
		return "", "", syntax(s, "not the ARN of something that API Gateway manages")
	}
	return a.Region, a.Resource, nil
}

// Integration is the URI of an AWS integration,
// arn:aws:apigateway:{region}:{subdomain.service|service}:{path|action}/{target}.
type Integration struct {
	Partition, Region string
	Service           string // lambda, sqs, …
	Subdomain         string // "" or what stands before the service's name
	Kind              string // path or action
	Target            string // what follows "path/" or "action/"
}

// ParseIntegration takes the URI of an AWS or AWS_PROXY integration apart.
func ParseIntegration(s string) (Integration, error) {
	a, err := Parse(s)
	if err != nil {
		return Integration{}, err
	}
	kind, target, ok := strings.Cut(a.Resource, "/")
	if a.Service != "apigateway" || a.Account == "" || !ok || kind != "path" && kind != "action" {
		return Integration{}, syntax(s, "not the URI of an AWS integration")
	}
	in := Integration{Partition: a.Partition, Region: a.Region, Service: a.Account, Kind: kind, Target: target}
	if i := strings.LastIndexByte(a.Account, '.'); i >= 0 {
		in.Subdomain, in.Service = a.Account[:i], a.Account[i+1:]
		if in.Subdomain == "" || in.Service == "" {
			return Integration{}, syntax(s, "the service's subdomain is empty")
		}
	}
	return in, nil
}

// String puts the parts together again.
func (in Integration) String() string {
	service := in.Service
	if in.Subdomain != "" {
		service = in.Subdomain + "." + service
	}
	return "arn:" + in.Partition + ":apigateway:" + in.Region + ":" + service + ":" + in.Kind + "/" + in.Target
}

// lambdaInvoke is the path of Lambda's Invoke operation.
const lambdaInvoke, lambdaInvokeEnd = "2015-03-31/functions/", "/invocations"

// Function returns the function that the integration invokes, as written, and
// false if it does not invoke a function.
func (in Integration) Function() (string, bool) {
	if in.Service != "lambda" || in.Kind != "path" {
		return "", false
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(in.Target, "/"), lambdaInvoke)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, lambdaInvokeEnd)
}

// InvokeFunction returns the integration URI that invokes the function with
// that ARN.
func InvokeFunction(region, function string) string {
	return Integration{Partition(region), region, "lambda", "", "path", lambdaInvoke + function + lambdaInvokeEnd}.String()
}
