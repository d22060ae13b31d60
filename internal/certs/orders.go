package certs

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
)

// orders is a transport to an ACME authority that adds the order's address to
// answers to "finalize", where the authority leaves it out: RFC 8555 does not
// ask for it, and package acme waits for the certificate at that address.
type orders struct {
	next http.RoundTripper

	mu      sync.Mutex
	address map[string]string // of the order, by the address that finalizes it
}

// Bounds of what is kept of an authority's answers.
const (
	maxOrders = 1000 // that were never finalized
	maxOrder  = 1 << 20
)

func newOrders(next http.RoundTripper) *orders {
	return &orders{next: next, address: map[string]string{}}
}

// RoundTrip implements http.RoundTripper.
func (o *orders) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(req)
	if err != nil || req.Method != http.MethodPost {
		return resp, err
	}
	location := resp.Header.Get("Location")
	switch {
	case resp.StatusCode == http.StatusCreated && location != "":
		if err := o.remember(resp, location); err != nil {
			resp.Body.Close()
			return nil, err
		}
	case resp.StatusCode == http.StatusOK && location == "":
		if order := o.take(req.URL.String()); order != "" {
			resp.Header.Set("Location", order)
		}
	}
	return resp, nil
}

// remember reads where a new order, if the answer is one, is finalized.
func (o *orders) remember(resp *http.Response, location string) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxOrder))
	if err != nil {
		return err
	}
	rest := resp.Body
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), rest}
	var order struct{ Finalize string }
	if json.Unmarshal(body, &order) != nil || order.Finalize == "" {
		return nil // a new account
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.address) >= maxOrders {
		clear(o.address)
	}
	o.address[order.Finalize] = location
	return nil
}

func (o *orders) take(finalize string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	order := o.address[finalize]
	delete(o.address, finalize)
	return order
}
