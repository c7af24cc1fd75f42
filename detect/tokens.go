package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"

	"github.com/constat/constat/peel"
)

// minToken is the length of the shortest text of a digest: 8 bytes in hex.
const minToken = 16

// maxHexAmong is the length of the longest run of letters in which a digest in
// hex is looked for among others: longer ones are some file in base64.
const maxHexAmong = 1024

// token is a run of characters of the base64 alphabets, of which hex is a part.
type token struct {
	off, n int
	all    uint8 // classes of every character
	some   uint8 // classes of any
}

// digestTokens calls yield for every maximal run of at least minToken
// characters of the base64 alphabets. It looks at one byte in minToken where
// no run is.
func digestTokens(text []byte, yield func(token)) {
	for i := minToken - 1; i < len(text); {
		if classOf[text[i]]&isBase64 == 0 || i+8 <= len(text) && breaks(text[i-7:]) && breaks(text[i:]) {
			i += minToken
			continue
		}
		t := token{off: i, all: 0xff}
		for low := i - minToken + 1; t.off > low && classOf[text[t.off-1]]&isBase64 != 0; {
			t.off--
			t.all &= classOf[text[t.off]]
			t.some |= classOf[text[t.off]]
		}
		end := i
		for ; end+4 <= len(text); end += 4 {
			a, b, c, d := classOf[text[end]], classOf[text[end+1]], classOf[text[end+2]], classOf[text[end+3]]
			if a&b&c&d&isBase64 == 0 {
				break
			}
			t.all &= a & b & c & d
			t.some |= a | b | c | d
		}
		for ; end < len(text); end++ {
			c := classOf[text[end]]
			if c&isBase64 == 0 {
				break
			}
			t.all &= c
			t.some |= c
		}
		if t.n = end - t.off; t.n >= minToken {
			yield(t)
		}
		i = end + minToken
	}
}

// breaks reports whether a quote, a space, an ampersand or another byte below
// the alphabets stands among the first eight of b. A run of minToken has eight
// in a row on one side of each of its bytes.
func breaks(b []byte) bool {
	const ones, high, lowest = 0x0101010101010101, 0x8080808080808080, '+'
	x := binary.LittleEndian.Uint64(b)
	return (x-ones*lowest)&^x&high != 0
}

// token tries a run as a digest in base64, and the runs of hexadecimal digits
// in it as digests in hex.
func (s *Scanner) token(t token) {
	switch {
	case t.all&isHex != 0:
		s.hexToken(t.off, t.n)
	case t.some&isDigit != 0 && t.n <= maxHexAmong: // sixteen hexadecimal digits without a decimal one are none
		s.hexRuns(t)
	}
	if t.n == 36 {
		s.uuidToken(t.off)
	}
	s.base64(t.off, t.n)
	if !s.e.opt.Limits.Fast {
		s.isomorph(s.part, t.off, t.n)
	}
	if t.some&isSlash == 0 {
		return
	}
	// A slash is a letter of base64 and a separator of paths.
	text := s.part.Data[t.off : t.off+t.n]
	for start := 0; start < len(text); {
		n := bytes.IndexByte(text[start:], '/')
		if n < 0 {
			n = len(text) - start
		}
		if n >= minToken && n < len(text) {
			s.base64(t.off+start, n)
		}
		start += n + 1
	}
}

// hexRuns tries the runs of hexadecimal digits in a token.
func (s *Scanner) hexRuns(t token) {
	text := s.part.Data[t.off : t.off+t.n]
	for i := minToken - 1; i < len(text); {
		if classOf[text[i]]&isHex == 0 {
			i += minToken
			continue
		}
		start, end := i, i+1
		for low := i - minToken + 1; start > low && classOf[text[start-1]]&isHex != 0; {
			start--
		}
		for end < len(text) && classOf[text[end]]&isHex != 0 {
			end++
		}
		s.hexToken(t.off+start, end-start)
		i = end + minToken
	}
}

// hexToken tries n hexadecimal digits.
func (s *Scanner) hexToken(off, n int) {
	switch n {
	case 16, 20, 32, 40, 56, 64, 96, 128:
		// The first eight bytes tell nearly always.
		if _, err := hex.Decode(s.raw[:8], s.part.Data[off:off+16]); err != nil || !s.e.digests.may(s.raw[:8]) {
			return
		}
		if k, err := hex.Decode(s.raw[:], s.part.Data[off:off+n]); err == nil {
			s.digest(s.part, off, n, s.raw[:k], "hex")
		}
	}
}

// uuidToken tries a digest that is written like a UUID: Java's
// nameUUIDFromBytes, and whoever cuts one up for a column of that type.
func (s *Scanner) uuidToken(off int) {
	b := s.part.Data[off : off+36]
	if b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return
	}
	var digits [32]byte
	copy(digits[copy(digits[:], b[:8]):], b[9:13])
	copy(digits[12:], b[14:18])
	if _, err := hex.Decode(s.raw[:8], digits[:16]); err != nil || !s.e.digests.may(s.raw[:8]) {
		return
	}
	d := append(append(append(append(append(digits[:0], b[:8]...), b[9:13]...), b[14:18]...), b[19:23]...), b[24:]...)
	if k, err := hex.Decode(s.raw[:], d); err == nil {
		s.digest(s.part, off, 36, s.raw[:k], "UUID")
	}
}

// base64 tries text of the length of a digest without padding.
func (s *Scanner) base64(off, n int) {
	switch n {
	case 22, 27, 38, 43, 64, 86: // 16, 20, 28, 32, 48, 64 bytes
	default:
		return
	}
	text := s.part.Data[off : off+n]
	enc := base64.RawStdEncoding
	for _, c := range text {
		if c == '-' || c == '_' {
			enc = base64.RawURLEncoding
			break
		}
	}
	if k, err := enc.Decode(s.raw[:], text); err == nil {
		s.digest(s.part, off, n, s.raw[:k], "base64")
	}
}

// digest files raw, which stands as n bytes at off of p, if it is the digest
// of a known value. text names the form it had before it was raw.
func (s *Scanner) digest(p *peel.Part, off, n int, raw []byte, text string) {
	c, cut, ok := s.e.digests.lookup(raw)
	if !ok {
		return
	}
	if p == &s.probe {
		s.any = true
		return
	}
	f := &s.e.digests.forms[c.form]
	h := hit{
		off: off, n: n, value: f.value, method: Digest, form: Hashed, grade: GradeA, confidence: 0.99, free: true,
		detail: s.e.digests.describe(c, s.e.names[f.value]) + ", " + text, digest: functions(c), reason: reasonDigest,
	}
	switch {
	case cut:
		h.form, h.confidence, h.reason = Truncated, 0.9, reasonTruncated
	case c.kind == sum64:
		h.confidence, h.reason = 0.9, reasonChecksum
	}
	if f.weak {
		h.confidence, h.reason = min(h.confidence, 0.7), h.reason+", which other people share"
	}
	if p.Verbatim { // a raw field: as deep as it goes
		h.field = len(p.Data)
	}
	s.hit(p, h)
}
