package browser

import "testing"

// Users, groups and their policies: made, put together, taken apart.
func TestIdentities(t *testing.T) {
	t.Parallel()
	url := start(t, "--example", "calc")
	p := open(t, url, "iam/groups")
	p.sees("No groups")
	p.click("Create group")
	p.fill("Group name", "ops & co") // not a name
	p.clickPrimary("Create group")
	p.sees("failed to satisfy constraint: Member must satisfy regular expression pattern")
	p.fill("Group name", "ops")
	p.click("Show as AWS CLI")
	p.sees("aws iam create-group --group-name ops")
	p.click("Close")
	p.clickPrimary("Create group")
	p.sees("The group ops was created.")

	p.visit("iam/users")
	p.click("Create user")
	p.fill("User name", "ada")
	p.clickPrimary("Create user")
	p.sees("The user ada was created.")
	p.click("ada")
	p.sees("arn:aws:iam::000000000000:user/ada")
	p.click("Add permissions")
	p.choose("Policy", "AWSLambdaBasicExecutionRole")
	p.clickPrimary("Add permissions")
	p.sees("The policy was attached to ada.")
	p.click("Create access key")
	p.clickPrimary("Create access key")
	p.sees("Secret access key")
	key := p.find(`\b(AKIA[A-Z0-9]{16})\b`)
	p.row(key)
	p.click("Deactivate")
	p.clickPrimary("Deactivate")
	p.sees("Inactive")

	p.visit("iam/groups/ops")
	p.click("Add user")
	p.choose("User", "ada")
	p.clickPrimary("Add user to group")
	p.sees("ada was added to ops.")
	p.row("ada")
	p.click("Remove user")
	p.clickPrimary("Remove")
	p.sees("No users")

	p.visit("iam/groups")
	p.row("ops")
	p.click("Delete")
	p.fill("To confirm, type confirm", "confirm")
	p.clickPrimary("Delete")
	p.sees("No groups")
}
