package peel

import (
	"encoding/hex"
	"math/bits"
	"strings"
)

// letterKeys has the keys that make a byte a letter of an encoding: of base64,
// base32 and hexadecimal digits, or one that escapes begin with.
var letterKeys = keysTo(func(c byte) bool { return strings.IndexByte(wordLetters+"0123456789+/-_=%&#;\\", c) >= 0 })

// xoredLetters looks for a key of one byte over letters of an encoding. They
// have so few bits that what comes of it is text too, or reads as Chinese, so
// that nothing but the attempt shows it.
func (w *Walker) xoredLetters(p *Part) (sure bool) {
	b := p.Data
	if len(b) < minBase64 {
		return false
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
			if combine(head[:n], key); reads(head[:n], len(b)) && w.xor(p, 0, key, "") {
				return true
			}
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
