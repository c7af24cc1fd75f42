package timeline_test

import (
	"fmt"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline"
)

func Example() {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	t := timeline.New([]flow.Event{
		{Time: start, Kind: "act", What: "record"},
		{Time: start.Add(15 * time.Second), Kind: "act", What: "next"},
		{Time: start.Add(20 * time.Second), Kind: "act", What: "discard"},
	})
	m := t.At(start.Add(16 * time.Second))
	fmt.Printf("%v after %s; a clip is open: %v; it will end by %s\n", m.Since, m.Act, m.Draft, m.Fate)
	// Output: 1s after next; a clip is open: true; it will end by discard
}
