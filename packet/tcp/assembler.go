package tcp

import (
	"slices"
	"time"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/idle"
)

// Limits bound what an Assembler may hold. Zero fields take the defaults.
type Limits struct {
	Connections int           // at once, with those that ended a moment ago; default 65,536
	Held        int           // bytes of a direction that wait for earlier ones; default 4 MiB
	Total       int           // bytes of all directions that wait; default 128 MiB
	Idle        time.Duration // of packets' time after which a connection is taken for over; default 1 h
	Patience    time.Duration // how long what was acknowledged may still come; default 250 ms
	Linger      time.Duration // how long what was under way may still come after a reset; default 2 s
}

func (l Limits) withDefaults() Limits {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.Connections, 1<<16)
	set(&l.Held, 4<<20)
	set(&l.Total, 128<<20)
	last := func(p *time.Duration, v time.Duration) {
		if *p == 0 {
			*p = v
		}
	}
	last(&l.Idle, time.Hour)
	last(&l.Patience, 250*time.Millisecond)
	last(&l.Linger, 2*time.Second)
	return l
}

const (
	maxHeld       = 8192            // pieces of a direction that wait
	briefIdle     = 2 * time.Minute // of a connection that never opened, or is over
	farAway       = 1 << 28         // sequence numbers further off than this are another connection's
	nearBy        = 1 << 20         // a second segment so near to one far away makes sure
	patientFor    = 256             // packets, where times do not move
	startPieces   = 4               // pieces, and bytes, after which a stream without a SYN starts
	startBytes    = 64 << 10
	startPackets  = 16
	resetWindow   = 1 << 20 // a reset further off is forged (RFC 5961, section 3.2)
	briefFraction = 16      // the part of all connections that never opened or are over, from which on they go first
)

// Counts tells what an Assembler did.
type Counts struct {
	Segments    int64
	Connections int64
	Evicted     int64 // for want of room
	Orphans     int64 // resets that belong to no connection
}

// Assembler puts connections together. It belongs to one goroutine.
type Assembler struct {
	Counts Counts

	limits Limits
	open   func(*Conn) Handler
	conns  map[packet.Pair]*Conn
	last   *Conn // of the segment before
	clock  idle.Clock
	held   int

	live, brief, ending idle.List[*Conn]
}

// New returns an Assembler. open is called once for each connection, when its
// first byte is handed on or, if none was, when it is over, and returns the
// Handler of the connection, or nil if its bytes are not wanted. The Conn may
// be kept: it goes on to be filled in until the Handler is closed.
func New(limits Limits, open func(*Conn) Handler) *Assembler {
	return &Assembler{limits: limits.withDefaults(), open: open, conns: map[packet.Pair]*Conn{}}
}

// Segment takes the next segment of the capture. It does not keep s. What is
// not TCP is passed over.
func (a *Assembler) Segment(s *packet.Segment) {
	if s.Proto != packet.ProtoTCP {
		return
	}
	a.Counts.Segments++
	a.clock.Tick(s.Time)
	a.expire()
	var pair packet.Pair
	var low bool
	c := a.last
	switch { // most segments are of the connection of the one before
	case c != nil && s.Src == c.Client && s.Dst == c.Server:
		pair, low = c.pair, c.lowIsClient
	case c != nil && s.Src == c.Server && s.Dst == c.Client:
		pair, low = c.pair, !c.lowIsClient
	default:
		pair, low = packet.PairOf(s)
		c = a.conns[pair]
	}
	if c != nil && a.isAnother(c, s, low) {
		a.close(c, Reused)
		a.remove(c)
		first := c.again
		c = nil
		if first != nil && s.TCP.Flags&(packet.SYN|packet.ACK) != packet.SYN {
			_, firstLow := packet.PairOf(first)
			c = a.begin(first, pair, firstLow)
			a.take(c, first, firstLow)
		}
	}
	if c == nil {
		if s.TCP.Flags&packet.RST != 0 && len(s.Payload) == 0 {
			a.Counts.Orphans++
			return
		}
		c = a.begin(s, pair, low)
	}
	a.last = c
	a.take(c, s, low)
	a.place(c)
}

// begin makes a connection of its first packet.
func (a *Assembler) begin(s *packet.Segment, pair packet.Pair, low bool) *Conn {
	a.makeRoom()
	c := &Conn{Number: a.Counts.Connections, First: s.Time, FirstFrame: s.Frame, pair: pair,
		Outer: s.Outer, Midway: s.TCP.Flags&packet.SYN == 0, Resolution: s.Resolution}
	a.Counts.Connections++
	c.node.Of = c
	c.Client, c.Server, c.lowIsClient, c.strength = s.Src, s.Dst, low, -1
	a.conns[pair] = c
	return c
}

// place puts a connection where it waits for its turn to go.
func (a *Assembler) place(c *Conn) {
	switch {
	case c.over:
		a.brief.Use(&c.node)
	case c.reset:
		if c.node.In() != &a.ending {
			a.ending.Use(&c.node)
		}
	case !c.answered && c.Sent[0].Bytes+c.Sent[1].Bytes == 0:
		a.brief.Use(&c.node)
	default:
		a.live.Use(&c.node)
	}
}

// expire ends connections whose time is over.
func (a *Assembler) expire() {
	for n := a.ending.Oldest(); n != nil && a.clock.Since(n.Of.resetAt) > int64(a.limits.Linger); n = a.ending.Oldest() {
		a.close(n.Of, Reset)
		a.brief.Use(n)
	}
	for n := a.brief.Oldest(); n != nil && a.clock.Since(n.Of.Last) > int64(briefIdle); n = a.brief.Oldest() {
		a.close(n.Of, Idle)
		a.remove(n.Of)
	}
	for n := a.live.Oldest(); n != nil && a.clock.Since(n.Of.Last) > int64(a.limits.Idle); n = a.live.Oldest() {
		a.close(n.Of, Idle)
		a.remove(n.Of)
	}
}

// makeRoom ends the connections that were idle longest, until there is room
// for one more.
func (a *Assembler) makeRoom() {
	for len(a.conns) >= a.limits.Connections {
		n := a.live.Oldest()
		if b := a.brief.Oldest(); b != nil && (n == nil || a.brief.Len() > a.limits.Connections/briefFraction) {
			n = b
		}
		if n == nil {
			n = a.ending.Oldest()
		}
		if !n.Of.over {
			a.Counts.Evicted++
		}
		a.close(n.Of, Evicted)
		a.remove(n.Of)
	}
}

// Held is how many bytes wait for earlier ones, with what they take beside.
func (a *Assembler) Held() int { return a.held }

// remove forgets a connection that is over.
func (a *Assembler) remove(c *Conn) {
	c.node.Drop()
	delete(a.conns, c.pair)
	if a.last == c {
		a.last = nil
	}
}

// Close ends all connections: the capture is over.
func (a *Assembler) Close() {
	all := make([]*Conn, 0, len(a.conns))
	for _, c := range a.conns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y *Conn) int { return int(x.Number - y.Number) })
	for _, c := range all {
		a.close(c, Stopped)
		a.remove(c)
	}
}
