package main

import "fmt"

type envCmd struct {
	Listen string `help:"Address of the server." default:"127.0.0.1:4566"`
	Region string `help:"Region to use." default:"us-east-1"`
}

// Run prints lines for `eval "$(lambdagate env)"`.
func (c *envCmd) Run() error {
	fmt.Printf(`export AWS_ENDPOINT_URL=http://%s
export AWS_ACCESS_KEY_ID=test
export AWS_SECRET_ACCESS_KEY=test
export AWS_REGION=%s
export AWS_DEFAULT_REGION=%s
# aws CLI before 1.29.0 and 2.13.0 do not read AWS_ENDPOINT_URL: add --endpoint-url http://%s
`, c.Listen, c.Region, c.Region, c.Listen)
	return nil
}
