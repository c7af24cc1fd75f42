package quic

import "github.com/constat/constat/stream"

// flight is a stream under way.
type flight struct {
	id    uint64
	order [2]sequence
	over  [2]bool // no more comes from a side
}

// flightCost is what a stream takes beside its bytes.
const flightCost = 256

// flightOf returns a stream, nil if it is over or there are too many.
func (c *conn) flightOf(id uint64) *flight {
	if f := c.streams[id]; f != nil {
		return f
	}
	if c.gone[id&3].has(int64(id>>2)) || len(c.streams) >= c.t.limits.Stream.Streams || !c.book(flightCost) {
		return nil
	}
	f := &flight{id: id}
	for side := range f.order {
		f.order[side].final = -1
		f.over[side] = id&2 != 0 && stream.Side(id&1) != stream.Side(side)
	}
	c.streams[id] = f
	return f
}

// streamFrame takes a STREAM frame (RFC 9000, 19.8).
func (c *conn) streamFrame(side stream.Side, l level, m stream.Mark, payload []byte, r *reader, kind uint64) bool {
	id := r.int()
	var at uint64
	if kind&4 != 0 {
		at = r.int()
	}
	n := uint64(len(r.b))
	if kind&2 != 0 {
		n = r.int()
	}
	b := r.bytes(n)
	if r.short || at+n > maxOffset {
		return false
	}
	if l == early && c.hello.rejected {
		c.lose(side, len(b), reasonRejected)
		return true
	}
	f := c.flightOf(id)
	if f == nil {
		if !c.gone[id&3].has(int64(id >> 2)) {
			c.lose(side, len(b), reasonStreams)
		}
		return true
	}
	if f.over[side] {
		return true
	}
	q := &f.order[side]
	if kind&1 != 0 && q.final < 0 {
		q.final = int64(at + n)
	}
	shift(&m, int64(len(payload)-len(r.b)-len(b)))
	c.order(f, side, m, int64(at), b)
	return true
}

// order puts bytes of a stream into order, and passes on what is next.
func (c *conn) order(f *flight, side stream.Side, m stream.Mark, at int64, b []byte) {
	q := &f.order[side]
	if skip := q.next - at; skip > 0 { // was there already
		skip = min(skip, int64(len(b)))
		b, at = b[skip:], at+skip
		shift(&m, skip)
	}
	before := q.held
	if at > q.next && len(b) > 0 { // must wait, if there is room
		for len(q.pieces) >= maxPieces || !c.book(len(b)+pieceCost) {
			if !c.giveUp(f, side, m, at) {
				c.lose(side, len(b), reasonCut)
				return
			}
			before = q.held
			if at <= q.next {
				break
			}
		}
		if at > q.next {
			before += len(b) + pieceCost
		}
	}
	if ready := q.push(at, m, b); len(ready) > 0 || q.over() {
		c.deliver(f, side, m, ready)
	}
	c.drain(f, side)
	c.settle(q.held - before)
	c.finish(f)
}

// drain passes on what has come to be next.
func (c *conn) drain(f *flight, side stream.Side) {
	q := &f.order[side]
	for b, m := q.pop(); b != nil; b, m = q.pop() {
		c.deliver(f, side, m, b)
	}
}

// giveUp stops waiting for what is missing before the bytes that are held, or
// before offset at if none are. It tells whether there is room now.
func (c *conn) giveUp(f *flight, side stream.Side, m stream.Mark, at int64) bool {
	q := &f.order[side]
	before := q.held
	n := q.skip()
	if before == 0 || n == 0 {
		n, q.next = at-q.next, at
	}
	if n <= 0 {
		return false
	}
	c.use().Gap(f.id, side, m, n)
	c.drain(f, side)
	c.settle(q.held - before)
	return true
}

// deliver hands bytes to who reads them.
func (c *conn) deliver(f *flight, side stream.Side, m stream.Mark, b []byte) {
	q := &f.order[side]
	fin := q.over() && len(q.pieces) == 0
	if f.over[side] || len(b) == 0 && !fin {
		return
	}
	f.over[side] = fin
	c.use().Stream(f.id, side, m, b, fin)
}

// finish forgets a stream that is over.
func (c *conn) finish(f *flight) {
	if !f.over[0] || !f.over[1] || c.streams[f.id] != f {
		return
	}
	for side := range f.order {
		c.settle(-f.order[side].held)
	}
	c.settle(-flightCost)
	delete(c.streams, f.id)
	c.gone[f.id&3].add(int64(f.id>>2), int64(f.id>>2))
}

// reset takes a RESET_STREAM (RFC 9000, 19.4): bytes that are missing before
// it are not sent any more. What has come of them has left its sender all the
// same.
func (c *conn) reset(id uint64, side stream.Side, m stream.Mark, code, final uint64) {
	f := c.flightOf(id)
	if f == nil || f.over[side] {
		return
	}
	q := &f.order[side]
	before := q.held
	for len(q.pieces) > 0 {
		c.use().Gap(id, side, m, q.skip())
		c.drain(f, side)
	}
	c.settle(q.held - before)
	f.over[side] = true
	c.use().Reset(id, side, m, code)
	c.finish(f)
}
