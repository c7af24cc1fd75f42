package tcp

import (
	"slices"
	"time"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/stream"
)

// take counts a segment and acts on it.
func (a *Assembler) take(c *Conn, s *packet.Segment, low bool) {
	c.packets++
	c.latest = mark(s)
	if c.packets == 1 || s.Time > c.Last {
		c.Last = s.Time
	}
	if c.First == packet.NoTime {
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

	if f&packet.RST == 0 {
		if s.TCP.Seq-h.next-1 < ackWindow {
			h.hears(s.TCP.Seq)
		}
		if f&packet.ACK != 0 {
			a.acknowledge(c, s, low)
		}
	}
	n := len(s.Payload) + s.Cut
	begins := n > 0 && !h.started && f&packet.RST == 0
	if !begins { // else what it carries counts for where the streams begin
		a.settleBoth(c, low)
	}
	if f&packet.RST != 0 { // what it carries is a reason in words (RFC 9293, 3.5.3), not of the stream
		a.rst(c, h, s, low)
		return
	}
	seq := s.TCP.Seq
	if f&packet.SYN != 0 {
		seq++
	}
	switch {
	case n <= 1 && f&(packet.SYN|packet.FIN) == 0 && h.started && seq == h.next-1:
		d.Probes++ // keep-alive (RFC 9293, 3.8.4)
	case n > 0 || f&packet.FIN != 0:
		a.bytes(c, h, s, seq, uint32(n), low)
		if begins {
			a.settleBoth(c, low)
		} else if h.pending() {
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
		end, whole := h.next, h.whole()
		if whole {
			end = h.finSeq
		}
		return (c.over || whole) && len(s.Payload) > 1 && !before(s.TCP.Seq, end)
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
