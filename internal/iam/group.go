package iam

// groupDocument is a stored group.
type groupDocument struct {
	Group       Group       `json:"group"`
	Permissions permissions `json:"permissions"`
}
