package evidence

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// A reader of a log learns of each mark who made it and what that leaves open, and
// of the device from when on nobody watched it.
func TestEvents(t *testing.T) {
	dir := t.TempDir()
	l, err := Create(filepath.Join(dir, "log"), Config{Name: "events", Begin: struct{}{}})
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(l)
	for _, m := range []Mark{
		{Act: "record", By: "key"},
		{Act: "next", By: "http", First: flow.TapFirst},
		{Act: "post", By: "program", Within: 50 * time.Millisecond},
		{Act: "discard", By: "lab"},
	} {
		if _, err := w.Action(m); err != nil {
			t.Fatal(err)
		}
	}
	l.Append(KindAction, map[string]any{"act": "save-draft", "by": "something new"}) // of another version
	l.Append(KindDevice, map[string]any{"app": "", "event": "screen-off", "bound": 7})
	w.Gap(Gap{Kind: "device", Reason: "unplugged"})
	for _, m := range []Mark{{Act: "wave", By: "key"}, {Act: "post", By: "key", Within: 1}, {Act: "post", By: "lab", First: flow.KeyFirst}, {Act: "post", By: "key", First: "thought"}, {Act: "post", By: "program", Within: 2 * MaxWithin}} {
		if _, err := w.Action(m); err == nil {
			t.Errorf("%+v was taken", m)
		}
	}
	if err := l.End(struct{}{}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "log", logFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []flow.Event
	var last time.Time
	for _, err := range Flows(f, OpenVault(filepath.Join(dir, "log")), ReadOptions{Event: func(e flow.Event) {
		if e.Time.Before(last) {
			t.Errorf("%+v before %s", e, last)
		}
		last, e.Time = e.Time, time.Time{}
		got = append(got, e)
	}}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []flow.Event{
		{Kind: "act", What: "record", By: flow.Person},
		{Kind: "act", What: "next", By: flow.Person, First: flow.TapFirst},
		{Kind: "act", What: "post", By: flow.Program, Bound: 50 * time.Millisecond},
		{Kind: "act", What: "discard", By: flow.Program},
		{Kind: "act", What: "save-draft", By: flow.Person},
		{Kind: "state", What: "screen-off", Bound: 7},
		{Kind: "gap", What: "device"},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

// The app under test is what the operator said last; what is no name is refused.
func TestStatedApp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l, err := Create(dir, Config{Name: "app", Begin: struct{}{}})
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(l)
	read := func() (string, time.Time) {
		t.Helper()
		f, err := os.Open(filepath.Join(dir, logFile))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		names, at, err := StatedApp(f)
		if err != nil {
			t.Fatal(err)
		}
		return names, at
	}
	if names, at := read(); names != "" || !at.IsZero() {
		t.Errorf("nobody said: %q, %s", names, at)
	}
	for _, bad := range []string{"", "a,,b", "a\nb", strings.Repeat("x", 200), strings.Repeat("a,", 20) + "a"} {
		if err := w.StateApp(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if err := w.StateApp("com.example.vdieo"); err != nil {
		t.Fatal(err)
	}
	if err := w.StateApp("com.example.video,Video"); err != nil {
		t.Fatal(err)
	}
	w.Action(Mark{Act: "note", By: "key", Note: `"kind":"annotation"`})
	if err := l.End(struct{}{}); err != nil {
		t.Fatal(err)
	}
	if names, at := read(); names != "com.example.video,Video" || time.Since(at).Abs() > time.Minute {
		t.Errorf("%q, %s", names, at)
	}
}

func FuzzStatedApp(f *testing.F) {
	f.Add([]byte(`{"body":{"app":"com.example.video"},"kind":"annotation","mono":1,"prev":"","seq":1,"wall":"2026-11-28T09:34:19.858995692Z"}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		names, at, err := StatedApp(bytes.NewReader(b))
		if err != nil || names != "" && CheckApp(names) != nil || names == "" && !at.IsZero() {
			t.Errorf("%q %s %v", names, at, err)
		}
	})
}
