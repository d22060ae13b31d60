package apigateway

import (
	"maps"
	"slices"
	"strings"
)

var stagePatch = patchTable[Stage]{
	rules: []rule[Stage]{
		{path: "/deploymentId",
			replace: func(st *Stage, p *patchOp) error {
				st.DeploymentId = p.text()
				return nil
			},
			copy: promoteDeployment},
		{path: "/description", replace: setText(func(st *Stage) **string { return &st.Description })},
		{path: "/cacheClusterEnabled", replace: setTruth(func(st *Stage) **bool { return &st.CacheClusterEnabled })},
		{path: "/cacheClusterSize", replace: setText(func(st *Stage) **string { return &st.CacheClusterSize })},
		{path: "/clientCertificateId", replace: func(st *Stage, p *patchOp) error {
			st.ClientCertificateId = nonEmpty(p.value)
			return nil
		}},
		{path: "/documentationVersion", replace: func(st *Stage, p *patchOp) error {
			st.DocumentationVersion = nonEmpty(p.value)
			return nil
		}},
		{path: "/tracingEnabled", replace: setTruth(func(st *Stage) **bool { return &st.TracingEnabled })},
		{path: "/variables", remove: removeVariables, copy: promoteVariables},
		{path: "/variables/{name}", add: setVariable, replace: setVariable, remove: removeVariable},
		{path: "/accessLogSettings", remove: func(st *Stage, _ *patchOp) error {
			st.AccessLogSettings = nil
			return nil
		}},
		{path: "/accessLogSettings/{member}", add: setAccessLog, replace: setAccessLog, remove: removeAccessLog},
		{path: "/canarySettings", remove: func(st *Stage, _ *patchOp) error {
			st.CanarySettings = nil
			return nil
		}},
		{path: "/canarySettings/deploymentId", replace: setCanary(func(c *CanarySettings, p *patchOp) error {
			c.DeploymentId = new(p.text())
			return nil
		})},
		{path: "/canarySettings/percentTraffic", replace: setCanary(func(c *CanarySettings, p *patchOp) (err error) {
			c.PercentTraffic, err = p.number()
			return err
		})},
		{path: "/canarySettings/useStageCache", replace: setCanary(func(c *CanarySettings, p *patchOp) error {
			c.UseStageCache = p.truth()
			return nil
		})},
		{path: "/canarySettings/stageVariableOverrides", remove: setCanary(func(c *CanarySettings, _ *patchOp) error {
			c.StageVariableOverrides = nil
			return nil
		})},
		{path: "/canarySettings/stageVariableOverrides/{name}", add: setOverride, replace: setOverride,
			remove: setCanary(func(c *CanarySettings, p *patchOp) error {
				dropKey(&c.StageVariableOverrides, p.member())
				return nil
			})},
		{path: "/{resource}/{verb}", remove: removeMethodSetting},
		{path: "/{resource}/{verb}/{group}/{setting}", replace: replaceMethodSetting},
	},
	refuse: refuseStagePatch,
}

func stageVariables(st *Stage) *map[string]string { return &st.Variables }

func setVariable(st *Stage, p *patchOp) error { return setMember(stageVariables)(st, p) }

func removeVariables(st *Stage, _ *patchOp) error {
	st.Variables = nil
	return nil
}

func removeVariable(st *Stage, p *patchOp) error {
	dropKey(&st.Variables, p.member())
	return nil
}

// Canaries.

// setCanary changes a copy of the canary, which there is from then on.
func setCanary(set setter[CanarySettings]) setter[Stage] {
	return func(st *Stage, p *patchOp) error {
		c := CanarySettings{DeploymentId: new(st.DeploymentId)}
		if st.CanarySettings != nil {
			c = *st.CanarySettings
		}
		if err := set(&c, p); err != nil {
			return err
		}
		st.CanarySettings = &c
		return nil
	}
}

var setOverride = setCanary(setMember(func(c *CanarySettings) *map[string]string { return &c.StageVariableOverrides }))

// promoteDeployment makes the canary's deployment the stage's. AWS: a canary
// is promoted by copying deployment and variables and then removing it.
func promoteDeployment(st *Stage, p *patchOp) error {
	c, err := promoted(st, p, "/canarySettings/deploymentId")
	if err == nil {
		st.DeploymentId = *c.DeploymentId
	}
	return err
}

// promoteVariables adds the canary's overrides to the stage's variables.
func promoteVariables(st *Stage, p *patchOp) error {
	c, err := promoted(st, p, "/canarySettings/stageVariableOverrides")
	if err != nil {
		return err
	}
	for name, v := range c.StageVariableOverrides {
		putKey(&st.Variables, name, v)
	}
	return nil
}

func promoted(st *Stage, p *patchOp, from string) (*CanarySettings, error) {
	if p.from == nil || *p.from != from {
		return nil, invalidCopy(p)
	}
	if st.CanarySettings == nil || st.CanarySettings.DeploymentId == nil {
		return nil, badRequest("Promotion not available. Canary does not exist.")
	}
	return st.CanarySettings, nil
}

func invalidCopy(p *patchOp) error {
	from := "null"
	if p.from != nil {
		from = *p.from
	}
	return badRequest("Invalid copy operation with path: %s and from %s. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]", p.path, from)
}

// Access logs.

func setAccessLog(st *Stage, p *patchOp) error {
	a := AccessLogSettings{}
	if st.AccessLogSettings != nil {
		a = *st.AccessLogSettings
	}
	field, err := a.member(p.member())
	if err != nil {
		return err
	}
	if p.text() == "" {
		return badRequest("Access Log value must not be empty")
	}
	*field = p.value
	st.AccessLogSettings = &a
	return nil
}

func removeAccessLog(st *Stage, p *patchOp) error {
	a := AccessLogSettings{}
	if st.AccessLogSettings != nil {
		a = *st.AccessLogSettings
	}
	field, err := a.member(p.member())
	if err != nil {
		return err
	}
	*field = nil
	st.AccessLogSettings = &a
	if a == (AccessLogSettings{}) {
		st.AccessLogSettings = nil
	}
	return nil
}

func (a *AccessLogSettings) member(name string) (**string, error) {
	switch name {
	case "destinationArn":
		return &a.DestinationArn, nil
	case "format":
		return &a.Format, nil
	}
	return nil, badRequest("Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]")
}

// Refusals.

// stagePaths is AWS's list, missing commas included (recorded).
const stagePaths = "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, " +
	"/{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, " +
	"/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, " +
	"/{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, " +
	"/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, " +
	"/*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, " +
	"/*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled"

func refuseStagePatch(p *patchOp) error {
	switch {
	case p.op == "copy":
		return invalidCopy(p)
	case strings.HasPrefix(p.path, "/canarySettings"):
		return badRequest("Invalid %s operation with path: %s", p.op, p.path)
	case strings.HasPrefix(p.path, "/accessLogSettings"):
		return badRequest("Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]")
	}
	return invalidSettingPath(p)
}

func invalidSettingPath(p *patchOp) error {
	return badRequest("Invalid method setting path: %s. Must be one of: [%s]", p.path, stagePaths)
}

// Method settings.

// settingKey is the key of a path in methodSettings: the path without its
// leading slash and the setting. AWS keeps the escapes: "~1pets/GET".
func settingKey(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	return parts[0] + "/" + parts[1]
}

// defaultSetting is what AWS shows beside the first setting that is made.
func defaultSetting() *MethodSetting {
	return &MethodSetting{
		MetricsEnabled:                         new(false),
		DataTraceEnabled:                       new(false),
		ThrottlingBurstLimit:                   new(int64(5000)),
		ThrottlingRateLimit:                    new(10000.0),
		CachingEnabled:                         new(false),
		CacheTtlInSeconds:                      new(int64(300)),
		CacheDataEncrypted:                     new(false),
		RequireAuthorizationForCacheControl:    new(true),
		UnauthorizedCacheControlHeaderStrategy: new("SUCCEED_WITH_RESPONSE_HEADER"),
	}
}

// methodSettings are the setters by the two last parts of a path.
var methodSettings = map[string]setter[MethodSetting]{
	"metrics/enabled":   setTruth(func(m *MethodSetting) **bool { return &m.MetricsEnabled }),
	"logging/dataTrace": setTruth(func(m *MethodSetting) **bool { return &m.DataTraceEnabled }),
	"logging/loglevel": func(m *MethodSetting, p *patchOp) error {
		if !slices.Contains([]string{"OFF", "ERROR", "INFO"}, p.text()) {
			return badRequest("Invalid logging level specified. Must be one of: [OFF, ERROR, INFO]")
		}
		m.LoggingLevel = p.value
		return nil
	},
	"throttling/burstLimit":                       setInteger(func(m *MethodSetting) **int64 { return &m.ThrottlingBurstLimit }),
	"throttling/rateLimit":                        setNumber(func(m *MethodSetting) **float64 { return &m.ThrottlingRateLimit }),
	"caching/enabled":                             setTruth(func(m *MethodSetting) **bool { return &m.CachingEnabled }),
	"caching/dataEncrypted":                       setTruth(func(m *MethodSetting) **bool { return &m.CacheDataEncrypted }),
	"caching/ttlInSeconds":                        setCacheTTL,
	"caching/requireAuthorizationForCacheControl": setTruth(func(m *MethodSetting) **bool { return &m.RequireAuthorizationForCacheControl }),
	"caching/unauthorizedCacheControlHeaderStrategy": func(m *MethodSetting, p *patchOp) error {
		strategies := constraints["UnauthorizedCacheControlHeaderStrategy"].Enum
		if !slices.Contains(strategies, p.text()) {
			return badRequest("Invalid unauthorized cache control header strategy specified. Must be one of: [%s]", strings.Join(strategies, ", "))
		}
		m.UnauthorizedCacheControlHeaderStrategy = p.value
		return nil
	},
}

// setCacheTTL takes seconds, up to AWS's hour.
func setCacheTTL(m *MethodSetting, p *patchOp) error {
	n, err := p.integer()
	if err != nil {
		return err
	}
	if *n < 0 || *n > 3600 {
		return badRequest("Invalid cache TTL specified. Must be between 0 and 3600")
	}
	m.CacheTtlInSeconds = n
	return nil
}

func replaceMethodSetting(st *Stage, p *patchOp) error {
	set := methodSettings[strings.Join(p.segments[2:], "/")]
	if set == nil || p.segments[0] == "canarySettings" || p.segments[0] == "variables" {
		return invalidSettingPath(p)
	}
	key := settingKey(p.path)
	next := defaultSetting()
	if old := st.MethodSettings[key]; old != nil {
		*next = *old
	}
	if err := set(next, p); err != nil {
		return err
	}
	putKey(&st.MethodSettings, key, next)
	return nil
}

func removeMethodSetting(st *Stage, p *patchOp) error {
	key := settingKey(p.path)
	if p.segments[0] == "tags" || p.segments[0] == "canarySettings" {
		return refuseStagePatch(p)
	}
	if st.MethodSettings[key] == nil {
		return badRequest("Cannot remove method setting %s because there is no method setting for this method ", key)
	}
	st.MethodSettings = maps.Clone(st.MethodSettings)
	delete(st.MethodSettings, key)
	return nil
}
