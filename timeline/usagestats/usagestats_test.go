package usagestats

import (
	"bytes"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// Times as versions and languages write them; where day and month cannot be told
// apart, nothing is guessed.
func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		`time="2026-09-26 23:10:03" type=ACTIVITY_RESUMED package=a class=a.B`:                                       "2026-09-26T23:10:03.5 ±500ms",
		`time="1790464203250" type=1 package=a class=a.B`:                                                            "2026-09-26T23:10:03.2505 ±500µs",
		`time="03/09/2017 21:18" type=2 package=a class=a.B`:                                                         "",
		"time=\"03/09/2017 21:18\" type=2 package=a class=a.B\ntime=\"13/09/2017 21:18\" type=3 package=a class=a.B": "2017-09-03T21:18:30 ±30s",
		"time=\"03/09/2017 21:18\" type=2 package=a class=a.B\ntime=\"03/19/2017 21:18\" type=3 package=a class=a.B": "2017-03-09T21:18:30 ±30s",
		// Statistics tell the order too; where they contradict each other, nothing is.
		"package=c totalTime=\"00:00\" lastTime=\"31/12/1969 21:00\" count=1 \ntime=\"03/09/2017 21:18\" type=2 package=a class=a.B": "2017-09-03T21:18:30 ±30s",
		"time=\"03/09/2017 21:18\" type=2 package=a class=a.B\npackage=c totalTimeUsed=\"1:00\" lastTimeUsed=\"12/31/69, 7:00 PM\"":  "2017-03-09T21:18:30 ±30s",
		"timeRange=\"13/09/2017 21:00 – 23:15\"\ntime=\"03/09/2017 21:18\" type=2 package=a class=a.B":                               "2017-09-03T21:18:30 ±30s",
		"lastTime=\"31/12/1969 21:00\" lastTimeSystem=\"12/31/1969 21:00\"\ntime=\"03/09/2017 21:18\" type=2 package=a class=a.B":    "",
		"timeRange=\"2017-09-13 21:00\" config=\"99/99/99\" x=\"13/13/2017\"\ntime=\"03/09/2017 21:18\" type=2 package=a class=a.B":  "",
		`time="9/26/26, 9:18 PM" type=16 package=android`:                                                                            "2026-09-26T21:18:30 ±30s",
		`time="2026/9/26 12:00" type=15 package=android`:                                                                             "2026-09-26T12:00:30 ±30s",
		`time="yesterday" type=15 package=android`:                                                                                   "",
	} {
		got := ""
		Read(strings.NewReader(text), func(e flow.Event) {
			if e.Kind == "state" {
				got = e.Time.Format("2006-01-02T15:04:05.999999") + " ±" + e.Bound.String()
			}
		})
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// A copy of an app does the same within the second, and is not the app; the
// weeks' section repeats a line, and is.
func TestRepeated(t *testing.T) {
	const l = "time=\"2026-09-26 23:10:03\" type=ACTIVITY_RESUMED package=a class=a.B flags=0x0\n"
	var got []string
	notes, _ := Read(strings.NewReader("user=0\n"+l+"  In-memory weekly stats\n"+l+"user=999\n"+l), func(e flow.Event) {
		if e.Kind == "state" {
			got = append(got, e.App)
		}
	})
	if strings.Join(got, " ") != "a a@999" || notes.Others["said before"] != 1 {
		t.Errorf("%v %+v", got, notes)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("user=10\n Last 24 hour events (timeRange=\"x\")\n time=\"2026-09-26 23:10:03\" type=ACTIVITY_RESUMED package=a class=a.B instanceId=1 flags=0x0\n"))
	f.Add([]byte("time=\"03/09/2017 21:18\" type=MOVE_TO_BACKGROUND package=a class=b \ntime=\"9/26/26, 9:18 PM\" type=16 package=android\n"))
	f.Add([]byte("time=\"1790464203250\" type=26 package=android\n"))
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
