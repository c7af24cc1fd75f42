package peel

import (
	"bytes"
	"encoding/binary"
)

// positional are alphabets in which bytes are written as one large number.
// Longer texts than maxPositional take quadratic time, and nobody writes them.
var positional = []struct{ step, letters string }{
	{"base58", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"}, // Bitcoin, IPFS
	{"base58", "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"}, // Flickr
	{"base62", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
	{"base62", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"base62", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
	{"base36", "0123456789abcdefghijklmnopqrstuvwxyz"},
	{"base36", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"decimal number", "0123456789"},
}

const maxPositional = 512

var positionalValues = func() (t [][256]int8) {
	for _, a := range positional {
		var v [256]int8
		for i := range v {
			v[i] = -1
		}
		for i := range len(a.letters) {
			v[a.letters[i]] = int8(i)
		}
		t = append(t, v)
	}
	return t
}()

// bigBase reads a text as one large number in base 58, 62, 36 or 10.
func (w *Walker) bigBase(p *Part, s letters) (sure bool) {
	b := p.Data
	if !s.only(wordOnly) || len(b) > maxPositional || s.only(lowerCase) || s.only(upperCase) || s.only(digits) && len(b) < 22 || s.only(hexOnly) && !s.only(digits) && len(b)%2 == 0 {
		return false
	}
	for i := range positional {
		step := positional[i].step
		out := number(b, &positionalValues[i], len(positional[i].letters))
		good := w.proofOf(out)
		if i == 0 && good == unproven && w.streams(out) {
			good = proven
		}
		if good < possible || good == possible && len(out) < 12 {
			continue
		}
		if !w.spend(p, step, len(out)) {
			return true
		}
		w.later(good.cost(), w.made(p, step, "", p.Key, out, 0, len(b)), hint{inner: true})
		if good == proven {
			return true
		}
	}
	return false
}

// number converts digits of a base to bytes, most significant first, with a
// zero byte for each leading zero; nil if a letter is none of the base.
func number(b []byte, values *[256]int8, base int) []byte {
	words := make([]uint32, 0, len(b)/5+1) // least significant first
	zeros, leading := 0, true
	for _, c := range b {
		v := values[c]
		if v < 0 {
			return nil
		}
		if leading = leading && v == 0; leading {
			zeros++
		}
		carry := uint64(v)
		for i, x := range words {
			carry += uint64(x) * uint64(base)
			words[i] = uint32(carry)
			carry >>= 32
		}
		if carry > 0 {
			words = append(words, uint32(carry))
		}
	}
	out := make([]byte, zeros, zeros+4*len(words))
	for i := len(words) - 1; i >= 0; i-- {
		out = binary.BigEndian.AppendUint32(out, words[i])
	}
	skip := 0
	for len(words) > 0 && skip < 3 && out[zeros+skip] == 0 {
		skip++
	}
	return append(out[:zeros], out[zeros+skip:]...)
}

// denseBase undoes encodings whose alphabets hold signs: Z85 (ZeroMQ RFC 32),
// RFC 1924's base 85, base91 (base91.sourceforge.net) and base45 (RFC 9285).
func (w *Walker) denseBase(p *Part, s letters) (sure bool) {
	if s&others != 0 || s&spaces != 0 && s&lowerCase != 0 || s.only(wordOnly|dash) || s.only(wordOnly|dash|plus|equals) {
		return false
	}
	for _, d := range dense {
		out, ok := d.bytes(p.Data)
		if !ok {
			continue
		}
		good := w.proofOf(out)
		if good == unproven || !w.spend(p, d.step, len(out)) {
			continue
		}
		w.later(good.cost(), w.made(p, d.step, "", p.Key, out, 0, len(p.Data)), hint{inner: true})
		if good == proven {
			return true
		}
	}
	return false
}

var dense = []struct {
	step  string
	bytes func([]byte) ([]byte, bool)
}{
	{"z85", func(b []byte) ([]byte, bool) { return base85(b, &z85Values) }},
	{"base85", func(b []byte) ([]byte, bool) { return base85(b, &rfc1924Values) }},
	{"base91", base91},
	{"base45", base45},
}

// valuesOf numbers the letters of an alphabet; -1 is no letter of it.
func valuesOf(alphabet string) (t [256]int16) {
	for i := range t {
		t[i] = -1
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = int16(i)
	}
	return t
}

const wordLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

var (
	z85Values     = valuesOf("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#")
	rfc1924Values = valuesOf("0123456789" + wordLetters + "!#$%&()*+-;<=>?@^_`{|}~")
	base91Values  = valuesOf(wordLetters + "0123456789!#$%&()*+,./:;<=>?@[]^_`{|}~\"")
	base45Values  = valuesOf("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
)

// base85 reads five letters as four bytes, and fewer at the end as one fewer.
func base85(b []byte, values *[256]int16) ([]byte, bool) {
	if len(b)%5 == 1 {
		return nil, false
	}
	out := make([]byte, 0, len(b)/5*4+4)
	for len(b) > 0 {
		n, x := min(len(b), 5), uint64(0)
		for i := range 5 {
			v := int16(84) // what stands for letters that are not there
			if i < n {
				if v = values[b[i]]; v < 0 {
					return nil, false
				}
			}
			x = x*85 + uint64(v)
		}
		if x > 1<<32-1 {
			return nil, false
		}
		out = append(out, byte(x>>24), byte(x>>16), byte(x>>8), byte(x))
		out = out[:len(out)-(5-n)]
		b = b[n:]
	}
	return out, true
}

// base91 reads two letters as 13 or 14 bits, lowest first.
func base91(b []byte) ([]byte, bool) {
	out := make([]byte, 0, len(b))
	acc, bits, first := uint(0), 0, -1
	for _, c := range b {
		v := int(base91Values[c])
		if v < 0 {
			return nil, false
		}
		if first < 0 {
			first = v
			continue
		}
		v = first + v*91
		first = -1
		acc |= uint(v) << bits
		if v&8191 > 88 {
			bits += 13
		} else {
			bits += 14
		}
		for ; bits >= 8; bits -= 8 {
			out = append(out, byte(acc))
			acc >>= 8
		}
	}
	if first >= 0 {
		out = append(out, byte(acc|uint(first)<<bits))
	}
	return out, true
}

// base45 reads three letters as two bytes.
func base45(b []byte) ([]byte, bool) {
	if len(b)%3 == 1 {
		return nil, false
	}
	out := make([]byte, 0, len(b)/3*2+1)
	for ; len(b) > 0; b = b[min(len(b), 3):] {
		n, x := min(len(b), 3), 0
		for i := n - 1; i >= 0; i-- {
			v := int(base45Values[b[i]])
			if v < 0 {
				return nil, false
			}
			x = x*45 + v
		}
		switch {
		case n == 3 && x > 0xffff, n == 2 && x > 0xff:
			return nil, false
		case n == 3:
			out = append(out, byte(x>>8), byte(x))
		default:
			out = append(out, byte(x))
		}
	}
	return out, true
}

// uuencoded undoes uuencode (POSIX), with or without its first and last line.
func (w *Walker) uuencoded(p *Part, s letters) (sure bool) {
	if s&others != 0 || s&lowerCase != 0 && !bytes.HasPrefix(p.Data, []byte("begin ")) {
		return false
	}
	out, ok := uudecode(p.Data)
	if !ok || !w.spend(p, "uuencode", len(out)) {
		return false
	}
	w.later(costGuess, w.made(p, "uuencode", "", p.Key, out, 0, len(p.Data)), hint{inner: true})
	return true
}

func uudecode(b []byte) (out []byte, ok bool) {
	for len(b) > 0 {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		if k := len(line); k > 0 && line[k-1] == '\r' {
			line = line[:k-1]
		}
		if len(line) == 0 || string(line) == "`" || string(line) == " " || string(line) == "end" || len(out) == 0 && len(line) > 6 && string(line[:6]) == "begin " {
			continue
		}
		n := int(line[0]-' ') & 63
		if line[0] < ' ' || line[0] > '`' || (len(line)-1+3)/4 != (n+2)/3 {
			return nil, false
		}
		from := len(out)
		acc, bits := uint(0), 0
		for _, c := range line[1:] {
			if c < ' ' || c > '`' {
				return nil, false
			}
			acc = acc<<6 | uint(c-' ')&63
			if bits += 6; bits >= 8 {
				bits -= 8
				out = append(out, byte(acc>>bits))
			}
		}
		if len(out)-from < n {
			return nil, false
		}
		out = out[:from+n]
	}
	return out, len(out) > 0
}
