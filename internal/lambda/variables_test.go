package lambda

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// TestVariablesAreSealed looks for a marked secret in everything on disk.
func TestVariablesAreSealed(t *testing.T) {
	t.Parallel()
	const secret = "marked-secret-value-0123456789"
	dir := t.TempDir()
	var ran map[string]string
	open := func(key byte) (*server, func()) {
		st, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir + "/data"})
		if err != nil {
			t.Fatal(err)
		}
		s := openServer(t, Config{
			Store: st, CodeDir: dir + "/code", SealKey: bytes.Repeat([]byte{key}, 32),
			Environments: &fakeEnvironments{invoke: func(_ context.Context, r *Runnable, _ *Task) (*Outcome, error) {
				ran = r.Env
				return &Outcome{}, nil
			}},
		})
		return s, func() {
			s.Close()
			st.Close()
		}
	}
	s, stop := open(1)
	in := createRequest("f")
	in.Environment = &Environment{Variables: map[string]string{"PASSWORD": secret}}
	shown := func(c *FunctionConfiguration) {
		t.Helper()
		if c.Environment == nil || c.Environment.Variables["PASSWORD"] != secret {
			t.Errorf("variables are shown as %+v", c.Environment)
		}
	}
	shown(must[FunctionConfiguration](s, "CreateFunction", in))
	first := must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	shown(first)
	// Equal variables are no change.
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Environment: in.Environment})
	if again := must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"}); again.Version != first.Version {
		t.Errorf("equal variables gave version %s", again.Version)
	}
	stop()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("looked at %d files: %v", files, err)
	}

	s, stop = open(1)
	for _, v := range must[ListVersionsByFunctionResponse](s, "ListVersionsByFunction", &ListVersionsByFunctionRequest{FunctionName: "f"}).Versions {
		shown(v)
	}
	if _, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Qualifier: "1", Account: testAccount, Region: testRegion}); err != nil || ran["PASSWORD"] != secret {
		t.Errorf("ran with %v, %v", ran, err)
	}
	stop()

	s, stop = open(2)
	defer stop()
	if c := must[FunctionConfiguration](s, "GetFunctionConfiguration", &GetFunctionConfigurationRequest{FunctionName: "f"}); c.Environment == nil || c.Environment.Error == nil || c.Environment.Variables != nil {
		t.Errorf("with another key variables are %+v", c.Environment)
	}
	if _, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Account: testAccount, Region: testRegion}); err == nil {
		t.Error("ran without its variables")
	}
}
