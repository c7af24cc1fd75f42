package audit

import (
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// Without a flow, offsets count from the first thing that happened.
func TestOriginWithoutFlows(t *testing.T) {
	doc := conduct(t, phone{events: []flow.Event{
		{Time: dawn.Add(9 * time.Second), Kind: "act", What: "post", By: flow.Program},
		{Time: dawn.Add(2 * time.Second), Kind: "state", What: "foreground"},
		{Time: dawn.Add(7 * time.Second), Kind: "state", What: "swiped"},
	}}, Options{})
	var got []float64
	for _, e := range doc.Timeline {
		got = append(got, e.Offset)
	}
	if len(got) != 3 || got[0] != 0 || got[1] != 5 || got[2] != 7 {
		t.Errorf("offsets %v", got)
	}
	for _, x := range doc.Idle {
		if x.From < 0 || x.To > 10 || x.Seconds < 0 {
			t.Errorf("%+v", x)
		}
	}
}

// A person's mark is a stretch in the document, and what left within it has no
// side; one that the program made, or that is told to be exact, has.
func TestMarkedByHand(t *testing.T) {
	for _, c := range []struct {
		by   string
		hand *time.Duration
		open bool
		how  string
	}{
		{flow.Person, nil, true, ClockHand},
		{flow.Person, new(time.Duration), false, ClockHand},
		{flow.Program, nil, false, ""},
		{"", nil, false, ""}, // a device's own record
	} {
		doc := conduct(t, phone{closed{post(10*time.Second, "log.example", "")}, []flow.Event{
			{Time: dawn, Kind: "act", What: "record", By: flow.Program},
			{Time: dawn.Add(9 * time.Second), Kind: "act", What: "save-draft", By: c.by},
		}}, Options{Hand: c.hand})
		for x, err := range doc.Transfers.All() {
			if err != nil {
				t.Fatal(err)
			}
			if x.Unsure != c.open || (len(x.Open) > 0) != c.open || !c.open && (x.Draft || x.SinceAct != 1) {
				t.Errorf("by %q, hand %v: %+v", c.by, c.hand, x.Circumstance)
			}
		}
		how, bound := "", 0.0
		for _, k := range doc.Clocks {
			how, bound = k.How, k.Bound
		}
		if how != c.how || how != "" && (bound > 0) != c.open {
			t.Errorf("by %q: clocks %+v", c.by, doc.Clocks)
		}
		if got := doc.Timeline[1]; got.By != c.by || (got.Bound > 0) != c.open {
			t.Errorf("by %q: %+v", c.by, got)
		}
	}
}
