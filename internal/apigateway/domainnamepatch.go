package apigateway

import "strings"

var domainNamePatch = patchTable[domainName]{rules: domainNameRules, refuse: supportedPaths(domainNameRules)}

var domainNameRules = []rule[domainName]{
	changeable("/certificateName", func(d *domainName) **string { return &d.CertificateName }),
	changeable("/certificateArn", func(d *domainName) **string { return &d.CertificateArn }),
	changeable("/regionalCertificateName", func(d *domainName) **string { return &d.RegionalCertificateName }),
	changeable("/regionalCertificateArn", func(d *domainName) **string { return &d.RegionalCertificateArn }),
	changeable("/ownershipVerificationCertificateArn", func(d *domainName) **string { return &d.OwnershipVerificationCertificateArn }),
	{path: "/endpointConfiguration/types", add: addDomainEndpoint, remove: removeDomainEndpoint},
	{path: "/endpointConfiguration/types/{index}", replace: addDomainEndpoint},
	{path: "/endpointConfiguration/ipAddressType", replace: func(d *domainName, p *patchOp) error {
		e := *d.EndpointConfiguration
		e.IpAddressType = new(p.text())
		d.EndpointConfiguration = &e
		return e.complete()
	}},
	{path: "/mutualTlsAuthentication/truststoreUri", add: setTruststore, replace: setTruststore,
		remove: func(d *domainName, _ *patchOp) error {
			d.MutualTlsAuthentication = nil
			return nil
		}},
	{path: "/mutualTlsAuthentication/truststoreVersion", add: setTruststoreVersion, replace: setTruststoreVersion, remove: setTruststoreVersion},
	{path: "/endpointAccessMode", replace: setText(func(d *domainName) **string { return &d.EndpointAccessMode })},
	{path: "/managementPolicy", replace: privateOnly(setText(func(d *domainName) **string { return &d.ManagementPolicy }))},
	{path: "/policy", replace: privateOnly(func(d *domainName, p *patchOp) error {
		d.Policy = nonEmpty(p.value)
		return nil
	})},
	{path: "/routingMode", replace: setText(func(d *domainName) **string { return &d.RoutingMode })},
	{path: "/securityPolicy", replace: setText(func(d *domainName) **string { return &d.SecurityPolicy })},
}

// changeable is the rule for a text that can be added, replaced and removed.
func changeable(path string, field func(*domainName) **string) rule[domainName] {
	return rule[domainName]{path: path, add: setText(field), replace: setText(field), remove: unset(field)}
}

// privateOnly refuses what only private names have.
func privateOnly(set setter[domainName]) setter[domainName] {
	return func(d *domainName, p *patchOp) error {
		if !d.isPrivate() {
			return errNotHere
		}
		return set(d, p)
	}
}

// addDomainEndpoint moves the name to another type of endpoint.
func addDomainEndpoint(d *domainName, p *patchOp) error {
	e := &EndpointConfiguration{Types: []string{p.text()}}
	if err := e.complete(); err != nil {
		return err
	}
	if d.isPrivate() != (p.text() == "PRIVATE") {
		return badRequest("Invalid EndpointTypes specified. Valid options are %s", strings.Join(endpointTypes[:2], ","))
	}
	d.EndpointConfiguration = e
	return nil
}

// removeDomainEndpoint takes the old type away, after another was added.
func removeDomainEndpoint(d *domainName, p *patchOp) error {
	if d.EndpointConfiguration.Types[0] == p.text() {
		return badRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
	}
	return nil
}

// setTruststore sets where the certificates of clients' authorities are; an
// empty text switches mutual TLS off.
func setTruststore(d *domainName, p *patchOp) error {
	if p.text() == "" {
		d.MutualTlsAuthentication = nil
		return nil
	}
	m := MutualTlsAuthentication{}
	if d.MutualTlsAuthentication != nil {
		m = *d.MutualTlsAuthentication
	}
	m.TruststoreUri = p.value
	d.MutualTlsAuthentication = &m
	return nil
}

func setTruststoreVersion(d *domainName, p *patchOp) error {
	if d.MutualTlsAuthentication == nil {
		return badRequest("Invalid truststoreVersion specified. There is no truststoreUri")
	}
	m := *d.MutualTlsAuthentication
	m.TruststoreVersion = nonEmpty(p.value)
	d.MutualTlsAuthentication = &m
	return nil
}
