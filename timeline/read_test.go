package timeline

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

var paris = time.FixedZone("+01:00", 3600)

// load reads a file of testdata whose clock is Paris's.
func load(t *testing.T, name string) *Log {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	l, err := Read(name, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if l.Unknown > 0 {
		t.Errorf("%s: %v", name, l.Problems)
	}
	if err := l.Settle(paris, 0, time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return l
}

// The same session as several versions of Android log it.
func TestVersions(t *testing.T) {
	for name, c := range map[string]struct {
		format string
		lines  int64
		want   string // the state at these seconds after 12:00
	}{
		// Before Android 8 nothing tells how many processes there were, nor that
		// activities were stopped; what the task's removal was is told.
		// Who came to the front when the screen was turned on, it does not say.
		"android6.log":   {"logcat", 28, "4 unknown, 15 foreground, 25 foreground, 35 background, 45 foreground, 49 background, 55 swiped, 75 swiped, 80.5 unknown, 99 unknown"},
		"android9.log":   {"logcat", 37, "4 unknown, 15 foreground, 25 foreground, 35 background, 45 foreground, 49 background, 55 force-stopped, 75 force-stopped, 99 unknown"},
		"android12.log":  {"logcat", 37, "4 unknown, 15 foreground, 25 foreground, 35 background, 45 foreground, 49 background, 55 swiped, 75 swiped, 99 unknown"},
		"android16.log":  {"logcat", 27, "4 unknown, 15 foreground, 25 foreground, 35 background, 45 foreground, 49 background, 55 closed, 75 closed, 99 unknown"},
		"usagestats.txt": {"usagestats", 29, "4 unknown, 15 foreground, 25 foreground, 35 background, 45 foreground, 52 background, 75 screen-off, 99 unknown"},
		// Minutes, and no stops: 12:00 is anywhere in its minute.
		"usagestats7.txt": {"usagestats", 14, "-31 unknown, 90 foreground, 200 background, 400 unknown"},
	} {
		l := load(t, name)
		if l.Format != c.format || l.Clock != DeviceClock || l.Lines != c.lines || l.Zoneless || l.Yearless {
			t.Errorf("%s: %s by the %s's clock, %d lines", name, l.Format, l.Clock, l.Lines)
		}
		tl := Of("com.example.video", l.Events)
		for _, w := range strings.Split(c.want, ", ") {
			s, state, _ := strings.Cut(w, " ")
			d, err := time.ParseDuration(s + "s")
			if err != nil {
				t.Fatal(err)
			}
			m := tl.At(time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC).Add(d))
			if m.State != state || m.Open&State != 0 {
				t.Errorf("%s at %s s: %s (open: %v), want %s", name, s, m.State, m.Open.Names(), state)
			}
		}
	}
}

// Logcat and usagestats of one session agree, and each adds what it knows.
func TestTogether(t *testing.T) {
	tl := Of("com.example.video", append(load(t, "android12.log").Events, load(t, "usagestats.txt").Events...))
	for s, want := range map[int]string{15: Foreground, 35: Background, 55: Swiped} {
		if got := tl.At(time.Date(2026, 11, 24, 11, 0, s, 0, time.UTC)).State; got != want {
			t.Errorf("at %d s: %s, want %s", s, got, want)
		}
	}
}

func TestAccesses(t *testing.T) {
	var got []string
	l := load(t, "appops.txt")
	for _, e := range l.Events {
		if e.Kind != "access" || e.Bound != time.Millisecond {
			t.Errorf("%+v", e)
		}
		got = append(got, e.Time.Format("04:05.000 ")+e.App+" "+e.What+" ("+e.Detail+")")
	}
	want := []string{
		"00:21.120 com.example.video location (FINE_LOCATION top-s)",
		"00:33.000 com.example.video location (refused, FINE_LOCATION bg-s)",
		"00:15.400 com.example.video microphone (RECORD_AUDIO top-s recorder, +14s905ms)",
		"00:34.559 com.example.video clipboard (READ_CLIPBOARD cch-s)",
		"00:35.711 com.example.video clipboard (READ_CLIPBOARD fg-tpd)",
		"00:12.000 com.example.video@10 camera (refused, CAMERA top-s)",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

func TestLists(t *testing.T) {
	for name, clock := range map[string]string{"moments.csv": "", "moments.toml": CaptureClock} {
		l := load(t, name)
		m := New(l.Events).At(time.Date(2026, 11, 24, 11, 0, 22, 0, time.UTC))
		if l.Clock != clock || m.Act != "next" || m.Since != 2*time.Second || m.Within == 0 || !m.Draft {
			t.Errorf("%s: %+v", name, m)
		}
		if m := New(l.Events).At(time.Date(2026, 11, 24, 11, 0, 55, 0, time.UTC)); m.State != Swiped {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// What a person wrote wrongly is told with its line and the remedy.
func TestListMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"time,what\nyesterday,next\n":                                          `f.csv: line 2: expected a time such as 2026-11-24T12:00:07+01:00, found "yesterday"`,
		"time,what,color\n":                                                    `line 1: expected the columns time, kind`,
		"time,what\n\n2026-11-24T12:00:07Z,\n":                                 `line 3: expected what happened`,
		"time,what\n2026-11-24T12:00:07Z,next\n2026-11-24 12:00:08,post\n":     `line 3: expected a time with its zone, as on the lines before`,
		"time,what\n2026-11-24 12:00:08,post\n2026-11-24T12:00:07Z,next\n":     `line 3: expected a time without a zone, as on the lines before`,
		"time,kind,what\n2026-11-24T12:00:07Z,deed,next\n":                     `line 2: expected a kind: act, state, access, watch, unwatch or gap, found "deed"`,
		"time,what,bound\n2026-11-24T12:00:07Z,next,some\n":                    `line 2: expected a bound such as 500ms, found "some"`,
		"time,what\n2026-11-24T12:00:07Z,next,more\n":                          `line 2: expected 2 fields, found 3`,
		"time,what\n2026-11-24T12:00:07Z,\"next\n":                             `line`,
		"[[event]]\ntime = 2026-11-24T12:00:07Z\nwhere = \"x\"\n":              `unknown key "event.where"`,
		"clock = \"moon\"\n[[event]]\ntime = 2026-11-24T12:00:07Z\nwhat='a'\n": `clock is "moon"`,
		"[[event]]\ntime = 7\nwhat = 'a'\n":                                    `line 1: expected a time`,
		"hello\n":                                                              `f.csv: line 1: no record of events that can be read: expected logcat`,
		"":                                                                     `it is empty`,
		"I/am_kill( 22): [0,1,a,2,b]\n":                                        `expected logcat (with its times: adb logcat -b events -v epoch,uid)`,
	} {
		_, err := Read("f.csv", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := Read("f", strings.NewReader("\x00\x01")); !errors.Is(err, ErrFormat) {
		t.Errorf("%v", err)
	}
}

// A year that the log does not tell is the one nearest to the capture, or the one
// named; a zone that it does not tell must be named.
func TestSettle(t *testing.T) {
	text := "12-31 23:59:58.000  1  2 I am_low_memory: 5\n01-01 00:00:02.000  1  2 I am_low_memory: 5\n"
	read := func() *Log { return mustRead(t, text) }
	l := read()
	if err := l.Settle(nil, 0, noon); err == nil || !strings.Contains(err.Error(), "--events-zone") {
		t.Errorf("%v", err)
	}
	if err := l.Settle(paris, 0, time.Time{}); err == nil || !strings.Contains(err.Error(), "--events-year") {
		t.Errorf("%v", err)
	}
	if err := l.Settle(paris, 0, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if a, b := l.Events[0].Time, l.Events[1].Time; b.Sub(a) != 4*time.Second || b.Format(time.RFC3339) != "2026-12-31T23:00:02Z" {
		t.Errorf("%s, %s", a, b)
	}
	l = read()
	if l.Settle(paris, 2020, noon); l.Events[0].Time.Year() != 2020 {
		t.Errorf("%s", l.Events[0].Time)
	}
	for s, ok := range map[string]bool{"Europe/Paris": true, "+01:00": true, "-0330": true, "+02": true, "Paris": false, "": false, "Local": false} {
		if _, err := Zone(s); (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// A clock that is set back makes two sources of one log: what both claim of one
// time, and do not agree on, is unknown.
func TestClockSetBack(t *testing.T) {
	l := mustRead(t, `1790110000.000  1  2 I wm_set_resumed_activity: [0,com.example.video/.Main,resumeTopActivity]
1790113600.000  1  2 I wm_pause_activity: [0,1,com.example.video/.Main,x,y]
1790113600.500  1  2 I wm_set_resumed_activity: [0,com.example.home/.Home,resumeTopActivity]
1790113600.900  1  2 I wm_stop_activity: [0,1,com.example.video/.Main]
1790110700.000  1  2 I am_low_memory: 5
1790110800.000  1  2 I am_low_memory: 5
`)
	if l.Steps != 1 || l.Events[0].Source == l.Events[len(l.Events)-1].Source {
		t.Errorf("%d steps: %+v", l.Steps, l.Events)
	}
	if s := Of("com.example.video", l.Events).At(time.Unix(1790114000, 0)).State; s != Unknown {
		t.Errorf("after the step: %s", s)
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 2000)])
	}
	f.Add([]byte("time;what\n1795518010.5;next\n"))
	f.Add([]byte("user=10\n time=\"1795518010500\" type=1 package=a class=b\n time=\"9/3/26 1:02 PM\" type=2 package=a\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Read("f", bytes.NewReader(b))
		if err != nil {
			return
		}
		if err := l.Settle(paris, 0, noon); err != nil {
			t.Fatal(err)
		}
		for _, app := range append(Apps(l.Events), "") {
			tl := Of(app, l.Events)
			for _, e := range tl.Events() {
				tl.At(e.Time)
			}
		}
		offset, _ := Estimate(Shared([]flow.Event{act(1, "next"), act(2, "post")}, l.Events), MaxDrift)
		for _, e := range l.Events {
			if offset != nil && offset.Correct(e).Bound < 0 {
				t.Errorf("%+v", offset.Correct(e))
			}
		}
	})
}
