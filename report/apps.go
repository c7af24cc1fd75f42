package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// AppName names an app; one that nobody told of has a word instead.
func (v *view) AppName(app string) string {
	if app == "" {
		return v.T("apps.nobody")
	}
	return app
}

// KnownBy says how it is known which app it is.
func (v *view) KnownBy(confidence, source string) string {
	s := v.T("conf." + confidence)
	if source != "" {
		s += " (" + source + ")"
	}
	return s
}

// AppNotes say what the attribution comes to.
func (v *view) AppNotes() (notes []string) {
	a := v.Attribution
	switch {
	case a == nil:
		return nil
	case a.Several:
		notes = append(notes, v.T("apps.several"))
	case a.Subject != "":
		notes = append(notes, v.T("apps.note"))
		if !a.SubjectSaid.IsZero() {
			notes = append(notes, v.T("apps.said", a.Subject, v.When(a.SubjectSaid)))
		}
		if a.Flows == 0 {
			notes = append(notes, v.T("apps.unmet", a.Subject))
		}
	}
	if a.More > 0 {
		notes = append(notes, v.T("apps.more", v.N("flow", a.More)))
	}
	return notes
}

// ByState is what left in each state of the app, all destinations together; none
// if no state is known.
func (v *view) ByState() (rows []audit.StateCoverage) {
	for i := range v.Coverage {
		for _, x := range v.Coverage[i].ByState {
			k := slices.IndexFunc(rows, func(y audit.StateCoverage) bool { return y.State == x.State })
			if k < 0 {
				k = len(rows)
				rows = append(rows, audit.StateCoverage{State: x.State})
			}
			rows[k].Amounts = rows[k].Plus(x.Amounts)
		}
	}
	slices.SortFunc(rows, func(a, b audit.StateCoverage) int { return strings.Compare(a.State, b.State) })
	return rows
}

// StateName is the word for a state; one that is not ours stays.
func (v *view) StateName(s string) string {
	if word, ok := v.lookup("state." + s); ok {
		return word
	}
	return s
}

// idleListed bounds the idle times that a report lists: the longest proven ones.
const idleListed = 20

// IdleTimes are sentences, in order of time.
func (v *view) IdleTimes() (out []string) {
	rows := slices.Clone(v.Idle)
	slices.SortStableFunc(rows, func(a, b audit.Idle) int {
		switch {
		case a.Proven > b.Proven:
			return -1
		case a.Proven < b.Proven:
			return 1
		}
		return 0
	})
	rows = rows[:min(len(rows), idleListed)]
	slices.SortStableFunc(rows, func(a, b audit.Idle) int { return int(math.Copysign(1, a.From-b.From)) })
	for _, x := range rows {
		out = append(out, v.T("idle.row", v.StateName(x.State), v.decimal(x.From, 1), v.decimal(x.To, 1), v.decimal(x.Seconds, 1),
			v.N("flow", x.Flows), v.Size(x.Out), v.decimal(x.Proven, 1), v.T("alive."+x.Alive)))
	}
	if n := len(v.Idle) - len(rows); n > 0 {
		out = append(out, v.T("more", n))
	}
	return out
}

// Sent says which app a row is of, if anything but the user's word does.
func (v *view) Sent(s audit.Sender) string {
	switch {
	case s.OtherApp:
		return v.T("sender.other", v.AppName(s.App), v.KnownBy(s.AppConfidence, s.AppSource))
	case s.AppOpen:
		return v.T("sender.open")
	case s.App != "" && s.AppSource != "":
		return v.T("sender.app", s.App, v.KnownBy(s.AppConfidence, s.AppSource))
	}
	return ""
}

// apps writes whose the traffic is, what left in which state, and the idle times.
func (t *terminal) apps() {
	if a := t.Attribution; a != nil {
		t.heading("h.apps")
		for _, n := range t.AppNotes() {
			t.wrap("  ", "  ", n)
		}
		tab := table{head: []string{t.T("c.app"), t.T("c.known"), t.T("c.whose"), t.T("c.flows"), t.T("c.out")}, right: map[int]bool{3: true, 4: true}}
		for _, r := range a.Apps {
			tab.add(t.AppName(r.App), t.T("conf."+r.Confidence), t.T("whose."+r.Whose), fmt.Sprint(r.Flows), t.Size(r.Out))
		}
		t.table(tab)
	}
	if rows := t.ByState(); len(rows) > 0 {
		t.heading("h.states")
		t.wrap("  ", "  ", t.T("states.note"))
		tab := table{head: []string{t.T("c.state"), t.T("c.flows"), t.T("c.out"), t.T("c.read"), t.T("c.opaque"), t.T("c.lost")}, right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true}}
		for _, r := range rows {
			tab.add(t.StateName(r.State), fmt.Sprint(r.Flows), t.Size(r.Out), t.Size(r.Read), t.Size(r.Opaque), t.Size(r.NotCaptured))
		}
		t.table(tab)
	}
	if rows := t.IdleTimes(); len(rows) > 0 {
		t.heading("h.idle")
		t.wrap("  ", "  ", t.T("idle.note"))
		for _, r := range rows {
			t.wrap("  · ", "    ", r)
		}
	}
}
