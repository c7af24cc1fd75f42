package quic

import (
	"net/netip"

	"github.com/constat/constat/stream"
)

// identify makes the connection known by an ID of packets in a direction.
func (c *conn) identify(id []byte, side stream.Side) {
	if len(id) == 0 {
		c.mute[side] = true
		return
	}
	if len(id) > maxID || len(c.ids) >= maxIDs || c.t.owner(id, c, side) {
		return
	}
	s := string(id)
	c.t.ids[s] = &identity{c, side, c.t.ids[s]}
	c.t.lengths[len(id)]++
	if n := &c.lengths[side][len(id)]; *n < 127 {
		*n++
	}
	c.usually[side] = len(id)
	c.ids = append(c.ids, known{s, side})
}

// late makes the best of a connection whose first packet was not captured:
// its Initial packets stay closed, but the others may open with a secret that
// nobody has claimed.
func (c *conn) late(p *packet, side stream.Side) {
	switch {
	case p.kind == kindUnknown:
		c.reason = reasonVersion
	case p.version != 0:
		c.reason = ""
		c.version = versionOf(p.version)
		c.identify(p.dcid, side)
		c.identify(p.scid, 1-side)
	}
}

// silent tells whether packets in a direction carry no ID.
func (c *conn) silent(side stream.Side) bool { return c.mute[side] }

// usual is the length of the ID of packets in a direction.
func (c *conn) usual(side stream.Side) int { return c.usually[side] }

// moved notes the addresses of a datagram: a client may change its own
// (RFC 9000, section 9).
func (c *conn) moved(src, dst netip.AddrPort, side stream.Side) {
	p := pair{src, dst}
	if side == stream.Down {
		p = pair{dst, src}
	}
	if c.t.pairs[p] == c {
		return
	}
	if side == stream.Up && p.client != c.client {
		c.note("the client moved to another address")
	}
	if len(c.pairs) < maxPairs {
		c.t.pairs[p] = c
		c.pairs = append(c.pairs, p)
	}
}

// forget takes an ID out of the index.
func (c *conn) forget(k known) {
	c.t.lengths[len(k.id)]--
	var kept *identity
	for i := c.t.ids[k.id]; i != nil; {
		next := i.next
		if i.c != c || i.side != k.side {
			i.next = kept
			kept = i
		}
		i = next
	}
	if kept == nil {
		delete(c.t.ids, k.id)
	} else {
		c.t.ids[k.id] = kept
	}
}
