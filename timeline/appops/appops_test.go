package appops

import (
	"bytes"
	"testing"

	"github.com/constat/constat/flow"
)

// Before Android 10 only how long ago is told: that is said, and nothing made up.
func TestAgo(t *testing.T) {
	n := 0
	notes, _ := Read(bytes.NewReader([]byte("  Package com.example.video:\n    CAMERA: mode=0; time=+3d2h3m4s5ms ago; duration=+1s\n")), func(flow.Event) { n++ })
	if n != 0 || notes.Unknown != 1 || notes.Problems[0].Line != 2 {
		t.Errorf("%d events, %+v", n, notes)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("Uid u0a123:\n Package a.b:\n CAMERA (allow):\n null=[\n Access: [top-s] 2026-11-24 12:00:21.120 (-4m38s880ms) duration=+3s\n ]\n"))
	f.Add([]byte("Uid 1010123:\n Package a.b:\n CAMERA (ignore / switch X=allow):\n tag=[\n Reject: [bg-tpd]2026-11-24 12:00:21.120 (-1s)\n"))
	f.Add([]byte("Package a:\n CAMERA: mode=0; time=+3d2h3m4s5ms ago; duration=+1s\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Match(b)
		notes, err := Read(bytes.NewReader(b), func(e flow.Event) {
			if e.Time.IsZero() || len(e.App) > 300 || len(e.Detail) > 300 {
				t.Errorf("%+v", e)
			}
		})
		if err != nil || notes.Unknown > notes.Lines+int64(len(b)) {
			t.Errorf("%v %+v", err, notes)
		}
	})
}
