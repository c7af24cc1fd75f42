package evidence

import (
	"slices"
	"testing"

	"github.com/constat/constat/flow"
)

// What can be marked with a key is among the words that the whole program knows.
func TestActsAreKnownWords(t *testing.T) {
	for _, a := range Acts {
		if !slices.Contains(flow.Acts, a.ID) {
			t.Errorf("%s is not in flow.Acts", a.ID)
		}
	}
}
