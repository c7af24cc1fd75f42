package peel

import (
	"bytes"
	"encoding/ascii85"
)

// minASCII85 is the shortest text that is tried: eight bytes.
const minASCII85 = 10

// ascii85 undoes Ascii85 as btoa and Adobe's filters write it, bare or between
// <~ and ~>. Its alphabet is most of ASCII, so what it gives must be something.
func (w *Walker) ascii85(p *Part) {
	b := bytes.TrimSpace(p.Data)
	b = bytes.TrimSuffix(bytes.TrimPrefix(b, []byte("<~")), []byte("~>"))
	if len(b) < minASCII85 {
		return
	}
	for _, c := range b {
		if (c < '!' || c > 'u') && c != 'z' && c != '\n' && c != '\r' {
			return
		}
	}
	out := make([]byte, 4*len(b)) // a z is four bytes
	n, _, err := ascii85.Decode(out, b, true)
	if err != nil || n < minLeaf || !w.something(out[:n]) && (w.limits.Fast || !signed(b)) || !w.spend(p, "ascii85", n) {
		return
	}
	w.later(costEncoding, w.made(p, "ascii85", "", p.Key, out[:n], 0, len(p.Data)), hint{inner: true})
}

// something reports whether b, made by guessing an encoding, is more than
// noise.
func (w *Walker) something(b []byte) bool {
	return telling(b) || w.squeezed(b)
}

// signed reports whether one letter in ten of a text without spaces is
// neither letter nor digit nor a sign that names and addresses are full of.
func signed(b []byte) bool {
	n := 0
	for _, c := range b {
		if lettersTable[c]&(marks|question|backslash|quotes) != 0 && c != '@' {
			n++
		}
	}
	return n*10 >= len(b) && len(b) >= 15
}
