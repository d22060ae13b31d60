package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// runtimeAPI is the address that AWS's environments name.
const runtimeAPI = "169.254.100.1:9001"

// Values of AWS_LAMBDA_INITIALIZATION_TYPE.
const (
	onDemandInit    = "on-demand"
	provisionedInit = "provisioned-concurrency"
)

// actsAtStart are prefixes of variables that a runtime reads when its process
// starts: setting them later would be too late.
var actsAtStart = []string{"NODE_", "LD_", "LC_", "LANG", "TZ", "UV_", "PYTHON", "MALLOC_", "GLIBC_", "SSL_", "OPENSSL_",
	"AWS_LAMBDA_EXEC_WRAPPER", "PATH", "ICU_", "FORCE_COLOR", "NO_COLOR"}

// startsOwnProcess says whether a function cannot use a process that was
// started ahead.
func startsOwnProcess(f *Function) bool {
	if f.Inspect != "" {
		return true
	}
	for name := range f.Env {
		if slices.ContainsFunc(actsAtStart, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			return true
		}
	}
	return false
}

// baseEnv are the variables that are the same for every function of a runtime.
func baseEnv(l language, root string) map[string]string {
	env := map[string]string{
		"AWS_LAMBDA_INITIALIZATION_TYPE": onDemandInit,
		"AWS_LAMBDA_RUNTIME_API":         runtimeAPI,
		"AWS_XRAY_CONTEXT_MISSING":       "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":        "169.254.79.129:2000",
		"_AWS_XRAY_DAEMON_ADDRESS":       "169.254.79.129",
		"_AWS_XRAY_DAEMON_PORT":          "2000",
		"LAMBDA_TASK_ROOT":               root,
		"LAMBDA_RUNTIME_DIR":             runtimeDir,
		"LANG":                           "en_US.UTF-8",
		"LD_LIBRARY_PATH":                "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
		"PATH":                           "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TZ":                             ":UTC",
		"PWD":                            root,
		"SHLVL":                          "0",
	}
	switch l.family {
	case node:
		env["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + l.id
		env["NODE_PATH"] = fmt.Sprintf("/opt/nodejs/node%d/node_modules:/opt/nodejs/node_modules:"+
			"/var/runtime/node_modules:/var/runtime:%s", l.major, root)
	case python:
		env["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + l.id
		env["PYTHONPATH"] = runtimeDir
	case custom:
		if !strings.HasPrefix(l.id, "provided") {
			env["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + l.id
		}
	}
	return env
}

// functionEnv are the variables of one environment of a function; the user's
// win over everything else.
func functionEnv(t *tenant) map[string]string {
	f, keys := t.f, t.keys
	env := map[string]string{
		"_HANDLER":                        f.Handler,
		"AWS_REGION":                      f.Region,
		"AWS_DEFAULT_REGION":              f.Region,
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_FUNCTION_VERSION":     f.Version,
		"AWS_LAMBDA_LOG_GROUP_NAME":       f.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME":      t.journal.stream,
	}
	if t.kept {
		env["AWS_LAMBDA_INITIALIZATION_TYPE"] = provisionedInit
	}
	if f.LogFormat != "" {
		env["AWS_LAMBDA_LOG_FORMAT"] = f.LogFormat
	}
	if f.LogFormat == "JSON" {
		env["AWS_LAMBDA_LOG_LEVEL"] = f.ApplicationLogLevel
		if f.ApplicationLogLevel == "" {
			env["AWS_LAMBDA_LOG_LEVEL"] = "INFO"
		}
	}
	if keys.AccessKeyID != "" {
		env["AWS_ACCESS_KEY_ID"] = keys.AccessKeyID
		env["AWS_SECRET_ACCESS_KEY"] = keys.SecretAccessKey
		env["AWS_SESSION_TOKEN"] = keys.SessionToken
	}
	maps.Copy(env, t.common)
	maps.Copy(env, f.Env)
	return env
}

// environ is env as a process takes it, in a fixed order.
func environ(env map[string]string) []string {
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
