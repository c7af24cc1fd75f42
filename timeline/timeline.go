// Package timeline says what the user and the device were doing at a moment of a
// capture: which act was the last, what state the app was in, what was consented
// to, and whether a clip was made that was neither kept, published nor thrown
// away.
//
// Four rules keep it from saying too much:
//
//   - What nobody marked is unknown, never assumed. A log that begins later, has
//     a hole or does not fit together says nothing of the time between. (A log
//     from which somebody took several lines in a row, and the mark of the hole
//     too, can mislead; one of which only an app's own lines were kept cannot.)
//   - A timeline is of one app. What another app does is never taken for its.
//   - Marks are forgotten. What holds from one on is taken at its word only if a
//     later one shows until when, and what does not fit together is doubted
//     (Moment.Unmarked).
//   - Clocks err, and persons mark late or early (ByHand). Each event carries how
//     far (flow.Event.Bound), and what that leaves open at an instant is told
//     (Moment.Open), so that nothing is built on an order that nobody knows.
//
// Events come from a capture, from what a device wrote down (Read takes
// Android's logcat, usagestats and app-ops) and from lists written by hand.
// Clocks that do not agree are brought together by Estimate.
package timeline

import (
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// The states of an app. Other states are taken as they are.
const (
	Unknown    = "unknown"
	Foreground = "foreground"
	Background = "background"
	Swiped     = "swiped"        // swiped away
	Stopped    = "force-stopped" // in the settings, by adb or by a maker's cleaner: the log does not say
	Closed     = "closed"        // not running
	ScreenOff  = "screen-off"
)

// The answers to a request for consent.
const (
	None     = "none" // not answered yet
	Accepted = "accepted"
	Refused  = "refused"
)

// screenOn ends ScreenOff; it is of the device, not of an app.
const screenOn = "screen-on"

// Fact names what is known of an instant; a value is a set of facts.
type Fact uint8

// The facts of a Moment.
const (
	State Fact = 1 << iota
	Act
	Consent
	Draft
	Fate
	Last
	Account
)

// facts by the names that the Audit document gives them.
var facts = []struct {
	Fact
	name string
}{{State, "state"}, {Act, "act"}, {Consent, "consent"}, {Draft, "draft_open"}, {Fate, "clip_fate"}, {Last, "clip_ended"}, {Account, "signed_up"}}

// Names lists the facts of a set.
func (f Fact) Names() (names []string) {
	for _, x := range facts {
		if f&x.Fact != 0 {
			names = append(names, x.name)
		}
	}
	return names
}

// Timeline is what happened to one app and its user, in order. The zero value
// knows nothing.
type Timeline struct {
	app    string
	events []flow.Event
	after  []Moment // what is known from events[i] on

	// Before latest[i] none of events[:i+1] is certainly over, and from
	// earliest[i] on one of events[i:] may have been, in ns.
	latest, earliest []int64
	opened           [][8]int32 // by fact: the last of events[:i+1] after which it stays open, -1 none
	changed          [][8]int32 // by fact: the last of events[:i+1] that changed it, -1 none
	told             time.Time  // after it, nobody tells what the user does; zero: somebody always does
	vague, muddled   []Fact     // from events[i] on: what no mark vouches for, and what depends on the order of events before
}

// New returns the timeline of events in any order, of the only app that they
// name. If they tell the states of several apps, its state is unknown: take Of.
func New(events []flow.Event) *Timeline {
	switch apps := Apps(events); len(apps) {
	case 0:
		return Of("", events)
	case 1:
		return Of(apps[0], events)
	}
	return Of(ambiguous, events)
}

// ambiguous is no app.
const ambiguous = "\x00"

// Apps are those whose states events tell, in alphabetical order.
func Apps(events []flow.Event) (apps []string) {
	seen := map[string]bool{}
	for i := range events {
		if e := &events[i]; e.Kind == "state" && e.App != "" {
			if name, _, _ := strings.Cut(e.App, ":"); !seen[name] {
				seen[name] = true
				apps = append(apps, name)
			}
		}
	}
	slices.Sort(apps)
	return apps
}

// Of returns the timeline of one app, by its package name or bundle id. States
// that name no app are taken for its.
func Of(app string, events []flow.Event) *Timeline {
	t := &Timeline{app: app}
	ordered := make([]flow.Event, 0, len(events))
	for _, e := range events {
		if e.Kind == "act" || e.Kind == "state" || e.Kind == "gap" {
			ordered = append(ordered, e)
		}
	}
	slices.SortStableFunc(ordered, func(a, b flow.Event) int { return a.Time.Compare(b.Time) })
	states := statesOf(app, ordered)
	m := Moment{State: Unknown, Consent: Unknown}
	for i := range ordered {
		e := ordered[i]
		changed := states[i] != m.State
		m.State = states[i]
		if e.Kind == "act" {
			m.happen(&e)
		} else if _, own := owned(app, &e); !changed && !(own && marked(e.What)) {
			continue // of other apps and processes: they matter only for what they change
		} else {
			e.Kind, e.App, e.What = "state", app, m.State
		}
		t.events, t.after = append(t.events, e), append(t.after, m)
	}
	t.told = tellers(ordered)
	t.fates()
	t.index()
	t.order()
	t.doubt()
	return t
}

// marked reports whether a state is in the words of this package already.
func marked(what string) bool {
	switch what {
	case Foreground, Background, Swiped, Stopped, Closed, ScreenOff:
		return true
	}
	return false
}

// statesOf is the app's state from each event on: what every source that tells
// of it says alike, or the only one.
func statesOf(app string, events []flow.Event) []string {
	var sources []string
	of := map[string][]int{}
	for i := range events {
		if e := &events[i]; e.Kind != "act" {
			if of[e.Source] == nil {
				sources = append(sources, e.Source)
			}
			of[e.Source] = append(of[e.Source], i)
		}
	}
	states := make([]string, len(events))
	for i := range states {
		states[i] = Unknown
	}
	for _, source := range sources {
		list := make([]flow.Event, len(of[source]))
		for k, i := range of[source] {
			list[k] = events[i]
		}
		lives := livesOf(app, list)
		processes := slices.ContainsFunc(list, func(e flow.Event) bool { return e.What == "started" })
		for k, i := range of[source] {
			end := len(events)
			if k+1 < len(lives) {
				end = of[source][k+1]
			}
			if lives[k] == Background && !processes {
				lives[k] = away
			}
			for j := i; j < end; j++ {
				states[j] = agree(states[j], lives[k])
			}
		}
	}
	for i, s := range states {
		switch s {
		case away:
			states[i] = Background
		case conflict:
			states[i] = Unknown
		}
	}
	return states
}

// away is "background" by a source that does not tell of processes: the app left
// the front, whether it runs or not.
const away = "\x01"

// conflict is what sources that contradict each other come to. A third cannot
// mend it.
const conflict = "\x00"

// agree is what two sources say together.
func agree(a, b string) string {
	switch {
	case a == b || b == Unknown:
		return a
	case a == Unknown:
		return b
	case b == away && a != Foreground:
		return a
	case a == away && b != Foreground:
		return b
	case a == ScreenOff && b == Background || a == Background && b == ScreenOff:
		return ScreenOff // one of them does not tell of the screen
	case a == Swiped && b == Background || a == Background && b == Swiped:
		return Swiped // something of it runs on
	case a == Closed && (b == Swiped || b == Stopped):
		return b // nor of why
	case b == Closed && (a == Swiped || a == Stopped):
		return a
	}
	return conflict
}

// fates puts down how each clip ended, which is known afterwards only.
func (t *Timeline) fates() {
	fate := ""
	for i := len(t.after) - 1; i >= 0; i-- {
		if t.after[i].Draft {
			t.after[i].Fate = fate
		}
		if t.events[i].Kind != "act" {
			continue
		}
		switch what := t.events[i].What; what {
		case "save-draft", "post", "discard":
			fate = what
		case "record":
			fate = "" // what comes after it is of another clip
		}
	}
}

// index makes instants quick to look up.
func (t *Timeline) index() {
	n := len(t.events)
	t.latest, t.earliest, t.changed = make([]int64, n), make([]int64, n), make([][8]int32, n)
	before := Moment{State: Unknown, Consent: Unknown}
	last := [8]int32{-1, -1, -1, -1, -1, -1, -1, -1}
	for i := range t.events {
		at, bound := t.events[i].Time.UnixNano(), t.events[i].Bound
		t.latest[i], t.earliest[i] = at+int64(bound), at-int64(bound)
		if bound <= 0 { // an event is over at its own instant
			t.latest[i], t.earliest[i] = at-1, at
		}
		if i > 0 {
			t.latest[i] = max(t.latest[i], t.latest[i-1])
		}
		m := &t.after[i]
		for f, differs := range []bool{
			m.State != before.State, m.Act != before.Act || !m.acted.Equal(before.acted), m.Consent != before.Consent,
			m.Draft != before.Draft, m.Fate != before.Fate, m.Last != before.Last, m.Account != before.Account,
		} {
			if differs {
				last[f] = int32(i)
			}
		}
		t.changed[i], before = last, *m
	}
	for i := n - 2; i >= 0; i-- {
		t.earliest[i] = min(t.earliest[i], t.earliest[i+1])
	}
}

// App is whose timeline it is, "" if the events name none.
func (t *Timeline) App() string { return strings.TrimPrefix(t.app, ambiguous) }

// Events are the acts and what changed the app's state, in order. What is the
// state that it came to.
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
	// Account: the user signed up, or in, before.
	Account bool
	// Last: the act by which the last clip ended: "save-draft", "post", "discard", or "".
	Last string
	// Unsure: an event lies so near that the clocks do not tell which was first, or
	// two events lay so near each other.
	Unsure bool
	// Open: what of the above depends on which was first.
	Open Fact
	// Unmarked: what of it no mark vouches for, see vouch.go.
	Unmarked Fact
	// Within: how well the clocks know Since.
	Within time.Duration

	acted time.Time // when Act was
}

// happen brings what is known up to date with an act.
func (m *Moment) happen(e *flow.Event) {
	if e.What == "note" || e.What == noAccount {
		return // nothing was done
	}
	m.Act = e.What
	m.acted, m.Within = e.Time, e.Bound
	switch e.What {
	case "app-opened":
		if m.Consent == Unknown {
			m.Consent = None
		}
	case "consent-accept":
		m.Consent = Accepted
	case "consent-refuse":
		m.Consent = Refused
	case "sign-up", "sign-in":
		m.Account = true
	case "record", "next":
		m.Draft, m.Last = true, ""
	case "save-draft", "post", "discard":
		m.Draft, m.Last = false, e.What
	}
}

// At returns what is known of an instant.
func (t *Timeline) At(at time.Time) Moment { return t.Within(at, 0) }

// Within is At for a time that itself is right within a bound.
func (t *Timeline) Within(at time.Time, bound time.Duration) Moment {
	// n events were not after it.
	n := sort.Search(len(t.events), func(i int) bool { return t.events[i].Time.After(at) })
	m := Moment{State: Unknown, Consent: Unknown}
	if n > 0 {
		m = t.after[n-1]
	}
	if m.Act != "" {
		m.Since = at.Sub(m.acted)
	}
	// Events lo to hi may have been before or after.
	ns := at.UnixNano()
	lo := sort.Search(len(t.latest), func(i int) bool { return t.latest[i] >= ns-int64(bound) })
	hi := sort.Search(len(t.earliest), func(i int) bool { return t.earliest[i] > ns+int64(bound) }) - 1
	if n > 0 {
		m.Unmarked, m.Open = t.vague[n-1], t.muddled[n-1]
	}
	if !t.told.IsZero() && at.After(t.told) {
		m.Unmarked |= Act | Consent | Draft | Fate | Last | Account
	}
	m.Unsure = lo <= hi || m.Open != 0
	if lo <= hi {
		for f := range facts {
			if t.changed[hi][f] >= int32(lo) {
				m.Open |= facts[f].Fact
			}
		}
	}
	// What stays open after any of the events that may have been the last.
	for f := range facts {
		if hi >= 0 && t.opened[hi][f] >= int32(max(lo-1, 0)) {
			m.Unsure = true
			m.Open |= facts[f].Fact
		}
	}
	if m.Open&Draft != 0 { // of a clip that may not be there
		m.Open |= Fate
	}
	return m
}
