// Package udp puts the datagrams of two ends together to conversations.
//
// UDP has no connections. A conversation is what passes between the same two
// addresses and ports without a pause longer than Limits.Idle; the client is
// who spoke first, unless the ports or the capture tool say that it was the
// server, of a conversation that was under way when the capture began. Nothing
// is put in order and nothing is taken for a repetition: datagrams are handed
// on as they come, without copying.
//
// At most Limits.Conversations are kept; the one that was idle longest goes
// first. Times are those of the packets.
package udp

import (
	"net/netip"
	"slices"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/idle"
	"github.com/constat/constat/stream"
)

// Handler takes what a conversation carries.
type Handler interface {
	// Datagram hands over the payload of a datagram, valid until it returns.
	// cut bytes behind it are not in the capture.
	Datagram(side stream.Side, m stream.Mark, b []byte, cut int)
	// Close tells that the conversation is over; nothing follows.
	Close(m stream.Mark)
}

// Limits bound what a Table may hold. Zero fields take the defaults.
type Limits struct {
	Conversations int           // at once; default 65,536
	Idle          time.Duration // of packets' time after which one is over; default 3 min
}

// Conversation is what passes between two ends. Its fields are as of now.
type Conversation struct {
	Number         int64 // in the order of first datagrams, from 0
	Client, Server netip.AddrPort

	First, Last int64 // times of datagrams, ns since 1970, or packet.NoTime
	FirstFrame  int64
	Sent        [2]Direction // by stream.Side
	App         *flow.App    // nil: not told
	Outer       packet.Outer // the tunnel of the first datagram
	Evicted     bool         // it ended for want of room

	pair        packet.Pair
	lowIsClient bool
	handler     Handler
	latest      stream.Mark
	node        idle.Node[*Conversation]
}

// Direction counts what one end sent.
type Direction struct {
	Datagrams int64
	Bytes     int64 // of payload on the wire
	Cut       int64 // of them, not in the capture
	MinTTL    uint8
	MaxTTL    uint8
}

// Table keeps conversations. It belongs to one goroutine.
type Table struct {
	Conversations int64 // so far
	Evicted       int64 // of them, for want of room

	limits Limits
	open   func(*Conversation) Handler
	all    map[packet.Pair]*Conversation
	last   *Conversation
	clock  idle.Clock
	order  idle.List[*Conversation]
}

// New returns a Table. open is called at the first datagram of each
// conversation and returns its Handler, or nil if its datagrams are not
// wanted.
func New(limits Limits, open func(*Conversation) Handler) *Table {
	if limits.Conversations == 0 {
		limits.Conversations = 1 << 16
	}
	if limits.Idle == 0 {
		limits.Idle = 3 * time.Minute
	}
	return &Table{limits: limits, open: open, all: map[packet.Pair]*Conversation{}}
}

// Segment takes the next segment of the capture. It does not keep s. What is
// not UDP is passed over.
func (t *Table) Segment(s *packet.Segment) {
	if s.Proto != packet.ProtoUDP {
		return
	}
	t.clock.Tick(s.Time)
	for n := t.order.Oldest(); n != nil && t.clock.Since(n.Of.Last) > int64(t.limits.Idle); n = t.order.Oldest() {
		t.end(n.Of)
	}
	pair, low := packet.PairOf(s)
	c := t.last
	if c == nil || c.pair != pair {
		if c = t.all[pair]; c == nil {
			c = t.begin(s, pair, low)
		}
		t.last = c
	}
	m := stream.Mark{Time: s.When(), Frame: s.Frame}
	if s.Verbatim {
		m.Offset = s.Offset
	}
	c.latest, c.Last = m, s.Time
	if c.App == nil {
		c.App = s.App
	}
	side := stream.Down
	if low == c.lowIsClient {
		side = stream.Up
	}
	d := &c.Sent[side]
	d.Datagrams++
	d.Bytes += int64(len(s.Payload) + s.Cut)
	d.Cut += int64(s.Cut)
	if d.MinTTL == 0 || s.TTL < d.MinTTL {
		d.MinTTL = s.TTL
	}
	d.MaxTTL = max(d.MaxTTL, s.TTL)
	t.order.Use(&c.node)
	if c.handler != nil {
		c.handler.Datagram(side, m, s.Payload, s.Cut)
	}
}

func (t *Table) begin(s *packet.Segment, pair packet.Pair, low bool) *Conversation {
	for len(t.all) >= t.limits.Conversations {
		c := t.order.Oldest().Of
		c.Evicted = true
		t.Evicted++
		t.end(c)
	}
	c := &Conversation{Number: t.Conversations, Client: s.Src, Server: s.Dst, First: s.Time, FirstFrame: s.Frame,
		App: s.App, Outer: s.Outer, pair: pair, lowIsClient: low}
	if srcIsClient, _ := packet.Guess(s); !srcIsClient {
		c.Client, c.Server, c.lowIsClient = s.Dst, s.Src, !low
	}
	t.Conversations++
	c.node.Of = c
	t.all[pair] = c
	c.handler = t.open(c)
	return c
}

func (t *Table) end(c *Conversation) {
	c.node.Drop()
	delete(t.all, c.pair)
	if t.last == c {
		t.last = nil
	}
	if c.handler != nil {
		c.handler.Close(c.latest)
		c.handler = nil
	}
}

// Close ends all conversations, in the order they began: the capture is over.
func (t *Table) Close() {
	all := make([]*Conversation, 0, len(t.all))
	for _, c := range t.all {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Conversation) int { return int(a.Number - b.Number) })
	for _, c := range all {
		t.end(c)
	}
}
