package tls

import (
	"bytes"

	"github.com/constat/constat/stream"
)

// What a record that cannot be opened yet may wait for, beside NoKey.
const (
	waitHello  = "waits for the client's hello"
	waitServer = "waits for the server's hello"
	waitEarly  = "waits for the server to take early data or not"
)

// perRecord is what a record in the queue costs beside its bytes.
const perRecord = 160

func (c *Conn) other(f *half) *half { return &c.halves[1-f.side] }

// take takes the next record of a direction: it is opened now, or held until
// it can be.
func (c *Conn) take(f *half, r *record) {
	if f.held > 0 || c.other(f).held > 0 && c.inOrder(f, r) || !c.attempt(f, r) {
		c.enqueue(f, r)
	}
	if c.changed {
		c.changed = false
		if len(c.queue) > 0 {
			c.drain()
		}
	}
}

// inOrder reports whether a record is of the application's phase, in which
// what one side says is not handed on before what the other said earlier.
func (c *Conn) inOrder(f *half, r *record) bool {
	switch {
	case r.kind != isRecord:
		return true
	case c.hs != nil && c.hs.version == tls13:
		return f.stage == app && r.typ == typeApplication
	}
	return f.hs != nil
}

// attempt processes a record, false: it has to wait.
func (c *Conn) attempt(f *half, r *record) bool {
	if c.process(f, r) {
		return true
	}
	if f.why == NoKey && c.limits.Held < 0 {
		c.giveUp(f, r)
		return true
	}
	return false
}

// enqueue holds a copy of a record.
func (c *Conn) enqueue(f *half, r *record) {
	n := len(r.body) + perRecord
	limit := c.limits.Held
	if limit < 0 {
		limit = defaultHeld
	}
	for c.held+n > limit || !c.limits.Shared.hold(n) {
		if len(c.queue) == 0 { // more than may be held at all
			if !c.process(f, r) {
				c.giveUp(f, r)
			}
			return
		}
		c.makeRoom()
		if f.held == 0 && !(c.other(f).held > 0 && c.inOrder(f, r)) && c.attempt(f, r) {
			return
		}
	}
	held := *r
	held.body = bytes.Clone(r.body)
	c.queue = append(c.queue, held)
	c.held += n
	f.held++
}

// drain opens what can be opened of the queue, in order.
func (c *Conn) drain() {
	for again := true; again; {
		c.changed = false
		var blocked [2]bool
		kept := c.queue[:0]
		for i := range c.queue {
			r := &c.queue[i]
			f := &c.halves[r.side]
			if blocked[r.side] || blocked[1-r.side] && c.inOrder(f, r) || !c.attempt(f, r) {
				blocked[r.side] = true
				kept = append(kept, *r)
				continue
			}
			c.forget(f, r)
		}
		clear(c.queue[len(kept):])
		c.queue = kept
		if len(kept) == 0 {
			c.queue = nil
		}
		again = c.changed && len(kept) > 0
	}
	c.changed = false
}

// forget gives back what a record of the queue has booked.
func (c *Conn) forget(f *half, r *record) {
	n := len(r.body) + perRecord
	f.held--
	c.held -= n
	c.limits.Shared.release(n)
}

// makeRoom stops waiting for what the first record of the queue waits for.
func (c *Conn) makeRoom() {
	r := c.queue[0]
	f := &c.halves[r.side]
	if !c.process(f, &r) {
		c.giveUp(f, &r)
	}
	c.forget(f, &r)
	c.queue[0] = record{}
	c.queue = c.queue[1:]
	c.drain()
}

// giveUp processes a record that was waiting in vain, on the best assumption
// there is.
func (c *Conn) giveUp(f *half, r *record) {
	for range 4 {
		switch f.why {
		case waitHello:
			c.close(NoHandshake)
		case waitServer:
			c.guess()
		case waitEarly:
			// The server's answer cannot be read. It took up the session, and
			// what opens under the key of early data was sent.
			c.hs.early = EarlyIsAccepted
		default:
			f.lost = NoKey
		}
		c.changed = true
		if c.process(f, r) {
			return
		}
	}
	f.lost = f.why
	c.process(f, r)
}

// close tells that nothing of the connection can be opened from here on.
func (c *Conn) close(reason string) {
	if c.reason == "" {
		c.reason = reason
		c.state.Closed = reason
		c.changed = true
		c.h.State(&c.state)
	}
}

// unread counts a record that stays closed, if it is the application's.
func (c *Conn) unread(f *half, r *record, reason string) {
	switch {
	case c.ofHandshake13(f, r):
	case r.kind == isRecord && r.typ == typeApplication && len(r.body) > 0:
		c.h.Unread(r.side, r.begin, int64(len(r.body)), reason)
	case r.kind == isRecord && r.typ == typeHandshake && f.hs != nil && !f.finished: // its Finished, most likely
		c.finish(f)
	case r.kind == isRecord && r.typ == typeAlert:
		c.alert(Alert{From: r.side, At: r.begin, Closed: true})
	}
}

// process opens one record, or finds that it has to wait (false; f.why says
// for what).
func (c *Conn) process(f *half, r *record) bool {
	switch r.kind {
	case isGap:
		c.afterGap(f, r)
		return true
	case isJunk, isCut:
		if r.kind == isJunk && r.n > headerLen { // records may be in it
			f.window = max(f.window, min(maxWindow, uint64(r.n)/22+1))
		}
		c.h.Unread(r.side, r.begin, r.n, r.reason)
		return true
	case isEOF:
		c.end(f, r.begin)
		return true
	}
	if !f.began && !c.begin(f, r) {
		return false
	}
	switch {
	case c.reason != "":
		c.closedRecord(f, r)
		return true
	case !f.began:
		return true
	case f.lost != "":
		f.seq++
		f.count++
		f.passed(r)
		c.unread(f, r, f.lost)
		return true
	case c.hs != nil && c.hs.version == tls13:
		return c.record13(f, r)
	}
	return c.record12(f, r)
}

// begin looks at the first record of a direction: it must begin a hello.
func (c *Conn) begin(f *half, r *record) bool {
	first := byte(0xff)
	if len(r.body) > 0 && r.typ == typeHandshake {
		first = r.body[0]
	}
	switch {
	case c.reason != "":
	case f.side == stream.Up && first == msgClientHello:
	case f.side == stream.Down && first == 0: // a HelloRequest; nothing has begun
		return true
	case f.side == stream.Down && c.hs == nil && (first == msgServerHello || r.typ == typeAlert):
		f.why = waitHello
		return false
	case f.side == stream.Down && c.hs != nil:
	default:
		c.close(NoHandshake)
	}
	f.began = true
	return true
}

// closedRecord deals with a record of a connection that cannot be opened:
// what is in the clear is still read.
func (c *Conn) closedRecord(f *half, r *record) {
	clear := f.hs == nil && f.count == 0
	switch {
	case r.typ == typeCCS:
		f.count++
	case r.typ == typeHandshake && clear && f.side == stream.Down:
		c.messages(f, r, r.body, false)
	case r.typ == typeAlert && clear && len(r.body) == 2:
		c.alertBytes(f, r, r.body, false)
	default:
		c.unread(f, r, c.reason)
	}
}

// end tells the end of a direction, once.
func (c *Conn) end(f *half, m stream.Mark) {
	if !f.ended {
		f.ended = true
		c.h.EOF(f.side, m)
	}
}

// hasKeys reports whether the log has something for a direction.
func (c *Conn) hasKeys(f *half) bool {
	if c.hs == nil {
		return false
	}
	if c.hs.version == tls13 {
		f.keys, f.looked = [app + 1][]keyed{}, 0
		for s := early; s <= app; s++ {
			if len(c.keys13(f, s)) > 0 {
				return true
			}
		}
		return false
	}
	return f.hs != nil && len(c.masters(f.hs)) > 0
}

// resume goes on with a direction that was given up for want of a key.
func (c *Conn) resume(f *half) {
	f.lost, f.fails = "", 0
	if c.hs.version == tls13 {
		// How many of the records were of the handshake is not known.
		f.window = min(f.count, maxWindow)
		f.seq = f.count - f.window
		if f.seq > 0 && !f.opened {
			f.stage = app
		}
	}
}

// afterGap deals with what was lost of a direction.
func (c *Conn) afterGap(f *half, r *record) {
	c.h.Gap(r.side, r.begin, r.n)
	f.msgs, f.broken = nil, true
	if f.hs != nil || f.stage == app {
		f.broken = false // in this phase a message seldom spans records
	}
	if blind(f.open) {
		f.lost = AfterGap
		return
	}
	f.gapped = true
	switch {
	case r.one && f.opened:
		f.seq++
	case !f.opened:
		f.window = maxWindow
	case r.n > 0:
		// At least so many records were lost, at most one for each 22 bytes.
		least := uint64(max(0, r.n-maxRecord)) / (maxRecord + headerLen)
		if f.count > 0 {
			n := uint64(r.n) / (f.sum/f.count + headerLen)
			f.likely = f.seq + max(n, maxWindow/2) - maxWindow/2
		}
		f.seq += least
		f.window = min(maxWindow, f.window+uint64(r.n)/22+1)
	default:
		f.window = maxWindow
	}
}
