package peel

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// lzString undoes LZ-String (pieroxy.net/blog/pages/lz-string), which web
// trackers pack objects with, in its three text forms: base64, the alphabet
// for URLs, and 15 bits a UTF-16 unit.
func (w *Walker) lzString(p *Part, s letters) (sure bool) {
	for _, f := range lzForms {
		if out, ok := f(p.Data); ok && lzGood(out) && w.spend(p, "lz-string", len(out)) {
			w.later(costCompression, w.made(p, "lz-string", "", p.Key, out, 0, len(p.Data)), hint{inner: true})
			return true
		}
	}
	return false
}

var lzForms = []func([]byte) ([]byte, bool){
	lzLetters,
	lzUTF16,
}

// lzValues are the letters of its base64 and those for URLs, which end in other
// signs.
var lzValues = func() (t [256]int16) {
	t = valuesOf(wordLetters + "0123456789+/=")
	t['-'], t['$'] = t['/'], t['=']
	return t
}()

// lzGood reports whether out is what somebody packed. Noise gives letters above
// ASCII half the time.
func lzGood(out []byte) bool {
	high := 0
	for _, c := range out {
		if c >= 0xc0 {
			high++
		}
	}
	if len(out) < minLeaf || 5*high <= len(out) {
		return len(out) >= minLeaf
	}
	in, ok := lzUTF16(bytes.Trim(out, `"`)) // packed twice
	return ok && len(in) >= minLeaf && lzGood(in)
}

// lzWide undoes the form of 15 bits a character, before anything is made of what
// looks like an unknown language.
func (w *Walker) lzWide(p *Part) bool {
	out, ok := lzUTF16(p.Data)
	if !ok || !lzGood(out) || !w.spend(p, "lz-string", len(out)) {
		return false
	}
	w.later(costCompression, w.made(p, "lz-string", "", p.Key, out, 0, len(p.Data)), hint{inner: true})
	return true
}

// lzIn16 reports whether b is that form in UTF-16.
func lzIn16(b []byte, order binary.ByteOrder) bool {
	for i := 0; i+1 < len(b); i += 2 {
		if u := order.Uint16(b[i:]); u < 32 || u > 0x8020 {
			return false
		}
	}
	out, ok := lzDecompress(len(b)/2, 15, func(i int) uint { return uint(order.Uint16(b[2*i:])) - 32 })
	return ok && lzGood(out)
}

// lzText reports whether b is LZ-String in letters.
func lzText(b []byte) bool {
	out, ok := lzLetters(b)
	return ok && lzGood(out)
}

// lzStart reports whether b may begin such a text: half of its bits are letters
// of their own.
func lzStart(b []byte) bool {
	out, _ := lzLetters(b)
	return len(out) >= max(1, len(b)/3)
}

// lzBytes undoes what LZ-String calls compressToUint8Array: units of 16 bits,
// the high byte first.
func (w *Walker) lzBytes(p *Part) (sure bool) {
	b := p.Data
	if len(b)%2 == 1 {
		return false
	}
	out, ok := lzUnits(b)
	w.work -= int64(len(b))
	if !ok || !lzGood(out) || !w.spend(p, "lz-string", len(out)) {
		return false
	}
	w.later(costCompression, w.made(p, "lz-string", "", p.Key, out, 0, len(b)), hint{inner: true})
	return true
}

func lzUnits(b []byte) ([]byte, bool) {
	return lzDecompress(len(b)/2, 16, func(i int) uint { return uint(b[2*i])<<8 | uint(b[2*i+1]) })
}

// maxLZ bounds what an LZ-String may expand to, in bytes.
const maxLZ = 1 << 20

// lzLetters reads letters of six bits each.
func lzLetters(b []byte) ([]byte, bool) {
	if len(b) == 0 || lzValues[b[0]]&0x10 != 0 {
		return nil, false // it begins with a character, which is announced so
	}
	for _, c := range b {
		if lzValues[c] < 0 {
			return nil, false
		}
	}
	return lzDecompress(len(b), 6, func(i int) uint { return uint(lzValues[b[i]]) & 63 })
}

// lzUTF16 reads characters of 15 bits each, above 32.
func lzUTF16(b []byte) ([]byte, bool) {
	var units []uint
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError || r < 32 || r > 0x8020 {
			return nil, false
		}
		if len(units) == 4 && units[0] < 128 && units[1] < 128 && units[2] < 128 && units[3] < 128 {
			return nil, false // plain text
		}
		units = append(units, uint(r-32))
		b = b[n:]
	}
	units = append(units, 0, 0) // it ends in blanks, which XML and forms lose
	return lzDecompress(len(units), 15, func(i int) uint { return units[i] })
}

// lzDecompress reads n units of so many bits, the highest first. Numbers in it
// stand lowest bit first. A dictionary entry is an earlier string and the
// character after it, which stand side by side in out.
func lzDecompress(n, width int, unit func(i int) uint) (out []byte, ok bool) {
	type entry struct{ off, n int }
	at, left, cur := 0, 0, uint64(0)
	take := func(k int) (v uint, ok bool) {
		for left < k {
			if at >= n {
				return 0, false
			}
			cur, left = cur<<width|uint64(unit(at)), left+width
			at++
		}
		left -= k
		return uint(bits.Reverse64(cur>>left) >> (64 - k)), true
	}
	char := func(code uint) bool {
		k := 8
		if code == 1 {
			k = 16
		}
		v, ok := take(k)
		if !ok {
			return false
		}
		if v < ' ' && v != '\n' && v != '\r' && v != '\t' {
			return false // what trackers pack is text
		}
		if out == nil {
			out = make([]byte, 0, n)
		}
		out = utf8.AppendRune(out, rune(v))
		return true
	}
	code, ok := take(2)
	if !ok || code > 1 || !char(code) {
		return nil, false
	}
	var few [32]entry
	dict := append(few[:3], entry{0, len(out)})
	last := entry{0, len(out)}
	size, room := 3, 4 // bits of a code, and codes until it needs one more
	for len(out) < maxLZ {
		code, ok := take(size)
		if !ok {
			return out, false
		}
		if code == 2 {
			return out, n-at <= 4 // padding
		}
		from := len(out)
		if code < 2 {
			if !char(code) {
				if at >= n {
					return out, false
				}
				return nil, false
			}
			dict = append(dict, entry{from, len(out) - from})
			if room--; room == 0 {
				room, size = 1<<size, size+1
			}
		} else {
			switch {
			case int(code) < len(dict):
				e := dict[code]
				out = append(out, out[e.off:e.off+e.n]...)
			case int(code) == len(dict):
				_, k := utf8.DecodeRune(out[last.off:])
				out = append(out, out[last.off:last.off+last.n]...)
				out = append(out, out[last.off:last.off+k]...)
			default:
				return nil, false
			}
		}
		_, k := utf8.DecodeRune(out[from:])
		dict = append(dict, entry{last.off, from + k - last.off})
		last = entry{from, len(out) - from}
		if room--; room == 0 {
			room, size = 1<<size, size+1
		}
	}
	return nil, false
}
