package apigateway

// Snapshot is what a deployment freezes of a REST API: everything that decides
// how requests are answered, and nothing that stays live (tags, stage settings,
// usage plans, API keys). It is immutable; the data plane compiles it.
type Snapshot struct {
	Account          string              `json:"account"`
	Region           string              `json:"region"`
	RestApi          *RestApi            `json:"restApi"`
	DeploymentID     string              `json:"deploymentId"` // "" for the undeployed state that TestInvokeMethod runs
	Resources        []*Resource         `json:"resources"`    // each with its whole methods
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
}
