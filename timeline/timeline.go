// Package timeline says what the user and the device were doing at a moment of a
// capture: which act was the last, what state the app was in, what was consented
// to, and whether a clip was made that was neither kept, published nor thrown
// away. What nobody marked is unknown, never assumed.
package timeline

import (
	"slices"
	"sort"
	"time"

	"github.com/constat/constat/flow"
)

// The states of an app. Other states are taken as they are.
const (
	Unknown    = "unknown"
	Foreground = "foreground"
	Background = "background"
	Swiped     = "swiped"        // swiped away
	Stopped    = "force-stopped" // by the user, from the settings
	Closed     = "closed"        // not running
	ScreenOff  = "screen-off"
)

// The answers to a request for consent.
const (
	None     = "none" // not answered yet
	Accepted = "accepted"
	Refused  = "refused"
)

// states maps what Android's log says to states.
var states = map[string]string{
	"resumed": Foreground, "started": Foreground, "paused": Background, "stopped": Background, "died": Closed, "killed": Closed,
}

// Timeline is what happened, in order. The zero value knows nothing.
type Timeline struct {
	events []flow.Event
	after  []Moment // what is known from events[i] on
	bound  time.Duration
}

// New returns the timeline of events in any order.
func New(events []flow.Event) *Timeline {
	t := &Timeline{events: slices.Clone(events)}
	slices.SortStableFunc(t.events, func(a, b flow.Event) int { return a.Time.Compare(b.Time) })
	m := Moment{State: Unknown, Consent: Unknown}
	for i := range t.events {
		e := &t.events[i]
		if s, ok := states[e.What]; ok && e.Kind == "state" {
			e.What = s
		}
		m.happen(e)
		t.after = append(t.after, m)
		t.bound = max(t.bound, e.Bound)
	}
	fate := ""
	for i := len(t.after) - 1; i >= 0; i-- {
		if t.after[i].Draft {
			t.after[i].Fate = fate
		}
		switch what := t.events[i].What; what {
		case "save-draft", "post", "discard":
			fate = what
		case "record":
			fate = "" // what comes after it is of another clip
		}
	}
	return t
}

// Events are all, in order.
func (t *Timeline) Events() []flow.Event { return t.events }

// Moment is what is known of an instant.
type Moment struct {
	State   string        // of the app
	Act     string        // the user's last; "" before the first
	Since   time.Duration // since that act
	Consent string
	// Draft: a clip was recorded, and not yet saved, posted or discarded.
	Draft bool
	// Fate: the act by which that clip ended afterwards; "" if none was marked.
	Fate string
	// Account: the user signed up before.
	Account bool
	// Last: the act by which the last clip ended: "save-draft", "post", "discard", or "".
	Last string
	// Unsure: an event lies so near that the clocks do not tell which was first.
	Unsure bool

	acted time.Time // when Act was
}

// happen brings what is known up to date with an event.
func (m *Moment) happen(e *flow.Event) {
	if e.Kind == "state" {
		m.State = e.What
		return
	}
	m.Act = e.What
	m.acted = e.Time
	switch e.What {
	case "app-opened":
		if m.Consent == Unknown {
			m.Consent = None
		}
	case "consent-accept":
		m.Consent = Accepted
	case "consent-refuse":
		m.Consent = Refused
	case "sign-up":
		m.Account = true
	case "record", "next":
		m.Draft, m.Last = true, ""
	case "save-draft", "post", "discard":
		m.Draft, m.Last = false, e.What
	}
}

// At returns what is known of an instant.
func (t *Timeline) At(at time.Time) Moment {
	// n events were not after it.
	n := sort.Search(len(t.events), func(i int) bool { return t.events[i].Time.After(at) })
	m := Moment{State: Unknown, Consent: Unknown}
	if n > 0 {
		m = t.after[n-1]
	}
	if m.Act != "" {
		m.Since = at.Sub(m.acted)
	}
	for i := n - 1; i >= 0 && at.Sub(t.events[i].Time) <= t.bound && !m.Unsure; i-- {
		m.Unsure = at.Sub(t.events[i].Time) <= t.events[i].Bound && t.events[i].Bound > 0
	}
	for i := n; i < len(t.events) && t.events[i].Time.Sub(at) <= t.bound && !m.Unsure; i++ {
		m.Unsure = t.events[i].Time.Sub(at) <= t.events[i].Bound && t.events[i].Bound > 0
	}
	return m
}
