package detect

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unsafe"

	"github.com/constat/constat/peel"
)

// hit is one occurrence of a known value, or of a digest of one. It is made
// in the part that was searched and then sharpened by the fields inside it.
type hit struct {
	in     place
	off, n int // in the searched part

	value      int
	method     string
	form       string // Clear, Encoded, Hashed, Truncated
	detail     string
	digest     string // see functions
	decimals   int    // of a position
	radius     float64
	confidence float64
	grade      string
	reason     string

	free      bool // its neighbours allow it, or the edges of a field do
	field     int  // length of the smallest field around it found so far, 0: none
	depth     int
	rootOff   int
	rootLen   int
	path, key string
	steps     []string // nil: the root itself
	proof     proof
}

// place identifies a part during a walk: parts may be reused, but not while
// their descendants are visited.
type place struct {
	part *peel.Part
	data *byte
	n    int
}

func placeOf(p *peel.Part) place {
	return place{p, unsafe.SliceData(p.Data), len(p.Data)}
}

// pattern is told of each occurrence of a spelling.
func (s *Scanner) pattern(pt *pattern, off int) {
	p, n := s.part, len(pt.text)
	sp := &s.e.patterns[pt.ref]
	free := pt.limits.allows(p.Data, off, n) || counted(p.Data, off, n)
	if sp.axis != noAxis {
		if free && len(s.pairs) >= maxHits {
			s.crowded = true
		} else if free {
			s.pairs = append(s.pairs, halfHit{spelling: sp, parent: p.Parent, off: off, n: n, value: degrees(number(p.Data[off:]))})
		}
		return
	}
	h := hit{
		off: off, n: n, value: sp.value, method: KnownValue, grade: GradeA, confidence: 0.99,
		free: free, detail: sp.detail, decimals: decimals(p.Data[off : off+n]), reason: reasonKnown,
	}
	if sp.binary || sp.hidden {
		h.form = Encoded
	}
	if sp.radius > 0 {
		h.form, h.radius, h.reason = gridForm(sp.radius), sp.radius, reasonGrid
	}
	s.hit(p, h)
}

// counted reports whether the bytes in front of text[off:off+n] say that a
// string of n bytes begins: in a binary form whose structure nobody knows, its
// neighbours may be letters by chance. One byte (protobuf, MessagePack, Thrift),
// a zigzag varint (Avro), two or four bytes in either order (MQTT, Java's UTF,
// FlatBuffers).
func counted(text []byte, off, n int) bool {
	if off == 0 || n > 0xffff {
		return false
	}
	before := text[off-1]
	if before >= ' ' && before <= '~' && lettersAround(text, off, n) {
		return false // a text
	}
	switch {
	case n < 0x80 && int(before) == n, n < 0x40 && int(before) == 2*n, n < 32 && int(before) == 0xa0|n:
		return true
	case off >= 2 && int(binary.BigEndian.Uint16(text[off-2:])) == n:
		return true
	case off >= 4:
		return int(binary.LittleEndian.Uint32(text[off-4:])) == n
	}
	return false
}

// lettersAround reports whether the bytes around a place are all printable.
func lettersAround(text []byte, off, n int) bool {
	for _, c := range text[max(0, off-16):off] {
		if c < ' ' {
			return false
		}
	}
	for _, c := range text[off+n : min(len(text), off+n+16)] {
		if c < ' ' {
			return false
		}
	}
	return true
}

// reasons that need no key.
const (
	reasonKnown     = "the exact value that the persona lists, up to case and spelling"
	reasonCoarse    = "the persona's position with fewer decimals, in a field named for a position"
	reasonPair      = "latitude and longitude of the persona's position, side by side"
	reasonDigest    = "the digest of a value that the persona lists"
	reasonTruncated = "a piece of the digest of a value that the persona lists"
	reasonChecksum  = "a 64-bit checksum of a value that the persona lists"
)

// hit files an occurrence in p, unless there are too many.
func (s *Scanner) hit(p *peel.Part, h hit) bool {
	if len(s.hits) >= maxHits {
		s.crowded = true
		return false
	}
	h.in, h.depth = placeOf(p), p.Depth
	h.rootOff, h.rootLen = p.Outermost(h.off, h.n)
	h.path, h.key = p.Name, p.Key // cloned if it is kept, see finish
	if h.form == "" {
		h.form = formOf(p)
	}
	if p.Parent != nil {
		h.steps, h.proof = p.Derivation(), s.prove(p)
	} else {
		h.path = ""
	}
	s.hits = append(s.hits, h)
	return true
}

// spot says which hits were made by searching one part.
type spot struct{ first, end int }

// mark files the hits from index first on, which searching p gave, under p.
func (s *Scanner) mark(p *peel.Part, first int) {
	slices.SortFunc(s.hits[first:], func(a, b hit) int { return cmp.Compare(a.off, b.off) })
	s.spots[placeOf(p)] = spot{first, len(s.hits)}
}

// refine carries the hits that p covers down to p, and reports whether p is
// (about) one of them.
func (s *Scanner) refine(p *peel.Part) (known bool) {
	q, off := p, 0
	for q.Verbatim && q.Parent != nil {
		off += q.Off
		q = q.Parent
	}
	spot, ok := s.spots[placeOf(q)]
	if !ok {
		return false
	}
	hits := s.hits[spot.first:spot.end]
	from, _ := slices.BinarySearchFunc(hits, off, func(h hit, off int) int { return cmp.Compare(h.off, off) })
	for i := from; i < len(hits) && hits[i].off < off+len(p.Data); i++ {
		h := &hits[i]
		if h.off+h.n > off+len(p.Data) {
			continue
		}
		if 2*h.n >= len(p.Data) && h.free {
			known = true
		}
		if q == p || h.field != 0 && len(p.Data) > h.field || structured(p.Data) {
			continue
		}
		if !h.free {
			inside := h.off - off
			if (inside != 0 || h.n != len(p.Data)) && !edgeOf(string(p.Data[inside:inside+h.n])).allows(p.Data, inside, h.n) {
				continue
			}
			h.free, known = true, true
		}
		h.field, h.path, h.key = len(p.Data), p.Name, p.Key
		h.steps = p.Derivation()
	}
	return known
}

// settle drops what is not free and keeps the cheapest chain per value and
// place, in order of place.
func (s *Scanner) settle() {
	hits := slices.DeleteFunc(s.hits, func(h hit) bool { return !h.free })
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rootOff, b.rootOff), cmp.Compare(a.depth, b.depth), -cmp.Compare(a.n, b.n))
	})
	kept := hits[:0]
next:
	for _, h := range hits {
		for j := len(kept) - 1; j >= 0 && j >= len(kept)-64; j-- {
			k := &kept[j]
			if !overlap(h.rootOff, h.rootLen, k.rootOff, k.rootLen) {
				continue
			}
			switch {
			case h.value == k.value:
				if h.grade < k.grade || h.grade == k.grade && (h.depth < k.depth || h.depth == k.depth && h.n > k.n) {
					*k = h
				}
				continue next
			case s.within(&h, k):
				continue next
			case s.within(k, &h):
				*k = h
				continue next
			}
		}
		kept = append(kept, h)
	}
	s.hits = kept
}

// within reports whether a is only a piece of b: a user name inside the
// e-mail address that begins with it.
func (s *Scanner) within(a, b *hit) bool {
	if a.n >= b.n || a.method != KnownValue || b.method != KnownValue {
		return false
	}
	if a.in == b.in {
		return a.off >= b.off && a.off+a.n <= b.off+b.n
	}
	return b.rootLen <= 3*b.n+8 && a.rootOff >= b.rootOff && a.rootOff+a.rootLen <= b.rootOff+b.rootLen &&
		containsFold(s.e.values[b.value].Value, s.e.values[a.value].Value)
}

func overlap(a, an, b, bn int) bool { return a < b+bn && b < a+an }

// finish turns what was found in the root into findings and appends them.
func (s *Scanner) finish(out []Finding) []Finding {
	if len(s.hits) == 0 && len(s.fields) == 0 && len(s.lists) == 0 {
		return out
	}
	s.settle()
	first := len(out)
	for i := range s.hits {
		h := &s.hits[i]
		s.downgrade(h)
		f := Finding{
			Type: s.e.values[h.value].Type, PersonaValue: h.value, Method: h.method, Form: h.form, Detail: h.detail,
			Digest: h.digest, Decimals: h.decimals, Radius: h.radius, Grade: h.grade, Confidence: h.confidence, Reason: h.reason,
			Derivation: h.steps, Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Off: h.rootOff, Len: h.rootLen, Path: strings.Clone(h.path), Key: strings.Clone(h.key), Value: []byte(s.e.values[h.value].Value), proof: h.proof,
		}
		if f.Derivation == nil {
			f.Derivation = []string{s.root.Name}
		}
		out = append(out, f)
	}
	known := len(out)
next:
	for i := range s.fields {
		f := &s.fields[i]
		for j := first; j < known; j++ {
			k := &out[j]
			if overlap(f.Off, f.Len, k.Off, k.Len) && (f.Type == k.Type || 2*k.Len >= f.Len) {
				continue next
			}
		}
		for j := len(out) - 1; j >= known && j >= len(out)-64; j-- {
			k := &out[j]
			if overlap(f.Off, f.Len, k.Off, k.Len) && (f.Type == k.Type && sameField(f, k) || f.Grade > k.Grade) {
				continue next
			}
		}
		f.Path, f.Key = strings.Clone(f.Path), strings.Clone(f.Key)
		out = append(out, *f)
	}
	slices.SortStableFunc(out[first:], func(a, b Finding) int { return cmp.Compare(a.Off, b.Off) })
	out = s.finishLists(out, first)
	clear(s.fields) // let go of what they point to
	clear(s.hits)
	return out
}

// sameField reports whether two findings by name, of overlapping bytes, are of
// one field. They are not if the ways to them part at two names of one layer:
// the fields of an object that was base64 all have the bytes of the base64.
func sameField(a, b *Finding) bool {
	return bytes.Equal(a.Value, b.Value) || sameWay(a.Derivation, b.Derivation)
}

// sameWay reports whether two derivations do not part at two names of one
// layer.
func sameWay(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			x, _, named := strings.Cut(a[i], " ")
			y, _, both := strings.Cut(b[i], " ")
			return x != y || !named || !both
		}
	}
	return true
}

// containsFold reports whether s holds part, ignoring ASCII case.
func containsFold(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if equalFold(s[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}
