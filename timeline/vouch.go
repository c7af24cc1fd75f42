package timeline

import (
	"slices"
	"time"

	"github.com/constat/constat/flow"
)

// A list of marks has holes that nobody sees: the person forgot to mark that they
// accepted, or posted. So what is said to hold from a mark on is taken at its word
// only if a later mark shows until when, or if nothing that could be held against
// anybody follows from it:
//
//   - that consent was not asked for yet, or refused: until the next answer. Who
//     never accepts marks the refusal again at the end.
//   - that there is no account: until signing up or in. Who never does marks
//     "no-account" at the end.
//   - that a clip is open, and what the last act was: until it is saved, posted or
//     discarded.
//   - that the last clip was saved or discarded: until the next one is begun.
//
// A list tells nothing after its last line, whatever that is. And where marks do
// not fit together, one between them is missing: Next without
// Record, Post without either, a tap in an app that is not in front.

// Acts that only say that something still is as it was.
const noAccount = "no-account"

// doubt finds, for each event, the facts that no mark vouches for from it on, and
// those that depend on the order of acts that nobody knows.
func (t *Timeline) doubt() {
	t.vague, t.muddled = make([]Fact, len(t.events)), make([]Fact, len(t.events))
	v := vouch{t}
	v.until(Consent, func(m *Moment) bool { return m.Consent == None || m.Consent == Refused }, "consent-accept", "consent-refuse")
	v.until(Account, func(m *Moment) bool { return !m.Account }, "sign-up", "sign-in", noAccount)
	v.until(Last, func(m *Moment) bool { return m.Last == "save-draft" || m.Last == "discard" }, "record", "next", "save-draft", "post", "discard")
	v.clips()
	v.visits()
	v.front()
	v.contests()
}

// End is a gap after which a record tells nothing more, as What of the event.
const End = "end"

// tellers finds when the last of the records that tell acts came to its end.
func tellers(events []flow.Event) (end time.Time) {
	tells := map[string]bool{}
	for i := range events {
		switch e := &events[i]; {
		case e.Kind == "act":
			tells[e.Source] = true
		case e.Kind == "gap" && e.What == End && tells[e.Source]:
			delete(tells, e.Source)
			end = later(end, e.Time.Add(-e.Bound))
		}
	}
	if len(tells) > 0 {
		return time.Time{}
	}
	return end
}

type vouch struct{ *Timeline }

// doubt says that facts are not vouched for from event i to event j.
func (v *vouch) doubt(i, j int, facts Fact) {
	for k := max(i, 0); k < j; k++ {
		v.vague[k] |= facts
	}
}

// act is what the user did at event i, "" if it is a state.
func (v *vouch) act(i int) string {
	if v.events[i].Kind != "act" {
		return ""
	}
	return v.events[i].What
}

// until doubts a fact after the last of some acts, where it would be used.
func (v *vouch) until(fact Fact, used func(*Moment) bool, acts ...string) {
	for i := len(v.events) - 1; i >= 0; i-- {
		if used(&v.after[i]) {
			v.vague[i] |= fact
		}
		if slices.Contains(acts, v.act(i)) {
			return
		}
	}
}

// clips doubts what lies between acts on clips that do not follow on each other.
func (v *vouch) clips() {
	const all = Draft | Fate | Last
	begun, last, previous := -1, -1, -1 // Record or Next of the clip at hand, its last act, the last act of any kind
	for i := range v.events {
		what := v.act(i)
		switch what {
		case "":
			continue
		case "record", "next":
			again := begun >= 0 && (what == "record" || v.act(last) == "next")
			switch {
			case again: // how the one before ended, nobody marked
				v.doubt(begun, i, Fate)
				v.doubt(last, i, all|Act)
			case begun < 0 && what == "next": // nor that it began
				v.doubt(previous, i, all|Act)
			}
			if begun < 0 || again {
				begun = i
			}
			last = i
		case "save-draft", "post", "discard":
			if begun < 0 {
				v.doubt(previous, i, all|Act)
			}
			begun, last = -1, i
		}
		previous = i
	}
	if begun >= 0 {
		v.doubt(begun, len(v.events), Fate)
		v.doubt(last, len(v.events), all|Act)
	}
	for i := range v.events { // before the first clip, there may have been others
		if what := v.act(i); slices.Contains(clipActs, what) {
			break
		}
		v.vague[i] |= all
	}
}

var clipActs = []string{"record", "next", "save-draft", "post", "discard"}

// within are the acts that are done in an app that is in front.
var within = append([]string{"app-opened", "sign-up", "sign-in", "consent-accept", "consent-refuse"}, clipActs...)

// visits doubts the last act where the app was closed and used again, or came to
// the front, without having been opened.
func (v *vouch) visits() {
	closed := -1
	for i := range v.events {
		switch what := v.act(i); {
		case what == "app-closed":
			closed = i
		case closed >= 0 && slices.Contains(within, what):
			if what != "app-opened" {
				v.doubt(closed, i, Act)
			}
			closed = -1
		}
	}
	before, unopened := Unknown, false
	for i := range v.events {
		switch state := v.after[i].State; {
		case v.act(i) != "":
			unopened = false
		case state != before && state == Foreground && before != Background:
			unopened = !v.opened(i)
		}
		if unopened {
			v.vague[i] |= Act
		}
		before = v.after[i].State
	}
}

// maxNear bounds the events that are looked at around one.
const maxNear = 100

// opened reports whether the user is said to have opened the app when it came to
// the front with event i.
func (v *vouch) opened(i int) bool {
	e := &v.events[i]
	for _, step := range []int{-1, 1} {
		for k, n := i+step, 0; k >= 0 && k < len(v.events) && n < maxNear; k, n = k+step, n+1 {
			x := &v.events[k]
			if x.Time.Sub(e.Time).Abs() > handBound+e.Bound+x.Bound {
				break
			}
			if v.act(k) == "app-opened" {
				return true
			}
		}
	}
	return false
}

// front doubts a state in which the app is not in front, when something was done
// in it all the same: that it came to the front is missing.
func (v *vouch) front() {
	since, until := -1, -1 // events of the state at hand, and of the next one
	for i := range v.events {
		e := &v.events[i]
		if e.Kind == "state" {
			if since < 0 || v.after[i].State != v.after[since].State {
				since = i
			}
			continue
		}
		if since < 0 || v.vague[since]&State != 0 || v.after[since].State == Foreground || v.after[since].State == Unknown {
			continue
		}
		if !slices.Contains(within, e.What) && (e.What != "app-closed" || v.after[since].State == Background) {
			continue
		}
		if until <= i {
			for until = i + 1; until < len(v.events) && (v.events[until].Kind != "state" || v.after[until].State == v.after[since].State); until++ {
			}
		}
		near := func(k int) bool {
			return k < len(v.events) && v.events[k].Time.Sub(e.Time).Abs() <= handBound+v.events[k].Bound+e.Bound
		}
		if near(since) || near(until) && v.after[until].State == Foreground {
			continue // marked a little late, or early
		}
		v.doubt(since, until, State)
	}
}

// contests doubts what depends on which of two acts came first, if they lie nearer
// than the error that each has of its own. (Those that one clock errs in alike
// stay in order.)
func (v *vouch) contests() {
	one := true
	source, any := "", false
	for i := range v.events {
		if v.act(i) != "" {
			one = one && (!any || v.events[i].Source == source)
			source, any = v.events[i].Source, true
		}
	}
	for _, f := range []struct {
		Fact
		sets  func(what string) bool
		value func(m *Moment) string
	}{
		{Act, func(what string) bool { return what != "" }, func(m *Moment) string { return m.Act }},
		{Consent, func(what string) bool { return what == "consent-accept" || what == "consent-refuse" }, func(m *Moment) string { return m.Consent }},
		{Draft | Fate | Last, func(what string) bool { return slices.Contains(clipActs, what) }, func(m *Moment) string { return m.Last }},
		{State, nil, func(m *Moment) string { return m.State }},
	} {
		var last, other struct { // of the value that was set at last possibly, and of the others
			value string
			until time.Time
		}
		contested := false
		for i := range v.events {
			e := &v.events[i]
			if f.sets != nil && f.sets(v.act(i)) || f.sets == nil && e.Kind == "state" {
				own := e.Loose
				if !one && f.sets != nil {
					own = e.Bound
				}
				value := f.value(&v.after[i])
				rival := last.until
				if last.value == value {
					rival = other.until
				}
				until := e.Time.Add(own)
				contested = e.Time.Add(-own).Before(rival)
				switch {
				case value == last.value:
					last.until = later(last.until, until)
				case until.After(last.until):
					other, last.value, last.until = last, value, until
				default:
					other.until = later(other.until, until)
				}
			}
			if contested {
				v.muddled[i] |= f.Fact
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
