package detect

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// matcher finds every occurrence of many patterns in a text, ignoring ASCII
// case, without looking at every byte.
//
// Each pattern gives a window of m bytes. All q-byte pieces (grams) of the
// window go into a bitmap. Any occurrence of the window holds s = m-q+1
// gram starts in a row, exactly one of which is a multiple of s: so it is
// enough to probe every s-th byte of the text, with one load, one multiply
// and one bit test. A hit goes to an exact gram table, and from there to a
// comparison with the whole pattern. Each occurrence is reported once.
//
// Folding is an OR with 0x20 on both sides of the probe; the comparison
// undoes what that confuses. The limit chased is 1 GB/s per core with 2,000
// patterns: search must not be what an audit spends its time on.
//
// Patterns of fewer than 8 bytes force a shorter stride (3 instead of 4) upon
// all: a second pass for the few would cost more. The design follows the q-gram
// filters of Wu and Manber (1994) and of Salmela, Tarhio and Kytöjoki (2006),
// "Multi-pattern string matching with q-grams", ACM JEA 11.
type matcher struct {
	patterns []pattern
	m, q, s  int
	mask     uint64
	bitmap   []uint64
	shift    uint
	slots    []gramSlot // open addressing, power of two
	sites    []site     // grouped by gram
}

// minPattern is the length, in bytes, of the shortest pattern the matcher takes.
const minPattern = 6

// pattern is one byte string to find.
type pattern struct {
	text   []byte // lower-cased in ASCII, unless exact
	exact  bool   // compare as it is: binary images
	limits edge   // what must not stand next to it
	ref    int    // index of the caller's meaning
}

// gramSlot maps a gram to its run of sites; count 0 marks an empty slot.
type gramSlot struct {
	gram         uint64
	first, count uint32
}

// site says that a gram stands at offset at of a pattern.
type site struct {
	pattern uint32
	at      uint32
}

const (
	foldMask = 0x2020202020202020
	mix      = 0x9E3779B97F4A7C15 // 2^64 / golden ratio, Knuth's multiplicative hashing
)

// newMatcher builds a matcher. Patterns shorter than minPattern must have
// been left out by the caller. It takes the slice over.
func newMatcher(patterns []pattern) *matcher {
	m := &matcher{patterns: patterns}
	for i := range patterns {
		p := &patterns[i]
		if !p.exact {
			for j, c := range p.text {
				p.text[j] = lower(c)
			}
		}
	}
	m.m, m.q = 8, 5
	for i := range patterns {
		if len(patterns[i].text) < m.m {
			m.m, m.q = minPattern, 4
		}
	}
	m.s, m.mask = m.m-m.q+1, 1<<(8*m.q)-1
	m.index()
	return m
}

// index fills the bitmap and the tables.
func (m *matcher) index() {
	type entry struct {
		gram uint64
		site
	}
	var all []entry
	for i := range m.patterns {
		text := m.patterns[i].text
		w := rarestWindow(text, m.m)
		for at := w; at < w+m.s; at++ {
			all = append(all, entry{m.gram(text[at:]), site{uint32(i), uint32(at)}})
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		switch {
		case a.gram != b.gram && a.gram < b.gram:
			return -1
		case a.gram != b.gram:
			return 1
		case a.pattern != b.pattern:
			return int(a.pattern) - int(b.pattern)
		}
		return int(a.at) - int(b.at)
	})
	// About 1 bit in 128 set, from 4 kB (stays in the first-level cache) to
	// 256 kB.
	width := min(max(bits.Len(uint(len(all)*128)), 15), 21)
	m.shift = uint(64 - width)
	m.bitmap = make([]uint64, 1<<(width-6))
	m.slots = make([]gramSlot, 1<<bits.Len(uint(2*len(all))))
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].gram == all[i].gram {
			m.sites = append(m.sites, all[j].site)
			j++
		}
		h := (all[i].gram * mix) >> m.shift
		m.bitmap[h>>6] |= 1 << (h & 63)
		k := (all[i].gram * mix) >> 32 & uint64(len(m.slots)-1)
		for m.slots[k].count != 0 {
			k = (k + 1) & uint64(len(m.slots)-1)
		}
		m.slots[k] = gramSlot{all[i].gram, uint32(i), uint32(j - i)}
		i = j
	}
}

// gram returns the folded first q bytes of b, which may be shorter than 8.
func (m *matcher) gram(b []byte) uint64 {
	var v uint64
	for i := range m.q {
		v |= uint64(b[i]) << (8 * i)
	}
	return (v | foldMask) & m.mask
}

// rarestWindow returns the start of the m bytes of text that unrelated
// traffic is least likely to hold: digits and odd bytes rather than words,
// and never a run of one byte if it can be helped.
func rarestWindow(text []byte, m int) int {
	best, at := -1, 0
	for w := 0; w+m <= len(text); w++ {
		score := 0
		for i := w; i < w+m; i++ {
			switch c := text[i]; {
			case c >= '0' && c <= '9':
				score += 4
			case c == 'e' || c == 'a' || c == 'i' || c == 'o' || c == 't' || c == 'n' || c == 's' || c == 'r':
				score += 1
			case c >= 'a' && c <= 'z':
				score += 3
			case c == '.' || c == '/' || c == '"' || c == 0 || c == ' ':
				score += 1
			default:
				score += 5
			}
			if i > w && text[i] == text[i-1] {
				score -= 3
			}
		}
		if score > best {
			best, at = score, w
		}
	}
	return at
}

// find calls hit for every occurrence of every pattern in text, whose edges
// the caller has yet to judge. It does not allocate.
func (m *matcher) find(text []byte, hit func(p *pattern, off int)) {
	if len(text) < m.m {
		return
	}
	var (
		bitmap = m.bitmap
		shift  = m.shift & 63
		mask   = m.mask
		s      = m.s
		i      = 0
		last   = uint64(len(bitmap) - 1)
	)
	// Four probes at a time while all their loads are inside the text.
	for end := len(text) - 3*s - 8; i <= end; i += 4 * s {
		t := text[i : i+3*s+8 : len(text)]
		a := (binary.LittleEndian.Uint64(t) | foldMask) & mask
		b := (binary.LittleEndian.Uint64(t[s:]) | foldMask) & mask
		d := (binary.LittleEndian.Uint64(t[2*s:]) | foldMask) & mask
		e := (binary.LittleEndian.Uint64(t[3*s:]) | foldMask) & mask
		ha, hb, hd, he := a*mix>>shift, b*mix>>shift, d*mix>>shift, e*mix>>shift
		if (bitmap[ha>>6&last]>>(ha&63)|bitmap[hb>>6&last]>>(hb&63)|bitmap[hd>>6&last]>>(hd&63)|bitmap[he>>6&last]>>(he&63))&1 == 0 {
			continue
		}
		for k, g := range [4]uint64{a, b, d, e} {
			if h := g * mix >> shift; bitmap[h>>6&last]>>(h&63)&1 != 0 {
				m.confirm(text, i+k*s, g, hit)
			}
		}
	}
	if len(text) < 8 {
		for ; i+m.q <= len(text); i += s {
			m.probe(text, i, m.gram(text[i:]), hit)
		}
		return
	}
	for ; i+8 <= len(text); i += s {
		g := (binary.LittleEndian.Uint64(text[i:]) | foldMask) & mask
		if h := g * mix >> shift; bitmap[h>>6&last]>>(h&63)&1 != 0 {
			m.confirm(text, i, g, hit)
		}
	}
	end := binary.LittleEndian.Uint64(text[len(text)-8:])
	for ; i+m.q <= len(text); i += s {
		m.probe(text, i, (end>>(8*(i+8-len(text)))|foldMask)&mask, hit)
	}
}

// probe confirms the gram at i if the bitmap has it.
func (m *matcher) probe(text []byte, i int, g uint64, hit func(p *pattern, off int)) {
	if h := g * mix >> m.shift; m.bitmap[h>>6]>>(h&63)&1 != 0 {
		m.confirm(text, i, g, hit)
	}
}

// confirm compares the patterns that have gram g with the text around i.
func (m *matcher) confirm(text []byte, i int, g uint64, hit func(p *pattern, off int)) {
	last := uint64(len(m.slots) - 1)
	for k := g * mix >> 32 & last; m.slots[k].count != 0; k = (k + 1) & last {
		slot := &m.slots[k]
		if slot.gram != g {
			continue
		}
		for _, at := range m.sites[slot.first : slot.first+slot.count] {
			p := &m.patterns[at.pattern]
			off := i - int(at.at)
			if off >= 0 && off+len(p.text) <= len(text) && p.equal(text[off:]) {
				hit(p, off)
			}
		}
		return
	}
}

// equal reports whether text begins with the pattern.
func (p *pattern) equal(text []byte) bool {
	text = text[:len(p.text)]
	if p.exact {
		return string(text) == string(p.text)
	}
	for i, c := range p.text {
		if lower(text[i]) != c {
			return false
		}
	}
	return true
}

// lower folds one ASCII letter.
func lower(c byte) byte {
	if c-'A' < 26 {
		return c | 0x20
	}
	return c
}
