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
	maxSpans         = 512  // apart from each other, of a datagram
	fragmentTimeout  = 60e9 // ns (RFC 8200, section 4.5)
)

type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8
	v6       bool
}

// datagram is one that is not complete. Bytes are in data up to their end,
// have says which.
type datagram struct {
	key   fragmentKey
	n     network
	app   *flow.App
	dir   Direction
	outer Outer
	first int64 // time of its first fragment to come
	data  []byte
	have  []span // sorted, apart from each other
	size  int    // -1 until the last fragment came
	done  bool
}

type span struct{ from, to int }

// fragment takes one fragment, and reads the datagram when it is complete.
func (d *Decoder) fragment(proto uint8, n network, id uint32, at int, more bool, v view) {
	d.Counts.Fragment++
	if v.cut > 0 || at+len(v.b) > 65535 || len(v.b) == 0 || more && len(v.b)%8 != 0 {
		// A fragment that was captured short leaves a hole that nothing fills.
		if v.cut == 0 {
			d.Counts.Malformed++
		}
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
		g.n, g.app, g.dir, g.outer = n, d.app, d.dir, d.seg.Outer
		g.key.proto = proto
	}
	end := at + len(v.b)
	if !more {
		if g.size < 0 {
			g.size = end
		} else if g.size != end {
			d.Counts.Overlapping++
		}
	}
	if g.size >= 0 {
		end = min(end, g.size)
	}
	if end <= at || len(g.have) > maxSpans {
		return
	}
	d.put(g, at, v.b[:end-at])
	if g.size < 0 || len(g.have) != 1 || g.have[0] != (span{0, g.size}) || g.n == (network{}) {
		return
	}
	d.take(g)
	d.Counts.Reassembled++
	d.Counts.Fragment-- // it is counted as what it became
	data := g.data[:g.size]
	g.data, g.have = nil, nil
	if !d.inner() {
		return
	}
	app, dir, outer := d.app, d.dir, d.seg.Outer
	if g.app != nil {
		d.app = g.app
	}
	if d.dir = g.dir; g.outer.Kind != "" {
		d.seg.Outer = g.outer
	}
	d.transport(g.key.proto, g.n, view{data, -1, 0})
	d.app, d.dir, d.seg.Outer = app, dir, outer
}

// put writes bytes where nothing stands yet.
func (d *Decoder) put(g *datagram, at int, b []byte) {
	end := at + len(b)
	if end > len(g.data) {
		d.parts.held += end - len(g.data)
		g.data = append(g.data, make([]byte, end-len(g.data))...)
	}
	i, _ := slices.BinarySearchFunc(g.have, at, func(s span, at int) int {
		if s.to < at {
			return -1
		}
		return 1
	})
	j, from := i, at
	for ; j < len(g.have) && g.have[j].from <= end; j++ {
		s := g.have[j]
		if from < s.from {
			copy(g.data[from:s.from], b[from-at:])
		}
		if lo, hi := max(at, s.from), min(end, s.to); lo < hi && !bytes.Equal(g.data[lo:hi], b[lo-at:hi-at]) {
			d.Counts.Overlapping++
		}
		from = max(from, s.to)
	}
	if from < end {
		copy(g.data[from:end], b[from-at:])
	}
	joined := span{at, end}
	if i < j {
		joined = span{min(at, g.have[i].from), max(end, g.have[j-1].to)}
	}
	g.have = slices.Replace(g.have, i, j, joined)
}

// makeRoom drops datagrams that have waited too long, and the oldest when
// there is no room for another.
func (d *Decoder) makeRoom() {
	f := &d.parts
	for len(f.order) > 0 {
		g := f.order[0]
		if !g.done {
			if f.now-g.first <= fragmentTimeout && len(f.open) < maxDatagrams && f.held < maxFragmentBytes {
				break
			}
			d.forget(g)
		}
		f.order = f.order[1:]
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
	d.parts.held -= len(g.data)
	g.done = true
}

// forget drops a datagram that is not complete.
func (d *Decoder) forget(g *datagram) {
	d.take(g)
	d.Counts.Incomplete++
	g.data, g.have = nil, nil
}

// Close counts the datagrams of which fragments are still missing.
func (d *Decoder) Close() {
	for _, g := range d.parts.order {
		if !g.done {
			d.forget(g)
		}
	}
	d.parts.order = nil
}
