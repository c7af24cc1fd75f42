package peel

import (
	"encoding/hex"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// letterKeys has the keys that make a byte a letter of an encoding: of base64,
// base32 and hexadecimal digits, or one that escapes begin with.
var letterKeys = keysTo(func(c byte) bool { return strings.IndexByte(wordLetters+"0123456789+/-_=%&#;\\\r\n", c) >= 0 })

// xoredLetters looks for a key of one byte over letters of an encoding. They
// have so few bits that what comes of it is text too, or reads as Chinese, so
// that nothing but the attempt shows it.
func (w *Walker) xoredLetters(p *Part) (sure bool) {
	b := p.Data
	if len(b) < minBase64 {
		return false
	}
	// JSON and XML show both ends of themselves.
	for _, ends := range [...]struct{ first, next, last string }{{"{", "\"", "}"}, {"[", "\"{[", "]"}, {"<", "?abcdefghijklmnopqrstuvwxyz", ">"}} {
		k := b[0] ^ ends.first[0]
		if k != 0 && b[len(b)-1]^k == ends.last[0] && strings.IndexByte(ends.next, b[1]^k) >= 0 && w.xor(p, 0, []byte{k}, "") {
			return true
		}
	}
	keys := everyKey
	keys[0] &^= 1 // is none
	if keys.keep(b, &letterKeys); keys.none() {
		return false
	}
	var head [16]byte
	for i, set := range keys {
		for ; set != 0 && w.work >= 0; set &= set - 1 {
			key := []byte{byte(i<<6 + bits.TrailingZeros64(set))}
			n := copy(head[:], b)
			if combine(head[:n], key); (reads(head[:n], len(b)) || w.digestUnder(b, key)) && w.xor(p, 0, key, "") {
				return true
			}
		}
	}
	return false
}

// xoredUTF16 looks for a key of one byte over UTF-16, every second byte of which
// is the key.
func (w *Walker) xoredUTF16(p *Part) (sure bool) {
	b := p.Data
	if len(b) < 12 || len(b)%2 != 0 || len(b) > maxGuess {
		return false
	}
	for first := range 2 {
		k, same := b[first], 0
		for i := first; i < len(b); i += 2 {
			if b[i] == k {
				same++
			}
		}
		if k == 0 || same*20 < len(b)/2*19 {
			continue
		}
		text := 0
		for i := 1 - first; i < len(b); i += 2 {
			if classOf[b[i]^k]&cText != 0 {
				text++
			}
		}
		return text*10 >= len(b)/2*9 && w.keyed(p, 0, []byte{k}, "")
	}
	return false
}

// xoredWide looks for a key of one byte over LZ-String's characters of 15 bits,
// nearly all of which have three bytes in UTF-8.
func (w *Walker) xoredWide(p *Part) (sure bool) {
	b := p.Data
	if len(b) < 12 || len(b) > maxGuess || (b[0]^b[1])&0xc0 != 0x40 || (b[1]^b[2])&0xc0 != 0 {
		return false
	}
	out := w.arena.clone(b)
	defer w.arena.back(out)
	for low := range byte(16) {
		key := []byte{(b[0]&0xf0 ^ 0xe0) | low}
		copy(out, b)
		if combine(out, key); key[0] == 0 || !utf8.Valid(out) {
			continue
		}
		if in, ok := lzUTF16(out); ok && lzGood(in) && w.keyed(p, 0, key, "") {
			return true
		}
	}
	return false
}

// xoredUnits looks for a key of one byte over LZ-String's units of 16 bits. The
// first two characters of a text are new to it, and ASCII: that makes nine of
// the first 21 bits zeros, and leaves three bits of the key unknown.
func (w *Walker) xoredUnits(p *Part) (sure bool) {
	b := p.Data
	if len(b) < minSqueezed || len(b) > maxGuess || len(b)%2 != 0 || (b[0]^b[1])&0x40 != 0 || (b[1]^b[2])&0x08 != 0 {
		return false
	}
	out := w.arena.clone(b)
	defer w.arena.back(out)
	for low := range byte(8) {
		key := []byte{b[0]&0xc0 | b[1]&0x38 | low}
		copy(out, b)
		if combine(out, key); key[0] == 0 {
			continue
		}
		if in, ok := lzUnits(out); ok && lzGood(in) && w.keyed(p, 0, key, "") {
			return true
		}
	}
	return false
}

// reads reports whether letters that begin with head may encode text, given how
// many there are. It is stricter than promising, since so many keys are tried.
func reads(head []byte, n int) bool {
	s := lettersOf(head)
	if s.has(percent | backslash | ampersand) {
		return head[0] == '%' || head[0] == '\\' || head[0] == '&'
	}
	var out [16]byte
	if s.only(hexOnly) && n%2 == 0 {
		hex.Decode(out[:], head[:len(head)&^1])
		return mostlyText(out[:len(head)/2]) || n > 16 && digestSize(n/2)
	}
	begun, bad := sixBits(out[:0], head)
	return bad&noSextet == 0 && mostlyText(begun)
}

// mostlyText reports whether b begins text, in which an accented letter may be,
// or a known format.
func mostlyText(b []byte) bool {
	bad := 0
	for _, c := range b {
		if classOf[c]&cText == 0 {
			bad++
		}
	}
	return bad <= 2 || knownMagic(b)
}
