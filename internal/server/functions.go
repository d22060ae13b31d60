package server

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// runtimePaths are the configured interpreters and folders by what they are.
type runtimePaths struct{ node, python, folders map[string]string }

// sortPaths tells the configured paths of runtimes apart by their names.
func sortPaths(paths map[string]string) runtimePaths {
	out := runtimePaths{node: map[string]string{}, python: map[string]string{}, folders: map[string]string{}}
	for id, path := range paths {
		_, err := strconv.Atoi(id)
		switch version, isPython := strings.CutPrefix(id, "python"); {
		case isPython:
			out.python[version] = path
		case err == nil || strings.HasPrefix(id, "nodejs"):
			out.node[id] = path
		default:
			out.folders[id] = path
		}
	}
	return out
}

// firstInspect is the port of the first function under a debugger, Node.js's own.
const firstInspect = 9229

// inspected are the addresses of debuggers by function name.
func (c LambdaConfig) inspected() (map[string]string, error) {
	out := map[string]string{}
	for i, text := range c.Inspect {
		name, address, given := strings.Cut(text, "=")
		if !given {
			address = net.JoinHostPort("127.0.0.1", strconv.Itoa(firstInspect+i))
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("inspect %q: give NAME or NAME=127.0.0.1:PORT: %w", text, err)
		}
		if !isLoopback(host) {
			return nil, fmt.Errorf("inspect %q: a debugger can do what the function can, so its address has to be loopback", text)
		}
		out[name] = address
	}
	return out, nil
}

// functionEnv are variables that every function gets, so that AWS's SDKs and
// CLI inside of functions reach this server, and the configured services where
// those are. A function's own variables win.
func (s *Server) functionEnv() map[string]string {
	env := map[string]string{"AWS_ENDPOINT_URL": s.URL()}
	if s.innerPort != nil {
		env["AWS_ENDPOINT_URL"] = "http://" + s.innerPort.Addr().String()
	}
	for _, service := range slices.Sorted(maps.Keys(s.config.Endpoints)) {
		env["AWS_ENDPOINT_URL_"+endpointName(service)] = s.config.Endpoints[service]
	}
	return env
}

// endpointName is how SDKs name a service in AWS_ENDPOINT_URL_*.
func endpointName(service string) string {
	if service == "events" { // by its id, not by its host
		return "EVENTBRIDGE"
	}
	return strings.ToUpper(strings.NewReplacer("-", "_", " ", "_").Replace(service))
}
