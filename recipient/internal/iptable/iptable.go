// Package iptable is a compact table from IP address ranges to short labels
// (a country code, an AS number with its holder).
//
// A table knows only ranges and labels. It does not know what a label means,
// where the data came from or how old it is: that is written in the TOML file
// that lies beside each packed table.
//
// # File form
//
//	"ctab" 0x01                     magic and version
//	zstd frame (RFC 8878) of:
//	  labels   uvarint n, then n × (uvarint length, bytes)
//	  IPv4     ranges over 32-bit addresses
//	  IPv6     ranges over the upper 64 bits of addresses
//
// where ranges are three columns of n entries, each column kept together
// because that compresses two to three times better than rows:
//
//	uvarint n
//	n × byte     trailing zero bits k of the step from the last start
//	n × uvarint  the step shifted right by k (odd, and nearly always 1)
//	n × uvarint  label, 1-based; 0 says that the table is silent from here
//
// A range lasts until the next start. The first step counts from zero, so
// that only the first may be zero. IPv6 is kept to /64, the smallest network
// that the Internet routes to a site; a /64 that a source splits is silent.
package iptable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"sort"

	"github.com/klauspost/compress/zstd"

	"github.com/constat/constat/recipient/internal/packed"
)

const (
	magic = "ctab\x01"

	// maxPayload bounds what a packed table may decompress to, in bytes.
	maxPayload = 64 << 20
)

// ErrFormat says that the bytes are not a packed table of this version.
var ErrFormat = errors.New("not a packed address table")

// Table answers look-ups. It is immutable and safe for concurrent use.
type Table struct {
	labels []string
	v4     ranges[uint32]
	v6     ranges[uint64]
}

// ranges are sorted by start. A start lies beside its label, so that a look-up
// touches little memory.
type ranges[K uint32 | uint64] struct {
	rows []row[K]

	// first[h] is the first row whose start has upper 16 bits of h or more: it
	// narrows the binary search from some 19 steps to about 4.
	first []uint32
}

type row[K uint32 | uint64] struct {
	start K
	label uint32 // 1-based, 0 is silent
}

// Lookup returns the label of the range that holds ip. IPv4-mapped IPv6
// addresses must be unmapped by the caller. It does not allocate.
func (t *Table) Lookup(ip netip.Addr) (label string, ok bool) {
	n, ok := t.Find(ip)
	if !ok {
		return "", false
	}
	return t.labels[n], true
}

// Find is Lookup for callers that keep something of their own beside each
// label: it returns the number of the label in Labels.
func (t *Table) Find(ip netip.Addr) (label int, ok bool) {
	var l uint32
	switch {
	case ip.Is4():
		b := ip.As4()
		key := binary.BigEndian.Uint32(b[:])
		l = t.v4.find(key, key>>16)
	case ip.Is6():
		b := ip.As16()
		key := binary.BigEndian.Uint64(b[:8])
		l = t.v6.find(key, uint32(key>>48))
	}
	return int(l) - 1, l != 0
}

// Labels lists the labels. It is not to be changed.
func (t *Table) Labels() []string { return t.labels }

// find returns the label in force at key, whose upper 16 bits are h.
func (r *ranges[K]) find(key K, h uint32) uint32 {
	lo, hi := int(r.first[h]), int(r.first[h+1])
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if r.rows[mid].start <= key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0
	}
	return r.rows[lo-1].label
}

// Decode reads a packed table. The error wraps ErrFormat when the bytes are
// damaged; memory stays within a small multiple of maxPayload whatever they
// claim.
func Decode(file []byte) (*Table, error) {
	payload, err := packed.Unpack(file, magic, maxPayload, ErrFormat)
	if err != nil {
		return nil, err
	}

	c := packed.Cursor{Buf: payload}
	t := &Table{labels: labels(&c)}
	t.v4 = readRanges[uint32](&c, len(t.labels))
	t.v6 = readRanges[uint64](&c, len(t.labels))
	if err := c.End(ErrFormat); err != nil {
		return nil, err
	}
	t.v4.index(16)
	t.v6.index(48)
	return t, nil
}

// index fills first; shift leaves the upper 16 bits of a key.
func (r *ranges[K]) index(shift uint) {
	r.first = make([]uint32, 1<<16+1)
	h := 0
	for at := range r.rows {
		for upper := int(uint64(r.rows[at].start) >> shift); h <= upper; h++ {
			r.first[h] = uint32(at)
		}
	}
	for ; h < len(r.first); h++ {
		r.first[h] = uint32(len(r.rows))
	}
}

func labels(c *packed.Cursor) []string {
	n := c.Count("number of labels")
	type place struct{ at, len int }
	places := make([]place, 0, n)
	first := c.At
	for range n {
		l := c.Count("label length")
		places = append(places, place{c.At - first, l})
		c.Bytes(l, "label")
	}
	if c.Bad != "" {
		return nil
	}
	// One string holds them all, so that the payload can be let go.
	all := string(c.Buf[first:c.At])
	out := make([]string, n)
	for i, p := range places {
		out[i] = all[p.at : p.at+p.len]
	}
	return out
}

func readRanges[K uint32 | uint64](c *packed.Cursor, labels int) ranges[K] {
	n := c.Count("number of ranges")
	shifts := c.Bytes(n, "shift column")
	if c.Bad != "" {
		return ranges[K]{}
	}
	r := ranges[K]{rows: make([]row[K], n)}
	var at uint64
	for i := range n {
		step := c.Uvarint("step")
		k := uint(shifts[i])
		if k > 63 || step != 0 && bits.Len64(step)+int(k) > 64 || step == 0 && i > 0 {
			c.Fail("a step that moves forward")
		}
		next := at + step<<k
		if next < at || uint64(K(next)) != next {
			c.Fail("a start inside the address space")
		}
		if c.Bad != "" {
			return ranges[K]{}
		}
		at = next
		r.rows[i].start = K(at)
	}
	for i := range n {
		l := c.Uvarint("label number")
		if l > uint64(labels) {
			c.Fail("a label number in the table")
		}
		r.rows[i].label = uint32(l)
	}
	if c.Bad != "" {
		return ranges[K]{}
	}
	return r
}

// Builder collects ranges and packs them.
type Builder struct {
	v4, v6 []span
}

// span is one inclusive range; IPv4 in the low 32 bits, IPv6 as upper half.
type span struct {
	first, last uint64
	label       string
}

// Add says that the addresses first to last inclusive carry label; an empty
// label says that the source is silent about them. Both must be of one
// family. An IPv6 range that does not fill a /64 silences that /64.
func (b *Builder) Add(first, last netip.Addr, label string) error {
	switch {
	case first.Is4() && last.Is4() && first.Compare(last) <= 0:
		f, l := first.As4(), last.As4()
		b.v4 = append(b.v4, span{uint64(binary.BigEndian.Uint32(f[:])), uint64(binary.BigEndian.Uint32(l[:])), label})
	case first.Is6() && last.Is6() && first.Compare(last) <= 0:
		f, l := first.As16(), last.As16()
		lo, hi := binary.BigEndian.Uint64(f[:8]), binary.BigEndian.Uint64(l[:8])
		partFirst := binary.BigEndian.Uint64(f[8:]) != 0
		partLast := binary.BigEndian.Uint64(l[8:]) != ^uint64(0)
		if lo == hi && (partFirst || partLast) {
			b.v6 = append(b.v6, span{lo, lo, ""})
			return nil
		}
		if partFirst {
			b.v6 = append(b.v6, span{lo, lo, ""})
			lo++
		}
		if partLast {
			b.v6 = append(b.v6, span{hi, hi, ""})
			hi--
		}
		if lo <= hi {
			b.v6 = append(b.v6, span{lo, hi, label})
		}
	default:
		return fmt.Errorf("range %v-%v: not two ordered addresses of one family", first, last)
	}
	return nil
}

// Encode packs what was added. Equal input gives equal bytes. Where ranges
// overlap the table is silent: a source that says two things says nothing.
func (b *Builder) Encode() ([]byte, error) {
	number := map[string]uint64{"": 0}
	var labels []string
	for _, s := range append(append([]span(nil), b.v4...), b.v6...) {
		if _, ok := number[s.label]; !ok {
			number[s.label] = 1
			labels = append(labels, s.label)
		}
	}
	sort.Strings(labels)
	payload := binary.AppendUvarint(nil, uint64(len(labels)))
	for i, l := range labels {
		number[l] = uint64(i + 1)
		payload = binary.AppendUvarint(payload, uint64(len(l)))
		payload = append(payload, l...)
	}
	payload = appendRanges(payload, flatten(b.v4, 1<<32-1), number)
	payload = appendRanges(payload, flatten(b.v6, ^uint64(0)), number)

	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(payload, []byte(magic)), nil
}

// start is a point from which a label is in force.
type start struct {
	at    uint64
	label string
}

// flatten turns ranges into starts: gaps and overlaps are silent, equal
// neighbours are joined.
func flatten(spans []span, end uint64) []start {
	sort.SliceStable(spans, func(i, j int) bool { return spans[i].first < spans[j].first })
	var out []start
	put := func(at uint64, label string) {
		if n := len(out); n > 0 && out[n-1].at == at {
			out[n-1].label = label
		} else {
			out = append(out, start{at, label})
		}
		if n := len(out); n > 1 && out[n-1].label == out[n-2].label {
			out = out[:n-1]
		}
	}
	var until uint64 // first address not spoken of yet
	full := false    // the last address has been spoken of
	for _, s := range spans {
		switch {
		case full || s.first < until:
			put(s.first, "")
		case s.first > until:
			put(until, "")
			fallthrough
		default:
			put(s.first, s.label)
		}
		if s.last == end {
			full = true
		} else if !full {
			until = max(until, s.last+1)
		}
	}
	if !full && len(spans) > 0 {
		put(until, "")
	}
	return out
}

func appendRanges(p []byte, starts []start, number map[string]uint64) []byte {
	p = binary.AppendUvarint(p, uint64(len(starts)))
	var steps []byte
	var last uint64
	for _, s := range starts {
		step := s.at - last
		last = s.at
		k := 0
		if step != 0 {
			k = bits.TrailingZeros64(step)
		}
		p = append(p, byte(k))
		steps = binary.AppendUvarint(steps, step>>k)
	}
	p = append(p, steps...)
	for _, s := range starts {
		p = binary.AppendUvarint(p, number[s.label])
	}
	return p
}
