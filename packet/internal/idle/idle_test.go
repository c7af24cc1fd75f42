package idle

import (
	"math"
	"testing"
)

func TestList(t *testing.T) {
	var l, other List[int]
	var n [5]Node[int]
	for i := range n {
		n[i].Of = i
		l.Use(&n[i])
	}
	l.Use(&n[0])     // 1 2 3 4 0
	l.Use(&n[3])     // 1 2 4 0 3
	other.Use(&n[1]) // 2 4 0 3
	n[0].Drop()
	n[0].Drop()
	l.Use(&n[3]) // already last
	var got []int
	for l.Len() > 0 {
		got = append(got, l.Oldest().Of)
		l.Oldest().Drop()
	}
	if len(got) != 3 || got[0] != 2 || got[1] != 4 || got[2] != 3 || l.Oldest() != nil {
		t.Errorf("got %v", got)
	}
	if n[1].In() != &other || n[0].In() != nil || other.Len() != 1 || other.Oldest() != &n[1] {
		t.Error("nodes are not where they should be")
	}
}

func TestClock(t *testing.T) {
	var c Clock
	for _, step := range []struct{ tick, now int64 }{
		{1e18, Unset}, {100, 100}, {200, 100}, {300, 200}, {1e18, 300}, {400, 400}, {Unset, 400}, {350, 400}, {500, 400},
		{200e9, 500}, {201e9, 200e9}, {90, 200e9}, {202e9, 200e9}, {90, 200e9}, {91, 90}, // set back
		{500, 91}, {600, 500},
	} {
		if c.Tick(step.tick); c.Now != step.now {
			t.Errorf("at %d: %d, want %d", step.tick, c.Now, step.now)
		}
	}
	if c.Since(100) != 400 || c.Since(500) != 0 || c.Since(600) != 0 || c.Since(Unset) != 0 || c.Since(math.MinInt64+1) != math.MaxInt64 {
		t.Error(c.Since(100), c.Since(500), c.Since(600), c.Since(math.MinInt64+1))
	}
}
