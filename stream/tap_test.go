package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// event is what one read or write of a real client brought.
type event struct {
	side Side
	data []byte
}

// tape records what passes over the connections of a real client.
type tape struct {
	mu     sync.Mutex
	events [][]event // per connection
}

func (t *tape) dial(network, addr string) (net.Conn, error) {
	c, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, nil)
	return &tapped{c, t, len(t.events) - 1}, nil
}

type tapped struct {
	net.Conn
	t *tape
	n int
}

func (c *tapped) note(side Side, b []byte) {
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	c.t.events[c.n] = append(c.t.events[c.n], event{side, bytes.Clone(b)})
}

func (c *tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.note(Down, b[:n])
	}
	return n, err
}

func (c *tapped) Write(b []byte) (int, error) {
	c.note(Up, b) // before the server can answer
	return c.Conn.Write(b)
}

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// sent makes events of strings: "> " goes up, "< " down.
func sent(pieces ...string) []event {
	var events []event
	for _, p := range pieces {
		side := Up
		if p[0] == '<' {
			side = Down
		}
		events = append(events, event{side, []byte(p[2:])})
	}
	return events
}

// play gives a recorded connection to the parser, cut into pieces of at most
// max bytes (0: as recorded).
func play(events []event, info Info, l Limits, max int, rng *rand.Rand) []*flow.Flow {
	var flows []*flow.Flow
	c := New(info, l, func(f *flow.Flow) { flows = append(flows, f) })
	var at [2]int64
	for i, e := range events {
		m := Mark{Time: start.Add(time.Duration(i) * time.Millisecond)}
		for b := e.data; len(b) > 0; {
			n := len(b)
			if max > 0 {
				n = min(n, 1+rng.IntN(max))
			}
			m.Offset = 1000 + at[e.side]
			c.Data(e.side, m, b[:n])
			at[e.side] += int64(n)
			b = b[n:]
		}
	}
	c.Close(Mark{Time: start.Add(time.Hour)})
	if c.kept != 0 || c.read[Up] > c.total[Up] || c.read[Down] > c.total[Down] {
		panic(fmt.Sprintf("%d bytes are held after the end; %d read of %d", c.kept, c.read, c.total))
	}
	return flows
}

// sameInPieces plays a recording in pieces of every size and wants the same
// flows.
func sameInPieces(t *testing.T, events []event, info Info, l Limits) []*flow.Flow {
	t.Helper()
	want := play(events, info, l, 0, nil)
	whole := dump(want)
	for _, max := range []int{1, 2, 7, 100, 5000} {
		if got := dump(play(events, info, l, max, rand.New(rand.NewPCG(1, uint64(max))))); got != whole {
			t.Fatalf("in pieces of up to %d bytes:\n%s", max, difference(got, whole))
		}
	}
	return want
}

// difference shows where two dumps part.
func difference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	i = max(i-200, 0)
	return fmt.Sprintf("%.400q\nwant %.400q", got[i:], want[i:])
}

func dump(flows []*flow.Flow) string {
	var b bytes.Buffer
	for _, f := range flows {
		j, err := json.Marshal(f)
		fmt.Fprintf(&b, "%s %v\n", j, err)
	}
	return b.String()
}
