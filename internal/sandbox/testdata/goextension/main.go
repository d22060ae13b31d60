// Command goextension is an extension; its file's name says what it does.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

var api = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/"

func call(method, path, body string, header ...string) (*http.Response, string) {
	r, err := http.NewRequest(method, api+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println("call:", err)
		os.Exit(9)
	}
	text, _ := io.ReadAll(res.Body)
	res.Body.Close()
	return res, string(text)
}

// kind is the error of an answer.
func kind(res *http.Response, text string) string {
	var e struct{ ErrorType string }
	json.Unmarshal([]byte(text), &e)
	return fmt.Sprint(res.StatusCode, " ", e.ErrorType)
}

var (
	mu  sync.Mutex
	got []string
)

func keep(text string) {
	mu.Lock()
	defer mu.Unlock()
	got = append(got, text)
}

// receive subscribes to telemetry and collects it.
func receive(name, id string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	destination := fmt.Sprintf(`{"protocol":"HTTP","URI":"http://sandbox.localdomain:%d/records"}`, port)
	path := "2022-07-01/telemetry"
	switch {
	case strings.HasSuffix(name, "tcp"):
		destination = fmt.Sprintf(`{"protocol":"TCP","port":%d}`, port)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			for s := bufio.NewScanner(c); s.Scan(); {
				keep(s.Text())
			}
		}()
	case strings.HasSuffix(name, "logs"):
		path = "2020-08-15/logs"
		fallthrough
	default:
		go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var records []json.RawMessage
			json.NewDecoder(r.Body).Decode(&records)
			for _, one := range records {
				keep(string(one))
			}
		}))
	}
	if res, text := call("PUT", path, `{"schemaVersion":"2022-12-13","types":["bad"],"destination":`+destination+`}`, "Lambda-Extension-Identifier", id); res.StatusCode != 400 {
		fmt.Println("a bad type:", res.Status, text)
	}
	res, text := call("PUT", path, `{"schemaVersion":"2022-12-13","types":["platform","function"],"buffering":{"timeoutMs":25},"destination":`+destination+`}`, "Lambda-Extension-Identifier", id)
	if res.StatusCode != 200 || text != `"OK"` {
		fmt.Println("subscribe:", res.Status, text)
	}
}

func main() {
	name := filepath.Base(os.Args[0])
	say := func(format string, args ...any) { fmt.Printf(name+": "+format+"\n", args...) }
	if name == "exits-early" {
		os.Exit(4)
	}
	events := `["INVOKE","SHUTDOWN"]`
	if name == "quiet" {
		events = `[]`
	}
	if name == "register-errors" {
		var kinds []string
		add := func(res *http.Response, text string) { kinds = append(kinds, kind(res, text)) }
		add(call("POST", "2020-01-01/extension/register", `{"events":["NONE"]}`, "Lambda-Extension-Name", name))
		add(call("GET", "2020-01-01/extension/event/next", ""))
		add(call("GET", "2020-01-01/extension/event/next", "", "Lambda-Extension-Identifier", "00000000-0000-4000-8000-000000000000"))
		res, _ := call("POST", "2020-01-01/extension/register", `{"events":["INVOKE"]}`, "Lambda-Extension-Name", name)
		add(call("POST", "2020-01-01/extension/register", `{"events":[]}`, "Lambda-Extension-Name", name))
		add(call("POST", "2020-01-01/extension/register", `{"events":["SHUTDOWN"]}`, "Lambda-Extension-Name", "other"))
		say("%s", strings.Join(kinds, ", "))
		for {
			call("GET", "2020-01-01/extension/event/next", "", "Lambda-Extension-Identifier", res.Header.Get("Lambda-Extension-Identifier"))
		}
	}
	say("starting")
	time.Sleep(50 * time.Millisecond) // everybody waits for it
	res, text := call("POST", "2020-01-01/extension/register", `{"events":`+events+`}`, "Lambda-Extension-Name", name, "Lambda-Extension-Accept-Feature", "accountId")
	id := res.Header.Get("Lambda-Extension-Identifier")
	var host struct{ FunctionName, FunctionVersion, Handler, AccountID string }
	json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&host)
	say("registered %s %s %s %s", host.FunctionName, host.FunctionVersion, host.Handler, host.AccountID)
	say("variables %q %s", os.Getenv("_HANDLER"), os.Getenv("AWS_REGION"))
	if strings.HasPrefix(name, "telemetry") {
		receive(name, id)
	}
	if name == "init-error" {
		call("POST", "2020-01-01/extension/init/error", `{"errorMessage":"m","errorType":"t","stackTrace":[]}`, "Lambda-Extension-Identifier", id, "Lambda-Extension-Function-Error-Type", "Mine.NotReady")
		os.Exit(1)
	}
	for {
		res, text := call("GET", "2020-01-01/extension/event/next", "", "Lambda-Extension-Identifier", id)
		var event struct {
			EventType, RequestID, ShutdownReason string
			DeadlineMs                           int64
		}
		json.Unmarshal([]byte(text), &event)
		if res.Header.Get("Lambda-Extension-Event-Identifier") == "" {
			say("no event id: %s %s", res.Status, text)
		}
		switch {
		case event.EventType == "SHUTDOWN":
			time.Sleep(100 * time.Millisecond) // for what is still on its way
			mu.Lock()
			for _, one := range got {
				fmt.Println("got " + one)
			}
			mu.Unlock()
			say("SHUTDOWN %s until %d", event.ShutdownReason, event.DeadlineMs)
			return
		case name == "exits-in-event":
			os.Exit(5)
		case name == "exit-error":
			call("POST", "2020-01-01/extension/exit/error", "", "Lambda-Extension-Identifier", id, "Lambda-Extension-Function-Error-Type", "Mine.Broken")
			os.Exit(1)
		case name == "hangs":
			time.Sleep(time.Minute)
		}
		say("INVOKE %s", event.RequestID)
		time.Sleep(100 * time.Millisecond)
		say("done")
	}
}
