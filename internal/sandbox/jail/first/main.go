// Command first is the first process of a jail as a program of its own: it
// starts in a tenth of the time that the whole of lambdagate takes. `make
// build` puts it into the sandbox; without it a jail starts lambdagate itself.
package main

import (
	"fmt"
	"os"

	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

func main() {
	jail.Main()
	fmt.Fprintln(os.Stderr, "This is a part of lambdagate that is not started by hand.")
	os.Exit(2)
}
