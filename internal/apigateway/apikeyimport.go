package apigateway

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// maxImportedKeys bounds the keys of one file. AWS: an account may have 10,000.
const maxImportedKeys = 10_000

// keyColumns are the columns that a file of API keys may have; only key is
// required. Case does not matter.
var keyColumns = []string{"name", "key", "description", "enabled", "usageplanids"}

// importedKey is one row of a file.
type importedKey struct {
	key   *apiKey
	plans []string
}

// ImportApiKeys makes the keys of a CSV file and adds them to the usage plans
// that it names. Rows that cannot be imported become warnings, unless
// failonwarnings says that nothing is to be done then.
func (s *Service) ImportApiKeys(ctx context.Context, in *ImportApiKeysRequest) (*ApiKeyIds, error) {
	sc := callScope(ctx)
	rows, err := s.readKeys(in.Body)
	if err != nil {
		return nil, err
	}
	rows, warnings := s.checkKeys(sc, rows)
	if len(warnings) > 0 && in.FailOnWarnings != nil && *in.FailOnWarnings {
		return nil, badRequest("Warnings found during import:\n\t%s", strings.Join(warnings, "\n\t"))
	}
	out := &ApiKeyIds{Ids: []string{}, Warnings: warnings}
	for _, row := range rows {
		if err := s.importKey(ctx, sc, row); err != nil {
			e := awsapi.AsError(err)
			if e == nil {
				return nil, err
			}
			out.Warnings = append(out.Warnings, e.Message)
			continue
		}
		out.Ids = append(out.Ids, row.key.Id)
	}
	return out, nil
}

func (s *Service) importKey(ctx context.Context, sc scope, row importedKey) error {
	if err := s.addApiKey(ctx, sc, row.key); err != nil {
		return err
	}
	for _, plan := range row.plans {
		if _, err := s.addPlanKey(ctx, sc, plan, row.key.Id); err != nil {
			return err
		}
	}
	return nil
}

// readKeys reads the rows of a file.
func (s *Service) readKeys(body []byte) ([]importedKey, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return nil, badRequest("Failed to parse API keys: the file has no header")
	}
	columns := make([]string, len(header))
	for i, name := range header {
		columns[i] = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(keyColumns, columns[i]) {
			return nil, badRequest("Failed to parse API keys: unknown column %q", name)
		}
	}
	if !slices.Contains(columns, "key") {
		return nil, badRequest("Failed to parse API keys: the column key is missing")
	}
	var rows []importedKey
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, badRequest("Failed to parse API keys: %s", err)
		}
		if len(rows) == maxImportedKeys {
			return nil, badRequest("Failed to parse API keys: more than %d keys", maxImportedKeys)
		}
		rows = append(rows, s.readKey(columns, record))
	}
}

func (s *Service) readKey(columns, record []string) importedKey {
	row := importedKey{key: s.newApiKey()}
	row.key.Value = new("")
	for i, text := range record[:min(len(record), len(columns))] {
		text = strings.TrimSpace(text)
		switch columns[i] {
		case "name":
			row.key.Name = nonEmpty(&text)
		case "key":
			row.key.Value = &text
		case "description":
			row.key.Description = nonEmpty(&text)
		case "enabled":
			row.key.Enabled = new(strings.EqualFold(text, "true"))
		case "usageplanids":
			row.plans = strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || c == ' ' })
		}
	}
	return row
}

// checkKeys takes the rows out that cannot be imported, and says why.
func (s *Service) checkKeys(sc scope, rows []importedKey) (good []importedKey, warnings []string) {
	seen := map[string]bool{}
	for i, row := range rows {
		err := row.key.check()
		_, exists := s.apiKeyByValue(sc, *row.key.Value)
		if err == nil && (exists || seen[*row.key.Value]) {
			err = conflict("API Key already exists")
		}
		for _, plan := range row.plans {
			if _, ok := s.usagePlans.get(sc, plan); !ok && err == nil {
				err = noUsagePlan()
			}
		}
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("Row %d: %s", i+1, awsapi.AsError(err).Message))
			continue
		}
		seen[*row.key.Value] = true
		good = append(good, row)
	}
	return good, warnings
}
