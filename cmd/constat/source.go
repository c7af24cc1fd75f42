package main

import (
	"path/filepath"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
)

// file is a capture file as a source of an audit.
type file struct{ *capture.Capture }

// Describe tells what was read.
func (f file) Describe() audit.Input {
	sum, n := f.Sum()
	return audit.Input{Path: f.Path, SHA256: sum, Bytes: n, Format: f.Format, Writer: f.Creator()}
}

// dirOf is the folder that path stands in.
func dirOf(path string) string { return filepath.Dir(path) }
