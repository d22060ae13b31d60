// Package logs is the CloudWatch Logs service: groups and streams that functions
// and APIs write to and people read from.
//
// Lines live in the store's log segments; what a group is (retention, tags) is a
// document. A group that functions or stages write to comes into being with its
// first line.
//
// Read in this order: service.go, errors.go, loggroup.go, logstream.go,
// logevents.go (put, get), filterlogevents.go, filterpattern.go and
// jsonpattern.go, tags.go, append.go (the way in for functions and APIs),
// retention.go, authz.go.
package logs
