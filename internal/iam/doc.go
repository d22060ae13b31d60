// Package iam is the IAM service: users, groups, roles, policies and access
// keys, and the answers that other parts need of them: whose key is this, may
// they do that, may this service take that role.
//
// IAM knows no regions; everything belongs to an account. Reads are served from
// memory; the store is touched by edits only. Temporary keys are not stored: the
// session token holds all there is to know, sealed.
//
// Read in this order: service.go, errors.go, id.go, transaction.go (how edits are
// written), permissions.go (what users, groups and roles have in common), then
// the nouns: user.go, group.go, role.go, trust.go, servicelinkedrole.go with
// userpolicy.go, grouppolicy.go, rolepolicy.go, managedpolicy.go,
// policyversion.go, awsmanaged.go, tag.go, accesskey.go, lastused.go,
// loginprofile.go, signin.go, password.go, passwordpolicy.go, instanceprofile.go,
// openidconnect.go, servercertificate.go, account.go with rootkey.go, notkept.go,
// authorizationdetails.go, entitiesforpolicy.go, serviceaccess.go,
// credentialreport.go.
//
// Then the decisions: seal.go, session.go, credential.go, webidentity.go (who is
// it), compiled.go, cache.go, evaluate.go, authz.go (may they), assume.go (may
// they take that role), simulate.go, contextkeys.go, explain.go (why).
package iam
