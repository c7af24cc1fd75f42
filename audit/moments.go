package audit

import (
	"slices"
	"strconv"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline"
)

// Circumstance is what the user and the app were doing when something left, as
// far as somebody marked it.
type Circumstance struct {
	State    string  `json:"state"`                       // foreground, background, swiped, force-stopped, closed, screen-off, unknown
	Act      string  `json:"act"`                         // the user's last act, "" if none was marked before
	SinceAct float64 `json:"since_act_s"`                 // seconds, -1 without an act
	Consent  string  `json:"consent"`                     // none (asked, not answered), accepted, refused, unknown
	Draft    bool    `json:"draft_open"`                  // a clip was made that was neither saved, posted nor discarded yet
	Fate     string  `json:"clip_fate"`                   // how that clip ended afterwards: save-draft, post, discard, ""
	Last     string  `json:"clip_ended"`                  // how the last clip ended: save-draft, post, discard, ""
	Account  bool    `json:"signed_up"`                   // the user had signed up
	Within   float64 `json:"since_act_bound_s,omitempty"` // the error of since_act_s
	Unsure   bool    `json:"moment_unsure"`               // an act or a change of state is so near that the error of its clock leaves open which came first
	// Open names the fields above that depend on which came first.
	Open []string `json:"moment_open,omitempty"`
	// Unmarked names those that no mark vouches for: that something began was
	// marked, and not until when it held.
	Unmarked []string `json:"moment_unmarked,omitempty"`
}

// timeline is of the app that the audit is of.
func (m *merger) timeline() *timeline.Timeline {
	if m.o.App != "" {
		apps := timeline.Apps(m.events)
		m.limits["app-unmet"] = len(apps) > 0 && !slices.ContainsFunc(apps, m.whose.subject.Is)
		return timeline.Of(m.o.App, m.events)
	}
	m.limits["several-apps"] = len(timeline.Apps(m.events)) > 1
	return timeline.New(m.events)
}

// origin is the instant that offsets count from: that of the first flow or, where
// there is none, of the first thing that happened.
func (m *merger) origin(t *timeline.Timeline) (start time.Time) {
	if !m.tally.first.IsZero() {
		return m.tally.first
	}
	for _, events := range [][]flow.Event{t.Events(), m.accesses} {
		for i := range events {
			if at := events[i].Time; !at.IsZero() && (start.IsZero() || at.Before(start)) {
				start = at
			}
		}
	}
	return start
}

func circumstance(t *timeline.Timeline, at time.Time, bound time.Duration) Circumstance {
	if at.IsZero() {
		return Circumstance{State: timeline.Unknown, SinceAct: -1, Consent: timeline.Unknown}
	}
	m := t.Within(at, bound)
	c := Circumstance{State: m.State, Act: m.Act, SinceAct: -1, Consent: m.Consent, Draft: m.Draft, Fate: m.Fate, Last: m.Last, Account: m.Account, Unsure: m.Unsure, Open: m.Open.Names(), Unmarked: m.Unmarked.Names()}
	if m.Act != "" {
		c.SinceAct, c.Within = m.Since.Seconds(), (m.Within + bound).Seconds()
	}
	return c
}

// append writes the fields as a row of the ledger has them.
func (c Circumstance) append(dst []byte) []byte {
	dst = appendString(append(dst, `,"state":`...), c.State)
	dst = appendString(append(dst, `,"act":`...), c.Act)
	dst = strconv.AppendFloat(append(dst, `,"since_act_s":`...), c.SinceAct, 'f', -1, 64)
	dst = appendString(append(dst, `,"consent":`...), c.Consent)
	dst = strconv.AppendBool(append(dst, `,"draft_open":`...), c.Draft)
	dst = appendString(append(dst, `,"clip_fate":`...), c.Fate)
	dst = appendString(append(dst, `,"clip_ended":`...), c.Last)
	dst = strconv.AppendBool(append(dst, `,"signed_up":`...), c.Account)
	if c.Within > 0 {
		dst = strconv.AppendFloat(append(dst, `,"since_act_bound_s":`...), c.Within, 'f', -1, 64)
	}
	dst = strconv.AppendBool(append(dst, `,"moment_unsure":`...), c.Unsure)
	dst = appendNames(dst, `,"moment_open":[`, c.Open)
	return appendNames(dst, `,"moment_unmarked":[`, c.Unmarked)
}

func appendNames(dst []byte, field string, names []string) []byte {
	for i, name := range names {
		if i == 0 {
			dst = append(dst, field...)
		} else {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
	}
	if len(names) > 0 {
		dst = append(dst, ']')
	}
	return dst
}

// Happening is an event of the device: an act of the user or a state of an app.
type Happening struct {
	Offset float64 `json:"offset_s"` // seconds after the first flow; without one, after the first event
	Kind   string  `json:"kind"`     // "act" or "state"
	// Alive is for how long from an act on the capture is known to have worked: signs
	// of life of it no more than a minute apart (Idle.Proven). Nil: nobody looked.
	Alive  *float64 `json:"alive_s,omitempty"`
	What   Text     `json:"what"`
	App    Text     `json:"app,omitzero"`
	Bound  float64  `json:"bound_s,omitempty"` // the error of the clock, and of the hand
	By     string   `json:"by,omitempty"`      // "person" by a key, "program" by what did it; else: by a record of its own
	Source Text     `json:"source,omitzero"`   // which record tells; none: the capture
}

// happened takes in an event. What a person called an act in their own words may
// be somebody's data, and stands in each row of the ledger: only a label of small
// letters does as it is.
func (m *merger) happened(e flow.Event) {
	if ofAccesses(&e) {
		m.accesses = append(m.accesses, e)
		return
	}
	if e.Kind == "act" {
		e.What = m.redactor.Label(e.What)
	}
	m.events = append(m.events, e)
}

func happenings(events []flow.Event, start time.Time, r *Redactor) []Happening {
	var rows []Happening
	for i := range events {
		rows = append(rows, happening(&events[i], start, r))
	}
	return rows
}

func happening(e *flow.Event, start time.Time, r *Redactor) Happening {
	return Happening{
		Offset: e.Time.Sub(start).Seconds(), Kind: e.Kind, What: r.Text(clip(e.What, 40)), App: r.Text(clip(e.App, 80)), Bound: e.Bound.Seconds(), By: e.By,
		Source: r.Text(clip(e.Source, 240)),
	}
}
