package iam

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// reportColumns are those of AWS's report.
var reportColumns = []string{
	"user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed", "password_next_rotation", "mfa_active",
	"access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
	"access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region", "access_key_2_last_used_service",
	"cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
}

const (
	notApplicable = "N/A"
	reportTime    = "2006-01-02T15:04:05+00:00"
)

// GenerateCredentialReport says that the report is ready: it is made when it is
// asked for.
func (s *Service) GenerateCredentialReport(context.Context, *awsapi.Empty) (*GenerateCredentialReportResponse, error) {
	return &GenerateCredentialReportResponse{State: new("COMPLETE")}, nil
}

// GetCredentialReport lists the account's root and users with the age and last
// use of their passwords and keys, as CSV.
func (s *Service) GetCredentialReport(ctx context.Context, _ *awsapi.Empty) (*GetCredentialReportResponse, error) {
	a := account(ctx)
	rows := [][]string{reportColumns, s.rootRow(a)}
	for _, d := range s.users.Range(a+"/", "") {
		rows = append(rows, s.userRow(a, d))
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, err
	}
	return &GetCredentialReportResponse{Content: b.Bytes(), ReportFormat: new("text/csv"), GeneratedTime: new(awsapi.Seconds(s.now()))}, nil
}

func (s *Service) rootRow(account string) []string {
	created := notApplicable
	if d, _, ok := s.accounts.Get(account); ok && !d.CreateDate.IsZero() {
		created = d.CreateDate.UTC().Format(reportTime)
	}
	row := []string{"<root_account>", arn.Root(account), created, "not_supported", "no_information", "not_supported", "not_supported", "false"}
	return s.withKeyColumns(row, account, "")
}

func (s *Service) userRow(account string, d *userDocument) []string {
	row := []string{d.User.UserName, d.User.Arn, d.User.CreateDate.UTC().Format(reportTime)}
	if d.Login == nil {
		row = append(row, "false", notApplicable, notApplicable, notApplicable)
	} else {
		used := "no_information"
		if d.User.PasswordLastUsed != nil {
			used = d.User.PasswordLastUsed.UTC().Format(reportTime)
		}
		row = append(row, "true", used, d.Login.Changed.UTC().Format(reportTime), s.nextRotation(account, d.Login))
	}
	return s.withKeyColumns(append(row, "false"), account, d.User.UserName)
}

// nextRotation is when a password has to be changed.
func (s *Service) nextRotation(account string, l *loginProfile) string {
	a, _, ok := s.accounts.Get(account)
	if !ok || a.Passwords == nil || a.Passwords.MaxPasswordAge == nil || *a.Passwords.MaxPasswordAge == 0 {
		return notApplicable
	}
	return l.Changed.UTC().Add(time.Duration(*a.Passwords.MaxPasswordAge) * 24 * time.Hour).Format(reportTime)
}

// withKeyColumns adds two access keys and, since there are none here, two
// certificates.
func (s *Service) withKeyColumns(row []string, account, user string) []string {
	keys := s.keysOf(account, user)
	for i := range 2 {
		if i >= len(keys) {
			row = append(row, "false", notApplicable, notApplicable, notApplicable, notApplicable)
			continue
		}
		k, used := keys[i], s.keyLastUsed(keys[i].AccessKeyID)
		at := notApplicable
		if used.LastUsedDate != nil {
			at = used.LastUsedDate.UTC().Format(reportTime)
		}
		row = append(row, strconv.FormatBool(k.Active), k.CreateDate.UTC().Format(reportTime), at, used.Region, used.ServiceName)
	}
	return append(row, "false", notApplicable, "false", notApplicable)
}
