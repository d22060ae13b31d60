package policy

import "testing"

// benchmarkRequest is a typical invocation of a deployed API: a role with two
// small policies, a source address, an API with a resource policy.
func benchmarkRequest(tb testing.TB) *Request {
	r := scene{
		who: run, action: "execute-api:Invoke", resource: "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/pets/1",
		identity: doc(allow("logs:*", "*"), allow("execute-api:Invoke", "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*/GET/*")),
		policy:   doc(to("Allow", `"*"`), `{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}}`),
	}.request(tb)
	r.Keys.Set("aws:SourceIp", "192.0.2.7")
	return r
}

func TestEvaluateDoesNotAllocate(t *testing.T) {
	r := benchmarkRequest(t)
	if d := Evaluate(r); d.Outcome != Allowed {
		t.Fatal(d.Outcome)
	}
	if n := testing.AllocsPerRun(100, func() { Evaluate(r) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	r := benchmarkRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		Evaluate(r)
	}
}

func BenchmarkEvaluateVariables(b *testing.B) {
	r := scene{who: ana, resource: "arn:aws:s3:::home/ana/x", identity: doc(allow("*", "arn:aws:s3:::home/${aws:username}/*"))}.request(b)
	b.ReportAllocs()
	for b.Loop() {
		Evaluate(r)
	}
}
