package browser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var (
	binary   string
	browser  context.Context
	chromium = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the pages and the program, and opens the one browser.
func run(m *testing.M) int {
	program := ""
	for _, name := range chromium {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" || exec.Command("npm", "--version").Run() != nil {
		if os.Getenv("CI") == "true" {
			fmt.Fprintln(os.Stderr, "chromium and npm are needed; make tools installs them")
			return 1
		}
		fmt.Println("skipped: chromium and npm are needed; make tools installs them")
		return 0
	}
	dir, err := os.MkdirTemp("", "lambdagate-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binary = os.Getenv("LAMBDAGATE_BINARY"); binary == "" {
		binary = filepath.Join(dir, "lambdagate")
		if err := build(binary); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WindowSize(1280, 1000), chromedp.UserDataDir(filepath.Join(dir, "profile")))...)
	defer cancel()
	var end context.CancelFunc
	browser, end = chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Do(browser); err != nil {
		fmt.Fprintln(os.Stderr, "start chromium:", err)
		return 1
	}
	return m.Run()
}

// build makes the pages and the program.
func build(binary string) error {
	for _, command := range [][]string{{"console/build.sh"}, {"go", "build", "-o", binary, "./cmd/lambdagate"}} {
		c := exec.Command(command[0], command[1:]...)
		c.Dir = "../.."
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
		}
	}
	return nil
}

var listening = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs lambdagate dev, keeping nothing, until the test ends, and returns
// its URL.
func start(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"dev", "--listen", "127.0.0.1:0", "--memory-only", "--prestart", "0"}, args...)...)
	log := &bytes.Buffer{}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		url := ""
		for scan := bufio.NewScanner(out); scan.Scan(); {
			if url == "" {
				url = listening.FindString(scan.Text())
			}
			if strings.Contains(scan.Text(), "Ctrl-C stops") {
				ready <- url
			}
		}
		done <- cmd.Wait()
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
			t.Errorf("the server ended before the test did\n%s", log)
			return
		}
		select {
		case <-done:
		case <-time.After(time.Minute):
			cmd.Process.Kill()
			<-done
		}
	})
	select {
	case url := <-ready:
		return url
	case err := <-done:
		t.Fatalf("the server ended: %v\n%s", err, log)
	case <-time.After(60 * time.Second):
		t.Fatalf("the server is not ready after 60 s\n%s", log)
	}
	return ""
}

// request calls a deployed API as its clients do.
func request(t testing.TB, method, url, body string) (status int, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
