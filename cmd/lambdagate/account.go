package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"text/tabwriter"

	"github.com/lambdagate/lambdagate/internal/server"
)

// accountCmd makes and lists the accounts of a running server.
type accountCmd struct {
	Create    accountCreateCmd    `cmd:"" help:"Make an account; its root access key is printed once."`
	List      accountListCmd      `cmd:"" help:"List the accounts."`
	RotateKey accountRotateKeyCmd `cmd:"" help:"Give an account's root a new access key; the old ones stop working."`
}

type accountCreateCmd struct {
	client
	Name  string `arg:"" help:"What people call the account."`
	Email string `help:"Whose it is."`
}

// Run prints the new account's root key, in a form that a shell takes.
func (c *accountCreateCmd) Run(ctx context.Context) error {
	var key server.ShownKey
	if err := c.own(ctx, "POST", "accounts", map[string]string{"name": c.Name, "email": c.Email}, &key); err != nil {
		return err
	}
	printKey(key)
	return nil
}

type accountListCmd struct{ client }

// Run prints a line per account.
func (c *accountListCmd) Run(ctx context.Context) error {
	var list []server.ShownAccount
	if err := c.own(ctx, "GET", "accounts", nil, &list); err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ACCOUNT\tNAME\tALIAS\tEMAIL\tCREATED")
	for _, a := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Account, a.Name, a.Alias, a.Email, a.Created.Format("2006-01-02"))
	}
	return w.Flush()
}

type accountRotateKeyCmd struct {
	client
	Account string `arg:"" help:"The account's id."`
	Keep    bool   `help:"Leave the old key working until it is deleted."`
}

// Run prints the new key.
func (c *accountRotateKeyCmd) Run(ctx context.Context) error {
	var key server.ShownKey
	if err := c.own(ctx, "POST", "accounts/"+url.PathEscape(c.Account)+"/rotate-root-key", map[string]bool{"keep": c.Keep}, &key); err != nil {
		return err
	}
	printKey(key)
	return nil
}

func printKey(k server.ShownKey) {
	fmt.Fprintf(os.Stderr, "The root access key of account %s, shown this once:\n", k.Account)
	fmt.Printf("AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n", k.AccessKeyID, k.SecretAccessKey)
}
