package timeline

import (
	"slices"
	"time"

	"github.com/constat/constat/flow"
)

// Hand is how long may pass between what a person does on one device and the key
// that marks it on another, if nobody says better: to turn one's mind and eyes
// from one to the other (1.35 s), to move the hand (0.4 s), and to find and press
// a key (1.2 s), or to point (1.1 s).
//
// Source: the keystroke-level model of Card, Moran and Newell, Communications of
// the ACM 23 (7), 1980, its operators M, H, K of an unfamiliar key, and P; general
// knowledge, to be checked against the paper (mem 2026-11-28).
const Hand = 3 * time.Second

// ByHand makes the marks of persons in one record what they are: not instants
// but stretches of time, before, after or around the key, as it is told which came
// first. What a person marks one after the other happened in that order, which
// keeps stretches that overlap apart. Other events are left as they are.
func ByHand(events []flow.Event, delay time.Duration) []flow.Event {
	out := slices.Clone(events)
	var marks []*flow.Event
	for i := range out {
		if out[i].By == flow.Person {
			marks = append(marks, &out[i])
		}
	}
	slices.SortStableFunc(marks, func(a, b *flow.Event) int { return a.Time.Compare(b.Time) })
	from, to := make([]time.Time, len(marks)), make([]time.Time, len(marks))
	for i, e := range marks {
		from[i], to[i] = e.Time.Add(-delay), e.Time.Add(delay)
		switch e.First {
		case flow.KeyFirst:
			from[i] = e.Time
		case flow.TapFirst:
			to[i] = e.Time
		}
	}
	for i := 1; i < len(marks); i++ {
		if from[i].Before(from[i-1]) {
			from[i] = from[i-1]
		}
	}
	for i := len(marks) - 2; i >= 0; i-- {
		if to[i].After(to[i+1]) {
			to[i] = to[i+1]
		}
	}
	for i, e := range marks {
		long := to[i].Sub(from[i])
		e.Time = from[i].Add(long / 2)
		e.Bound += (long + 1) / 2
	}
	return out
}
