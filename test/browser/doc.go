// Package browser drives the console of the real binary in Chromium: AWS's
// tutorial clicked through to URLs that answer, the ways things go wrong, and
// every page at two widths in both themes.
//
// Read in this order: server_test.go and page_test.go (how it is driven),
// tutorial_test.go, journeys_test.go, identities_test.go, monitor_test.go,
// pages_test.go, firstscreen_test.go.
//
// LAMBDAGATE_SCREENSHOTS names a folder that keeps a picture of each page;
// LAMBDAGATE_BINARY a program to test instead of one that is built now.
package browser
