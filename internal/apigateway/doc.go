// Package apigateway is the control plane of API Gateway (REST APIs): it holds
// APIs, deployments, stages and what belongs to an account (API keys, usage
// plans, domain names, certificates, VPC links), and performs the operations
// that manage them.
//
// A REST API is an aggregate: a head document and one document per thing inside
// it, written in one transaction that compares the head's revision. An edit
// works on a copy of the immutable aggregate that shares everything it does not
// touch. A deployment is an immutable [Snapshot]; what serves requests asks for
// a [LiveStage] and is told of changes before they are acknowledged.
//
// Read in this order:
//   - service.go (what a Service needs and whom it tells), api_gen.go (shapes and
//     operations, generated), errors.go, id.go;
//   - ordered.go, aggregate.go (a REST API in memory), document.go, edit.go and
//     cache.go (load, change, save), patch.go (what all updates share);
//   - one file per noun: restapi.go with endpoint.go and resourcepolicy.go,
//     resource.go, method.go, methodresponse.go, integration.go with
//     integrationuri.go, integrationresponse.go, mapping.go, model.go with
//     modelschema.go and modeltemplate.go, requestvalidator.go, authorizer.go,
//     gatewayresponse.go, documentation.go, documentationversion.go;
//   - deployment.go, snapshot.go, snapshotstore.go, stage.go with stagepatch.go,
//     livestage.go; clone.go, openapi.go, templatewarning.go and apply.go (import);
//   - of accounts, in tables (nouns.go): apikey.go, apikeyimport.go,
//     usageplan.go, usageplankey.go, usage.go, usagecounter.go, domainname.go
//     with domainnamepatch.go, basepathmapping.go, accessassociation.go,
//     clientcertificate.go, vpclink.go, account.go, tag.go;
//   - index.go and admission.go (look-ups per request), testinvoke.go, authz.go.
package apigateway
