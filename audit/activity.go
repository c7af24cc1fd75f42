package audit

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline"
)

// Amounts account for bytes that left, see Coverage.
type Amounts struct {
	Flows       int   `json:"flows"`
	Out         int64 `json:"bytes_out"`
	Read        int64 `json:"read"`
	Media       int64 `json:"media,omitempty"`
	Opaque      int64 `json:"opaque"`
	NotCaptured int64 `json:"not_captured"`
	UnknownSize int   `json:"unknown_size,omitempty"`
	UnknownBody int64 `json:"unknown_body,omitempty"` // of the opaque bytes, those in opened messages, in no known format
}

type amounts = Amounts

// Plus is the sum of both.
func (a Amounts) Plus(b Amounts) Amounts {
	return Amounts{
		a.Flows + b.Flows, a.Out + b.Out, a.Read + b.Read, a.Media + b.Media, a.Opaque + b.Opaque, a.NotCaptured + b.NotCaptured,
		a.UnknownSize + b.UnknownSize, a.UnknownBody + b.UnknownBody,
	}
}

// minus is what came to b since.
func (a Amounts) minus(b Amounts) Amounts {
	return a.Plus(Amounts{-b.Flows, -b.Out, -b.Read, -b.Media, -b.Opaque, -b.NotCaptured, -b.UnknownSize, -b.UnknownBody})
}

// All is the traffic with a destination, whoever's it is.
func (c *Coverage) All() Amounts {
	return Amounts{c.Flows, c.Out, c.Read, c.Media, c.Opaque, c.NotCaptured, c.UnknownSize, c.Reasons[UnknownFormat]}
}

// Own is the part of it that is surely the subject's, and the part of which that
// is open. What is surely another app's is in neither.
func (c *Coverage) Own() (mine, open Amounts) {
	if len(c.Apps) == 0 {
		return c.All(), Amounts{}
	}
	for _, a := range c.Apps {
		switch a.Whose {
		case "subject":
			mine = mine.Plus(a.Amounts)
		case "open":
			open = open.Plus(a.Amounts)
		}
	}
	return mine, open
}

// AppCoverage is the part of a destination's traffic that is one app's.
type AppCoverage struct {
	App        string `json:"app"`
	Confidence string `json:"confidence"`
	Whose      string `json:"whose"` // "subject", "open", "other"
	Amounts
}

// StateCoverage is the part of a destination's traffic that left in one state of
// the app, without what is surely another app's. An exchange during which the
// state changed, or may have, is of the state "unknown".
type StateCoverage struct {
	State string `json:"state"`
	Amounts
}

// Idle is a stretch of time in which the app was not in front of the user.
type Idle struct {
	State   string  `json:"state"`
	From    float64 `json:"from_s"` // seconds after the first flow
	To      float64 `json:"to_s"`
	Seconds float64 `json:"seconds"`
	// Proven is for how long of it the capture is known to have worked: between two
	// signs of life that are no more than a minute apart. ByTraffic counts as signs
	// the flows of the phone's apps only, which show that its traffic was seen;
	// the instrument's own control requests show that the instrument ran.
	Proven    float64 `json:"proven_s"`
	ByTraffic float64 `json:"proven_by_traffic_s"`
	Alive     string  `json:"alive"` // how that is known: "traffic", "control", "traffic and control", "" not at all
	Flows     int     `json:"flows"` // that were going on, without those surely of other apps
	Out       int64   `json:"bytes_out"`
	Others    int     `json:"other_apps,omitempty"` // flows
}

// silence is how long nothing may be heard of a capture that is taken to work. A
// capture of constat's own tries itself four times as often.
const silence = time.Minute

// Bounds on what is kept and told.
const (
	maxSpells = 1 << 16
	maxIdle   = 1000
	maxLife   = 1 << 16 // control requests
)

// spell is traffic of one app with one destination from the first to the last byte.
type spell struct {
	dest, who int
	from, to  int64 // ns; noTime
	Amounts
}

// activity keeps which app sent how much to whom and when. Where there is too
// much, what stands close together becomes one.
type activity struct {
	spells   []spell
	most     int
	width    int64 // ns within which spells of one kind are one
	controls []int64
}

// control notes that the instrument tried itself.
func (x *activity) control(f *flow.Flow) {
	if !f.Timing.Start.IsZero() && len(x.controls) < maxLife {
		x.controls = append(x.controls, f.Timing.Start.UnixNano())
	}
}

// add books what one flow sent.
func (x *activity) add(dest, who int, f *flow.Flow, a Amounts) {
	s := spell{dest: dest, who: who, from: noTime, to: noTime, Amounts: a}
	if !f.Timing.Start.IsZero() {
		s.from = f.Timing.Start.UnixNano()
		s.to = s.from
		end := f.Timing.Sent
		if f.Request == nil || len(f.Messages) > 0 {
			end = f.Timing.End // it may have sent until then
		}
		if !end.IsZero() {
			s.to = max(s.to, end.UnixNano())
		}
		for i := range f.Messages {
			if at := f.Messages[i].Time; f.Messages[i].FromClient && !at.IsZero() {
				s.to = max(s.to, at.UnixNano())
			}
		}
	}
	x.spells = append(x.spells, s)
	if x.most = max(x.most, maxSpells); len(x.spells) >= x.most {
		x.fold()
	}
}

// fold makes spells of one kind that begin within a width one.
func (x *activity) fold() {
	for len(x.spells) > x.most/2 && x.width < int64(1)<<60 {
		x.width = max(2*x.width, int64(time.Millisecond))
		slices.SortStableFunc(x.spells, func(a, b spell) int {
			return cmp.Or(cmp.Compare(a.dest, b.dest), cmp.Compare(a.who, b.who), cmp.Compare(a.from, b.from))
		})
		kept := x.spells[:1]
		for _, s := range x.spells[1:] {
			last := &kept[len(kept)-1]
			if last.dest == s.dest && last.who == s.who && (last.from == s.from || last.from != noTime && last.from/x.width == s.from/x.width) {
				last.to = max(last.to, s.to)
				last.Amounts = last.Plus(s.Amounts)
				continue
			}
			kept = append(kept, s)
		}
		x.spells = kept
	}
	x.most = max(x.most, 4*len(x.spells)) // more destinations than that: there is no less
}

// end is the last instant that anything was seen at.
func (x *activity) end() int64 {
	end := int64(math.MinInt64)
	for i := range x.spells {
		end = max(end, x.spells[i].from, x.spells[i].to)
	}
	for _, ns := range x.controls {
		end = max(end, ns)
	}
	return end
}

// sent is how much each number of whose sent.
func (x *activity) sent() map[int]Amounts {
	sums := map[int]Amounts{}
	for i := range x.spells {
		sums[x.spells[i].who] = sums[x.spells[i].who].Plus(x.spells[i].Amounts)
	}
	return sums
}

// stretch is a time of one state that the clocks leave no doubt about.
type stretch struct {
	state    string
	from, to int64
}

// stretches are those of a timeline, to the end of the captures. A time of which
// nothing is known, or which an event may have ended by the error of its clock,
// is in none.
func stretches(when *timeline.Timeline, end int64) (list []stretch) {
	var changes []flow.Event
	for _, e := range when.Events() {
		if e.Kind == "state" {
			changes = append(changes, e)
		}
	}
	until := make([]int64, len(changes)+1) // before it, none of the changes from here on
	until[len(changes)] = end
	for i := len(changes) - 1; i >= 0; i-- {
		until[i] = min(until[i+1], changes[i].Time.UnixNano()-int64(changes[i].Bound)-1)
	}
	from := int64(math.MinInt64)
	for i := 0; i < len(changes); {
		state, first := changes[i].What, from
		for begun := false; i < len(changes) && changes[i].What == state; i++ {
			since := changes[i].Time.UnixNano() + int64(changes[i].Bound)
			if changes[i].Bound > 0 {
				since++ // an event without an error is over at its own instant
			}
			from = max(from, since)
			if !begun {
				first, begun = from, true
			}
		}
		if to := until[i]; state != timeline.Unknown && state != "" && to >= first {
			list = append(list, stretch{state, first, to})
		}
	}
	return list
}

// within finds the stretch that a spell lies in whole.
func within(list []stretch, s *spell) (state string) {
	i, ok := slices.BinarySearchFunc(list, s.from, func(x stretch, at int64) int {
		switch {
		case x.to < at:
			return -1
		case x.from > at:
			return 1
		}
		return 0
	})
	if ok && s.from != noTime && s.to <= list[i].to {
		return list[i].state
	}
	return timeline.Unknown
}

// spread tells each destination which apps its traffic is of, and in which state.
func (x *activity) spread(rows map[int]*Coverage, judged []attributed, list []stretch, apps bool) {
	for i := range x.spells {
		s := &x.spells[i]
		c, j := rows[s.dest], &judged[s.who]
		if apps {
			row := AppCoverage{App: j.App, Confidence: string(j.Confidence), Whose: whoseNames[j.Whose]}
			k := slices.IndexFunc(c.Apps, func(a AppCoverage) bool {
				return a.App == row.App && a.Confidence == row.Confidence && a.Whose == row.Whose
			})
			if k < 0 && len(c.Apps) >= maxApps { // the last row of each kind has the rest
				row.App, row.Confidence = "", string(attribution.Unknown)
				k = slices.IndexFunc(c.Apps, func(a AppCoverage) bool { return a.App == "" && a.Whose == row.Whose })
			}
			if k < 0 {
				k = len(c.Apps)
				c.Apps = append(c.Apps, row)
			}
			c.Apps[k].Amounts = c.Apps[k].Plus(s.Amounts)
		}
		if len(list) == 0 || j.Whose == attribution.Others {
			continue
		}
		state := within(list, s)
		k := slices.IndexFunc(c.ByState, func(y StateCoverage) bool { return y.State == state })
		if k < 0 {
			k = len(c.ByState)
			c.ByState = append(c.ByState, StateCoverage{State: state})
		}
		c.ByState[k].Amounts = c.ByState[k].Plus(s.Amounts)
	}
	for _, c := range rows {
		slices.SortFunc(c.Apps, func(a, b AppCoverage) int {
			return cmp.Or(cmp.Compare(b.Out, a.Out), cmp.Compare(a.App, b.App), cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.Whose, b.Whose))
		})
		slices.SortFunc(c.ByState, func(a, b StateCoverage) int { return cmp.Compare(a.State, b.State) })
	}
}

// idle lists the stretches in which the app was not in front, the longest proven
// ones if they are very many.
func (x *activity) idle(judged []attributed, list []stretch, start time.Time) []Idle {
	seen, signs := x.life()
	var rows []Idle
	var of []stretch
	for _, y := range list {
		if y.state == timeline.Foreground {
			continue
		}
		row := Idle{
			State: y.state, From: time.Unix(0, y.from).Sub(start).Seconds(), To: time.Unix(0, y.to).Sub(start).Seconds(),
			Seconds: time.Duration(y.to - y.from).Seconds(), Proven: proven(signs, y.from, y.to).Seconds(), ByTraffic: proven(seen, y.from, y.to).Seconds(),
		}
		switch {
		case row.Proven == 0:
		case row.ByTraffic == row.Proven:
			row.Alive = "traffic"
		case row.ByTraffic > 0:
			row.Alive = "traffic and control"
		default:
			row.Alive = "control"
		}
		rows, of = append(rows, row), append(of, y)
	}
	if len(rows) > maxIdle {
		order := make([]int, len(rows))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[b].Proven, rows[a].Proven) })
		order = order[:maxIdle]
		slices.Sort(order)
		for i, k := range order {
			rows[i], of[i] = rows[k], of[k]
		}
		rows = rows[:maxIdle]
	}
	for k := range rows {
		row, y := &rows[k], of[k]
		for i := range x.spells {
			s := &x.spells[i]
			switch {
			case s.from == noTime || s.from > y.to || s.to < y.from:
			case judged[s.who].Whose == attribution.Others:
				row.Others += s.Flows
			default:
				row.Flows += s.Flows
				row.Out += s.Out
			}
		}
	}
	return rows
}

// life is when traffic was seen, and when there was any sign that the capture works.
func (x *activity) life() (seen, signs []int64) {
	for i := range x.spells {
		if s := &x.spells[i]; s.from != noTime {
			seen = append(seen, s.from, s.to)
		}
	}
	signs = slices.Concat(seen, x.controls)
	slices.Sort(seen)
	slices.Sort(signs)
	return seen, signs
}

// outlive notes for how long after each act the capture is known to have worked.
func (x *activity) outlive(rows []Happening, start time.Time) {
	_, signs := x.life()
	for i := range rows {
		h := &rows[i]
		if h.Kind != "act" {
			continue
		}
		at := start.Add(time.Duration((h.Offset + h.Bound) * float64(time.Second))).UnixNano()
		end := at
		k, _ := slices.BinarySearch(signs, at)
		for ; k < len(signs) && signs[k]-end <= int64(silence); k++ {
			end = signs[k]
		}
		alive := time.Duration(end - at).Seconds()
		h.Alive = &alive
	}
}

// proven is for how long between two instants signs of life were close together.
func proven(signs []int64, from, to int64) (sum time.Duration) {
	first, _ := slices.BinarySearch(signs, from)
	for i := max(first, 1); i < len(signs) && signs[i-1] < to; i++ {
		if signs[i]-signs[i-1] <= int64(silence) {
			sum += time.Duration(max(0, min(signs[i], to)-max(signs[i-1], from)))
		}
	}
	return sum
}
