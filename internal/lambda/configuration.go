package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Limits of a configuration that are tighter than the service model's.
const (
	maxTimeout = 900   // seconds
	maxMemory  = 10240 // MB
	maxEnv     = 4096  // bytes of the variables as JSON
	maxLayers  = 5
)

// reservedKeys are the variables that the runtime sets itself, in the order of
// AWS's documentation.
var reservedKeys = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

// newConfiguration is what a function has before its settings are applied.
func newConfiguration(f arn.Function) FunctionConfiguration {
	return FunctionConfiguration{
		FunctionName:     f.Name,
		FunctionArn:      f.Unqualified(),
		Version:          latest,
		Description:      new(""),
		Timeout:          new(int64(3)),
		MemorySize:       new(int64(128)),
		PackageType:      new("Zip"),
		Architectures:    []string{"x86_64"},
		EphemeralStorage: &EphemeralStorage{Size: 512},
		TracingConfig:    &TracingConfigResponse{Mode: new("PassThrough")},
		SnapStart:        &SnapStartResponse{ApplyOn: new("None"), OptimizationStatus: new("Off")},
		LoggingConfig:    &LoggingConfig{LogFormat: new("Text"), LogGroup: new("/aws/lambda/" + f.Name)},
	}
}

// settings are those of CreateFunction that UpdateFunctionConfiguration also
// takes; one code applies both.
func (in *CreateFunctionRequest) settings() *UpdateFunctionConfigurationRequest {
	return &UpdateFunctionConfigurationRequest{
		FunctionName: in.FunctionName, Role: new(in.Role), Handler: in.Handler, Description: in.Description,
		Timeout: in.Timeout, MemorySize: in.MemorySize, VpcConfig: in.VpcConfig, Environment: in.Environment,
		Runtime: in.Runtime, DeadLetterConfig: in.DeadLetterConfig, KMSKeyArn: in.KMSKeyArn,
		CapacityProviderConfig: in.CapacityProviderConfig, DurableConfig: in.DurableConfig,
		TracingConfig: in.TracingConfig, Layers: in.Layers, FileSystemConfigs: in.FileSystemConfigs,
		ImageConfig: in.ImageConfig, EphemeralStorage: in.EphemeralStorage, SnapStart: in.SnapStart, LoggingConfig: in.LoggingConfig,
	}
}

// checkSettings refuses what AWS refuses about settings, apart from the model.
func (s *Service) checkSettings(ctx context.Context, in *UpdateFunctionConfigurationRequest, update bool) error {
	if err := errors.Join(notServed("CapacityProviderConfig", in.CapacityProviderConfig != nil), notServed("DurableConfig", in.DurableConfig != nil)); err != nil {
		return err
	}
	if in.Timeout != nil && *in.Timeout > maxTimeout {
		return tooLargeValue(*in.Timeout, "timeout", maxTimeout)
	}
	if in.MemorySize != nil && *in.MemorySize > maxMemory {
		return tooLargeValue(*in.MemorySize, "memorySize", maxMemory)
	}
	if in.Runtime != nil {
		if err := s.checkRuntime(*in.Runtime, update); err != nil {
			return err
		}
	}
	if in.Environment != nil {
		if err := checkVariables(in.Environment.Variables); err != nil {
			return err
		}
	}
	if in.DeadLetterConfig != nil {
		if err := checkDeadLetter(deref(in.DeadLetterConfig.TargetArn)); err != nil {
			return err
		}
	}
	if in.Role != nil {
		ref, err := functionNamed(ctx, in.FunctionName, nil)
		if err != nil {
			return err
		}
		return s.checkRole(ctx, *in.Role, ref.String())
	}
	return nil
}

// notServed refuses a setting that would change how a function runs and is not
// served here: ignoring it would be worse.
func notServed(setting string, given bool) error {
	if given {
		return invalidParameter("%s is not supported by lambdagate.", setting)
	}
	return nil
}

func tooLargeValue(n int64, member string, limit int64) error {
	return invalidValue("'"+strconv.FormatInt(n, 10)+"'", member, "Member must have value less than or equal to "+strconv.FormatInt(limit, 10))
}

func checkVariables(vars map[string]string) error {
	var reserved []string
	for _, k := range reservedKeys {
		if _, ok := vars[k]; ok {
			reserved = append(reserved, k)
		}
	}
	if len(reserved) > 0 {
		return invalidParameter("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(reserved, ", "))
	}
	text := variablesJSON(vars)
	if len(text) > maxEnv {
		return invalidParameter("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %s", text)
	}
	return nil
}

// variablesJSON is what AWS measures.
func variablesJSON(vars map[string]string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(vars); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func checkDeadLetter(target string) error {
	if target == "" {
		return nil
	}
	a, err := arn.Parse(target)
	if err != nil || a.Service != "sqs" && a.Service != "sns" {
		return invalidParameter("The dead letter target ARN %s is not valid: only SQS queues and SNS topics are supported.", target)
	}
	return nil
}

// checkRole asks whether the caller may pass the role and Lambda assume it.
func (s *Service) checkRole(ctx context.Context, role, functionARN string) error {
	if s.cfg.Roles == nil {
		return nil
	}
	if arn.AccountOf(role) != arn.AccountOf(functionARN) {
		return &awsapi.Error{Code: "AccessDeniedException", Status: 403, MessageKey: "Message", Message: "Cross-account pass role is not allowed."}
	}
	if err := s.cfg.Roles.MayPass(ctx, awsapi.CallFrom(ctx).Caller, role); err != nil {
		return err
	}
	if err := s.cfg.Roles.CheckRole(ctx, role, functionARN); err != nil {
		if e := awsapi.AsError(err); e != nil {
			return e
		}
		return errRoleUnusable
	}
	return nil
}

// apply changes what the request names and keeps the rest, apart from layers
// and variables, which are not kept in the configuration.
func (cfg *FunctionConfiguration) apply(in *UpdateFunctionConfigurationRequest) {
	set(&cfg.Role, in.Role)
	set(&cfg.Handler, in.Handler)
	set(&cfg.Description, in.Description)
	set(&cfg.Timeout, in.Timeout)
	set(&cfg.MemorySize, in.MemorySize)
	set(&cfg.Runtime, in.Runtime)
	set(&cfg.EphemeralStorage, in.EphemeralStorage)
	if in.KMSKeyArn != nil {
		cfg.KMSKeyArn = nonEmpty(*in.KMSKeyArn)
	}
	if in.DeadLetterConfig != nil {
		cfg.DeadLetterConfig = nil
		if deref(in.DeadLetterConfig.TargetArn) != "" {
			cfg.DeadLetterConfig = in.DeadLetterConfig
		}
	}
	if in.TracingConfig != nil {
		cfg.TracingConfig = &TracingConfigResponse{Mode: in.TracingConfig.Mode}
	}
	if in.VpcConfig != nil {
		cfg.VpcConfig = in.VpcConfig.response()
	}
	if in.FileSystemConfigs != nil {
		cfg.FileSystemConfigs = in.FileSystemConfigs
	}
	if in.ImageConfig != nil {
		cfg.ImageConfigResponse = &ImageConfigResponse{ImageConfig: in.ImageConfig}
	}
	if in.SnapStart != nil {
		cfg.SnapStart = &SnapStartResponse{ApplyOn: in.SnapStart.ApplyOn, OptimizationStatus: new("Off")}
	}
	if in.LoggingConfig != nil {
		cfg.LoggingConfig = in.LoggingConfig.over(cfg.LoggingConfig)
	}
	if cfg.Runtime != nil {
		region := strings.Split(cfg.FunctionArn, ":")[3]
		cfg.RuntimeVersionConfig = &RuntimeVersionConfig{RuntimeVersionArn: new(runtimeVersionARN(region, *cfg.Runtime))}
	}
}

func set[T any](field **T, value *T) {
	if value != nil {
		*field = value
	}
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (v *VpcConfig) response() *VpcConfigResponse {
	r := &VpcConfigResponse{SubnetIds: v.SubnetIds, SecurityGroupIds: v.SecurityGroupIds, VpcId: new(""), Ipv6AllowedForDualStack: v.Ipv6AllowedForDualStack}
	if r.SubnetIds == nil {
		r.SubnetIds = []string{}
	}
	if r.SecurityGroupIds == nil {
		r.SecurityGroupIds = []string{}
	}
	return r
}

// over returns the members of l, and those of old that l leaves out. JSON logs
// have levels, text logs have none.
func (l *LoggingConfig) over(old *LoggingConfig) *LoggingConfig {
	r := *old
	set(&r.LogFormat, l.LogFormat)
	set(&r.LogGroup, l.LogGroup)
	set(&r.ApplicationLogLevel, l.ApplicationLogLevel)
	set(&r.SystemLogLevel, l.SystemLogLevel)
	if deref(r.LogFormat) != "JSON" {
		r.ApplicationLogLevel, r.SystemLogLevel = nil, nil
		return &r
	}
	if r.ApplicationLogLevel == nil {
		r.ApplicationLogLevel = new("INFO")
	}
	if r.SystemLogLevel == nil {
		r.SystemLogLevel = new("INFO")
	}
	return &r
}

// touch gives the configuration a new revision.
func (s *Service) touch(cfg *FunctionConfiguration) {
	cfg.RevisionId = new(s.newID())
	cfg.LastModified = new(isoTime(s.now()))
}

// isoTime is Lambda's form of dates: 2024-05-01T12:00:00.000+0000.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000") + "+0000" }

// Reasons that Lambda gives while it prepares a function.
const (
	reasonCreating     = "The function is being created."
	reasonCodeCreating = "Creating"
)

// activate makes a configuration what it is once Lambda has prepared it. The
// stored document is always active: preparing ends before the request does.
func (s *Service) activate(cfg *FunctionConfiguration) {
	cfg.RevisionId = new(s.newID())
	cfg.State, cfg.StateReason, cfg.StateReasonCode = new("Active"), nil, nil
	cfg.LastUpdateStatus, cfg.LastUpdateStatusReason, cfg.LastUpdateStatusReasonCode = new("Successful"), nil, nil
}

// pending is the answer to a request that made cfg: AWS answers before the
// function is ready, with a revision of its own.
func (s *Service) pending(cfg FunctionConfiguration) *FunctionConfiguration {
	cfg.RevisionId = new(s.newID())
	cfg.State, cfg.StateReason, cfg.StateReasonCode = new("Pending"), new(reasonCreating), new(reasonCodeCreating)
	cfg.LastUpdateStatus = nil
	return &cfg
}

// updating is the answer to a request that changed cfg.
func (s *Service) updating(cfg FunctionConfiguration) *FunctionConfiguration {
	cfg.RevisionId = new(s.newID())
	cfg.LastUpdateStatus, cfg.LastUpdateStatusReason, cfg.LastUpdateStatusReasonCode = new("InProgress"), new(reasonCreating), new(reasonCodeCreating)
	return &cfg
}

// listed is cfg as lists show it.
func (cfg FunctionConfiguration) listed() *FunctionConfiguration {
	cfg.State, cfg.LastUpdateStatus, cfg.RuntimeVersionConfig = nil, nil, nil
	return &cfg
}
