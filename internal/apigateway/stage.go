package apigateway

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// stage is a Stage and how often its caches were flushed.
type stage struct {
	Stage             *Stage `json:"stage"`
	CacheFlushes      int64  `json:"cacheFlushes,omitzero"`
	AuthorizerFlushes int64  `json:"authorizerFlushes,omitzero"`
}

// pointsTo reports whether the stage or its canary serves the deployment.
func (st *stage) pointsTo(deploymentID string) bool {
	canary := st.Stage.CanarySettings
	return st.Stage.DeploymentId == deploymentID ||
		canary != nil && canary.DeploymentId != nil && *canary.DeploymentId == deploymentID
}

// CreateStage makes a stage that serves a deployment.
func (s *Service) CreateStage(ctx context.Context, in *CreateStageRequest) (*Stage, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Stage, error) {
		if _, err := api.deployment(in.DeploymentId); err != nil {
			return nil, err
		}
		st := &Stage{
			StageName: in.StageName, DeploymentId: in.DeploymentId, Description: in.Description,
			CacheClusterEnabled: in.CacheClusterEnabled, CacheClusterSize: in.CacheClusterSize,
			Variables: filled(in.Variables), DocumentationVersion: in.DocumentationVersion,
			CanarySettings: in.CanarySettings, TracingEnabled: in.TracingEnabled, Tags: filled(in.Tags),
		}
		if _, ok := api.stages.get(in.StageName); ok {
			return nil, conflict("Stage already exists")
		}
		if err := checkTags(st.Tags); err != nil {
			return nil, err
		}
		return st, api.addStage(s, st)
	})
}

// GetStage answers with one stage.
func (s *Service) GetStage(ctx context.Context, in *GetStageRequest) (*Stage, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	st, err := api.stage(in.StageName)
	if err != nil {
		return nil, err
	}
	return st.Stage, nil
}

// GetStages lists the stages by name. AWS: there are no pages.
func (s *Service) GetStages(ctx context.Context, in *GetStagesRequest) (*Stages, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	out := &Stages{Item: []*Stage{}}
	for st := range api.stages.values() {
		if in.DeploymentId == nil || *in.DeploymentId == "" || st.Stage.DeploymentId == *in.DeploymentId {
			out.Item = append(out.Item, st.Stage)
		}
	}
	return out, nil
}

// UpdateStage changes a stage's settings or what it serves.
func (s *Service) UpdateStage(ctx context.Context, in *UpdateStageRequest) (*Stage, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Stage, error) {
		st, err := api.stage(in.StageName)
		if err != nil {
			return nil, err
		}
		next := *st.Stage
		if err := stagePatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		return &next, api.putStage(s, st, &next)
	})
}

// DeleteStage removes a stage, and its place in usage plans.
func (s *Service) DeleteStage(ctx context.Context, in *DeleteStageRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		if _, err := api.stage(in.StageName); err != nil {
			return nil, err
		}
		plans, err := s.plansWithout(api.scope, api.id, in.StageName)
		if err != nil {
			return nil, err
		}
		api.also, api.touchedPlans = plans, len(plans) > 0
		drop(api, &api.stages, memberStage, in.StageName)
		return nil, nil
	})
}

// FlushStageCache voids what the stage's cache holds.
func (s *Service) FlushStageCache(ctx context.Context, in *FlushStageCacheRequest) (*awsapi.Empty, error) {
	return s.flush(ctx, in.RestApiId, in.StageName, func(st *stage) { st.CacheFlushes++ })
}

// FlushStageAuthorizersCache voids what the stage's authorizers have answered.
func (s *Service) FlushStageAuthorizersCache(ctx context.Context, in *FlushStageAuthorizersCacheRequest) (*awsapi.Empty, error) {
	return s.flush(ctx, in.RestApiId, in.StageName, func(st *stage) { st.AuthorizerFlushes++ })
}

func (s *Service) flush(ctx context.Context, apiID, name string, count func(*stage)) (*awsapi.Empty, error) {
	return edit(ctx, s, apiID, func(api *restAPI) (*awsapi.Empty, error) {
		st, err := api.stage(name)
		if err != nil {
			return nil, err
		}
		next := *st
		count(&next)
		keep(api, &api.stages, memberStage, name, &next)
		return nil, nil
	})
}

func (a *restAPI) stage(name string) (*stage, error) {
	st, ok := a.stages.get(name)
	if !ok {
		return nil, noStage()
	}
	return st, nil
}

// addStage adds st with AWS's defaults.
func (a *restAPI) addStage(s *Service, st *Stage) error {
	if !stageNames.MatchString(st.StageName) {
		return badRequest("Stage name only allows a-zA-Z0-9_-")
	}
	st.CreatedDate = new(awsapi.Seconds(s.now()))
	st.TracingEnabled = orFalse(st.TracingEnabled)
	st.CacheClusterEnabled = orFalse(st.CacheClusterEnabled)
	st.MethodSettings = map[string]*MethodSetting{}
	return a.putStage(s, &stage{}, st)
}

// putStage checks next and puts it in place of old.
func (a *restAPI) putStage(s *Service, old *stage, next *Stage) error {
	next.LastUpdatedDate = new(awsapi.Seconds(s.now()))
	next.completeCache()
	next.completeCanary()
	if err := a.checkStage(s, next); err != nil {
		return err
	}
	st := *old
	st.Stage = next
	keep(a, &a.stages, memberStage, next.StageName, &st)
	return nil
}

// completeCache makes size and status of the cache agree with whether there is
// one.
func (st *Stage) completeCache() {
	if !*st.CacheClusterEnabled {
		st.CacheClusterStatus = new("NOT_AVAILABLE")
		return
	}
	st.CacheClusterStatus = new("AVAILABLE")
	if st.CacheClusterSize == nil {
		st.CacheClusterSize = new("0.5")
	}
}

// completeCanary fills in what a request may leave out.
func (st *Stage) completeCanary() {
	if st.CanarySettings == nil {
		return
	}
	c := *st.CanarySettings
	if c.PercentTraffic == nil {
		c.PercentTraffic = new(0.0)
	}
	c.UseStageCache = orFalse(c.UseStageCache)
	st.CanarySettings = &c
}

var (
	stageNames     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	variableNames  = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	variableValues = regexp.MustCompile(`^[A-Za-z0-9-._~:/?#&=,]+$`)
)

func (a *restAPI) checkStage(s *Service, st *Stage) error {
	if _, ok := a.deployments.get(st.DeploymentId); !ok {
		return badRequest("Deployment id does not exist")
	}
	if err := checkVariables(st.Variables); err != nil {
		return err
	}
	if size := st.CacheClusterSize; size != nil && !slices.Contains(constraints["CacheClusterSize"].Enum, *size) {
		return badRequest("Invalid cache cluster size specified. Valid options are %s", strings.Join(constraints["CacheClusterSize"].Enum, ","))
	}
	if v := st.DocumentationVersion; v != nil {
		if _, ok := a.versions.get(versionID(*v)); !ok {
			return badRequest("Invalid Documentation version specified")
		}
	}
	if id := st.ClientCertificateId; id != nil {
		if _, ok := s.certificates.get(a.scope, *id); !ok {
			return badRequest("Invalid Client Certificate identifier specified")
		}
	}
	if err := a.checkCanary(st.CanarySettings); err != nil {
		return err
	}
	return a.checkLogging(s, st)
}

func checkVariables(variables map[string]string) error {
	for _, name := range sortedKeys(variables) {
		if !variableNames.MatchString(name) {
			return badRequest("Stage variable name should match the following regular expression: %s", variableNames)
		}
		if !variableValues.MatchString(variables[name]) {
			return badRequest("Stage variable value should match the following regular expression: %s", variableValues)
		}
	}
	return nil
}

func (a *restAPI) checkCanary(c *CanarySettings) error {
	if c == nil {
		return nil
	}
	if c.DeploymentId == nil {
		return badRequest("Deployment id does not exist")
	}
	if _, ok := a.deployments.get(*c.DeploymentId); !ok {
		return badRequest("Deployment id does not exist")
	}
	if p := *c.PercentTraffic; p < 0 || p > 100 {
		return badRequest("Percent traffic must be between 0.0 and 100.0")
	}
	return checkVariables(c.StageVariableOverrides)
}

// checkLogging refuses logs that nobody may write. AWS: the account's role is
// asked for when logs are switched on.
func (a *restAPI) checkLogging(s *Service, st *Stage) error {
	wants := st.AccessLogSettings != nil && st.AccessLogSettings.DestinationArn != nil
	for _, setting := range st.MethodSettings {
		wants = wants || setting.LoggingLevel != nil && *setting.LoggingLevel != "OFF"
	}
	if wants && s.account(a.scope).CloudwatchRoleArn == nil {
		return loggingNeedsRole()
	}
	return checkAccessLog(st.AccessLogSettings)
}

func checkAccessLog(settings *AccessLogSettings) error {
	if settings == nil {
		return nil
	}
	if f := settings.Format; f != nil && strings.ContainsAny(strings.TrimRight(*f, "\r\n"), "\r\n") {
		return badRequest("Access Log format must be single line, new line character is allowed only at end of the format: '%s'", *f)
	}
	if d := settings.DestinationArn; d != nil {
		if a, err := arn.Parse(*d); err != nil || a.Service != "logs" && a.Service != "firehose" {
			return badRequest("Invalid ARN. ARN is not well formed %s", *d)
		}
	}
	return nil
}
