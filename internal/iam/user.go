package iam

// userDocument is a stored user.
type userDocument struct {
	User        User        `json:"user"`
	Groups      []string    `json:"groups,omitzero"` // names
	Permissions permissions `json:"permissions"`
}
