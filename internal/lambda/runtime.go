package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
)

// managedRuntime is one runtime identifier and from when on AWS refuses it.
// Zero dates: never, or not known.
type managedRuntime struct {
	name                         string
	createBlocked, updateBlocked time.Time
}

// managedRuntimes is AWS's list in the order of the service model. AWS: Lambda
// runtimes, runtime support policy; AWS moves dates that lie ahead.
var managedRuntimes = []managedRuntime{
	{"nodejs", day(2016, 10, 31), day(2016, 10, 31)},
	{"nodejs4.3", day(2018, 12, 15), day(2019, 4, 30)},
	{"nodejs6.10", day(2019, 4, 30), day(2019, 8, 12)},
	{"nodejs8.10", day(2020, 1, 6), day(2020, 2, 3)},
	{"nodejs10.x", day(2021, 7, 30), day(2022, 2, 14)},
	{"nodejs12.x", day(2023, 3, 31), day(2023, 4, 30)},
	{"nodejs14.x", day(2024, 1, 9), day(2025, 2, 28)},
	{"nodejs16.x", day(2025, 2, 28), day(2025, 3, 31)},
	{name: "nodejs18.x"},
	{"nodejs20.x", day(2026, 8, 31), day(2026, 9, 30)},
	{"nodejs22.x", day(2027, 6, 1), day(2027, 7, 1)},
	{"nodejs24.x", day(2028, 6, 1), day(2028, 7, 1)},
	{"java8", day(2024, 2, 8), day(2025, 2, 28)},
	{"java8.al2", day(2026, 7, 31), day(2026, 8, 31)},
	{"java11", day(2026, 7, 31), day(2026, 8, 31)},
	{"java17", day(2026, 7, 31), day(2026, 8, 31)},
	{"java21", day(2029, 7, 31), day(2029, 8, 31)},
	{"java25", time.Time{}, day(2029, 8, 31)},
	{"python2.7", day(2021, 7, 15), day(2022, 5, 30)},
	{"python3.6", day(2022, 7, 18), day(2022, 8, 29)},
	{"python3.7", day(2024, 1, 9), day(2025, 2, 28)},
	{"python3.8", day(2025, 2, 28), day(2025, 3, 31)},
	{name: "python3.9"},
	{"python3.10", day(2026, 7, 31), day(2026, 8, 31)},
	{"python3.11", day(2026, 7, 31), day(2026, 8, 31)},
	{"python3.12", time.Time{}, day(2029, 1, 10)},
	{"python3.13", day(2029, 7, 31), day(2029, 8, 31)},
	{"python3.14", time.Time{}, day(2029, 8, 31)},
	{"dotnetcore1.0", day(2019, 6, 27), day(2019, 7, 30)},
	{"dotnetcore2.0", day(2019, 5, 30), day(2019, 5, 30)},
	{"dotnetcore2.1", day(2022, 1, 5), day(2022, 4, 13)},
	{"dotnetcore3.1", day(2023, 4, 3), day(2023, 5, 3)},
	{"dotnet6", day(2025, 2, 28), day(2025, 3, 31)},
	{name: "dotnet8"},
	{name: "dotnet10"},
	{"nodejs4.3-edge", day(2018, 12, 15), day(2019, 4, 30)},
	{"go1.x", day(2024, 2, 8), day(2025, 2, 28)},
	{"ruby2.5", day(2021, 7, 30), day(2022, 3, 31)},
	{"ruby2.7", day(2024, 1, 9), day(2025, 2, 28)},
	{"ruby3.2", day(2026, 6, 1), day(2026, 7, 1)},
	{"ruby3.3", day(2027, 4, 30), day(2027, 5, 31)},
	{"ruby3.4", day(2028, 4, 30), day(2028, 5, 31)},
	{"ruby4.0", day(2029, 4, 30), day(2029, 5, 31)},
	{"provided", day(2024, 2, 8), day(2025, 2, 28)},
	{name: "provided.al2"},
	{name: "provided.al2023"},
	{name: "nodejs26.x"},
	{name: "python3.15"},
	{name: "java8.al2023"},
	{name: "java11.al2023"},
	{name: "java17.al2023"},
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// checkRuntime refuses identifiers that AWS does not know and, where the
// setting StrictRuntimes is on, those it no longer takes. AWS: a function may
// always move to a supported runtime, and invoking is never blocked.
func (s *Service) checkRuntime(name string, update bool) error {
	i := slices.IndexFunc(managedRuntimes, func(r managedRuntime) bool { return r.name == name })
	if i < 0 {
		if strings.HasPrefix(name, "arn:") {
			return nil
		}
		return invalidParameter("Value %s at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [%s] or be a valid ARN", name, strings.Join(supportedRuntimes(s.now()), ", "))
	}
	blocked := managedRuntimes[i].createBlocked
	if update {
		blocked = managedRuntimes[i].updateBlocked
	}
	if s.cfg.StrictRuntimes && !blocked.IsZero() && !s.now().Before(blocked) {
		return invalidParameter("The runtime parameter of %s is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.", name)
	}
	return nil
}

// supportedRuntimes lists what AWS offers at now. It begins as AWS's own text
// does; the order of the rest is inferred.
func supportedRuntimes(now time.Time) []string {
	names := []string{"nodejs20.x", "python3.14", "provided.al2023"}
	for _, r := range managedRuntimes {
		if (r.createBlocked.IsZero() || now.Before(r.createBlocked)) && !slices.Contains(names, r.name) {
			names = append(names, r.name)
		}
	}
	return names
}

// runtimeVersionARN names the build of a runtime. AWS's ends in a digest of the
// build; here it is one of the identifier, so that it stays the same.
func runtimeVersionARN(region, runtime string) string {
	sum := sha256.Sum256([]byte(runtime))
	return "arn:" + arn.Partition(region) + ":lambda:" + region + "::runtime:" + hex.EncodeToString(sum[:])
}
