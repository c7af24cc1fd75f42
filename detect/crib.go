package detect

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf16"
)

// cribs find known values under a key of a few bytes over and over (XOR): two
// bytes at the distance of the key's length, combined, are the same with the
// key and without it. One search for these differences stands for all keys.
// It implements peel.Crib, for many goroutines at once.
type cribs struct {
	texts   []string
	encoded []string   // the same in encodings, for keys of one byte
	mu      sync.Mutex // while a set is made
	byLag   [maxLag + 1]atomic.Pointer[cribSet]
}

type cribSet struct {
	matcher *matcher
	texts   []string
	longest int // differences of one of them
}

const (
	maxLag = 16
	// minDifferences is what must agree: eight differences of digits are 10^8
	// to one, in traffic that may have any key.
	minDifferences = 8
)

// add takes a text that is unmistakable by itself. In UTF-16 it is looked for
// without its last byte, so that both orders are found.
func (c *cribs) add(text string) {
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	c.texts = append(c.texts, text, string(wide[:len(wide)-1]))
	c.encoded = append(c.encoded, cribForms(text)...)
}

func (c *cribs) at(lag int) *cribSet {
	if s := c.byLag[lag].Load(); s != nil {
		return s
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.byLag[lag].Load(); s != nil {
		return s
	}
	s := &cribSet{}
	var patterns []pattern
	seen := map[string]bool{}
	texts := c.texts
	if lag == 1 {
		texts = slices.Concat(texts, c.encoded)
	}
	for _, t := range texts {
		if len(t) < lag+minDifferences || len(t) > differencesAtOnce/2 {
			continue
		}
		d := difference(nil, []byte(t), lag)
		if seen[string(d)] || constant(d) {
			continue
		}
		seen[string(d)] = true
		patterns = append(patterns, pattern{text: d, exact: true, ref: len(s.texts)})
		s.texts = append(s.texts, t)
		s.longest = max(s.longest, len(d))
	}
	if len(patterns) > 0 {
		s.matcher = newMatcher(patterns)
	}
	c.byLag[lag].Store(s)
	return s
}

// difference appends b[i] XOR b[i+lag].
func difference(dst, b []byte, lag int) []byte {
	i := lag
	for ; i+8 <= len(b); i += 8 {
		dst = binary.LittleEndian.AppendUint64(dst, binary.LittleEndian.Uint64(b[i-lag:])^binary.LittleEndian.Uint64(b[i:]))
	}
	for ; i < len(b); i++ {
		dst = append(dst, b[i-lag]^b[i])
	}
	return dst
}

func constant(b []byte) bool {
	for _, x := range b {
		if x != b[0] {
			return false
		}
	}
	return true
}

// Has implements peel.Crib.
func (c *cribs) Has(b []byte) (yes bool) {
	c.Find(b, 1, func(int, int, []byte) { yes = true })
	return yes
}

// Find implements peel.Crib.
func (c *cribs) Find(b []byte, lag int, found func(off, n int, key []byte)) {
	if len(b) < lag+minDifferences || lag > maxLag {
		return
	}
	s := c.at(lag)
	if s.matcher == nil {
		return
	}
	if len(b) <= differencesAtOnce/8 {
		var few [differencesAtOnce / 8]byte // to be cleared is dear for a short field
		s.find(b, difference(few[:0], b, lag), 0, 0, lag, found)
		return
	}
	var many [differencesAtOnce]byte
	for at, done := 0, 0; done < len(b)-lag; {
		d := difference(many[:0], b[at:min(len(b), at+lag+len(many))], lag)
		s.find(b, d, at, done, lag, found)
		done = at + len(d)
		at = done - s.longest + 1 // what is there in part is looked for again
	}
}

// differencesAtOnce is how much is searched at a time, so that it stays in the
// first-level cache. Longer texts are not looked for.
const differencesAtOnce = 2048

// find searches d, the differences of b from byte at on, and reports what does
// not end before done.
func (s *cribSet) find(b, d []byte, at, done, lag int, found func(off, n int, key []byte)) {
	s.matcher.find(d, func(p *pattern, off int) {
		t := s.texts[p.ref]
		if off += at; off+len(p.text) <= done {
			return
		}
		key := make([]byte, lag)
		digits := true
		for i := range len(t) {
			key[(off+i)%lag] = b[off+i] ^ t[i]
			digits = digits && classOf[b[off+i]]&isDigit != 0
		}
		if lag == 1 && key[0] == 0 || lag > 1 && constant(key) || digits {
			return // in clear, or found with a shorter key, or another number
		}
		found(off, len(t), key)
	})
}
