package timeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/constat/constat/flow"
)

// Pair is one comparison of a clock with the capture's: at the instant At of the
// capture, the clock was ahead by something from Low to High. A stamp in whole
// seconds, or one that was made some time before it left, makes a wide pair.
type Pair struct {
	At        time.Time
	Low, High time.Duration
	Basis     string // "X-Khronos header", "the act next, marked in both"
}

// MaxDrift is how fast a clock is taken to run away from another, as a share:
// 50 parts per million are 4.3 s a day. Quartz in phones stays within 20, and
// phones correct theirs from the network.
const MaxDrift = 50e-6

// Reckoning is what comparisons say of a clock.
type Reckoning struct {
	Pairs    int           // compared
	Rejected int           // of these, those that the rest contradicts
	Basis    []string      // what they rest on, in alphabetical order
	Ahead    time.Duration // of the capture's clock, in the middle of the comparisons
	Bound    time.Duration // its error
	Drift    float64       // share by which it runs fast: the middle of what the pairs allow
	Drifts   bool          // the comparisons span enough time to tell Drift from none
	Why      string        // if nothing could be estimated: why not
}

// Offset says how far a clock is ahead of the capture's at an instant of the
// capture, and within what bound.
type Offset func(at time.Time) (ahead, bound time.Duration)

// maxPairs bounds the work of finding those that agree, which is quadratic.
const maxPairs = 1000

// Estimate finds what most pairs agree on. Each pair says in what interval the
// clock's lead was at its instant; since no clock drifts faster than maxDrift, it
// says so, more widely, of every other instant too. Pairs that contradict the
// most others are taken out until none contradicts (Marzullo's intersection,
// widened by drift); what remains everywhere is the estimate, and its half
// width the bound. More than half of the pairs must remain, over a longer time
// than any of them leaves open, so that a stamp that stands still is no clock.
//
// Offset is nil if nothing can be estimated, and Reckoning.Why says why.
func Estimate(pairs []Pair, maxDrift float64) (Offset, Reckoning) {
	r := Reckoning{Pairs: len(pairs)}
	if len(pairs) == 0 {
		r.Why = "nothing to compare it with"
		return nil, r
	}
	pairs = slices.Clone(pairs)
	slices.SortStableFunc(pairs, func(a, b Pair) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Low, b.Low), cmp.Compare(a.High, b.High))
	})
	if n := len(pairs); n > maxPairs { // evenly
		for i := range maxPairs {
			pairs[i] = pairs[i*n/maxPairs]
		}
		pairs = pairs[:maxPairs]
	}
	kept := agreeing(pairs, maxDrift)
	r.Rejected = len(pairs) - len(kept)
	if 2*len(kept) <= len(pairs) && len(pairs) > 1 {
		r.Why = fmt.Sprintf("of %d comparisons no more than %d agree: the clock was set meanwhile, or they are not of one clock", len(pairs), len(kept))
		return nil, r
	}
	widest := time.Duration(0)
	for _, p := range kept {
		widest = max(widest, p.High-p.Low)
	}
	if kept[len(kept)-1].At.Sub(kept[0].At) < widest {
		r.Why = "the comparisons are too few or too close together to tell a clock from a stamp that stands still"
		return nil, r
	}
	for _, p := range kept {
		if !slices.Contains(r.Basis, p.Basis) {
			r.Basis = append(r.Basis, p.Basis)
		}
	}
	slices.Sort(r.Basis)
	offset := envelope(kept, maxDrift)
	middle := kept[0].At.Add(kept[len(kept)-1].At.Sub(kept[0].At) / 2)
	r.Ahead, r.Bound = offset(middle)
	r.drift(kept, maxDrift)
	return offset, r
}

// slack is how far the clock may have drifted between two instants.
func slack(a, b time.Time, maxDrift float64) time.Duration {
	return time.Duration(float64(b.Sub(a).Abs()) * maxDrift)
}

// agreeing are pairs of which no two contradict each other. On a line, bounds
// that agree two by two have one value in common.
func agreeing(pairs []Pair, maxDrift float64) []Pair {
	n := len(pairs)
	against := make([][]int, n)
	count := make([]int, n)
	for i := range pairs {
		for j := i + 1; j < n; j++ {
			d := slack(pairs[i].At, pairs[j].At, maxDrift)
			if pairs[i].Low-d > pairs[j].High || pairs[j].Low-d > pairs[i].High {
				against[i], against[j] = append(against[i], j), append(against[j], i)
				count[i]++
				count[j]++
			}
		}
	}
	out := make([]bool, n)
	for {
		worst := 0
		for i := range count {
			if count[i] > count[worst] {
				worst = i
			}
		}
		if count[worst] == 0 {
			break
		}
		out[worst], count[worst] = true, 0
		for _, j := range against[worst] {
			if !out[j] {
				count[j]--
			}
		}
	}
	kept := make([]Pair, 0, n)
	for i, p := range pairs {
		if !out[i] {
			kept = append(kept, p)
		}
	}
	return kept
}

// envelope is the highest Low and the lowest High of pairs that agree, each
// widened by the drift since. It is asked often, so the pairs before and after
// each one are summed up beforehand.
func envelope(pairs []Pair, maxDrift float64) Offset {
	n := len(pairs)
	type ends struct{ low, high time.Duration }
	before, after := make([]ends, n), make([]ends, n)
	for i, p := range pairs {
		before[i] = ends{p.Low, p.High}
		if i > 0 {
			d := slack(pairs[i-1].At, p.At, maxDrift)
			before[i] = ends{max(p.Low, before[i-1].low-d), min(p.High, before[i-1].high+d)}
		}
	}
	for i := n - 1; i >= 0; i-- {
		after[i] = ends{pairs[i].Low, pairs[i].High}
		if i < n-1 {
			d := slack(pairs[i].At, pairs[i+1].At, maxDrift)
			after[i] = ends{max(pairs[i].Low, after[i+1].low-d), min(pairs[i].High, after[i+1].high+d)}
		}
	}
	return func(at time.Time) (ahead, bound time.Duration) {
		k := sort.Search(n, func(i int) bool { return pairs[i].At.After(at) })
		low, high := time.Duration(math.MinInt64), time.Duration(math.MaxInt64)
		if k > 0 {
			d := slack(pairs[k-1].At, at, maxDrift)
			low, high = before[k-1].low-d, before[k-1].high+d
		}
		if k < n {
			d := slack(at, pairs[k].At, maxDrift)
			low, high = max(low, after[k].low-d), min(high, after[k].high+d)
		}
		return low + (high-low)/2, (high - low + 1) / 2
	}
}

// tellDrift is how well drift must be known to be told: to a fifth of what a
// clock may drift.
const tellDrift = 5

// drift finds the slopes that lines through all pairs can have.
func (r *Reckoning) drift(pairs []Pair, maxDrift float64) {
	low, high := -maxDrift, maxDrift
	for i, p := range pairs {
		for _, q := range pairs[i+1:] {
			if dt := float64(q.At.Sub(p.At)); dt > 0 {
				low, high = max(low, float64(q.Low-p.High)/dt), min(high, float64(q.High-p.Low)/dt)
			}
		}
	}
	if low <= high && (high-low)*tellDrift <= 2*maxDrift {
		r.Drift, r.Drifts = (low+high)/2, true
	}
}

// Correct brings an event from the clock that o is of to the capture's, and
// adds the bound to its own.
func (o Offset) Correct(e flow.Event) flow.Event {
	theirs := e.Time
	ahead, _ := o(theirs)
	for range 2 { // o is asked for the capture's time, which it changes little
		ahead, _ = o(theirs.Add(-ahead))
	}
	e.Time = theirs.Add(-ahead)
	_, bound := o(e.Time)
	e.Bound += bound
	return e
}

// handBound is how far two marks of one act may lie apart that a person made in
// two places.
const handBound = time.Second

// Shared finds the events that two records have in common, and compares their
// clocks by them: ours are by the capture's clock. Equal acts and equal changes
// of an app's state are laid over each other in every way; the way in which most
// coincide counts, if it stands out. Where each happened once, two will do. One
// alone is no comparison: it may be another time that the user did the same.
func Shared(ours, theirs []flow.Event) []Pair {
	type key struct{ kind, what, app string }
	of := func(e *flow.Event) (key, bool) {
		switch {
		case e.Kind == "act":
			return key{e.Kind, e.What, ""}, true
		case e.Kind == "state" && (e.What == "resumed" || marked(e.What) || e.What == screenOn):
			return key{e.Kind, e.What, e.App}, true
		}
		return key{}, false
	}
	by := map[key][]*flow.Event{}
	for i := range ours {
		if k, ok := of(&ours[i]); ok && len(by[k]) < maxShared {
			by[k] = append(by[k], &ours[i])
		}
	}
	var pairs []Pair
	count := map[key]int{}
	for i := range theirs {
		e := &theirs[i]
		k, ok := of(e)
		if !ok || len(by[k]) == 0 || count[k] >= maxShared || len(pairs) >= maxShared*maxShared {
			continue
		}
		count[k]++
		for _, o := range by[k] {
			b := o.Bound + e.Bound
			if e.Kind == "act" || b == 0 {
				b += handBound
			}
			d := e.Time.Sub(o.Time)
			pairs = append(pairs, Pair{At: o.Time, Low: d - b, High: d + b, Basis: "events in both records"})
		}
	}
	once := len(pairs) > 0
	for k, n := range count {
		once = once && n == 1 && len(by[k]) == 1
	}
	if once && len(pairs) >= 2 {
		return pairs
	}
	return densest(pairs)
}

// maxShared bounds how often one kind of event is compared.
const maxShared = 200

// densest are the pairs around the lead that most of them allow, if there are
// three and no other lead has more than half as many.
func densest(pairs []Pair) []Pair {
	if len(pairs) == 0 {
		return nil
	}
	byLow, byHigh := slices.Clone(pairs), slices.Clone(pairs)
	slices.SortFunc(byLow, func(a, b Pair) int { return cmp.Compare(a.Low, b.Low) })
	slices.SortFunc(byHigh, func(a, b Pair) int { return cmp.Compare(a.High, b.High) })
	allow := func(lead time.Duration) int {
		begun := sort.Search(len(byLow), func(i int) bool { return byLow[i].Low > lead })
		over := sort.Search(len(byHigh), func(i int) bool { return byHigh[i].High >= lead })
		return begun - over
	}
	best, most := time.Duration(0), 0
	for _, p := range byLow {
		if n := allow(p.Low); n > most {
			best, most = p.Low, n
		}
	}
	var kept []Pair
	var from, to time.Duration
	for _, p := range pairs {
		if p.Low <= best && best <= p.High {
			if len(kept) == 0 {
				from, to = p.Low, p.High
			}
			from, to = min(from, p.Low), max(to, p.High)
			kept = append(kept, p)
		}
	}
	for _, p := range byLow {
		if (p.Low < from || p.Low > to) && 2*allow(p.Low) > most {
			return nil // as good elsewhere
		}
	}
	if most < 3 {
		return nil
	}
	return kept
}
