package console

import (
	"encoding/json"
	"io"
	"net/http"
)

// TemplateError is where a mapping template cannot be parsed, and why.
type TemplateError struct {
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1
	Message string `json:"message"`
}

// maxTemplate is what API Gateway takes.
const maxTemplate = 300 << 10

// checkTemplate answers {"ok":true}, or the error.
func checkTemplate(check func(string) *TemplateError) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Template string }
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*maxTemplate)).Decode(&in); err != nil {
			refuse(w, http.StatusBadRequest, `{"code":"SerializationException","message":"The body is not the JSON expected."}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if check == nil {
			io.WriteString(w, `{"ok":true}`) //nolint:errcheck // the client is gone; nothing is left to do
			return
		}
		if e := check(in.Template); e != nil {
			json.NewEncoder(w).Encode(e) //nolint:errcheck // the client is gone; nothing is left to do
			return
		}
		w.Write([]byte(`{"ok":true}`)) //nolint:errcheck // as above
	})
}
