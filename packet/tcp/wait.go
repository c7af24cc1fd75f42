package tcp

import (
	"github.com/constat/constat/packet"
	"github.com/constat/constat/stream"
)

// wait is what a segment, or a FIN, waits for beside the bytes that stand in
// front of it: what it acknowledges was sent before it, and is handed on
// before it, even if the capture has it later.
type wait struct {
	acks  bool // it acknowledges something
	ack   uint32
	at    int64 // when it came
	n     int64 // packets of the connection, with it
	frame int64
}

// atOnce is what waits for nothing.
var atOnce = &wait{}

// waitOf is what s waits for. After a pause the clock lags behind by a packet.
func (a *Assembler) waitOf(c *Conn, s *packet.Segment) wait {
	return wait{acks: s.TCP.Flags&packet.ACK != 0, ack: s.TCP.Ack, at: max(a.clock.Now, s.Time), n: c.packets, frame: s.Frame}
}

// earlier takes over what a copy of the same bytes waits for, if that is less:
// it was sent before.
func (w *wait) earlier(v wait) {
	if v.acks && w.acks && before(v.ack, w.ack) || !v.acks {
		w.acks, w.ack = v.acks, v.ack
	}
}

// awaits reports whether bytes that an end acknowledges have not been handed
// on yet, and may still be.
func (c *Conn) awaits(low, acks bool, ack uint32) bool {
	o := c.end(!low)
	return acks && (before(o.next, ack) || !o.started) && c.mayBring(!low, ack)
}

// mayBring reports whether the bytes of an end up to ack, which are not handed
// on yet, are worth waiting for.
func (c *Conn) mayBring(low bool, ack uint32) bool {
	h := c.end(low)
	if !h.started {
		return len(h.held) > 0 && before(h.held[0].seq, ack)
	}
	if h.eof || ack-h.next > ackWindow {
		return false
	}
	packets := c.sent(low).Packets
	switch {
	case !h.excused:
		return packets > 0 // else this direction was not captured
	case h.unheard && uint32(packets) == h.excusedAt:
		return false // or no longer is
	case h.unheard && h.said(ack):
		return true
	}
	return !before(h.next, h.excusedTo) || before(h.excusedTo, ack)
}

// turn returns what waits at h.next: for nothing in its own direction. Nil if
// nothing does.
func (h *half) turn() *wait {
	switch {
	case !h.started:
	case len(h.held) > 0 && h.held[0].seq == h.next:
		return &h.held[0].wait
	case h.fin && !h.eof && h.next == h.finSeq:
		if h.finWait != nil {
			return h.finWait
		}
		return atOnce
	}
	return nil
}

// first returns what stands first of what is held, nil if nothing is.
func (h *half) first() *wait {
	if len(h.held) > 0 {
		return &h.held[0].wait
	}
	return h.turn()
}

// pending reports whether h has something that was not handed on.
func (h *half) pending() bool { return len(h.held) > 0 || h.fin != h.eof }

// reaches reports whether what is there, handed on or held, ends at seq and has
// no hole.
func (h *half) reaches(seq uint32) bool {
	n := len(h.held)
	if n == 0 {
		return h.next == seq
	}
	return h.held[0].seq == h.next && h.held[n-1].end() == seq && h.span == seq-h.next
}

// whole reports whether all bytes up to the FIN are there.
func (h *half) whole() bool { return h.fin && h.reaches(h.finSeq) }

// advance hands on what no longer waits, in both directions. Where each waits
// for the other, the one that stands earlier in the capture goes first.
func (a *Assembler) advance(c *Conn) {
	for !c.over {
		x, y := c.half[0].turn(), c.half[1].turn()
		if x == nil && y == nil {
			return
		}
		mayX := x != nil && !c.awaits(true, x.acks, x.ack)
		mayY := y != nil && !c.awaits(false, y.acks, y.ack)
		if !mayX && !mayY {
			if x == nil || y == nil {
				return
			}
			mayX, mayY = true, true
		}
		a.handOn(c, mayX && (!mayY || x.frame <= y.frame))
	}
}

// handOn hands on what waits at the next byte of an end.
func (a *Assembler) handOn(c *Conn, low bool) {
	h := c.end(low)
	if len(h.held) == 0 || h.held[0].seq != h.next {
		a.finish(c, h, low)
		return
	}
	p := a.pop(h)
	h.ackOpen = false
	a.deliver(c, h, low, p.b, p.cut, p.mark, p.id)
}

// overdue reports whether what waits has waited long enough.
func (a *Assembler) overdue(c *Conn, w *wait) bool {
	d := a.clock.Since(w.at)
	return d > int64(a.limits.Patience) || d == 0 && c.packets-w.n > patientFor
}

// release ends the wait of what stands at h.next. What the server has
// acknowledged is taken for lost, up to the first byte that is there, unless
// nothing but that acknowledgement tells that it was sent: it may be forged,
// and what the client sends then must be seen. At the end of the connection
// nothing more will come. A single byte is a FIN most likely. The client does
// not wait for gaps: a reader that gives up at a gap in what the server said
// must have seen before what the client said.
func (a *Assembler) release(c *Conn, h *half, low, atEnd bool) {
	w := h.turn()
	if !c.awaits(low, w.acks, w.ack) {
		return
	}
	o, m := c.end(!low), c.latest
	if !o.started {
		a.start(c, o, !low, o.held[0].seq)
		return
	}
	if len(h.held) > 0 {
		m = h.held[0].mark
	}
	to := w.ack
	if o.fin && before(o.next, o.finSeq) && before(o.finSeq, to) {
		to = o.finSeq
	}
	behind := len(o.held) > 0 && before(o.held[0].seq, to)
	if behind {
		to = o.held[0].seq
	}
	switch {
	case c.side(low) == stream.Up:
		o.excuse(w.ack)
	case to == o.next+1 && !o.fin && !behind:
		o.excuse(to)
	case !atEnd && !o.said(to):
		o.excuse(w.ack)
		o.unheard, o.excusedAt = true, uint32(c.sent(!low).Packets)
	default:
		a.gap(c, o, !low, to-o.next, m)
	}
}

// excuse makes that what the other end acknowledged up to seq is not waited for.
func (h *half) excuse(seq uint32) { h.excused, h.excusedTo, h.unheard = true, seq, false }

// hears notes the sequence number of a segment that stands behind missing
// bytes.
func (h *half) hears(seq uint32) {
	if h.started && (!before(h.next, h.top) || before(h.top, seq)) {
		h.top = seq
	}
}

// said reports whether some segment stands at seq, or behind it: all before it
// was sent.
func (h *half) said(seq uint32) bool { return before(h.next, h.top) && !before(h.top, seq) }
