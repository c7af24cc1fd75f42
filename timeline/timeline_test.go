package timeline

import (
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func at(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }

func act(s float64, what string) flow.Event { return flow.Event{Time: at(s), Kind: "act", What: what} }
func state(s float64, what string) flow.Event {
	return flow.Event{Time: at(s), Kind: "state", What: what}
}

// A session as the lab's phone plays it; events come in no order.
func session() *Timeline {
	return New([]flow.Event{
		act(30, "post"), act(25, "record"), act(26, "next"),
		state(0, "foreground"), act(0, "app-opened"), act(2, "consent-refuse"), act(4, "consent-accept"),
		act(10, "record"), act(12, "next"), act(14, "discard"),
		act(15, "record"), act(16, "next"), act(17, "save-draft"),
		state(18, "paused"), state(20, "swiped"), state(22, "resumed"), act(23, "sign-up"),
	})
}

func TestAt(t *testing.T) {
	for _, c := range []struct {
		s    float64
		want Moment
	}{
		{-1, Moment{State: Unknown, Consent: Unknown}},
		{1, Moment{State: Foreground, Act: "app-opened", Consent: None, Unmarked: Draft | Fate | Last}},
		{2, Moment{State: Foreground, Act: "consent-refuse", Consent: Refused, Unmarked: Draft | Fate | Last}}, // an event is over at its own instant
		{5, Moment{State: Foreground, Act: "consent-accept", Consent: Accepted, Unmarked: Draft | Fate | Last}},
		{11, Moment{State: Foreground, Act: "record", Consent: Accepted, Draft: true, Fate: "discard"}},
		{13, Moment{State: Foreground, Act: "next", Consent: Accepted, Draft: true, Fate: "discard"}},
		{14.5, Moment{State: Foreground, Act: "discard", Consent: Accepted, Last: "discard"}},
		{16.5, Moment{State: Foreground, Act: "next", Consent: Accepted, Draft: true, Fate: "save-draft"}},
		{19, Moment{State: Background, Act: "save-draft", Consent: Accepted, Last: "save-draft"}}, // Android says paused
		{21, Moment{State: Swiped, Act: "save-draft", Consent: Accepted, Last: "save-draft"}},
		{27, Moment{State: Foreground, Act: "next", Consent: Accepted, Draft: true, Fate: "post", Account: true}},
		{99, Moment{State: Foreground, Act: "post", Consent: Accepted, Last: "post", Account: true}},
	} {
		got := session().At(at(c.s))
		got.Since, got.acted = 0, time.Time{}
		if got != c.want {
			t.Errorf("at %g s: %+v, want %+v", c.s, got, c.want)
		}
	}
	if since := session().At(at(13)).Since; since != time.Second {
		t.Errorf("since Next: %v", since)
	}
}

// A clip of which nobody marked how it ended has no fate, and not the next one's.
func TestFateIsOfTheSameClip(t *testing.T) {
	m := New([]flow.Event{act(1, "record"), act(5, "record"), act(8, "post")}).At(at(2))
	if !m.Draft || m.Fate != "" {
		t.Errorf("%+v", m)
	}
}

func TestUnsure(t *testing.T) {
	tl := New([]flow.Event{{Time: at(10), Kind: "act", What: "next", Bound: 500 * time.Millisecond}, act(11, "post")})
	for s, want := range map[float64]bool{9: false, 9.6: true, 10.4: true, 10.6: false, 11: false} {
		if got := tl.At(at(s)).Unsure; got != want {
			t.Errorf("at %g s: unsure %v", s, got)
		}
	}
}

func TestNothingKnown(t *testing.T) {
	if m := New(nil).At(noon); m != (Moment{State: Unknown, Consent: Unknown}) {
		t.Errorf("%+v", m)
	}
}

// A note is no act: what the user did last stays what it was.
func TestNotes(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var events []flow.Event
	for i, what := range []string{"app-opened", "sign-up", "note", "no-account", "post"} {
		events = append(events, flow.Event{Time: at.Add(time.Duration(i) * time.Second), Kind: "act", What: what})
	}
	if m := New(events).At(at.Add(3500 * time.Millisecond)); m.Act != "sign-up" || m.Since != 2500*time.Millisecond {
		t.Errorf("%+v", m)
	}
}
