package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Pull gets an image.
func (e *Engine) Pull(ctx context.Context, image string) error {
	res, err := e.call(ctx, http.MethodPost, "/images/create?fromImage="+url.QueryEscape(image), nil)
	if err != nil {
		return fmt.Errorf("get image %s: %w", image, err)
	}
	defer res.Body.Close()
	for d := json.NewDecoder(res.Body); ; {
		var progress struct{ Error string }
		switch err := d.Decode(&progress); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("get image %s: %w", image, err)
		case progress.Error != "":
			return fmt.Errorf("get image %s: %s", image, progress.Error)
		}
	}
}
