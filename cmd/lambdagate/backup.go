package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/lambdagate/lambdagate/internal/server"
)

type backupCmd struct {
	client
	File    string `arg:"" help:"File to write, such as lambdagate-backup.tar.gz; it must not exist."`
	WithKey bool   `help:"Put the seal key in, too: whoever has the file then has every secret."`
}

// Run writes a consistent copy of everything that a running server keeps.
func (c *backupCmd) Run(ctx context.Context) error {
	input, err := json.Marshal(map[string]bool{"withKey": c.WithKey})
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); err == nil {
		return fmt.Errorf("%s exists already", c.File)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://lambdagate/_lambdagate/backup", bytes.NewReader(input))
	if err != nil {
		return err
	}
	resp, err := c.do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.CreateTemp(filepath.Dir(c.File), filepath.Base(c.File)+".part-") // only its owner can read it
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	defer os.Remove(f.Name())
	n, err := io.Copy(f, resp.Body)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the backup: %w (the server's log says more)", err)
	}
	if err := os.Link(f.Name(), c.File); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	fmt.Printf("%s: %d bytes\n", c.File, n)
	if !c.WithKey {
		fmt.Println("The seal key is not in it: keep a copy of seal.key elsewhere, since nothing opens the secrets without it.")
	}
	return nil
}

type restoreCmd struct {
	File string `arg:"" help:"Backup to restore." type:"existingfile"`
	Data string `help:"Data folder to make; it must be empty." default:".lambdagate" env:"LAMBDAGATE_DATA"`
}

// Run makes a data folder of a backup; no server may use it meanwhile.
func (c *restoreCmd) Run(ctx context.Context) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer f.Close()
	dir, err := filepath.Abs(c.Data)
	if err != nil {
		return err
	}
	withKey, err := server.Restore(ctx, f, dir)
	if err != nil {
		return err
	}
	fmt.Printf("restored to %s\n", dir)
	if !withKey {
		fmt.Printf("Put the seal key of the old folder into %s before you start the server.\n", filepath.Join(dir, "seal.key"))
	}
	return nil
}
