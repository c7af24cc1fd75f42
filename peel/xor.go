package peel

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Crib finds known text in bytes that were combined (XOR) with a key of a few
// bytes over and over. lag is the length of the key: bytes at that distance,
// combined, do not depend on it. It reports where the text stands and the key
// as it stands there, from the key's first byte at a multiple of lag. Has
// reports whether there is any with a lag of 1.
type Crib interface {
	Has(b []byte) bool
	Find(b []byte, lag int, found func(off, n int, key []byte))
}

// maxXOR is the length of the longest message that is tried with keys of more
// than one byte.
const maxXOR = 64 << 10

// cribLags are lengths of keys that are looked for by what is known.
var cribLags = [...]int{2, 3, 4, 5, 6, 7, 8, 16}

// xored looks for a key of one byte, or one that stands in front of the
// message, by what comes out; and for keys of a few bytes by what is known.
func (w *Walker) xored(p *Part) (sure bool) {
	b := p.Data
	if len(b) < minLeaf || len(b) > 1<<20 {
		return false
	}
	// A compressed message gives its key away: its first bytes are known.
	for head := 0; head <= 8 && head+8 <= len(b); head++ {
		if !xorMagicPairs[b[head]^b[head+1]] {
			continue
		}
		for _, magic := range xorMagics {
			if k := b[head] ^ magic[0]; k != 0 && matchesXOR(b[head:], magic, k) && w.xor(p, head, []byte{k}, "") {
				return true
			}
		}
	}
	if !digestSize(len(b)) && w.keyInFront(p) || w.xoredWide(p) || w.xoredUnits(p) || w.xoredUTF16(p) {
		return true
	}
	// A header of no more than eight bytes may stand in front of the text.
	heads := min(8, len(b)-minLeaf)
	keys := everyKey
	if keys.keep(b[heads:], &textKeys); !keys.none() {
		var after [9]keySet
		for head := heads; head >= 0; head-- {
			keys.keep(b[head:min(head+1, heads)], &textKeys)
			after[head] = keys
		}
		header := true // nothing but text before: then it is no header
		for head := 0; head <= heads && w.work >= 0; head++ {
			if head == 0 || !header {
				for k := 1; k < 256; k++ {
					if after[head].has(byte(k)) && w.xor(p, head, []byte{byte(k)}, "") {
						return true
					}
				}
			}
			header = header && classOf[b[head]]&cText != 0
		}
	}
	if w.crib != nil && len(b) <= maxXOR {
		for _, lag := range cribLags {
			if lag+8 > len(b) {
				break
			}
			w.keysFound = w.keysFound[:0]
			w.crib.Find(b, lag, w.onKey)
			for _, key := range w.keysFound {
				sure = true
				w.keyed(p, 0, key, "")
			}
		}
	}
	return sure
}

var xorMagics = []string{"\x1f\x8b\x08\x00", "\xfd7zXZ\x00", "BZh", "PK\x03\x04", "\x5d\x00\x00", "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "\xff\x06\x00\x00", "bplist0", "\x78\x9c", "\x78\x01", "\x78\xda"}

// xorMagicPairs are their first two bytes combined, which no key changes.
var xorMagicPairs = func() (t [256]bool) {
	for _, m := range xorMagics {
		t[m[0]^m[1]] = true
	}
	return t
}()

func matchesXOR(b []byte, magic string, k byte) bool {
	if len(b) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if b[i]^k != magic[i] {
			return false
		}
	}
	return true
}

// keySet is a set of keys of one byte.
type keySet [4]uint64

var everyKey = keySet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

// textKeys has the keys that make a byte text.
var textKeys = keysTo(func(c byte) bool { return classOf[c]&cText != 0 })

// keysTo has, for each byte, the keys that make it a good one.
func keysTo(good func(c byte) bool) (t [256]keySet) {
	for c := range 256 {
		for k := range 256 {
			if good(byte(c ^ k)) {
				t[c][k>>6] |= 1 << (k & 63)
			}
		}
	}
	return t
}

// keep keeps the keys that table has for all of b.
func (s *keySet) keep(b []byte, table *[256]keySet) {
	for _, c := range b {
		if s.and(&table[c]); s.none() {
			return
		}
	}
}

func (s *keySet) and(t *keySet) {
	s[0], s[1], s[2], s[3] = s[0]&t[0], s[1]&t[1], s[2]&t[2], s[3]&t[3]
}

// count is how many keys there are, and nth one of them.
func (s *keySet) count() int {
	return bits.OnesCount64(s[0]) + bits.OnesCount64(s[1]) + bits.OnesCount64(s[2]) + bits.OnesCount64(s[3])
}

func (s *keySet) nth(n int) byte {
	for i, set := range s {
		m := bits.OnesCount64(set)
		if n >= m {
			n -= m
			continue
		}
		for ; n > 0; n-- {
			set &= set - 1
		}
		return byte(i<<6 + bits.TrailingZeros64(set))
	}
	return 0
}

func (s *keySet) none() bool      { return s[0]|s[1]|s[2]|s[3] == 0 }
func (s *keySet) has(k byte) bool { return s[k>>6]>>(k&63)&1 != 0 }

// keysInFront are the places where keys stand before a message: from byte at,
// n bytes, and the message after head. One byte stands first or last in a
// header, more bytes first or after four.
var keysInFront = func() (list []struct{ at, n, head int }) {
	for head := 1; head <= 8; head++ {
		list = append(list, struct{ at, n, head int }{head - 1, 1, head})
		if head > 1 {
			list = append(list, struct{ at, n, head int }{0, 1, head})
		}
	}
	for _, n := range []int{2, 4, 8, 16, 32} {
		list = append(list, struct{ at, n, head int }{0, n, n})
		if n > 2 {
			list = append(list, struct{ at, n, head int }{4, n, 4 + n})
		}
	}
	return list
}()

// keyInFront tries the first bytes of a message as the key of the rest.
func (w *Walker) keyInFront(p *Part) (sure bool) {
	b := p.Data
	for _, k := range keysInFront {
		if k.head+minLeaf > len(b) {
			continue
		}
		key := b[k.at : k.at+k.n]
		if len(bytes.Trim(key, "\x00")) == 0 {
			continue // none
		}
		if begins(b[k.head:], key, k.at+k.n == k.head && (k.n > 1 || k.head <= 4)) {
			sure = w.xor(p, k.head, key, inFront[k.at]) || sure
		}
	}
	return sure
}

// begins reports whether b combined with key may be something, by its first
// bytes: text, or the magic of a compression. When the key stands right before
// the message, and the message is short, it may be a binary form too.
func begins(b, key []byte, close bool) bool {
	var first [16]byte
	n := copy(first[:], b)
	combine(first[:n], key)
	var kinds uint32
	for _, c := range first[:n] {
		kinds += beginKinds[c]
	}
	text, nul, bad := int(kinds&0xff), int(kinds>>8&0xff), int(kinds>>16)
	if bad > 2 && !close {
		return knownMagic(first[:n])
	}
	if n >= 4 && text == 0 && nul == n {
		return false // nothing but the key
	}
	// UTF-16 begins with a mark and has a zero for every letter.
	return bad <= 2 || knownMagic(first[:n]) || close && len(b) >= 16 && len(b) <= 1024 && (text+nul >= n*6/10 || squeezedStart(first[:n], len(b)))
}

// beginKinds counts a byte: text, zeros from bit 8, others from bit 16.
var beginKinds = func() (t [256]uint32) {
	for c := range t {
		switch {
		case classOf[c]&cText != 0:
			t[c] = 1
		case c == 0:
			t[c] = 1 << 8
		default:
			t[c] = 1 << 16
		}
	}
	return t
}()

// inFront says where the key begins.
var inFront = [...]string{"key at 0", "key at 1", "key at 2", "key at 3", "key at 4", "key at 5", "key at 6", "key at 7"}

// xor presents p from head on combined with key, if that is something, and
// reports whether it surely is. where says where in the message the key
// stands; then plain text is something.
func (w *Walker) xor(p *Part, head int, key []byte, where string) (sure bool) {
	b := p.Data[head:]
	if w.work -= int64(min(len(b), 64)); w.work < 0 {
		return false
	}
	out := append(w.arena.alloc(min(len(b), 64)), b[:min(len(b), 64)]...)
	defer w.arena.back(out)
	combine(out, key)
	short := len(b) <= 2048
	if !short && !texty(out) && !knownMagic(out) {
		return false
	}
	if len(b) > len(out) {
		w.work -= int64(len(b))
		out = append(make([]byte, 0, len(b)), b...)
		combine(out, key)
	}
	// A text combined with one byte can be another text: it must open.
	good := false
	switch {
	case texty(out):
		opened := w.opens(out, escapes(p.Data))
		good, sure = opened > unproven || where != "", opened == proven
	default:
		magic := knownMagic(out) && w.inflates(out)
		good = magic || structured(out) || framed(out) || where != "" && short && w.squeezed(out)
		sure = good && (magic || len(out) >= 24)
		if !good && where != "" {
			_, sure = w.keys.Envelope(out)
			good = sure
		}
	}
	return good && w.keyed(p, head, key, where) && sure
}

// inflates reports whether b, which begins like a compressed format, is one:
// the two bytes of zlib are made by chance too.
func (w *Walker) inflates(b []byte) bool {
	step := magicOf(b)
	if step == "bplist" || step == "zip" || step == "tar" {
		return true
	}
	out, err := w.someOf(step, b, 4096)
	w.work -= int64(len(out))
	return len(out) >= minLeaf || err == nil && len(out) > 0
}

// keyed presents p from head on combined with key.
func (w *Walker) keyed(p *Part, head int, key []byte, where string) bool {
	n := len(p.Data) - head
	if !w.spend(p, "xor", n) {
		return false
	}
	out := append(w.arena.alloc(n), p.Data[head:]...)
	combine(out, key)
	name := where
	if name == "" {
		name = "0x" + hex.EncodeToString(key)
	}
	w.later(costGuess, w.made(p, "xor", name, p.Key, out, head, n), hint{inner: true})
	return true
}

// combine changes b by XOR with key over and over.
func combine(b, key []byte) {
	if len(key) == 1 {
		k := uint64(key[0]) * 0x0101010101010101
		i := 0
		for ; i+8 <= len(b); i += 8 {
			binary.LittleEndian.PutUint64(b[i:], binary.LittleEndian.Uint64(b[i:])^k)
		}
		for ; i < len(b); i++ {
			b[i] ^= key[0]
		}
		return
	}
	for len(b) > 0 {
		b = b[subtle.XORBytes(b, b, key):]
	}
}

// cribbed looks for known text under a key of one byte anywhere in p, and
// presents the run of text around it.
func (w *Walker) cribbed(p *Part) {
	if w.crib == nil || w.limits.Fast || !w.crib.Has(p.Data) {
		return
	}
	last := 0
	w.crib.Find(p.Data, 1, func(off, n int, key []byte) {
		if off < last || !w.spend(p, "xor", n) {
			return
		}
		from, to := off, off+n
		for from > last && inText(p.Data[from-1]^key[0]) {
			from--
		}
		for to < len(p.Data) && inText(p.Data[to]^key[0]) {
			to++
		}
		last = to
		if len(w.cribKeys) < maxCribKeys && bytes.IndexByte(w.cribKeys, key[0]) < 0 {
			w.cribKeys = append(w.cribKeys, key[0])
		}
		out := append(make([]byte, 0, to-from), p.Data[from:to]...)
		combine(out, key)
		w.later(costGuess, w.made(p, "xor", "0x"+hex.EncodeToString(key), "", out, from, to-from), hint{inner: true})
	})
}

// maxCribKeys bounds the keys that are tried again.
const maxCribKeys = 8

// underCrib reads a field with the keys under which something known was found
// anywhere in the root: where the run around it ends in a length or a tag that
// reads as a letter, only the field tells where the text begins.
func (w *Walker) underCrib(p *Part) {
	for _, k := range w.cribKeys {
		var first [64]byte
		n := copy(first[:], p.Data)
		if combine(first[:n], []byte{k}); texty(first[:n]) {
			w.keyed(p, 0, []byte{k}, "")
		}
	}
}

// inText reports whether c may belong to a text, in UTF-16 too.
func inText(c byte) bool { return c == 0 || classOf[c]&cText != 0 }
