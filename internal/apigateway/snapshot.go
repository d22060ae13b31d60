package apigateway

// Snapshot is what a deployment freezes of a REST API: everything that decides
// how requests are answered, and nothing that stays live (tags, stage settings,
// usage plans, API keys). It is immutable; the data plane compiles it.
type Snapshot struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	// RestApi's Policy is the plain JSON document, not the escaped text that the
	// API's operations show.
	RestApi          *RestApi            `json:"restApi"`
	DeploymentID     string              `json:"deploymentId"` // "" for the undeployed state that TestInvokeMethod runs
	Resources        []*Resource         `json:"resources"`    // each with its whole methods, in the order of their paths
	Models           []*Model            `json:"models,omitzero"`
	Validators       []*RequestValidator `json:"requestValidators,omitzero"`
	Authorizers      []*Authorizer       `json:"authorizers,omitzero"`
	GatewayResponses []*GatewayResponse  `json:"gatewayResponses,omitzero"` // those set on the API
}

// LiveStage is what the data plane needs to serve a stage.
type LiveStage struct {
	Stage      *Stage
	Deployment *Snapshot
	// Canary is the deployment of canarySettings, or nil.
	Canary *Snapshot
	// CacheFlushes and AuthorizerFlushes count the calls of FlushStageCache and
	// FlushStageAuthorizersCache. What was cached under a lower count is void.
	CacheFlushes, AuthorizerFlushes int64
}

// snapshot freezes the API as it is. It shares the nouns, which are immutable.
func (a *restAPI) snapshot(deploymentID string) *Snapshot {
	snap := &Snapshot{
		Account: a.account, Region: a.region, DeploymentID: deploymentID,
		RestApi: a.head, Resources: a.byPath(),
	}
	for m := range a.models.values() {
		snap.Models = append(snap.Models, m)
	}
	for v := range a.validators.values() {
		snap.Validators = append(snap.Validators, v)
	}
	for z := range a.authorizers.values() {
		snap.Authorizers = append(snap.Authorizers, z)
	}
	for g := range a.responses.values() {
		snap.GatewayResponses = append(snap.GatewayResponses, g)
	}
	return snap
}
