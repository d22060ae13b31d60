package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// result is one round of load.
type result struct {
	rate     float64 // requests per second
	p50, p99 time.Duration
	bad      int // answers that were not the one wanted
}

// get is a request for path.
func get(host, path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\n\r\n"
}

// invocation is Lambda's Invoke of a function, as AWS clients send it.
func invocation(host, function, event string) string {
	return "POST /2015-03-31/functions/" + function + "/invocations HTTP/1.1\r\nHost: " + host +
		"\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0" +
		"\r\nX-Amz-Date: 20260101T000000Z\r\nContent-Length: " + strconv.Itoa(len(event)) + "\r\n\r\n" + event
}

// load sends request to addr from clients connections for the time given, and
// counts answers that do not hold want.
func load(addr, request, want string, clients int, d time.Duration) (result, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		all   []time.Duration
		res   result
		first error
	)
	end := time.Now().Add(d)
	begin := time.Now()
	for range clients {
		wg.Go(func() {
			times, bad, err := client(addr, request, want, end)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, times...)
			res.bad += bad
			if err != nil && first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	if first != nil {
		return res, first
	}
	took := time.Since(begin)
	slices.Sort(all)
	if len(all) == 0 {
		return res, fmt.Errorf("no answer from %s", addr)
	}
	res.rate = float64(len(all)) / took.Seconds()
	res.p50, res.p99 = all[len(all)/2], all[len(all)*99/100]
	return res, nil
}

// client sends one request after the other on one connection. It reads answers
// itself, with as little work as can be: it shares the processors with what is
// measured.
func client(addr, request, want string, end time.Time) (times []time.Duration, bad int, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, 0, err
	}
	defer c.Close()
	sent := []byte(request)
	a := &answers{c: c, buf: make([]byte, 16<<10)}
	for start := time.Now(); start.Before(end); {
		if _, err := c.Write(sent); err != nil {
			return times, bad, err
		}
		ok, err := a.next(want)
		if err != nil {
			return times, bad, err
		}
		now := time.Now()
		times = append(times, now.Sub(start))
		start = now
		if !ok {
			bad++
		}
	}
	return times, bad, nil
}

// answers reads answers of known length.
type answers struct {
	c    net.Conn
	buf  []byte
	used int
}

// next reads one and says whether it is 200 with the body want.
func (a *answers) next(want string) (bool, error) {
	for {
		if head := bytes.Index(a.buf[:a.used], []byte("\r\n\r\n")); head >= 0 {
			n, err := contentLength(a.buf[:head+2])
			if err != nil {
				return false, err
			}
			if whole := head + 4 + n; a.used >= whole {
				ok := bytes.HasPrefix(a.buf, []byte("HTTP/1.1 200 ")) && string(a.buf[head+4:whole]) == want
				a.used = copy(a.buf, a.buf[whole:a.used])
				return ok, nil
			}
		}
		if a.used == len(a.buf) {
			return false, errors.New("an answer of more than 16 KiB")
		}
		n, err := a.c.Read(a.buf[a.used:])
		if err != nil {
			return false, err
		}
		a.used += n
	}
}

var lengthNames = [][]byte{[]byte("\r\nContent-Length: "), []byte("\r\ncontent-length: ")}

// contentLength finds the length in a head.
func contentLength(head []byte) (int, error) {
	for _, name := range lengthNames {
		if i := bytes.Index(head, name); i >= 0 {
			digits, _, _ := bytes.Cut(head[i+len(name):], []byte("\r"))
			return strconv.Atoi(string(digits))
		}
	}
	return 0, fmt.Errorf("an answer without Content-Length: %q", head)
}

// median is the middle of values.
func median[T ~int64 | ~float64](values []T) T {
	s := slices.Clone(values)
	slices.Sort(s)
	return s[len(s)/2]
}
