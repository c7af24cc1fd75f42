package appops

import (
	"bytes"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// Android 9 has a line for each state.
func TestAndroid9(t *testing.T) {
	var got []string
	notes, err := Read(strings.NewReader(`Current AppOps Service state:
  Uid u0a123:
    state=fg
    pendingState=cch
    Package com.example.video:
      CAMERA (allow):
          Access: fgsvc = 2026-11-24 12:00:21.120 (-1h17m24s446ms)
                  fg    = 2026-11-24 12:00:22.000 (-11m1s591ms)
          Reject: cch   = 2026-11-24 12:00:23.000 (-11m1s591ms)
                  bg    = 2026-11-24 12:00:24.000 (-11m1s591ms)
          duration=+934ms
          Running start at: +3s
      RECORD_AUDIO (allow / switch CAMERA=allow):
          Access: never
                  fg    = 2026-11-24 12:00:26.000 (-1s)
`), func(e flow.Event) {
		got = append(got, e.Time.Format("05.000 ")+e.App+" "+e.What+" ("+e.Detail+")")
	})
	want := "21.120 com.example.video camera (CAMERA fgsvc), 22.000 com.example.video camera (CAMERA fg), " +
		"23.000 com.example.video camera (refused, CAMERA cch), 24.000 com.example.video camera (refused, CAMERA bg)"
	if strings.Join(got, ", ") != want || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if notes.Unknown != 2 || notes.Problems[1].Line != 15 || notes.Others["how long an access lasted"] != 2 {
		t.Errorf("%+v", notes)
	}
}

// Before Android 9 only how long ago is told: that is said, and nothing made up.
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
	f.Add([]byte("Package a:\n CAMERA (allow):\n Access: pers  = 2026-11-24 12:00:21.120 (-1s)\n fg = 2026-11-24 12:00:21.120\n"))
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
