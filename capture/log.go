package capture

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
)

// openLog opens the evidence log of a live capture: a directory. Its hash and
// length are those of log.jsonl, which commits to the rest.
func openLog(dir string, opt Options) (*Capture, error) {
	if !evidence.IsLog(dir) {
		return nil, &fs.PathError{Op: "open capture", Path: dir, Err: fmt.Errorf("is a directory, and not the log of a constat capture; name the capture files inside it")}
	}
	f, err := os.Open(filepath.Join(dir, "log.jsonl"))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	app, said, err := evidence.StatedApp(f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	c := &Capture{app: app, said: said, Path: dir, Format: "constat", opt: opt, file: f}
	c.stored = newMeter(f, info.Size(), true)
	vault := evidence.OpenVault(dir, opt.Identities...)
	c.undo = append(c.undo, func() { vault.Close() })
	c.format.Read = func(_ io.Reader, o Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return evidence.Flows(c.stored, vault, evidence.ReadOptions{ResponseBodies: o.ResponseBodies, Wrote: wrote, Event: func(e flow.Event) { c.events = append(c.events, e) }})
	}
	return c, nil
}
