package quic

import (
	"bytes"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// datagram reads a datagram, or the part of one that was held.
func (c *conn) datagram(side stream.Side, m stream.Mark, b []byte, idLen int) {
	if m.Time.After(c.last.Time) {
		c.last = m
	}
	c.read(side, m, b, idLen)
	for c.again { // what was learned may open what was held
		c.again = false
		c.retry()
	}
}

// read takes a datagram apart into packets (RFC 9000, 12.2).
func (c *conn) read(side stream.Side, m stream.Mark, b []byte, idLen int) {
	if c.middle.on && !c.middle.sure[side] && b[0]&0x80 == 0 {
		if n, ok := c.catch(side, b); ok {
			idLen = n
		}
	}
	if c.reason != "" {
		c.lose(side, len(b), c.reason)
		return
	}
	c.now = m.Time
	for len(b) > 0 {
		n := 0
		switch {
		case b[0]&0x80 != 0:
			n = c.long(side, m, b)
		case padding(b):
			return
		default:
			n = c.short(side, m, b, idLen)
		}
		b = b[n:]
		shift(&m, int64(n))
	}
}

// long reads a packet with a long header, and returns its length.
func (c *conn) long(side stream.Side, m stream.Mark, b []byte) int {
	p, ok := readLong(b)
	if !ok {
		c.lose(side, len(b), reasonPacket)
		return len(b)
	}
	switch p.kind {
	case kindUnknown:
		c.lose(side, len(b), reasonVersion)
		return len(b)
	case kindNegotiation:
		if side == stream.Down {
			c.note("the server does not speak the version of QUIC that the client began with")
		}
		return len(b)
	case kindRetry:
		if side == stream.Down && !c.retried && versionOf(p.version).retryTag(b, c.original) {
			c.retried = true
			c.original = bytes.Clone(p.scid)
			c.initial = [2]*opener{}
			c.identify(p.scid, stream.Up)
			c.asking = time.Time{}
			c.part[stream.Up][initial], c.crypto[stream.Up][initial] = nil, nil // it says the same again
		}
		return len(b)
	}
	if p.end > len(b) {
		c.lose(side, len(b), reasonCut)
		return len(b)
	}
	l := p.level()
	if l == early && side == stream.Down {
		c.lose(side, p.end, reasonPacket)
		return p.end
	}
	if l == handshake && side == stream.Down && c.rtt == nil && !c.asking.IsZero() && m.Time.After(c.asking) {
		c.rtt = &flow.RTT{D: m.Time.Sub(c.asking), Resolution: time.Microsecond, Leg: flow.Direct, Basis: "QUIC Initial to server's handshake flight"}
	}
	whole := b[:p.end]
	o := c.opener(side, l, versionOf(p.version), whole, p.number)
	switch {
	case o == nil && l == initial:
		c.lose(side, p.end, reasonBegun)
		return p.end
	case o == nil:
		c.wait(side, l, m, whole, len(p.dcid))
		return p.end
	}
	s := c.space(side, l)
	open, ok := o.open(whole, p.number, s.largest, false, &c.t.scratch)
	if !ok {
		c.lose(side, p.end, reasonNoOpen)
		return p.end
	}
	if side == stream.Down {
		c.version = versionOf(p.version) // the server chooses (RFC 9368)
		c.identify(p.scid, stream.Up)
	} else {
		c.identify(p.dcid, stream.Up)
		c.identify(p.scid, stream.Down)
	}
	shift(&m, int64(open.at))
	c.arrived(side, l, m, &open)
	return p.end
}

// short reads a packet with a short header, and returns its length. It ends
// where the datagram ends, or the segment of one that was not cut yet.
func (c *conn) short(side stream.Side, m stream.Mark, b []byte, idLen int) int {
	number := 1 + idLen
	o := c.opener(side, application, c.version, b, number)
	if o == nil {
		c.wait(side, application, m, b, idLen)
		return len(b)
	}
	largest := c.space(side, application).largest
	n := len(b)
	if k := c.segment[side]; k > 0 && k < n {
		n = k
	}
	open, ok := o.open(b[:n], number, largest, true, &c.t.scratch)
	if !ok && n < len(b) {
		n = len(b)
		open, ok = o.open(b, number, largest, true, &c.t.scratch)
	}
	if !ok {
		if k := c.cut(o, side, b, number, &open); k > 0 {
			n, ok = k, true
		}
	}
	if !ok {
		open, ok = o.ahead(b, number, largest, &c.t.scratch)
	}
	if !ok {
		c.refuse(side, m, b)
		return n
	}
	shift(&m, int64(open.at))
	c.arrived(side, application, m, &open)
	return n
}

const (
	minSegment = 1200 // bytes of the packets that a sender has cut by its network card, at least
	maxSegment = 1500
	maxCuts    = 64 // searches in vain
)

// cut finds the first packet of a datagram that was captured before the
// network card cut it into several (UDP segmentation offload). It returns the
// length, 0 if there is none.
func (c *conn) cut(o *opener, side stream.Side, b []byte, number int, open *opened) int {
	if c.cuts >= maxCuts {
		return 0
	}
	largest := c.space(side, application).largest
	try := func(n int) (ok bool) {
		*open, ok = o.open(b[:n], number, largest, true, &c.t.scratch)
		return ok
	}
	for n := minSegment; n <= min(maxSegment, len(b)-1); n++ {
		if try(n) {
			c.segment[side] = n
			return n
		}
	}
	for n := number + 4 + sampleSize; n < min(minSegment, len(b)); n++ { // behind others in its segment
		if try(n) {
			return n
		}
	}
	c.cuts++
	return 0
}

// refuse counts a packet that no key opens, unless it is a stateless reset
// (RFC 9000, 10.3).
func (c *conn) refuse(side stream.Side, m stream.Mark, b []byte) {
	if len(b) >= 21 {
		token := [16]byte(b[len(b)-16:])
		for _, r := range c.resets[side] {
			if r == token {
				c.note([2]string{stream.Up: "the client", stream.Down: "the server"}[side] + " lost the connection (stateless reset)")
				c.end(m)
				return
			}
		}
	}
	c.lose(side, len(b), reasonNoOpen)
}

// space returns the packet numbers that a level of a side has.
func (c *conn) space(side stream.Side, l level) *space {
	switch l {
	case initial:
		return &c.spaces[side][0]
	case handshake:
		return &c.spaces[side][1]
	}
	return &c.spaces[side][2] // early data shares that of what follows
}

// arrived takes a packet that was opened.
func (c *conn) arrived(side stream.Side, l level, m stream.Mark, open *opened) {
	s := c.space(side, l)
	if s.seen.has(open.number) {
		return // sent twice by the network, or captured twice
	}
	s.seen.add(open.number, open.number)
	s.largest = max(s.largest, open.number)
	c.frames(side, l, m, open.payload)
}
