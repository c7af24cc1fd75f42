package list

import (
	"bytes"
	"strings"
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

func TestWords(t *testing.T) {
	for what, want := range map[string]string{
		"state,not-running":   `line 3: expected a state: foreground, background, swiped, force-stopped, closed, screen-off, unknown or screen-on, found "not-running"`,
		"state,swipped":       `line 3: expected a state of an app, found "swipped" (did you mean "swiped"?)`,
		"act,consent-acept":   `line 3: expected what happened, found "consent-acept" (did you mean "consent-accept"?`,
		",foregroud":          `did you mean "foreground"?`,
		"watch,clipbord":      `did you mean "clipboard"?`,
		"act,photo-taken":     "",
		"state,screen-on":     "",
		"state,killed":        "",
		",swiped":             "",
		"access,sms":          "",
		"gap,battery was off": "",
	} {
		notes, _, err := Read(bytes.NewReader([]byte("time,kind,what\n2026-11-24T12:00:07+01:00,act,next\n2026-11-24T12:00:08+01:00,"+what+"\n")), func(flow.Event) {})
		if want == "" && err == nil {
			if noted := len(notes.Problems) > 0; noted != (what == "act,photo-taken") {
				t.Errorf("%s: %+v", what, notes.Problems)
			}
			continue
		}
		if err == nil || want == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
}

// TestByHand: a person wrote it, unless the list says how near its times are.
func TestByHand(t *testing.T) {
	for text, want := range map[string]flow.Event{
		"time,what\n1795518010,next\n":                                                    {Kind: "act", What: "next", By: flow.Person},
		"time,what\n1795518010,swiped\n":                                                  {Kind: "state", What: "swiped", By: flow.Person},
		"time,what,bound\n1795518010,next,0s\n":                                           {Kind: "act", What: "next"},
		"time,kind,what\n1795518010,access,camera\n":                                      {Kind: "access", What: "camera"},
		"bound = \"1s\"\n[[event]]\ntime = 1795518010\nwhat = \"next\"\n":                 {Kind: "act", What: "next", Bound: 1e9},
		"[[event]]\ntime = 1795518010\nwhat = \"next\"\n":                                 {Kind: "act", What: "next", By: flow.Person},
		"bound = \"1s\"\n[[event]]\ntime = 1795518010\nwhat = \"next\"\nbound = \"0s\"\n": {Kind: "act", What: "next"},
	} {
		_, _, err := Read(bytes.NewReader([]byte(text)), func(e flow.Event) {
			if want.Time = e.Time; e != want {
				t.Errorf("%q: %+v, want %+v", text, e, want)
			}
		})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
