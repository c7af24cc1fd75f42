package tcp

import (
	"slices"
	"time"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/idle"
	"github.com/constat/constat/stream"
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
	pair, low := packet.PairOf(s)
	c := a.last
	if c == nil || c.pair != pair {
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
		Outer: s.Outer, Midway: s.TCP.Flags&packet.SYN == 0, resolution: s.Resolution}
	a.Counts.Connections++
	c.node.Of = c
	c.Client, c.Server, c.lowIsClient, c.strength = s.Src, s.Dst, low, -1
	a.conns[pair] = c
	return c
}

// take counts a segment and acts on it.
func (a *Assembler) take(c *Conn, s *packet.Segment, low bool) {
	c.packets++
	c.latest = mark(s)
	if c.Last = s.Time; c.First == packet.NoTime {
		c.First = s.Time
	}
	if s.App != nil && s.App != c.App && (c.App == nil || nameless(c.App.ID) && !nameless(s.App.ID)) {
		c.App = s.App
	}
	if !c.Certain && !c.opened {
		if srcIsClient, strength := packet.Guess(s); strength > c.strength {
			c.setClient(low == srcIsClient, false)
			c.strength = strength
		}
	}
	h, f := c.end(low), s.TCP.Flags
	if f&packet.SYN != 0 {
		a.syn(c, h, s, low)
	}
	d := c.sent(low)
	d.Packets++
	d.Bytes += int64(len(s.Payload) + s.Cut)
	d.Short = max(d.Short, s.Cut)
	if d.MinTTL == 0 || s.TTL < d.MinTTL {
		d.MinTTL = s.TTL
	}
	d.MaxTTL = max(d.MaxTTL, s.TTL)

	if f&packet.ACK != 0 && f&packet.RST == 0 {
		a.acknowledge(c, s, low)
	}
	for _, end := range [2]bool{!low, low} {
		if h := c.end(end); len(h.held) > 0 {
			a.settle(c, h, end)
		}
	}
	if f&packet.RST != 0 { // what it carries is a reason in words (RFC 9293, 3.5.3), not of the stream
		a.rst(c, h, s, low)
		return
	}
	seq := s.TCP.Seq
	if f&packet.SYN != 0 {
		seq++
	}
	n := len(s.Payload) + s.Cut
	switch {
	case n <= 1 && f&(packet.SYN|packet.FIN) == 0 && h.started && seq == h.next-1:
		d.Probes++ // keep-alive (RFC 9293, 3.8.4)
	case n > 0 || f&packet.FIN != 0:
		a.bytes(c, h, s, seq, uint32(n), low)
		if len(h.held) > 0 {
			a.settle(c, h, low)
		}
	}
}

// nameless reports whether an app is known by a number only.
func nameless(id string) bool { return len(id) > 4 && (id[:4] == "uid " || id[:4] == "pid ") }

// syn takes a segment that opens a connection.
func (a *Assembler) syn(c *Conn, h *half, s *packet.Segment, low bool) {
	t := &c.Handshake
	value, echo, stamped := s.TCP.Timestamps()
	if s.TCP.Flags&packet.ACK == 0 {
		if !c.Certain && !c.opened {
			c.setClient(low, true)
		}
		if c.side(low) == stream.Up && !c.answered {
			if t.SYNs++; t.SYNs == 1 {
				t.isn, t.firstTS, t.timestamp = s.TCP.Seq, value, stamped
				t.SYN = known(s.Time)
			}
			t.lastSYN, t.lastTS = known(s.Time), value
		}
	} else {
		if !c.Certain && !c.opened {
			c.setClient(!low, true)
		}
		if c.side(low) == stream.Down && !c.answered {
			c.answered = true
			t.SYNACK = known(s.Time)
			if t.SYNs > 1 && t.timestamp && stamped && t.firstTS != t.lastTS && echo == t.lastTS {
				t.SYN, t.SYNs = t.lastSYN, 1 // it says which one it answers (RFC 7323, 3.2)
			}
			if up := c.end(!low); !up.started && len(up.held) == 0 {
				a.start(c, up, !low, s.TCP.Ack)
			}
		}
	}
	if mss, ok := s.TCP.MSS(); ok {
		c.sent(low).MSS = mss
	}
	if !h.started {
		a.start(c, h, low, s.TCP.Seq+1)
	}
}

// known is a time that may be zero for unknown.
func known(t int64) int64 {
	if t == packet.NoTime {
		return 0
	}
	return t
}

// start says where a direction begins.
func (a *Assembler) start(c *Conn, h *half, low bool, next uint32) {
	h.started, h.next = true, next
	for len(h.held) > 0 && before(h.held[0].seq, next) { // behind it by the SYN's word
		p := a.pop(h)
		c.sent(low).Stray.Segments++
		c.sent(low).Stray.Bytes += int64(len(p.b))
	}
	a.drain(c, h, low)
}

// acknowledge notes what the sender of s has received.
func (a *Assembler) acknowledge(c *Conn, s *packet.Segment, low bool) {
	if t := &c.Handshake; c.answered && t.ACK == 0 && s.TCP.Flags&packet.SYN == 0 && c.side(low) == stream.Up {
		t.ACK = known(s.Time)
	}
	h := c.end(!low)
	ack := s.TCP.Ack
	if h.acked && !before(h.ack, ack) || h.started && int32(ack-h.next) > farAway {
		return
	}
	if !h.acked {
		h.firstAck = ack
	}
	h.acked, h.ack = true, ack
}

// rst takes a reset.
func (a *Assembler) rst(c *Conn, h *half, s *packet.Segment, low bool) {
	if h.started {
		if d := int32(s.TCP.Seq - h.next); d < -resetWindow || d > resetWindow {
			c.sent(low).Stray.Segments++
			return
		}
	} else if s.TCP.Flags&packet.ACK != 0 && c.Handshake.SYNs > 0 && s.TCP.Ack != c.Handshake.isn+1 && c.side(low) == stream.Down {
		c.sent(low).Stray.Segments++
		return
	}
	if c.reset || c.over {
		return
	}
	c.reset, c.Resetter, c.resetAt = true, c.side(low), a.clock.Now
	if !c.answered && c.Sent[0].Bytes+c.Sent[1].Bytes == 0 { // refused: nothing is under way
		a.close(c, Reset)
	}
}

// bytes takes n bytes of a direction that begin at seq, and a FIN behind them.
func (a *Assembler) bytes(c *Conn, h *half, s *packet.Segment, seq, n uint32, low bool) {
	d := c.sent(low)
	b, cut, m := s.Payload, s.Cut, mark(s)
	if c.over {
		if n > 0 {
			d.Stray.Segments++
			d.Stray.Bytes += int64(n)
		}
		return
	}
	if end := seq + n; s.TCP.Flags&packet.FIN != 0 && !h.eof && (!h.started || near(end, h.next) && !before(end, h.next)) {
		h.fin, h.finSeq = true, end
	}
	if n == 0 {
		if h.fin && !h.started && len(h.held) == 0 {
			a.start(c, h, low, seq)
		}
		a.finish(c, h, low, m)
		return
	}
	if h.started {
		ahead := int32(seq - h.next)
		if ahead > farAway || ahead < -farAway {
			d.Stray.Segments++
			d.Stray.Bytes += int64(n)
			return
		}
		if ahead < 0 { // seen, or given up
			if h.differs(seq, b) {
				c.conflict(m)
			}
			old := min(uint32(-ahead), n)
			d.Repeated.Segments++
			d.Repeated.Bytes += int64(old)
			k := min(int(old), len(b))
			b, m = b[k:], skip(m, k)
			cut -= int(old) - k
			if n -= old; n == 0 {
				a.finish(c, h, low, m)
				return
			}
			seq = h.next
		}
		if h.eof || h.fin && !before(seq, h.finSeq) {
			d.Stray.Segments++
			d.Stray.Bytes += int64(n)
			return
		}
		if seq == h.next && (len(h.held) == 0 || !before(h.held[0].seq, seq+n)) {
			a.deliver(c, h, low, b, cut, m)
			a.drain(c, h, low)
			a.finish(c, h, low, m)
			return
		}
		if seq != h.next {
			d.Early++
		}
	} else if len(h.held) == 0 {
		h.firstAt, h.firstN = a.clock.Now, c.packets
	} else if ahead := int32(seq - h.held[0].seq); ahead > farAway || ahead < -farAway {
		d.Stray.Segments++
		d.Stray.Bytes += int64(n)
		return
	}
	seen, differ := a.put(h, seq, b, cut, m)
	if seen > 0 {
		d.Repeated.Segments++
		d.Repeated.Bytes += int64(seen)
	}
	if differ {
		c.conflict(m)
	}
	a.drain(c, h, low)
	for h.bytes > a.limits.Held || len(h.held) > maxHeld || a.held > a.limits.Total && len(h.held) > 0 {
		a.giveUp(c, h, low)
	}
	a.finish(c, h, low, m)
}

// conflict notes that two segments say different things.
func (c *Conn) conflict(m stream.Mark) {
	if c.Conflicts == 0 {
		c.ConflictAt = m
	}
	c.Conflicts++
}

// deliver hands on bytes that stand at h.next.
func (a *Assembler) deliver(c *Conn, h *half, low bool, b []byte, cut int, m stream.Mark) {
	a.opened(c)
	side := c.side(low)
	d := &c.Sent[side]
	if len(b) > 0 {
		h.remember(h.next, b)
		d.Stream += int64(len(b))
		h.next += uint32(len(b))
		if c.handler != nil {
			c.handler.Data(side, m, b)
		}
	}
	if cut > 0 {
		d.Cut += int64(cut)
		a.gap(c, h, low, uint32(cut), skip(m, len(b)))
	}
}

// gap hands on that n bytes at h.next are missing.
func (a *Assembler) gap(c *Conn, h *half, low bool, n uint32, m stream.Mark) {
	a.opened(c)
	side := c.side(low)
	c.Sent[side].Lost += int64(n)
	h.next += n
	h.ackOpen = false
	if c.handler != nil {
		c.handler.Gap(side, m, int64(n))
	}
}

// drain hands on what is held and no longer waits.
func (a *Assembler) drain(c *Conn, h *half, low bool) {
	for h.started && len(h.held) > 0 && h.held[0].seq == h.next {
		p := a.pop(h)
		h.ackOpen = false
		a.deliver(c, h, low, p.b, p.cut, p.mark)
	}
}

// giveUp takes what is missing before the first piece held for lost.
func (a *Assembler) giveUp(c *Conn, h *half, low bool) {
	p := &h.held[0]
	if !h.started {
		a.start(c, h, low, p.seq)
		return
	}
	a.gap(c, h, low, p.seq-h.next, p.mark)
	a.drain(c, h, low)
}

// settle decides whether what is missing may still come.
func (a *Assembler) settle(c *Conn, h *half, low bool) {
	if !h.started {
		first := h.held[0].seq
		if h.acked && !before(h.ack, first) || h.fin || len(h.held) >= startPieces || h.bytes >= startBytes ||
			c.packets-h.firstN > startPackets || a.clock.Since(h.firstAt) > int64(a.limits.Patience) {
			a.start(c, h, low, first)
			a.finish(c, h, low, c.latest)
		}
		return
	}
	if !h.acked || before(h.ack, h.held[0].seq) {
		h.ackOpen = false
		return
	}
	if !h.ackOpen {
		h.ackOpen, h.ackAt, h.ackN = true, a.clock.Now, c.packets
		return
	}
	if a.clock.Since(h.ackAt) > int64(a.limits.Patience) || c.packets-h.ackN > patientFor {
		a.giveUp(c, h, low)
		a.finish(c, h, low, c.latest)
	}
}

// finish hands on the end of a direction, when all before it was.
func (a *Assembler) finish(c *Conn, h *half, low bool, m stream.Mark) {
	if !h.fin || h.eof || !h.started || h.next != h.finSeq {
		return
	}
	h.eof = true
	a.opened(c)
	side := c.side(low)
	c.Sent[side].EOF = true
	for len(h.held) > 0 { // behind the end
		p := a.pop(h)
		c.Sent[side].Stray.Segments++
		c.Sent[side].Stray.Bytes += int64(len(p.b))
	}
	if c.handler != nil {
		c.handler.EOF(side, m)
	}
	if c.end(!low).eof {
		a.close(c, Finished)
	}
}

// opened asks for the handler, once.
func (a *Assembler) opened(c *Conn) {
	if !c.opened {
		c.opened = true
		c.handler = a.open(c)
	}
}

// close hands on what is held, says what is missing, and ends the connection.
// It stays in its place, so that late segments are known for what they are.
func (a *Assembler) close(c *Conn, why End) {
	if c.over {
		return
	}
	if c.End = why; c.reset {
		c.End = Reset
	}
	up, down := c.end(c.lowIsClient), c.end(!c.lowIsClient)
	for len(up.held)+len(down.held) > 0 { // in the order they came in
		h, low := up, c.lowIsClient
		if len(up.held) == 0 || len(down.held) > 0 && down.held[0].mark.Frame < up.held[0].mark.Frame {
			h, low = down, !c.lowIsClient
		}
		a.giveUp(c, h, low)
		a.finish(c, h, low, c.latest)
	}
	for _, low := range [2]bool{c.lowIsClient, !c.lowIsClient} {
		h := c.end(low)
		if !h.started && h.acked { // all of it is missing
			h.started, h.next = true, h.firstAck
		}
		if !h.started || h.eof || !h.acked || !before(h.next, h.ack) {
			continue
		}
		n := h.ack - h.next
		switch {
		case h.fin && !before(h.ack, h.finSeq):
			n = h.finSeq - h.next
		case n == 1 && !h.fin: // a FIN, most likely: it takes a number too
			continue
		}
		if n > 0 && n <= farAway {
			a.gap(c, h, low, n, c.latest)
			a.finish(c, h, low, c.latest)
		}
	}
	if c.over { // both directions turned out to have ended
		return
	}
	c.over = true
	a.opened(c)
	if c.handler != nil {
		c.handler.Close(c.latest)
		c.handler = nil
	}
}

// isAnother reports whether s belongs to another connection than c, between
// the same ports.
func (a *Assembler) isAnother(c *Conn, s *packet.Segment, low bool) bool {
	h, f := c.end(low), s.TCP.Flags
	switch {
	case f&packet.RST != 0:
		return false
	case f&packet.SYN != 0 && f&packet.ACK == 0:
		if !h.started { // the SYN of this one came late, or belongs to the next
			return c.over || len(h.held) > 0 && !near(h.held[0].seq, s.TCP.Seq)
		}
		if c.Handshake.SYNs > 0 && s.TCP.Seq == c.Handshake.isn && c.side(low) == stream.Up || s.TCP.Seq+1 == h.next {
			return false
		}
		if c.over || c.reset || !c.answered && c.Sent[stream.Down].Packets == 0 || a.clock.Since(c.Last) > int64(2*time.Second) {
			return true
		}
		// It may be forged (RFC 5961, section 4): wait for what follows.
		again := *s
		again.Payload, again.Cut = nil, 0
		again.TCP.Options = slices.Clone(s.TCP.Options)
		c.again = &again
		return false
	case c.again != nil && f&packet.SYN != 0:
		_, l := packet.PairOf(c.again)
		return l != low && s.TCP.Ack == c.again.TCP.Seq+1
	case c.again != nil && s.TCP.Seq == c.again.TCP.Seq+1:
		_, l := packet.PairOf(c.again)
		if l == low && h.next != s.TCP.Seq {
			return true
		}
	case f&packet.SYN != 0: // SYN/ACK
		return h.started && c.over && s.TCP.Seq+1 != h.next && !near(h.next, s.TCP.Seq)
	}
	if !h.started || len(s.Payload) == 0 {
		return false
	}
	if near(h.next, s.TCP.Seq) {
		// After the end nothing new is sent, unless the end was forged: what
		// follows must be seen. One byte is a keep-alive.
		return (c.over || h.eof) && len(s.Payload) > 1 && !before(s.TCP.Seq, h.next)
	}
	// Far from the stream. One such segment is a stray, two that go together
	// are another connection.
	if d := int32(s.TCP.Seq - h.farSeq); h.far && d >= 0 && d < nearBy {
		return true
	}
	h.far, h.farSeq = true, s.TCP.Seq
	return false
}

// near reports whether two sequence numbers can be of one connection.
func near(a, b uint32) bool {
	d := int32(a - b)
	return d <= farAway && d >= -farAway
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
