package apigateway

import (
	"slices"
	"strings"
)

var endpointTypes = []string{"REGIONAL", "EDGE", "PRIVATE"}

// newEndpoint checks the endpoint configuration of a request and adds AWS's
// defaults: EDGE, reached by IPv4; private APIs by both.
func newEndpoint(in *EndpointConfiguration) (*EndpointConfiguration, error) {
	e := &EndpointConfiguration{Types: []string{"EDGE"}}
	if in != nil {
		e.IpAddressType, e.VpcEndpointIds = in.IpAddressType, in.VpcEndpointIds
		if in.Types != nil {
			e.Types = in.Types
		}
	}
	return e, e.complete()
}

// complete checks the configuration and fills in the address type.
func (e *EndpointConfiguration) complete() error {
	switch {
	case len(e.Types) > 1:
		return badRequest("Cannot create an api with multiple Endpoint Types.")
	case len(e.Types) == 0:
		return badRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
	case !slices.Contains(endpointTypes, e.Types[0]):
		return badRequest("Invalid EndpointTypes specified. Valid options are %s", strings.Join(endpointTypes, ","))
	}
	private := e.Types[0] == "PRIVATE"
	if e.IpAddressType == nil {
		e.IpAddressType = new("ipv4")
		if private {
			e.IpAddressType = new("dualstack")
		}
	}
	switch {
	case *e.IpAddressType != "ipv4" && *e.IpAddressType != "dualstack":
		return badRequest("ipAddressType must be either ipv4 or dualstack.")
	case private && *e.IpAddressType != "dualstack":
		return badRequest("Only dualstack ipAddressType is supported for Private APIs.")
	case !private && len(e.VpcEndpointIds) > 0:
		return badRequest("VPCEndpoints can only be specified with PRIVATE apis.")
	}
	return nil
}

// changeEndpoint lets change work on a copy of the API's configuration.
func changeEndpoint(r *RestApi, change func(*EndpointConfiguration) error) error {
	e := *r.EndpointConfiguration
	if err := change(&e); err != nil {
		return err
	}
	r.EndpointConfiguration = &e
	return e.complete()
}

// replaceEndpointType takes the new type; the path names the old one or its
// index. The address type follows the new type's default.
func replaceEndpointType(r *RestApi, p *patchOp) error {
	return changeEndpoint(r, func(e *EndpointConfiguration) error {
		if p.member() != "0" && p.member() != e.Types[0] {
			return badRequest("Invalid EndpointTypes specified. Valid options are %s", strings.Join(endpointTypes, ","))
		}
		if e.Types[0] == "PRIVATE" && p.text() != "PRIVATE" {
			e.VpcEndpointIds = nil
		}
		if (e.Types[0] == "PRIVATE") != (p.text() == "PRIVATE") {
			e.IpAddressType = nil
		}
		e.Types = []string{p.text()}
		return nil
	})
}

func replaceIPAddressType(r *RestApi, p *patchOp) error {
	return changeEndpoint(r, func(e *EndpointConfiguration) error {
		e.IpAddressType = new(p.text())
		return nil
	})
}

func addVpcEndpoint(r *RestApi, p *patchOp) error {
	return changeEndpoint(r, func(e *EndpointConfiguration) error {
		addItem(&e.VpcEndpointIds, p.text())
		return nil
	})
}

func removeVpcEndpoint(r *RestApi, p *patchOp) error {
	return changeEndpoint(r, func(e *EndpointConfiguration) error {
		if !dropItem(&e.VpcEndpointIds, p.text()) {
			return notFound("Invalid VPC endpoint identifier specified")
		}
		return nil
	})
}
