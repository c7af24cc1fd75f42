package peel

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// A key of a few bytes, over and over, of which nothing known tells the bytes:
// what is under it names its own format, or consists of so few different letters
// that hardly another key makes them.

// repeatLags are lengths of keys that are tried.
var repeatLags = [...]int{2, 3, 4, 5, 6, 7, 8, 16}

// repeatMagics are beginnings of formats, as far as messages share them: gzip
// without a time or name, XZ with either checksum, bzip2, a property list, ZIP,
// LZMA of unknown size.
var repeatMagics = []string{
	"\x1f\x8b\x08\x00", "\xfd7zXZ\x00\x00\x04", "\xfd7zXZ\x00\x00\x01", "BZh91AY&SY", "bplist00", "PK\x03\x04\x14\x00",
	"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff",
}

// repeatPairs are, for each length of a key, what the first byte of one of them
// and the one that is under the same byte of the key differ in.
var repeatPairs = func() (t [17][256]bool) {
	for _, lag := range repeatLags {
		for _, m := range repeatMagics {
			if len(m) > lag {
				t[lag][m[0]^m[lag]] = true
			}
		}
	}
	return t
}()

// letterClasses are the letters of one encoding, the fewest first.
var letterClasses = [][256]keySet{
	keysTo(func(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }),
	keysTo(func(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' }),
	keysTo(func(c byte) bool { return '2' <= c && c <= '7' || 'A' <= c && c <= 'Z' || c == '=' }),
	keysTo(func(c byte) bool { return strings.IndexByte(wordLetters+"0123456789+/=", c) >= 0 }),
	keysTo(func(c byte) bool { return strings.IndexByte(wordLetters+"0123456789-_=", c) >= 0 }),
	keysTo(func(c byte) bool {
		return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' || strings.IndexByte("%\\u&#x;", c) >= 0
	}),
}

// minColumn is how many bytes each byte of a key has to bear out.
const minColumn = 5

// maxRepeat is the length of the longest message that is tried, and maxTries how
// many keys are, of those that give the letters of an encoding.
const (
	maxRepeat = 4 << 10
	maxTries  = 1024
)

// xoredRepeat looks for a key of a few bytes by what comes out.
func (w *Walker) xoredRepeat(p *Part) (sure bool) {
	b := p.Data
	if len(b) < 4*minColumn || len(b) > maxRepeat {
		return false
	}
	for _, lag := range repeatLags {
		if (lag == 4 || lag < len(b) && repeatPairs[lag][b[0]^b[lag]]) && w.repeatMagic(p, lag) {
			return true
		}
		if len(b) < minColumn*lag {
			break
		}
		// Two bytes of text, under the same byte of the key, have the same high bit.
		if (binary.LittleEndian.Uint64(b)^binary.LittleEndian.Uint64(b[lag:]))&0x8080808080808080 != 0 {
			continue
		}
		if w.repeatLetters(p, lag) || w.repeatText(p, lag) {
			return true
		}
	}
	return false
}

// repeatMagic tries the keys that make the beginning of a format.
func (w *Walker) repeatMagic(p *Part, lag int) bool {
	b := p.Data
	for _, magic := range repeatMagics {
		more := 0 // bytes that nothing else bears out
		if magic[0] == 'P' || magic[0] == 'b' {
			more = 4
		}
		if len(magic) < lag+more || len(b) < len(magic)+6 || len(magic) > lag && b[0]^b[lag] != magic[0]^magic[lag] {
			continue
		}
		if magic[0] == 0x1f && lag == 4 && (b[0]^b[8])&^6 != magic[0]&^6 {
			continue
		}
		var key [16]byte
		for i := range lag {
			key[i] = b[i] ^ magic[i]
		}
		fits := true
		for i := lag; i < len(magic); i++ {
			fits = fits && b[i]^key[i%lag] == magic[i]
		}
		if !fits || oneByte(key[:lag]) {
			continue
		}
		if magic[0] == 0x1f { // its flags for speed, and the system (RFC 1952 section 2.3.1)
			if x, os := b[8]^key[8%lag], b[9]^key[9%lag]; x&^6 != 0 || os > 13 && os != 255 {
				continue
			}
		}
		out := append(make([]byte, 0, len(b)), b...)
		if combine(out, key[:lag]); knownMagic(out) && w.inflates(out) {
			return w.keyed(p, 0, append([]byte(nil), key[:lag]...), "")
		}
	}
	return false
}

// oneByte reports whether a key is one byte over and over, or none.
func oneByte(key []byte) bool {
	for _, c := range key {
		if c != key[0] {
			return false
		}
	}
	return true
}

// columns keeps for each byte of a key what table has for all bytes under it,
// and reports how many keys there are; 0 if a byte has none.
func columns(sets []keySet, b []byte, table *[256]keySet) (keys int) {
	lag := len(sets)
	for i := range sets {
		sets[i] = everyKey
	}
	for i, c := range b {
		s := &sets[i%lag]
		if s.and(&table[c]); s.none() {
			return 0
		}
	}
	keys = 1
	for i := range sets {
		if keys *= sets[i].count(); keys > 1<<20 {
			return 1 << 20
		}
	}
	return keys
}

// repeatLetters tries the keys that make letters of an encoding of all bytes.
func (w *Walker) repeatLetters(p *Part, lag int) bool {
	var all [16]keySet
	sets := all[:lag]
	for i := range letterClasses {
		n := columns(sets, p.Data, &letterClasses[i])
		if n == 0 || n > maxTries {
			continue
		}
		key := make([]byte, lag)
		var best []byte
		most := 0
		for x := range n {
			for at := range key {
				m := sets[at].count()
				key[at] = sets[at].nth(x % m)
				x /= m
			}
			if oneByte(key) {
				continue
			}
			var head [16]byte
			k := copy(head[:], p.Data)
			combine(head[:k], key)
			if w.digestUnder(p.Data, key) {
				best = append(best[:0], key...)
				break
			}
			if reads(head[:k], len(p.Data)) {
				if likely := w.likely(p.Data, key); likely > most {
					best, most = append(best[:0], key...), likely
				}
			}
			if w.work < 0 {
				return false
			}
		}
		if best != nil && w.xor(p, 0, best, "") {
			return true
		}
	}
	return false
}

// likely weighs what letters of an encoding under a key encode: a wrong bit of the
// key leaves letters letters, and the text nearly text.
func (w *Walker) likely(b, key []byte) (sum int) {
	w.work -= int64(len(b))
	out := append(w.arena.alloc(len(b)), b...)
	combine(out, key)
	in := w.arena.alloc(len(b))
	if s := lettersOf(out); s.only(hexOnly) {
		in = in[:len(out)/2]
		hex.Decode(in, out[:len(in)*2])
	} else {
		in, _, _ = decodeBase64(in, out, s)
	}
	for _, c := range in {
		sum += int(textWeights[c])
	}
	if sum++; len(in) > 2 && opensWith(in, in[len(in)-1]) {
		sum *= 2
	}
	w.arena.back(in)
	w.arena.back(out)
	return sum
}

// digestUnder reports whether b under a key is a known digest in base64: only
// that it is known tells it from other letters.
func (w *Walker) digestUnder(b, key []byte) (yes bool) {
	if n := len(bytes.TrimRight(b, "=")); w.known == nil || n > 88 || n%4 == 1 || !digestSize(len(b)*3/4) && !digestSize((len(b)-1)*3/4) && !digestSize((len(b)-2)*3/4) {
		return false
	}
	out := append(w.arena.alloc(len(b)), b...)
	combine(out, key)
	raw, _, ok := decodeBase64(w.arena.alloc(len(b)), out, lettersOf(out))
	yes = ok && digestSize(len(raw)) && w.known(raw)
	w.arena.back(raw)
	w.arena.back(out)
	return yes
}

// repeatText tries the key that makes the likeliest text.
func (w *Walker) repeatText(p *Part, lag int) bool {
	b := p.Data
	var all [16]keySet
	sets := all[:lag]
	if len(b) < 10*lag || columns(sets, b, &textKeys) == 0 {
		return false
	}
	key := make([]byte, lag)
	for at := range key {
		best := -1
		for i := range sets[at].count() {
			k, sum := sets[at].nth(i), 0
			for j := at; j < len(b); j += lag {
				sum += int(textWeights[b[j]^k])
			}
			if sum > best {
				best, key[at] = sum, k
			}
		}
	}
	return !oneByte(key) && w.xor(p, 0, key, "")
}

// textWeights are how likely a byte is in what is sent as text, roughly.
var textWeights = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case 'a' <= b && b <= 'z':
			t[c] = 6
		case '0' <= b && b <= '9':
			t[c] = 5
		case 'A' <= b && b <= 'Z':
			t[c] = 3
		case strings.IndexByte("\"{}:,=&.%/-_ ", b) >= 0:
			t[c] = 4
		case classOf[b]&cText != 0:
			t[c] = 1
		}
	}
	return t
}()
