package javaregex

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestMain checks that StopClock leaves no goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	StopClock()
	buf := make([]byte, 1<<20)
	if stacks := string(buf[:runtime.Stack(buf, true)]); strings.Contains(stacks, "regexp2") {
		fmt.Println("regexp2's clock still runs:\n" + stacks)
		code = 1
	}
	os.Exit(code)
}
