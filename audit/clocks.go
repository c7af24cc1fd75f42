package audit

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline"
)

// Record is a file of events beside the captures.
type Record struct {
	*timeline.Log
	SHA256     string
	ClockBound time.Duration // as Options.ClockBound, of this file; 0: that
}

// Clock says how one clock stands to the capture's, and what rests on it.
type Clock struct {
	Of       Text     `json:"of"` // "device", "server HOST", the path of a file of events, or "hand"
	How      string   `json:"how"`
	Offset   float64  `json:"offset_s"` // it is so far ahead
	Bound    float64  `json:"bound_s"`  // within this; -1 not known
	Drift    *float64 `json:"drift_ppm,omitempty"`
	Basis    []string `json:"basis"`              // what was compared
	Pairs    int      `json:"pairs"`              // how often
	Rejected int      `json:"rejected,omitempty"` // comparisons that the others contradict
	Why      string   `json:"why,omitempty"`      // nothing could be estimated

	// Of a file of events.
	Format  string `json:"format,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
	Events  int    `json:"events,omitempty"`  // used; of a hand, those that it marked
	Outside bool   `json:"outside,omitempty"` // none of it is of the time of the captures: not used
	Others  int    `json:"others,omitempty"`  // kept, and not understood further
	Unknown int64  `json:"unknown_lines,omitempty"`
	Dropped int64  `json:"dropped,omitempty"` // beyond what is kept
}

// How a clock is known.
const (
	ClockEstimated = "estimated" // from comparisons
	ClockSame      = "same"      // the file says that it is the capture's
	ClockDeclared  = "declared"  // the user said how far off it may be
	ClockUnknown   = "unknown"   // its events are not used
	ClockHand      = "hand"      // no clock, a person's hand: the error is the time between an act and its key
)

// clocks gathers, while flows go by, what apps and servers say of the time.
type clocks struct {
	device sample
	server map[string]*sample
}

// sample keeps some of many pairs: each, then every second, every fourth …
type sample struct {
	pairs  []timeline.Pair
	seen   int
	stride int
}

const (
	maxSample  = 512
	maxServers = 256 // that are compared
	mostShown  = 8   // servers in a document
)

func (s *sample) add(p timeline.Pair) {
	s.stride = max(s.stride, 1)
	if s.seen++; (s.seen-1)%s.stride != 0 {
		return
	}
	if len(s.pairs) == maxSample {
		for i := range maxSample / 2 {
			s.pairs[i] = s.pairs[2*i]
		}
		s.pairs = s.pairs[:maxSample/2]
		if s.stride *= 2; (s.seen-1)%s.stride != 0 {
			return
		}
	}
	s.pairs = append(s.pairs, p)
}

// queue is how long before it leaves a request may have been stamped by its app.
const queue = 2 * time.Second

// see takes the times in a flow: those that the app's software stamped on its
// request by the device's clock, and the server's.
func (c *clocks) see(f *flow.Flow) {
	q := f.Request
	start := f.Timing.Start
	if q == nil || start.IsZero() {
		return
	}
	sent := start
	if f.Timing.Sent.After(sent) {
		sent = f.Timing.Sent
	}
	stamp := func(value, basis string, unit time.Duration) {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n <= 0 || n > int64(1<<62)/int64(unit) {
			return
		}
		at := time.Unix(0, n*int64(unit))
		c.device.add(timeline.Pair{At: sent, Low: at.Sub(sent), High: at.Add(unit).Sub(start.Add(-queue)), Basis: basis})
	}
	if k := flow.Header(q.Headers, "X-Khronos"); len(k) == 10 {
		stamp(k, "X-Khronos header", time.Second)
	}
	if _, query, ok := strings.Cut(q.URL, "?"); ok {
		for query != "" {
			var pair string
			pair, query, _ = strings.Cut(query, "&")
			switch name, value, _ := strings.Cut(pair, "="); {
			case name == "_rticket" && len(value) == 13:
				stamp(value, "_rticket parameter", time.Millisecond)
			case name == "ts" && len(value) == 10:
				stamp(value, "ts parameter", time.Second)
			}
		}
	}
	if f.Response == nil || f.Timing.Answered.IsZero() && f.Timing.End.IsZero() || flow.Header(f.Response.Headers, "Age") != "" {
		return // what a cache answers is stamped with an earlier time
	}
	at, err := http.ParseTime(flow.Header(f.Response.Headers, "Date"))
	if err != nil {
		return
	}
	answered := f.Timing.Answered
	if answered.IsZero() {
		answered = f.Timing.End
	}
	host := f.Host()
	s := c.server[host]
	if s == nil {
		if len(c.server) >= maxServers {
			return
		}
		if c.server == nil {
			c.server = map[string]*sample{}
		}
		s = &sample{}
		c.server[host] = s
	}
	// The stamp was made between the request's beginning and the answer's.
	s.add(timeline.Pair{At: start, Low: at.Sub(answered), High: at.Add(time.Second).Sub(start), Basis: "Date header"})
}

// reckon brings what files of events say to the capture's clock.
func (m *merger) reckon() error {
	near := time.Time{}
	for _, in := range m.inputs {
		if near.IsZero() || !in.First.IsZero() && in.First.Before(near) {
			near = in.First
		}
	}
	ours := m.events
	for _, rec := range m.o.Records {
		if err := rec.Settle(m.o.Zone, m.o.Year, near); err != nil {
			return err
		}
		for _, events := range segments(m.byHand(rec.Events)) {
			m.place(rec, events, ours)
		}
		for _, p := range rec.Problems {
			m.faults.add(ErrorRow{Kind: "shortfall", Message: m.redactor.Text(clip(p, 400)), Count: 1})
		}
	}
	return nil
}

// byHand makes stretches of the marks of persons, and counts them.
func (m *merger) byHand(events []flow.Event) []flow.Event {
	for i := range events {
		if events[i].By == flow.Person {
			m.marks++
		}
	}
	return timeline.ByHand(events, m.hand())
}

// hand is how far a person's mark may lie from what it marks.
func (m *merger) hand() time.Duration {
	if m.o.Hand != nil {
		return *m.o.Hand
	}
	return timeline.Hand
}

// segments are the events of a file by the clocks that it was written by.
func segments(events []flow.Event) (list [][]flow.Event) {
	begin := 0
	for i := range events {
		if events[i].Source != events[begin].Source {
			list = append(list, events[begin:i])
			begin = i
		}
	}
	return append(list, events[begin:])
}

// place takes the events of one clock in, if it can be said when they were.
func (m *merger) place(rec Record, events, ours []flow.Event) {
	row := Clock{Of: m.redactor.Text(clip(rec.Name, 200)), Format: rec.Format, SHA256: rec.SHA256, Basis: []string{}, Unknown: rec.Unknown, Dropped: rec.Dropped}
	if len(events) > 0 && rec.Steps > 0 {
		row.Of = m.redactor.Text(clip(events[0].Source, 240))
	}
	var correct func(flow.Event) flow.Event
	if rec.Clock == timeline.CaptureClock {
		row.How = ClockSame
		correct = func(e flow.Event) flow.Event { return e }
	} else {
		pairs := timeline.Shared(ours, events)
		if rec.Clock == timeline.DeviceClock && rec.Steps == 0 {
			pairs = append(pairs, m.clocks.device.pairs...)
		}
		offset, r := timeline.Estimate(pairs, timeline.MaxDrift)
		row.estimate(r)
		bound := cmp.Or(rec.ClockBound, m.o.ClockBound)
		switch {
		case offset != nil:
			correct = offset.Correct
		case bound > 0:
			row.How, row.Bound = ClockDeclared, bound.Seconds()
			correct = func(e flow.Event) flow.Event {
				e.Bound += bound
				return e
			}
		}
	}
	if correct != nil {
		row.Outside = m.outside(events, correct)
	}
	// Lines whose times ascend were written down in the order in which things
	// happened, however well their times are known.
	inOrder := slices.IsSortedFunc(events, func(a, b flow.Event) int { return a.Time.Compare(b.Time) })
	end := flow.Event{Kind: "gap", What: timeline.End}
	for _, e := range events {
		if correct != nil && !row.Outside && !correct(e).Time.Before(end.Time) { // from here on, the record tells nothing
			end.Time, end.Bound, end.Source = correct(e).Time.Add(1), correct(e).Bound, e.Source
		}
		if e.Kind == "other" {
			row.Others++
		}
		if correct == nil || row.Outside || e.Kind == "other" {
			continue
		}
		row.Events++
		if !inOrder {
			e.Loose = e.Bound
		}
		m.happened(correct(e))
	}
	if !end.Time.IsZero() {
		m.events = append(m.events, end)
	}
	m.limits["clock-unknown"] = m.limits["clock-unknown"] || correct == nil
	m.limits["events-outside"] = m.limits["events-outside"] || row.Outside
	m.reckoned = append(m.reckoned, row)
}

// before is how long before a capture a record may have ended that still tells of
// it: what was accepted yesterday is accepted.
const before = 24 * time.Hour

// outside reports whether a record has nothing of the capture's time.
func (m *merger) outside(events []flow.Event, correct func(flow.Event) flow.Event) bool {
	var first, last time.Time
	for _, e := range events {
		e = correct(e)
		if at := e.Time.Add(-e.Bound); first.IsZero() || at.Before(first) {
			first = at
		}
		if at := e.Time.Add(e.Bound); at.After(last) {
			last = at
		}
	}
	return !first.IsZero() && !m.tally.first.IsZero() && (first.After(m.tally.last) || last.Add(before).Before(m.tally.first))
}

// estimate fills in what comparisons came to.
func (c *Clock) estimate(r timeline.Reckoning) {
	c.How, c.Offset, c.Bound, c.Pairs, c.Rejected, c.Why = ClockEstimated, r.Ahead.Seconds(), r.Bound.Seconds(), r.Pairs, r.Rejected, r.Why
	if r.Basis != nil {
		c.Basis = r.Basis
	}
	if r.Drifts {
		ppm := r.Drift * 1e6
		c.Drift = &ppm
	}
	if r.Why != "" {
		c.How, c.Bound = ClockUnknown, -1
	}
}

// clockRows lists the clocks: the files', the device's, and of the servers those that
// were compared most.
func (m *merger) clockRows() []Clock {
	rows := slices.Clone(m.reckoned)
	if m.marks > 0 {
		row := Clock{Of: m.redactor.Text("hand"), How: ClockHand, Bound: m.hand().Seconds(), Basis: []string{"default"}, Events: m.marks}
		if m.o.Hand != nil {
			row.Basis[0] = "told"
		}
		rows = append(rows, row)
	}
	if len(m.clocks.device.pairs) > 0 {
		row := Clock{Of: m.redactor.Text("device"), Basis: []string{}}
		_, r := timeline.Estimate(m.clocks.device.pairs, timeline.MaxDrift)
		row.estimate(r)
		rows = append(rows, row)
	}
	hosts := slices.SortedFunc(maps.Keys(m.clocks.server), func(a, b string) int {
		return cmp.Or(cmp.Compare(m.clocks.server[b].seen, m.clocks.server[a].seen), cmp.Compare(a, b))
	})
	for _, h := range hosts[:min(len(hosts), mostShown)] {
		row := Clock{Of: Text{"server " + m.redactor.Host(h)}, Basis: []string{}}
		_, r := timeline.Estimate(m.clocks.server[h].pairs, timeline.MaxDrift)
		row.estimate(r)
		rows = append(rows, row)
	}
	return rows
}
