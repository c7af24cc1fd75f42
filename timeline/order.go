package timeline

import (
	"sort"

	"github.com/constat/constat/flow"
)

// Acts of one record happened in its order. Of two records, or of a person's marks
// and a program's in one, whose errors overlap, nobody knows which was first, and
// what depends on that stays open after both, until an act that settles it.

// clipOpen is what record and next make of a clip.
const clipOpen = "open"

// sets are the facts that an act decides, and to what.
func sets(what string) (f Fact, consent, clip string) {
	switch what {
	case "consent-accept", "consent-refuse":
		return Act | Consent, what, ""
	case "record", "next":
		return Act | Draft | Last | Fate, "", clipOpen
	case "save-draft", "post", "discard":
		return Act | Draft | Last | Fate, "", what
	}
	return Act, "", ""
}

// differ are the facts that differ with the order of two acts.
func differ(a, b string) (f Fact) {
	_, consentA, clipA := sets(a)
	_, consentB, clipB := sets(b)
	if a != b {
		f |= Act
	}
	if consentA != "" && consentB != "" && consentA != consentB {
		f |= Consent
	}
	if clipA != "" && clipB != "" && clipA != clipB {
		f |= Last | Fate
		if clipA == clipOpen || clipB == clipOpen {
			f |= Draft
		}
	}
	return f
}

// mostOverlaps bounds how many acts one is compared with. Where more overlap,
// everything that an act decides is open.
const mostOverlaps = 64

// order finds what stays open because the order of acts does.
func (t *Timeline) order() {
	open := make([]Fact, len(t.events))
	var acts []int
	var until []int64 // the latest of acts[:i+1]
	var now Fact
	for j := range t.events {
		e := &t.events[j]
		if e.Kind == "act" {
			f, _, _ := sets(e.What)
			now &^= f
			from := e.Time.UnixNano() - int64(e.Bound)
			// Acts before first are certainly over; of those after, some may not be.
			first := sort.Search(len(until), func(i int) bool { return until[i] >= from })
			if len(acts)-first > mostOverlaps {
				now |= f
				first = len(acts) - mostOverlaps
				if f&Fate != 0 {
					t.unfate(open, acts[first])
				}
			}
			for _, i := range acts[first:] {
				if b := &t.events[i]; !sameRecord(b, e) && (b.Bound > 0 || e.Bound > 0) && b.Time.UnixNano()+int64(b.Bound) >= from {
					c := differ(b.What, e.What)
					now |= c
					if c&Fate != 0 {
						t.unfate(open, i)
					}
				}
			}
			acts = append(acts, j)
			last := e.Time.UnixNano() + int64(e.Bound)
			if n := len(until); n > 0 {
				last = max(last, until[n-1])
			}
			until = append(until, last)
		}
		open[j] = now
	}
	t.opened = make([][8]int32, len(open))
	last := [8]int32{-1, -1, -1, -1, -1, -1, -1, -1}
	for i, o := range open {
		for f := range facts {
			if o&facts[f].Fact != 0 {
				last[f] = int32(i)
			}
		}
		t.opened[i] = last
	}
}

// unfate leaves open how the clip ended that was open before event i.
func (t *Timeline) unfate(open []Fact, i int) {
	for k := i; k >= 0 && open[k]&Fate == 0 && (k == i || t.after[k].Draft); k-- {
		open[k] |= Fate
	}
}

// sameRecord reports whether two acts were marked one after the other by one hand
// or one program.
func sameRecord(a, b *flow.Event) bool { return a.Source == b.Source && a.By == b.By }
