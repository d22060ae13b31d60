// Package iam is the IAM service: users, groups, roles, policies and access
// keys, and the answers that other parts need of them: whose key is this, may
// they do that, may this service take that role.
//
// IAM knows no regions; everything belongs to an account. Reads are served from
// memory; the store is touched by edits only.
//
// Read in this order: service.go, errors.go, id.go, principal.go (what users,
// groups and roles have in common), the nouns (role.go, user.go, group.go,
// managedpolicy.go, policyversion.go, rolepolicy.go, accesskey.go …), then
// compiled.go, evaluate.go, credential.go, assume.go, authz.go.
package iam
