package question

import (
	"fmt"
	"math"
	"slices"

	"github.com/constat/constat/audit"
)

// A phone runs many apps. What is surely another app's is shown to no clause. What
// may be another's is shown to a shadow of each clause, which also sees all the
// rest: if only the shadow holds, the answer hangs on whose the traffic is, and the
// question is not measurable ("attribution"). A clause over joins or syncs is one
// that only shadows see when open traffic may be in them.

// whose says whose a row is.
type whose uint8

const (
	mine    whose = iota
	anyones       // it may be another app's
	others        // it surely is
)

func whoseIs(s *audit.Sender) whose {
	switch {
	case s.OtherApp:
		return others
	case s.AppOpen:
		return anyones
	}
	return mine
}

// shaded reports whether any traffic, or any access, may be another app's.
func (w *world) shaded() bool {
	return w.doc.Attribution != nil && w.doc.Attribution.Open > 0 || slices.ContainsFunc(w.doc.Accesses, func(a audit.Access) bool { return a.AppOpen })
}

// linked is whose a join or a sync is: it was made of all that was read and is not
// surely another app's.
func (w *world) linked() whose {
	if w.doc.Attribution != nil && w.doc.Attribution.Read > 0 {
		return anyones
	}
	return mine
}

// hangs reports whether a clause holds only with what may be another app's.
func (q *inquiry) hangs() bool {
	return slices.ContainsFunc(q.counters[:len(q.ProvedBy)], func(k *counter) bool { return k.shadow != nil && k.shadow.holds() })
}

// part is one of those of a destination's traffic that clauses and their shadows see.
type part struct {
	host
	whose
}

// parts of a destination: what is the app's, and if some of it is open, all that
// may be.
func (h host) parts() []part {
	mineOnly, may := h.Own()
	h.amounts = mineOnly
	switch {
	case len(h.Apps) == 0:
		return []part{{h, mine}}
	case mineOnly.Flows == 0 && may.Flows == 0:
		return nil
	case may.Flows == 0:
		return []part{{h, mine}}
	}
	all := h
	all.amounts = mineOnly.Plus(may)
	all.may = true
	if mineOnly.Flows == 0 {
		return []part{{all, anyones}}
	}
	return []part{{h, mine}, {all, anyones}}
}

// upload is the largest that looks like media.
func (h *host) upload() int64 {
	for _, u := range h.Uploads {
		if u.Whose == "" || h.may && u.Whose == "open" {
			return u.Bytes
		}
	}
	return 0
}

// flows are those that may be the app's.
func (w *world) flows() int {
	if a := w.doc.Attribution; a != nil {
		return a.Flows + a.Open
	}
	return w.doc.Headline.Flows
}

// idleTime is for how long at a stretch, at most, the app was in a state while the
// capture is known to have worked, in seconds by state.
func idleTime(d *audit.Document) map[string]float64 {
	t := map[string]float64{}
	for _, s := range []string{"background", "swiped", "force-stopped", "closed", "screen-off"} {
		t[s] = 0
	}
	for _, x := range d.Idle {
		t[x.State] = max(t[x.State], x.Proven)
	}
	return t
}

// away is what left in each state, but for what is surely another app's.
func away(d *audit.Document, of func(*audit.StateCoverage) int64) map[string]int64 {
	n := map[string]int64{}
	for _, s := range []string{"foreground", "background", "swiped", "force-stopped", "closed", "screen-off", "unknown"} {
		n[s] = 0
	}
	for i := range d.Coverage {
		for k := range d.Coverage[i].ByState {
			x := &d.Coverage[i].ByState[k]
			n[x.State] += of(x)
		}
	}
	return n
}

func bytesOut(x *audit.StateCoverage) int64 { return x.Out }
func unread(x *audit.StateCoverage) int64   { return x.Opaque + x.NotCaptured }

// lacksIdle finds missing a time in one of the states that was long enough, and in
// which the capture is known to have worked: without it nothing seen means nothing.
// The code says how many seconds are wanted, and how many there are.
func (g *grounds) lacksIdle(need string, states []string) []string {
	least := g.own.Idle()
	if least == 0 {
		return nil
	}
	longest := 0.0
	for _, s := range states {
		longest = max(longest, g.idle[s])
	}
	if longest >= least {
		return nil
	}
	return []string{fmt.Sprintf("%s:%.0f:%.0f", need, math.Ceil(least), math.Floor(longest))}
}
