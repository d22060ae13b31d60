package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// result is one round of load.
type result struct {
	rate     float64 // requests per second
	p50, p99 time.Duration
	bad      int // answers that were not the one wanted
}

// load sends GET path to addr from clients connections for the time given, and
// counts answers that do not hold want.
func load(addr, host, path, want string, clients int, d time.Duration) (result, error) {
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
			times, bad, err := client(addr, host, path, want, end)
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
// itself: net/http's client would cost as much as what is measured.
func client(addr, host, path, want string, end time.Time) (times []time.Duration, bad int, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, 0, err
	}
	defer c.Close()
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\n\r\n")
	r := bufio.NewReader(c)
	for time.Now().Before(end) {
		start := time.Now()
		if _, err := c.Write(request); err != nil {
			return times, bad, err
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return times, bad, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return times, bad, err
		}
		times = append(times, time.Since(start))
		if resp.StatusCode != http.StatusOK || string(body) != want {
			bad++
		}
	}
	return times, bad, nil
}

// median is the middle of values.
func median[T ~int64 | ~float64](values []T) T {
	s := slices.Clone(values)
	slices.Sort(s)
	return s[len(s)/2]
}
