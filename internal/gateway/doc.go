// Package gateway is API Gateway's data plane: it serves the REST APIs that
// the control plane has deployed.
//
//	g := gateway.New(gateway.Config{Stages: …, Invoker: …, Identities: …})
//	if target, ok := g.Resolve(host, rawPath); ok {
//		g.Serve(w, r, target)
//	}
//
// A deployment on a stage is compiled into a plan, which never changes; a
// stage's plan is swapped by one pointer when the stage changes, and a request
// is answered by one plan from start to end. The control plane calls
// StageChanged before it acknowledges a change.
//
// A request is an exchange that goes through the steps of a method execution;
// exchange.run lists them. A step that fails returns a *failure, which becomes
// a gateway response in one place, exchange.fail.
//
// What the gateway wants of others is declared in consumer.go.
//
// Read in this order:
//
//	gateway.go                the whole: configuration and Serve
//	publish.go                stages, and the plans that serve them
//	consumer.go               what others have to provide
//	target.go                 which API and stage a request is for
//	compile.go                from snapshot and stage to plan
//	exchange.go               the steps of a request
//	request.go header.go query.go identifiers.go    what comes in
//	route.go                  resource and method
//	authorize.go authorizer.go authorizercache.go cognito.go
//	admit.go bucket.go        API keys, usage plans, throttles
//	validate.go schema.go     required parameters and models
//	cache.go                  the stage's cache
//	integrationrequest.go mapping.go template.go    from method to integration
//	input.go utility.go context.go clientcert.go               what templates see
//	integration.go integration_lambda.go integration_proxy.go event.go
//	integration_http.go integration_aws.go integration_mock.go
//	integrationresponse.go methodresponse.go mediatype.go    and back
//	gatewayresponse.go substitution.go              failures
//	finish.go record.go execution.go secret.go executionlog.go accesslog.go recent.go    who wants to know
//	testmethod.go rendercase.go    TestInvokeMethod, TestInvokeAuthorizer; a template by itself
//	patterns.go quote.go      regular expressions, JSON strings
package gateway
