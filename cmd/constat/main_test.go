package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"constat": func() { os.Exit(run()) }})
}

// TestTranscripts runs the user manual: each testdata/*.txt is a session at
// a shell with what it must print.
func TestTranscripts(t *testing.T) {
	recordings, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("RECORDED", recordings)
			e.Setenv("VECTOR", filepath.Join(recordings, "../evidence/testdata/plain"))
			e.Setenv("COLUMNS", "100")
			return nil
		},
	})
}
