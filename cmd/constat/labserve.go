package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/constat/constat/lab/internet"
	"github.com/constat/constat/lab/quinze"
	"github.com/constat/constat/lab/scenario"
)

// serveLab serves the app on one address, without a capture, until Ctrl-C.
func serveLab(cmd *cobra.Command, o labFlags, listen string) error {
	s, err := scenario.Load(o.scenario)
	if err != nil {
		return exit{exitUsage, err}
	}
	addr, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil || !addr.IP.IsLoopback() {
		return usage("--listen %q: %v", listen, errors.Join(internet.ErrNotLoopback, err))
	}
	dir, err := newDir(o.out)
	if err != nil {
		return exit{exitFailure, err}
	}
	if o.out == "" {
		defer os.RemoveAll(dir)
	}
	app, err := quinze.Open(quinze.Config{Dir: filepath.Join(dir, "app"), Switches: s.Switch})
	if err != nil {
		return exit{exitFailure, err}
	}
	defer app.Close()
	l, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return exit{exitFailure, err}
	}
	server := &http.Server{Handler: app.Handler(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(cmd.Context(), func() { server.Close() })
	fmt.Fprintf(os.Stderr, "Quinze, scenario %s: http://%s/ (Ctrl-C ends it)\n", s.Name, l.Addr())
	if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return exit{exitFailure, err}
	}
	return nil
}
