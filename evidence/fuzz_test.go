package evidence

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// FuzzLog reads hostile lines as a log. Chain and canonical form stop nearly
// all of them, so the replay is also fed each line's body as if it were good.
func FuzzLog(f *testing.F) {
	whole, err := os.ReadFile("testdata/plain/" + logFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	for line := range bytes.Lines(whole) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v := OpenVault("testdata/plain")
		defer v.Close()
		read := 0
		for e, err := range Entries(bytes.NewReader(b)) {
			if err == nil {
				read++
				Refs(e)
			}
		}
		flows := 0
		for f, err := range Flows(bytes.NewReader(b), v, ReadOptions{ResponseBodies: true}) {
			if err == nil && f != nil {
				flows++
			}
		}
		if flows > 2*read+1 {
			t.Errorf("%d flows of %d entries", flows, read)
		}
		r := &replay{v: v, yield: func(*flow.Flow, error) bool { return true }, conns: map[int64]*wire{}, open: map[int64]*flow.Flow{}, trials: map[string]*flow.Control{}}
		for line := range bytes.Lines(b) {
			var e Entry
			if json.Unmarshal(line, &e) == nil {
				e.Wall = time.Unix(0, 0)
				r.entry(&e)
			}
		}
		r.rest()
		(&session{}).parseMessages(b)
		parseRequestHead(b)
		parseResponseHead(b)
		splitNotes(b)
	})
}
