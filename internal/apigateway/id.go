package apigateway

import "crypto/rand"

// Lengths of the ids that API Gateway gives out.
const (
	restApiID       = 10
	rootResourceID  = 10
	childResourceID = 6
	apiKeyID        = 10
	domainID        = 10
	shortID         = 6 // of everything else
	apiKeyValue     = 40
)

const lowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"

// randomID returns n random characters of [a-z0-9].
func randomID(n int) string { return randomText(n, lowerAlphanumeric) }

// randomSecret returns n random characters of [A-Za-z0-9].
func randomSecret(n int) string {
	return randomText(n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"+lowerAlphanumeric)
}

func randomText(n int, alphabet string) string {
	b := make([]byte, 0, n)
	var random [64]byte
	for {
		rand.Read(random[:])
		for _, c := range random {
			if len(b) == n {
				return string(b)
			}
			// The largest multiple of the alphabet keeps all letters equally likely.
			if int(c) < 256-256%len(alphabet) {
				b = append(b, alphabet[int(c)%len(alphabet)])
			}
		}
	}
}
