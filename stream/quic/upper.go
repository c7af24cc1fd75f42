package quic

import (
	"maps"
	"slices"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// upper reads the streams of a connection. stream.HTTP3 is one.
type upper interface {
	Stream(id uint64, side stream.Side, m stream.Mark, b []byte, fin bool)
	Reset(id uint64, side stream.Side, m stream.Mark, code uint64)
	Gap(id uint64, side stream.Side, m stream.Mark, n int64)
	Datagram(side stream.Side, m stream.Mark, b []byte)
	Flush(m stream.Mark, asked func(*flow.Flow))
	Close(m stream.Mark)
}

// use returns who reads the streams.
func (c *conn) use() upper {
	if c.upper == nil {
		info := stream.Info{
			Client: flow.Endpoint{Addr: c.client}, Server: flow.Endpoint{Addr: c.server},
			TLS: c.tls, App: c.app, Leg: flow.Direct, Basis: "QUIC packets, request sent to first byte", Content: c.t.Content,
		}
		if isHTTP3(c.protocol()) || c.middle.on {
			h := stream.NewHTTP3(info, c.t.limits.Stream, c.give)
			if c.middle.on {
				h.Begun()
			}
			c.upper = h
		} else {
			c.upper = &plain{c: c, info: info, conns: map[uint64]*stream.Conn{}}
		}
	}
	return c.upper
}

// give emits a flow, with what the connection tells by now.
func (c *conn) give(f *flow.Flow) {
	if f.TLS != nil || f.Kind == flow.Opaque {
		f.TLS = c.tls
	}
	if f.App == nil {
		f.App = c.app
	}
	if c.rtt != nil && !c.timed {
		f.Timing.TLS, c.timed = c.rtt, true
	}
	f.Notes = append(f.Notes, c.notes[c.told:]...)
	c.told = len(c.notes)
	c.emitted = true
	c.t.emit(f)
}

// datagramFrame takes a DATAGRAM frame (RFC 9221).
func (c *conn) datagramFrame(side stream.Side, m stream.Mark, b []byte) {
	c.use().Datagram(side, m, b)
}

// rejectEarly begins anew after the server has refused early data: the client
// sends again, and differently perhaps (RFC 9001, 4.6.2). What it sent first
// has left it all the same.
func (c *conn) rejectEarly() {
	c.hello.rejected = true
	if c.upper == nil {
		return
	}
	c.note("the server refused the early data; what was sent again is another flow")
	c.closeStreams()
	c.upper.Close(c.last)
	c.upper, c.gone = nil, [4]ranges{}
}

// closeStreams gives up on what is missing in the streams.
func (c *conn) closeStreams() {
	for _, id := range slices.Sorted(maps.Keys(c.streams)) {
		f := c.streams[id]
		for side := range f.order {
			q := &f.order[side]
			before := q.held
			for !f.over[side] {
				n := q.skip()
				if n == 0 {
					break
				}
				if c.missing(stream.Side(side)) == 0 && c.shut[side] == 0 {
					c.note("bytes that the capture does not hold were not acknowledged: they were lost on the way, or sent again after its end")
				}
				c.use().Gap(id, stream.Side(side), c.last, n)
				c.drain(f, stream.Side(side))
				c.deliver(f, stream.Side(side), c.last, nil)
			}
			c.settle(q.held - before)
		}
		c.finish(f)
		if c.streams[id] == f {
			c.settle(-flightCost)
			delete(c.streams, id)
		}
	}
}

func (c *conn) closeUpper() {
	if c.upper != nil {
		c.upper.Close(c.last)
	}
}

// report emits what was not read of the connection, and the connection itself
// if nothing else was emitted of it: that there was one is a fact.
func (c *conn) report() {
	var up, down int64
	reason, most := "", int64(-1)
	for _, r := range slices.Sorted(maps.Keys(c.unread)) {
		u := c.unread[r]
		up, down = up+u[stream.Up], down+u[stream.Down]
		if n := u[stream.Up]<<20 + u[stream.Down]; n > most {
			reason, most = r, n
		}
	}
	if up+down > 0 || !c.emitted {
		if reason == "" {
			reason = reasonNothing
			if !c.hello.settled {
				reason = reasonHandshake
			}
		}
		c.give(c.opaque(up, down, reason))
	}
	if n := c.missing(stream.Up); n > 0 {
		c.give(c.opaque(-1, 0, "packets missing in the capture"))
	}
}

// opaque makes an opaque flow.
func (c *conn) opaque(up, down int64, reason string) *flow.Flow {
	f := &flow.Flow{
		Kind: flow.Opaque, Protocol: "QUIC", TLS: c.tls, App: c.app,
		Client: flow.Endpoint{Addr: c.client}, Server: flow.Endpoint{Addr: c.server},
		Unread: &flow.Unread{Up: up, Down: down, Reason: reason},
	}
	f.Timing.Start, f.Timing.End = c.start, c.last.Time
	return f
}

// missing counts the packets of a side that the other side has acknowledged
// and that were not opened, beyond those that the capture has.
func (c *conn) missing(side stream.Side) (n int64) {
	for i := range c.spaces[side] {
		s := &c.spaces[side][i]
		n += s.acked.without(s.seen)
	}
	return max(0, n-c.shut[side])
}
