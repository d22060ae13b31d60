package apigateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// grow gives an API n resources with five methods each, in one edit.
func (ts *testServer) grow(t testing.TB, apiID string, n int) (last *Resource) {
	t.Helper()
	last, err := edit(ts.ctx(), ts.Service, apiID, func(api *restAPI) (*Resource, error) {
		var parent *Resource
		for i := range n {
			if i%10 == 0 {
				parent = api.root()
			}
			r, err := api.addChild(parent, fmt.Sprintf("part%d", i))
			if err != nil {
				return nil, err
			}
			for _, verb := range verbs[:5] {
				m := &Method{HttpMethod: verb, AuthorizationType: "NONE", ApiKeyRequired: new(false)}
				if err := api.addMethod(r, m); err != nil {
					return nil, err
				}
				r, m, _ = api.method(r.Id, verb)
				i := &Integration{Type: new("MOCK"), RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`}}
				if err := api.putIntegration(r, m, i); err != nil {
					return nil, err
				}
				r, m, _ = api.method(r.Id, verb)
				if err := api.putIntegrationResponse(r, m, &IntegrationResponse{StatusCode: "200"}); err != nil {
					return nil, err
				}
			}
			parent, _ = api.resource(r.Id)
		}
		return parent, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// benchmarkEdit measures a change of one method.
func benchmarkEdit(b *testing.B, st store.Store, resources int) {
	ts := newServerWith(b, Config{Store: st})
	apiID := ts.id("POST /restapis", `{"name":"a"}`)
	last := ts.grow(b, apiID, resources)
	ctx := ts.ctx()
	key := false
	for b.Loop() {
		key = !key
		_, err := ts.UpdateMethod(ctx, &UpdateMethodRequest{RestApiId: apiID, ResourceId: last.Id, HttpMethod: "GET",
			PatchOperations: []*PatchOperation{{Op: new("replace"), Path: new("/apiKeyRequired"), Value: new(fmt.Sprint(key))}}})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEditSmall(b *testing.B)       { benchmarkEdit(b, newStore(b, ""), 5) }
func BenchmarkEditLarge(b *testing.B)       { benchmarkEdit(b, newStore(b, ""), 1000) }
func BenchmarkEditSmallOnDisk(b *testing.B) { benchmarkEdit(b, newStore(b, b.TempDir()), 5) }
func BenchmarkEditLargeOnDisk(b *testing.B) { benchmarkEdit(b, newStore(b, b.TempDir()), 1000) }

// BenchmarkEditAmong5000 is BenchmarkEditSmall beside 5,000 other APIs.
func BenchmarkEditAmong5000(b *testing.B) { benchmarkEdit(b, manyAPIs(b, 5000), 5) }

// manyAPIs is a store with n APIs.
func manyAPIs(b *testing.B, n int) store.Store {
	st := newStore(b, "")
	ts := newServerWith(b, Config{Store: st})
	ctx := ts.ctx()
	for i := range n {
		if _, err := ts.CreateRestApi(ctx, &CreateRestApiRequest{Name: fmt.Sprintf("api%d", i)}); err != nil {
			b.Fatal(err)
		}
	}
	ts.newID = randomID
	return st
}

// BenchmarkList5000 lists all of 5,000 APIs in pages of 500.
func BenchmarkList5000(b *testing.B) {
	ts := newServerWith(b, Config{Store: manyAPIs(b, 5000)})
	ctx := ts.ctx()
	for b.Loop() {
		n := 0
		var position *string
		for {
			page, err := ts.GetRestApis(ctx, &GetRestApisRequest{Limit: new(int64(500)), Position: position})
			if err != nil {
				b.Fatal(err)
			}
			n += len(page.Items)
			if position = page.Position; position == nil {
				break
			}
		}
		if n < 5000 {
			b.Fatalf("%d APIs", n)
		}
	}
}

func BenchmarkOpen5000(b *testing.B) {
	st := manyAPIs(b, 5000)
	for b.Loop() {
		s, err := Open(b.Context(), Config{Store: st})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkDeployLarge deploys an API of 1,000 resources with five methods
// each.
func BenchmarkDeployLarge(b *testing.B) {
	ts := newServer(b)
	apiID := ts.id("POST /restapis", `{"name":"a"}`)
	ts.grow(b, apiID, 1000)
	ctx := ts.ctx()
	for b.Loop() {
		if _, err := ts.CreateDeployment(ctx, &CreateDeploymentRequest{RestApiId: apiID, StageName: new("s")}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLiveStage(b *testing.B) {
	ts := newServer(b)
	id := strings.TrimPrefix(ts.deployed("s"), "/restapis/")
	for b.Loop() {
		if _, ok := ts.LiveStage(id, "s"); !ok {
			b.Fatal("not live")
		}
	}
}

func BenchmarkUse(b *testing.B) {
	ts := newServer(b)
	plan := ts.id("POST /usageplans", `{"name":"p","quota":{"limit":1000000000,"period":"MONTH"}}`)
	p, err := ts.GetUsagePlan(ts.ctx(), &GetUsagePlanRequest{UsagePlanId: plan})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		ts.Use(p, "key", at)
	}
}
