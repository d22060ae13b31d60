package velocity

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// jars are where Debian keeps Velocity and what it needs.
var jars = []string{
	"/usr/share/java/velocity.jar",
	"/usr/share/java/commons-collections3.jar",
	"/usr/share/java/commons-lang.jar",
}

// An answer is what Velocity made of a template.
type answer struct {
	Kind   string // "o" output, "p" parse error, "r" runtime error
	Output string // of errors, what Java says
}

// A driver is the Java process.
type driver struct {
	in  *bufio.Writer
	out *bufio.Reader
}

// newDriver compiles Driver.java, if it has changed, and starts it. It skips
// the test where Java or Velocity is missing.
func newDriver(t *testing.T) *driver {
	t.Helper()
	for _, need := range []string{"java", "javac"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("needs %s", need)
		}
	}
	for _, jar := range jars {
		if _, err := os.Stat(jar); err != nil {
			t.Skipf("needs the Debian package velocity: no %s", jar)
		}
	}
	classes := compileDriver(t)
	cmd := exec.Command("java", "-Xshare:auto", "-cp", classpath(classes), "Driver")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &driver{bufio.NewWriter(in), bufio.NewReader(out)}
}

func classpath(classes string) string {
	return strings.Join(append([]string{classes}, jars...), ":")
}

// compileDriver returns the folder with the compiled driver, in the user's
// cache.
func compileDriver(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("Driver.java")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	sum := sha256.Sum256(source)
	classes := filepath.Join(cache, "lambdagate", "velocity", hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(filepath.Join(classes, "Driver.class")); err == nil {
		return classes
	}
	if out, err := exec.Command("javac", "-cp", classpath(classes), "-d", classes, "Driver.java").CombinedOutput(); err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	return classes
}

// render asks Velocity.
func (d *driver) render(t *testing.T, template, context string) answer {
	t.Helper()
	d.write(template)
	d.write(context)
	if err := d.in.Flush(); err != nil {
		t.Fatal(err)
	}
	kind, err := d.out.ReadByte()
	if err != nil {
		t.Fatal(err)
	}
	var size uint32
	if err := binary.Read(d.out, binary.BigEndian, &size); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(d.out, text); err != nil {
		t.Fatal(err)
	}
	return answer{string(kind), string(text)}
}

func (d *driver) write(s string) {
	binary.Write(d.in, binary.BigEndian, uint32(len(s)))
	d.in.WriteString(s)
}
