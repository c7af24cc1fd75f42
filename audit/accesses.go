package audit

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline"
)

// Access is an app's use of the camera, the microphone, the position, the
// clipboard and the like, as the device itself tells. It is no proof that
// anything left.
type Access struct {
	ID      string  `json:"id"`       // "a1"
	Offset  float64 `json:"offset_s"` // seconds after the first flow
	Bound   float64 `json:"bound_s,omitempty"`
	What    Text    `json:"what"`              // "clipboard", "location"
	How     Text    `json:"how,omitzero"`      // what the device says more: "begin", "out of process"
	Refused bool    `json:"refused,omitempty"` // the device did not allow it
	Ended   bool    `json:"ended,omitempty"`   // the end of one that another row begins
	Source  Text    `json:"source,omitzero"`   // which record tells; none: the capture
	Sender
	Circumstance
}

// AccessLog is a time for which a record notes every access of a kind: that it
// has none then means that there was none.
type AccessLog struct {
	What   Text    `json:"what"`
	From   float64 `json:"from_s"` // seconds after the first flow
	Until  float64 `json:"until_s"`
	Source Text    `json:"source,omitzero"` // "": the capture
}

// maxAccesses bounds those that a document lists.
const maxAccesses = 100_000

// ofAccesses reports whether an event is of accesses, and not of acts and states.
func ofAccesses(e *flow.Event) bool {
	return e.Kind == "access" || e.Kind == "watch" || e.Kind == "unwatch"
}

// watch is a record that notes every access to something.
type watch struct{ what, source string }

// watching are those of a source, or of all ("*"), in order.
func watching(open map[watch]time.Time, source string) (list []watch) {
	for w := range open {
		if source == "*" || w.source == source {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b watch) int { return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.source, b.source)) })
	return list
}

// accessed lists accesses in the order of time, and for which times it is known
// that there were no others.
func (m *merger) accessed(when *timeline.Timeline, start, end time.Time) (list []Access, logs []AccessLog) {
	events := slices.Clone(m.accesses)
	for _, e := range m.events {
		if e.Kind == "gap" && e.What != timeline.End { // a record that has a hole has not every access
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b flow.Event) int { return a.Time.Compare(b.Time) })
	if len(events) > maxAccesses { // of what follows, nothing is said: neither that there were accesses, nor that there were none
		end = events[maxAccesses].Time
		events = events[:maxAccesses]
	}
	last := map[string]time.Time{} // of what a record tells
	for _, e := range events {
		if e.Source != "" {
			last[e.Source] = e.Time
		}
	}
	for i := range m.events {
		if e := &m.events[i]; e.Source != "" && e.Time.After(last[e.Source]) && !e.Time.After(end) {
			last[e.Source] = e.Time
		}
	}
	open := map[watch]time.Time{}
	note := func(w watch, until time.Time) {
		logs = append(logs, AccessLog{m.redactor.Text(clip(w.what, 40)), open[w].Sub(start).Seconds(), until.Sub(start).Seconds(), m.redactor.Text(clip(w.source, 240))})
		delete(open, w)
	}
	for i := range events {
		e := &events[i]
		w := watch{e.What, e.Source}
		switch _, begun := open[w]; {
		case e.Kind == "watch" && !begun:
			open[w] = e.Time.Add(e.Bound)
		case e.Kind == "unwatch" && begun:
			note(w, e.Time.Add(-e.Bound))
		case e.Kind == "gap":
			for _, w := range watching(open, e.Source) {
				note(w, e.Time.Add(-e.Bound))
			}
		case e.Kind == "access":
			list = append(list, m.access(e, when, start, len(list)))
		}
	}
	for _, w := range watching(open, "*") {
		until, ok := last[w.source]
		if !ok {
			until = end
		}
		note(w, until)
	}
	apps := map[string]bool{}
	for i := range list {
		apps[list[i].App] = true
	}
	for i := range list { // no app was chosen: of which one?
		list[i].AppOpen = list[i].AppOpen || len(apps) > 1 && !m.whose.subject.Chosen()
	}
	return list, logs
}

// access is the n-th row.
func (m *merger) access(e *flow.Event, when *timeline.Timeline, start time.Time, n int) Access {
	x := Access{
		ID: "a" + strconv.Itoa(n+1), Offset: e.Time.Sub(start).Seconds(), Bound: e.Bound.Seconds(), What: m.redactor.Text(clip(e.What, 40)), How: m.redactor.Text(clip(e.Detail, 80)),
		Source: m.redactor.Text(clip(e.Source, 240)), Refused: strings.HasPrefix(e.Detail, "refused"), Ended: strings.HasPrefix(e.Detail, "end"), Circumstance: circumstance(when, e.Time, e.Bound),
	}
	var c attribution.Clue
	if e.App != "" {
		c = attribution.Read(&flow.Flow{App: &flow.App{ID: e.App, Source: e.Source}})
	}
	x.Sender = senderOf(m.whose.subject.Judge(c, false))
	return x
}
