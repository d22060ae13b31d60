package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
	"github.com/lambdagate/lambdagate/internal/sandbox/noderuntime"
)

// sdkTimeout bounds the wait for the AWS SDK.
const sdkTimeout = 10 * time.Minute

// modulesDir is where the runtime finds the packages that AWS ships with it.
const modulesDir = runtimeDir + "/" + runtimeapi.PackagesDir

// bringSDK makes the AWS SDK visible to a function that asked for a package of
// it, and answers. It returns how long that took. That the SDK cannot be had is
// for the function to see, as a module that is not found.
func (e *environment) bringSDK(name string) (took time.Duration, err error) {
	began := time.Now()
	folder := ""
	if !e.m.config.NoSDK && e.launch.family == node {
		folder, err = e.showSDK(name)
		if err != nil && !errors.Is(err, noderuntime.ErrNoSDK) {
			return time.Since(began), err
		}
		if err != nil && e.m.config.Progress != nil {
			e.m.config.Progress(fmt.Sprintf("function %s asks for %s: %v", e.f.Name, name, err))
		}
	}
	took = time.Since(began)
	if err := e.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return took, err
	}
	return took, e.conn.WriteGo(folder)
}

// showSDK returns the folder in which the runtime finds the SDK.
func (e *environment) showSDK(name string) (string, error) {
	ctx, cancel := context.WithTimeout(e.m.background, sdkTimeout)
	defer cancel()
	folder, err := e.m.nodes.SDK(ctx, e.launch.major, name)
	if err != nil || e.launch.plain {
		return folder, err
	}
	show := &jail.Show{Binds: []jail.Bind{{Sources: []string{folder}, Target: modulesDir}}}
	return modulesDir, e.proc.Show(ctx, show)
}
