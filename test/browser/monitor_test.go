package browser

import "testing"

// What a function and a stage did is drawn from CloudWatch's metrics, for the
// time that is chosen.
func TestMonitor(t *testing.T) {
	t.Parallel()
	url := start(t, "--example", "calc")
	p := open(t, url, "lambda/functions/Calc/monitor")
	p.sees("CloudWatch metrics")
	p.sees("No data in this time") // nothing has run yet

	api := p.api("apigateway/GetRestApis", object{})["items"].([]any)[0].(object)["id"].(string)
	for _, path := range []string{"/calc?operand1=1&operand2=2&operator=add", "/nowhere"} {
		request(t, "GET", url+"/restapis/"+api+"/test/_user_request_"+path, "")
	}
	drawn := func(graph string) string {
		return `!!document.querySelector('section[aria-label="` + graph + `"] svg path[clip-path]')`
	}
	refreshed := func(graph string) { // metrics are recorded after the answer
		t.Helper()
		p.await("the graph "+graph, drawn(graph)+` || (__test.button("Refresh metrics")?.click(), false)`)
	}
	refreshed("Invocations")
	refreshed("Duration")
	p.shot("monitor-function")
	p.click("1 hour")
	p.await("the graph of an hour", drawn("Errors"))
	p.click("Show as AWS CLI")
	p.sees("aws cloudwatch get-metric-data")
	p.sees(`"Namespace":"AWS/Lambda","MetricName":"Invocations","Dimensions":[{"Name":"FunctionName","Value":"Calc"}]`)
	p.sees(`"Period":60`)
	p.click("Close")

	p.visit("apigateway/" + api + "/stages/test")
	p.click("Monitor")
	refreshed("Count")
	refreshed("4XX errors")
	refreshed("Integration latency")
	p.shot("monitor-stage")

	end := p.answer("GetMetricData", 403, `{"code":"AccessDenied","message":"User: x is not authorized to perform: cloudwatch:GetMetricData"}`)
	p.click("Refresh metrics")
	p.sees("is not authorized to perform: cloudwatch:GetMetricData")
	end()
	p.click("Retry")
	p.await("the graph after the error", drawn("Count"))
}
