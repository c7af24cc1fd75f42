package tcp

import (
	"github.com/constat/constat/packet"
	"github.com/constat/constat/stream"
)

// start says where a direction begins.
func (a *Assembler) start(c *Conn, h *half, low bool, next uint32) {
	h.started, h.next, h.top = true, next, next
	for len(h.held) > 0 && before(h.held[0].seq, next) { // behind it by the SYN's word
		p := a.pop(h)
		c.sent(low).Stray.Segments++
		c.sent(low).Stray.Bytes += int64(len(p.b))
	}
	a.advance(c)
}

// bytes takes n bytes of a direction that begin at seq, and a FIN behind them.
func (a *Assembler) bytes(c *Conn, h *half, s *packet.Segment, seq, n uint32, low bool) {
	d := c.sent(low)
	b, cut, m := s.Payload, s.Cut, mark(s)
	if c.over && (n == 0 || !h.started || int32(seq+n-h.next) > 0) {
		if n > 0 {
			d.Stray.Segments++
			d.Stray.Bytes += int64(n)
		}
		return
	}
	if end := seq + n; s.TCP.Flags&packet.FIN != 0 && !h.eof && (!h.started || near(end, h.next) && !before(end, h.next)) {
		a.noteFIN(c, h, s, end, low)
	}
	if n == 0 {
		if h.fin && !h.started && len(h.held) == 0 {
			a.start(c, h, low, seq)
		}
		a.advance(c)
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
			differs, copied := h.known(seq, b, s.ID)
			old := min(uint32(-ahead), n)
			if copied || old == n && s.Time < c.Last && !differs {
				d.Copies.Segments++
				d.Copies.Bytes += int64(n)
				d.Packets--
				d.Bytes -= int64(n)
				return
			}
			if differs {
				c.conflict(m)
			}
			d.Repeated.Segments++
			d.Repeated.Bytes += int64(old)
			k := min(int(old), len(b))
			b, m = b[k:], skip(m, k)
			cut -= int(old) - k
			if n -= old; n == 0 {
				a.advance(c)
				return
			}
			seq = h.next
		}
		if h.eof || h.fin && !before(seq, h.finSeq) {
			d.Stray.Segments++
			d.Stray.Bytes += int64(n)
			return
		}
		if seq == h.next && (len(h.held) == 0 || !before(h.held[0].seq, seq+n)) && !c.awaits(low, s.TCP.Flags&packet.ACK != 0, s.TCP.Ack) {
			a.deliver(c, h, low, b, cut, m, s.ID)
			if h.pending() || c.end(!low).pending() {
				a.advance(c)
			}
			return
		}
		if seq != h.next && !h.reaches(seq) {
			d.Early++
		}
	} else if len(h.held) == 0 {
		h.firstAt, h.firstN = max(a.clock.Now, s.Time), c.packets
	} else if ahead := int32(seq - h.held[0].seq); ahead > farAway || ahead < -farAway {
		d.Stray.Segments++
		d.Stray.Bytes += int64(n)
		return
	}
	seen, differ, copied := a.put(h, seq, b, cut, m, s.ID, a.waitOf(c, s))
	if copied {
		d.Copies.Segments++
		d.Copies.Bytes += int64(n)
		d.Packets--
		d.Bytes -= int64(n)
	} else if seen > 0 {
		d.Repeated.Segments++
		d.Repeated.Bytes += int64(seen)
	}
	if differ {
		c.conflict(m)
	}
	a.advance(c)
	for h.bytes > a.limits.Held || len(h.held) > maxHeld || a.held > a.limits.Total && len(h.held) > 0 {
		a.giveUp(c, h, low, false)
	}
}

// noteFIN notes that a direction ends at seq.
func (a *Assembler) noteFIN(c *Conn, h *half, s *packet.Segment, seq uint32, low bool) {
	w := a.waitOf(c, s)
	switch repeated := h.fin && h.finSeq == seq; {
	case repeated && h.finWait != nil:
		h.finWait.earlier(w)
	case !repeated:
		h.fin, h.finSeq, h.finWait = true, seq, nil
		if c.awaits(low, w.acks, w.ack) {
			h.finWait = &wait{}
			*h.finWait = w
		}
	}
}

// conflict notes that two segments say different things.
func (c *Conn) conflict(m stream.Mark) {
	if c.Conflicts == 0 {
		c.ConflictAt = m
	}
	c.Conflicts++
}

// deliver hands on bytes that stand at h.next.
func (a *Assembler) deliver(c *Conn, h *half, low bool, b []byte, cut int, m stream.Mark, id uint16) {
	a.opened(c)
	side := c.side(low)
	d := &c.Sent[side]
	if len(b) > 0 {
		h.remember(h.next, b, id)
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

// giveUp takes what h waits for, in its own direction or the other, for lost.
func (a *Assembler) giveUp(c *Conn, h *half, low, atEnd bool) {
	switch {
	case !h.started:
		a.start(c, h, low, h.held[0].seq)
		return
	case h.turn() != nil:
		a.release(c, h, low, atEnd)
	default:
		if o := c.end(!low); c.side(low) == stream.Down { // the client does not wait for gaps
			for w := o.turn(); w != nil && c.awaits(!low, w.acks, w.ack); w = o.turn() {
				h.excuse(w.ack)
				a.advance(c)
			}
		}
		p := &h.held[0]
		a.gap(c, h, low, p.seq-h.next, p.mark)
	}
	a.advance(c)
}

// settleBoth decides for both directions, that of low last.
func (a *Assembler) settleBoth(c *Conn, low bool) {
	for _, end := range [2]bool{!low, low} {
		if h := c.end(end); h.pending() {
			a.settle(c, h, end)
		}
	}
}

// settle decides whether what is missing may still come.
func (a *Assembler) settle(c *Conn, h *half, low bool) {
	for w := h.turn(); w != nil && !c.over; w = h.turn() {
		if !a.overdue(c, w) {
			return
		}
		a.giveUp(c, h, low, false)
	}
	if len(h.held) == 0 {
		return
	}
	if !h.started {
		first := h.held[0].seq
		if h.acked && !before(h.ack, first) || h.fin || len(h.held) >= startPieces || h.bytes >= startBytes ||
			c.packets-h.firstN > startPackets || a.clock.Since(h.firstAt) > int64(a.limits.Patience) {
			a.start(c, h, low, first)
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
		a.giveUp(c, h, low, false)
	}
}

// finish hands on the end of a direction.
func (a *Assembler) finish(c *Conn, h *half, low bool) {
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
		c.handler.EOF(side, c.latest)
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

// flush hands on what is held, in the order it came in, as far as what the
// acknowledgements say allows.
func (a *Assembler) flush(c *Conn) {
	for !c.over {
		up, down := c.end(c.lowIsClient), c.end(!c.lowIsClient)
		u, d := up.first(), down.first()
		switch {
		case u == nil && d == nil:
			return
		case u == nil || d != nil && d.frame < u.frame:
			a.giveUp(c, down, !c.lowIsClient, true)
		default:
			a.giveUp(c, up, c.lowIsClient, true)
		}
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
	a.flush(c)
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
			a.flush(c)
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
