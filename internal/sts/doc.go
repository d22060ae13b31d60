// Package sts is the Security Token Service: it tells callers who they are and
// gives out temporary keys. It keeps nothing: a session is sealed into its token
// by internal/iam, which also decides who may take a role.
//
// Read in this order: service.go, errors.go, calleridentity.go, assumerole.go,
// passed.go (policies and tags that go with a session), webidentity.go (roles for
// those whom an identity provider vouches for), sessiontoken.go,
// federationtoken.go (permissions that a user lends), accesskeyinfo.go, authz.go.
package sts
