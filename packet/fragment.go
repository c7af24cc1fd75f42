package packet

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/constat/constat/flow"
)

// fragments puts IP datagrams together (RFC 791, section 3.2; RFC 8200,
// section 4.5). Where fragments overlap, what came first stays, and a
// difference is counted; receivers differ in this.
type fragments struct {
	open  map[fragmentKey]*datagram
	order []*datagram // oldest first
	held  int         // bytes
	now   int64       // the latest time of a packet
}

const (
	maxDatagrams     = 1024
	maxFragmentBytes = 16 << 20
	maxParts         = 512  // of a datagram
	partCost         = 64   // bytes that a part takes beside its own
	fragmentTimeout  = 60e9 // ns (RFC 8200, section 4.5)
)

type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8
	v6       bool
}

// datagram is one that is not complete.
type datagram struct {
	key   fragmentKey
	n     network
	app   *flow.App
	dir   Direction
	outer Outer
	p     Packet // of its first fragment, without data
	first int64  // time of its first fragment to come
	parts []part // sorted, without overlaps
	held  int    // bytes of them, and what they take beside
	got   int    // bytes of them
	end   int    // of the last fragment to come
	size  int    // -1 until the last fragment came
	done  bool
}

// part is some bytes of a datagram.
type part struct {
	at int
	b  []byte
}

func (p part) end() int { return p.at + len(p.b) }

// fragment takes one fragment, and reads the datagram when it is complete.
func (d *Decoder) fragment(proto uint8, n network, id uint32, at int, more bool, v view) {
	d.Counts.Fragment++
	if whole := len(v.b) + v.cut; at+whole > 65535 || whole == 0 || more && whole%8 != 0 {
		d.Counts.Malformed++
		return
	}
	f := &d.parts
	if f.open == nil {
		f.open = map[fragmentKey]*datagram{}
	}
	if d.p.Time != NoTime {
		f.now = d.p.Time
	}
	k := fragmentKey{n.src, n.dst, id, proto, n.src.Is6()}
	if k.v6 {
		k.proto = 0 // only source, destination and identification count (RFC 8200, section 4.5)
	}
	g := f.open[k]
	if g != nil && f.now-g.first > fragmentTimeout {
		d.forget(g)
		g = nil
	}
	if g == nil {
		d.makeRoom()
		g = &datagram{key: k, size: -1, first: f.now}
		f.open[k] = g
		f.order = append(f.order, g)
	}
	if at == 0 && g.n == (network{}) {
		g.n, g.app, g.dir, g.outer, g.p = n, d.app, d.dir, d.seg.Outer, *d.p
		g.p.Data = nil
		g.key.proto = proto
	}
	if whole := at + len(v.b) + v.cut; !more {
		if g.size < 0 {
			g.size = whole
		} else if g.size != whole {
			d.Counts.Overlapping++
		}
	}
	g.end = max(g.end, at+len(v.b)+v.cut)
	end := at + len(v.b) // one that was captured short leaves a hole
	if g.size >= 0 {
		end = min(end, g.size)
	}
	if end <= at || len(g.parts) > maxParts {
		return
	}
	d.put(g, at, v.b[:end-at])
	if g.size < 0 || g.n == (network{}) || g.got < g.size {
		return
	}
	data := g.whole()
	if len(data) < g.size {
		return
	}
	d.take(g)
	d.Counts.Reassembled++
	d.assembled(g, d.p, view{data, -1, 0})
}

// assembled reads a datagram, or what there is of it.
func (d *Decoder) assembled(g *datagram, p *Packet, v view) {
	d.Counts.Fragment-- // it is counted as what it became
	depth, q, app, dir, outer := d.depth, d.p, d.app, d.dir, d.seg.Outer
	if d.inner() {
		d.p, d.app, d.dir, d.seg.Outer = p, g.app, g.dir, g.outer
		d.transport(g.key.proto, g.n, v)
	}
	d.depth, d.p, d.app, d.dir, d.seg.Outer = depth, q, app, dir, outer
}

// put keeps the bytes of a fragment that are not there yet.
func (d *Decoder) put(g *datagram, at int, b []byte) {
	end := at + len(b)
	i, _ := slices.BinarySearchFunc(g.parts, at, func(p part, at int) int {
		if p.end() <= at {
			return -1
		}
		return 1
	})
	for from := at; from < end; i++ {
		if i < len(g.parts) && g.parts[i].at <= from {
			p := g.parts[i]
			to := min(p.end(), end)
			if !bytes.Equal(p.b[from-p.at:to-p.at], b[from-at:to-at]) {
				d.Counts.Overlapping++
			}
			from = to
			continue
		}
		to := end
		if i < len(g.parts) {
			to = min(to, g.parts[i].at)
		}
		g.parts = slices.Insert(g.parts, i, part{from, bytes.Clone(b[from-at : to-at])})
		g.got += to - from
		g.held += to - from + partCost
		d.parts.held += to - from + partCost
		from = to
	}
}

// whole returns the datagram as far as nothing is missing.
func (g *datagram) whole() []byte {
	var data []byte
	for _, p := range g.parts {
		if p.at != len(data) {
			break
		}
		data = append(data, p.b...)
	}
	if g.size >= 0 && len(data) > g.size {
		data = data[:g.size]
	}
	return data
}

// makeRoom drops datagrams that have waited too long, and the oldest when
// there is no room for another.
func (d *Decoder) makeRoom() {
	f := &d.parts
	for len(f.order) > 0 {
		g := f.order[0]
		if !g.done && f.now-g.first <= fragmentTimeout && len(f.open) < maxDatagrams && f.held < maxFragmentBytes {
			break
		}
		f.order = f.order[1:] // before g is read, which may hold fragments
		if !g.done {
			d.forget(g)
		}
	}
	if len(f.order) > 2*maxDatagrams {
		f.order = slices.DeleteFunc(f.order, func(g *datagram) bool { return g.done })
	}
}

// take takes a datagram out.
func (d *Decoder) take(g *datagram) {
	k := g.key
	if k.v6 {
		k.proto = 0
	}
	delete(d.parts.open, k)
	d.parts.held -= g.held
	g.done, g.parts = true, nil
}

// forget gives up on the rest of a datagram, and reads what there is from its
// beginning. Only UDP says how much is missing.
func (d *Decoder) forget(g *datagram) {
	data := g.whole()
	d.take(g)
	d.Counts.Incomplete++
	if len(data) == 0 || g.n == (network{}) {
		return
	}
	end := g.size
	switch {
	case g.key.proto == protoUDP:
		end = 65535
	case end < 0:
		end = g.end
	}
	d.assembled(g, &g.p, view{data, -1, max(0, end-len(data))})
}

// Close reads what there is of datagrams of which fragments are still missing:
// the capture is over.
func (d *Decoder) Close() {
	d.depth = 0
	for len(d.parts.order) > 0 {
		g := d.parts.order[0]
		d.parts.order = d.parts.order[1:]
		if !g.done {
			d.forget(g)
		}
	}
}
