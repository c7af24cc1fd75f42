package differential

import (
	"testing"

	"github.com/constat/constat/detect"
)

// TestCutOff: a piece of a known value is no field beside it; an item of a
// list that holds one is.
func TestCutOff(t *testing.T) {
	mac := detect.Finding{PersonaValue: 2, Grade: detect.GradeA, Derivation: []string{"request.body", "json $.mac"}, Off: 10, Len: 17}
	item := mac
	item.Derivation = append(item.Derivation, "list")
	of := func(step string) *leaf {
		return &leaf{step: step, steps: []string{"request.body", "json $.mac", step}, off: 13, n: 14}
	}
	for _, c := range []struct {
		x    *leaf
		f    detect.Finding
		want bool
	}{
		{of("list"), mac, true},
		{of("list"), item, false},
		{of("base64"), mac, false},
		{&leaf{step: "list", steps: []string{"request.body", "json $.other", "list"}, off: 40, n: 4}, mac, false},
	} {
		if got := cutOff(c.x, []detect.Finding{c.f}); got != c.want {
			t.Errorf("%v of %v: %v", c.x.steps, c.f.Derivation, got)
		}
	}
}
