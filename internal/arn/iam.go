package arn

import "strings"

// Entity is an IAM identity or policy:
// arn:aws:iam::123456789012:role/service-role/Calc.
type Entity struct {
	Partition string
	Account   string // twelve digits, or "aws" for AWS managed policies
	Kind      string // role, user, group, policy, instance-profile
	Path      string // "/" or "/service-role/"
	Name      string
}

// ParseRole takes a role's ARN apart.
func ParseRole(s string) (Entity, error) { return parseEntity(s, "role") }

// ParseUser takes a user's ARN apart.
func ParseUser(s string) (Entity, error) { return parseEntity(s, "user") }

// ParsePolicy takes a managed policy's ARN apart.
func ParsePolicy(s string) (Entity, error) { return parseEntity(s, "policy") }

// ParseEntity takes the ARN of any IAM identity or policy apart.
func ParseEntity(s string) (Entity, error) { return parseEntity(s, "") }

func parseEntity(s, kind string) (Entity, error) {
	a, err := Parse(s)
	if err != nil {
		return Entity{}, err
	}
	if a.Service != "iam" || a.Region != "" || !isPartition(a.Partition) {
		return Entity{}, syntax(s, "not an IAM ARN")
	}
	if !IsAccount(a.Account) && a.Account != "aws" {
		return Entity{}, syntax(s, "the account is not twelve digits")
	}
	got, rest, _ := strings.Cut(a.Resource, "/")
	if kind != "" && got != kind || !entityKinds[got] {
		return Entity{}, syntax(s, "not a "+kindName(kind))
	}
	path, name := splitPath(rest)
	if name == "" || !only(rest, entityByte) {
		return Entity{}, syntax(s, "the name is missing or holds characters that IAM refuses")
	}
	return Entity{a.Partition, a.Account, got, path, name}, nil
}

var entityKinds = map[string]bool{
	"role": true, "user": true, "group": true, "policy": true, "instance-profile": true,
}

func kindName(kind string) string {
	if kind == "" {
		return "role, user, group, policy or instance profile"
	}
	return kind
}

// splitPath cuts "a/b/name" into "/a/b/" and "name".
func splitPath(s string) (path, name string) {
	i := strings.LastIndexByte(s, '/')
	return "/" + s[:i+1], s[i+1:]
}

// entityByte allows what IAM allows in names and paths.
func entityByte(c byte) bool {
	return letter(c) || digit(c) || strings.IndexByte("_+=,.@-/", c) >= 0
}

// Role returns the ARN of a role; path is "/" or "/a/b/".
func Role(account, path, name string) string { return entity(account, "role", path, name) }

// User returns the ARN of a user; path is "/" or "/a/b/".
func User(account, path, name string) string { return entity(account, "user", path, name) }

// Group returns the ARN of a group; path is "/" or "/a/b/".
func Group(account, path, name string) string { return entity(account, "group", path, name) }

// Policy returns the ARN of a managed policy; path is "/" or "/a/b/".
func Policy(account, path, name string) string { return entity(account, "policy", path, name) }

func entity(account, kind, path, name string) string {
	return Entity{DefaultPartition, account, kind, path, name}.String()
}

// String puts the parts together again.
func (e Entity) String() string {
	path := e.Path
	if path == "" {
		path = "/"
	}
	return "arn:" + e.Partition + ":iam::" + e.Account + ":" + e.Kind + path + e.Name
}

// Root returns the ARN that stands for a whole account, and for its root user.
func Root(account string) string { return "arn:aws:iam::" + account + ":root" }

// Session is what an assumed role calls itself:
// arn:aws:sts::123456789012:assumed-role/Calc/session. The role's path is not
// part of it.
type Session struct {
	Partition, Account, Role, Name string
}

// ParseSession takes the ARN of an assumed role's session apart.
func ParseSession(s string) (Session, error) {
	a, err := Parse(s)
	if err != nil {
		return Session{}, err
	}
	f := strings.Split(a.Resource, "/")
	if a.Service != "sts" || len(f) != 3 || f[0] != "assumed-role" || f[1] == "" || f[2] == "" {
		return Session{}, syntax(s, "not an assumed role's session")
	}
	return Session{a.Partition, a.Account, f[1], f[2]}, nil
}

// AssumedRole returns the ARN of a session called name of a role.
func AssumedRole(account, role, name string) string {
	return Session{DefaultPartition, account, role, name}.String()
}

// FederatedUser is the ARN of somebody to whom a user lends permissions.
func FederatedUser(account, name string) string {
	return "arn:aws:sts::" + account + ":federated-user/" + name
}

// String puts the parts together again.
func (s Session) String() string {
	return "arn:" + s.Partition + ":sts::" + s.Account + ":assumed-role/" + s.Role + "/" + s.Name
}
