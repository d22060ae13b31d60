// Command gen turns the service models' facts (internal/awsapi/model) into the
// wire contract: Go shapes, tables of operations, and the console's TypeScript
// types. With -extract it first reads those facts from botocore's models.
//
// Read in this order: main.go, model.go, extract.go, golang.go, typescript.go.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// service is what the models do not say in one word: the API version, the name
// in credentials' scopes, and the package here, each by default the model's name.
type service struct{ version, signing, pkg string }

// services are the AWS services that lambdagate speaks.
var services = map[string]service{
	"apigateway": {version: "2015-07-09"},
	"lambda":     {version: "2015-03-31"},
	"iam":        {version: "2010-05-08"},
	"sts":        {version: "2011-06-15"},
	"logs":       {version: "2014-03-28"},
	"cloudwatch": {version: "2010-08-01", signing: "monitoring", pkg: "metrics"},
}

func main() {
	data := flag.String("extract", "", "botocore data `folder` to read the models from")
	source := flag.String("source", "", "name and version of what -extract reads")
	root := flag.String("root", ".", "the repository's root")
	flag.Parse()
	if err := run(*data, *source, *root); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(data, source, root string) error {
	dir := filepath.Join(root, "internal/awsapi/model")
	if data != "" {
		if err := extract(data, dir, source); err != nil {
			return err
		}
	}
	over, err := readOverrides(filepath.Join(dir, "overrides.json"))
	if err != nil {
		return err
	}
	for service, of := range services {
		m, err := readModel(filepath.Join(dir, service+".json"))
		if err != nil {
			return err
		}
		m.signing, m.pkg = cmp.Or(of.signing, service), cmp.Or(of.pkg, service)
		src, err := goSource(m, over[service])
		if err != nil {
			return fmt.Errorf("%s: %w", service, err)
		}
		if err := write(filepath.Join(root, "internal", m.pkg, "api_gen.go"), src); err != nil {
			return err
		}
		ts := typescriptSource(m, over[service])
		if err := write(filepath.Join(root, "console/src/api", service+"_gen.ts"), ts); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}
