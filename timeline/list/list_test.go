package list

import (
	"bytes"
	"testing"

	"github.com/constat/constat/flow"
)

func FuzzRead(f *testing.F) {
	f.Add([]byte("time,kind,what,app,bound,note\n2026-11-24T12:00:07+01:00,act,next,,500ms,\"a, b\"\n"))
	f.Add([]byte("# list\ntime;what\n1795518010.5;swiped\n"))
	f.Add([]byte("clock = \"capture\"\nbound = \"1s\"\n[[event]]\ntime = 2026-11-24T12:00:07+01:00\nwhat = \"next\"\n[[event]]\ntime = 2026-11-24 12:00:07\nwhat = \"post\"\n"))
	f.Add([]byte("[[event]]\ntime = 1795518010\nwhat = \"next\"\nbound = \"-1s\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Match(b)
		notes, clock, err := Read(bytes.NewReader(b), func(e flow.Event) {
			if e.Time.IsZero() || e.Kind == "" || e.What == "" || e.Bound < 0 || len(e.App) > 256 {
				t.Errorf("%+v", e)
			}
		})
		if err == nil && (notes == nil || clock != "" && clock != Device && clock != Capture) {
			t.Errorf("%+v %q", notes, clock)
		}
	})
}
