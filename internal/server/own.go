package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// ownRoutes are lambdagate's own endpoints.
func (s *Server) ownRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_lambdagate/health", s.health)
	mux.Handle("GET /_lambdagate/metrics", s.prometheusHandler())
	if s.config.Mode == "dev" {
		for _, path := range []string{"/_lambdagate/reset", "/_localstack/state/reset", "/moto-api/reset"} {
			mux.HandleFunc("POST "+path, s.resetHTTP)
		}
	}
	return mux
}

// health says that the server answers, and what its operations can do.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	services := map[string]map[string]int{}
	for name, svc := range s.registry.Services() {
		done := 0
		for _, op := range svc.Operations {
			if op.Implemented {
				done++
			}
		}
		services[name] = map[string]int{"operations": len(svc.Operations), "implemented": done}
	}
	writeJSON(w, http.StatusOK, map[string]any{"status": "ok", "mode": s.config.Mode, "uptimeSeconds": int(time.Since(s.started).Seconds()), "services": services})
}

// resetHTTP empties everything, for test suites.
func (s *Server) resetHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	if err := s.Reset(ctx); err != nil {
		s.log.Error("reset", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"message": "reset failed: " + err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "reset"})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client is gone; nothing is left to do
}

// doorCall is the caller of the CLI's door: whoever may open the socket in the
// data folder is root.
func (s *Server) doorCall(r *http.Request) (*awsapi.Call, error) {
	region := r.Header.Get("X-Lambdagate-Region")
	if region == "" {
		region = awsapi.DefaultRegion
	}
	return &awsapi.Call{
		RequestID: awsapi.NewRequestID(), Region: region, Caller: awsapi.RootCaller(awsapi.DefaultAccount),
		SourceIP: "127.0.0.1", UserAgent: "lambdagate-cli",
	}, nil
}
