package apigateway

import (
	"context"
	"slices"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// deployment is a Deployment and where its snapshot is.
type deployment struct {
	Deployment *Deployment `json:"deployment"`
	Blob       string      `json:"blob,omitempty"` // digest, if it is a blob
}

// CreateDeployment freezes the API as it is now, and makes or repoints a stage
// if in names one.
func (s *Service) CreateDeployment(ctx context.Context, in *CreateDeploymentRequest) (*Deployment, error) {
	var blob string // of a try that lost its race
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Deployment, error) {
		s.dropBlob(ctx, blob)
		blob = ""
		d := &Deployment{
			Id:          freshID(api, &api.deployments, shortID),
			Description: in.Description,
			CreatedDate: new(awsapi.Seconds(s.now())),
		}
		if err := api.checkDeployable(); err != nil {
			return nil, err
		}
		var err error
		if blob, err = s.deploy(ctx, api, d); err != nil {
			return nil, err
		}
		return d, api.deployTo(s, d.Id, in)
	})
}

// deploy freezes the API into d and notes what has to be written.
func (s *Service) deploy(ctx context.Context, api *restAPI, d *Deployment) (blob string, err error) {
	snap := api.snapshot(d.Id)
	f, err := s.freeze(ctx, snap)
	if err != nil {
		return "", err
	}
	doc, err := encodeDocument(f)
	if err != nil {
		return f.Blob, err
	}
	key := snapshotKey(api.scope, api.id, d.Id)
	api.also = append(api.also, store.Put(key, 0, doc))
	keep(api, &api.deployments, memberDeployment, d.Id, &deployment{Deployment: d, Blob: f.Blob})
	s.snapshots.put(key, snap)
	return f.Blob, nil
}

// GetDeployment answers with a deployment, with a summary of its methods where
// embed asks for it.
func (s *Service) GetDeployment(ctx context.Context, in *GetDeploymentRequest) (*Deployment, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	d, err := api.deployment(in.DeploymentId)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(in.Embed, "apisummary") {
		return d.Deployment, nil
	}
	snap, err := s.snapshot(ctx, api.scope, api.id, in.DeploymentId)
	if err != nil {
		return nil, err
	}
	out := *d.Deployment
	out.ApiSummary = snap.summary()
	return &out, nil
}

// GetDeployments lists the deployments in the order of their ids.
func (s *Service) GetDeployments(ctx context.Context, in *GetDeploymentsRequest) (*Deployments, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOrdered(api.deployments, in.Position, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &Deployments{Position: next, Items: []*Deployment{}}
	for _, d := range page {
		out.Items = append(out.Items, d.Deployment)
	}
	return out, nil
}

// UpdateDeployment changes a deployment's description.
func (s *Service) UpdateDeployment(ctx context.Context, in *UpdateDeploymentRequest) (*Deployment, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Deployment, error) {
		d, err := api.deployment(in.DeploymentId)
		if err != nil {
			return nil, err
		}
		next := *d.Deployment
		if err := deploymentPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		keep(api, &api.deployments, memberDeployment, next.Id, &deployment{Deployment: &next, Blob: d.Blob})
		return &next, nil
	})
}

// DeleteDeployment removes a deployment that no stage points to.
func (s *Service) DeleteDeployment(ctx context.Context, in *DeleteDeploymentRequest) (*awsapi.Empty, error) {
	blob := ""
	out, err := edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		d, err := api.deployment(in.DeploymentId)
		if err != nil {
			return nil, err
		}
		for st := range api.stages.values() {
			if st.pointsTo(in.DeploymentId) {
				return nil, badRequest("Active stages pointing to this deployment must be moved or deleted")
			}
		}
		blob = d.Blob
		drop(api, &api.deployments, memberDeployment, in.DeploymentId)
		api.also = append(api.also, store.Delete(snapshotKey(api.scope, api.id, in.DeploymentId), store.Any))
		return nil, nil
	})
	if err == nil {
		s.dropBlob(ctx, blob)
	}
	return out, err
}

var deploymentPatch = patchTable[Deployment]{
	rules: []rule[Deployment]{
		{path: "/description", replace: setText(func(d *Deployment) **string { return &d.Description })},
	},
	refuse: mustBeOneOf("replace", "/description"),
}

func (a *restAPI) deployment(id string) (*deployment, error) {
	d, ok := a.deployments.get(id)
	if !ok {
		return nil, noDeployment()
	}
	return d, nil
}

// checkDeployable refuses what AWS does not deploy.
func (a *restAPI) checkDeployable() error {
	methods := 0
	for r := range a.resources.values() {
		for _, m := range r.ResourceMethods {
			methods++
			if m.MethodIntegration == nil {
				return badRequest("No integration defined for method")
			}
		}
	}
	if methods == 0 {
		return badRequest("The REST API doesn't contain any methods")
	}
	return nil
}

// summary lists the methods of a snapshot by path and verb.
func (snap *Snapshot) summary() map[string]map[string]*MethodSnapshot {
	out := map[string]map[string]*MethodSnapshot{}
	for _, r := range snap.Resources {
		if len(r.ResourceMethods) == 0 {
			continue
		}
		out[r.Path] = map[string]*MethodSnapshot{}
		for verb, m := range r.ResourceMethods {
			out[r.Path][verb] = &MethodSnapshot{AuthorizationType: new(m.AuthorizationType), ApiKeyRequired: m.ApiKeyRequired}
		}
	}
	return out
}

// deployTo makes or repoints the stage that the request names, or makes a
// canary of the deployment on it.
func (a *restAPI) deployTo(s *Service, deploymentID string, in *CreateDeploymentRequest) error {
	name := ""
	if in.StageName != nil {
		name = *in.StageName
	}
	if in.CanarySettings != nil {
		return a.deployCanary(s, deploymentID, name, in)
	}
	if name == "" {
		return nil
	}
	st, ok := a.stages.get(name)
	if !ok {
		return a.addStage(s, &Stage{
			StageName: name, DeploymentId: deploymentID, Description: in.StageDescription, Variables: filled(in.Variables),
			CacheClusterEnabled: in.CacheClusterEnabled, CacheClusterSize: in.CacheClusterSize, TracingEnabled: in.TracingEnabled,
		})
	}
	next := *st.Stage
	next.DeploymentId = deploymentID
	if in.StageDescription != nil {
		next.Description = in.StageDescription
	}
	if in.Variables != nil {
		next.Variables = filled(in.Variables)
	}
	if in.CacheClusterEnabled != nil {
		next.CacheClusterEnabled = in.CacheClusterEnabled
	}
	if in.CacheClusterSize != nil {
		next.CacheClusterSize = in.CacheClusterSize
	}
	if in.TracingEnabled != nil {
		next.TracingEnabled = in.TracingEnabled
	}
	return a.putStage(s, st, &next)
}

// deployCanary makes the deployment the canary of a stage that exists.
func (a *restAPI) deployCanary(s *Service, deploymentID, name string, in *CreateDeploymentRequest) error {
	if name == "" {
		given := "null"
		if in.StageName != nil {
			given = ""
		}
		return badRequest("Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is %s", given)
	}
	st, ok := a.stages.get(name)
	if !ok {
		return badRequest("Invalid deployment content specified.Stage %s must already be created before making a canary release deployment", name)
	}
	next := *st.Stage
	next.CanarySettings = &CanarySettings{
		DeploymentId:           new(deploymentID),
		PercentTraffic:         in.CanarySettings.PercentTraffic,
		StageVariableOverrides: filled(in.CanarySettings.StageVariableOverrides),
		UseStageCache:          in.CanarySettings.UseStageCache,
	}
	if in.StageDescription != nil {
		next.Description = in.StageDescription
	}
	return a.putStage(s, st, &next)
}
