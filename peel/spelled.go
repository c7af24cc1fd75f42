package peel

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// spelledBytes reads bytes that are written one by one: "63:61:6d",
// "\x63\x61", "0x63, 0x61", "0x63616d", "99,97,109", "[99,-97]", "099097109",
// "01100011 01100001", "\143\141", "143 141", "U+0063 U+0061". The same digits
// may be read in more than one way: those that give something are meant, and if
// none does, all may be.
func (w *Walker) spelledBytes(p *Part, s letters) (sure bool) {
	if !s.has(digits) || s.has(others) {
		return false
	}
	var few [len(spellings)][]byte
	for i := range spellings {
		out, ok := spellings[i].bytes(p.Data)
		if !ok || len(out) < minLeaf {
			continue
		}
		if w.proofOf(out) == proven { // digits in pairs may be letters either way
			sure = w.spelled(p, i, out) || sure
			continue
		}
		few[i] = out
	}
	for i, out := range few {
		if out != nil && !sure {
			w.spelled(p, i, out)
		}
	}
	return sure
}

func (w *Walker) spelled(p *Part, i int, out []byte) bool {
	if !w.spend(p, spellings[i].step, len(out)) {
		return false
	}
	w.later(costEncoding, w.made(p, spellings[i].step, "", p.Key, out, 0, len(p.Data)), hint{inner: true})
	return true
}

var spellings = [...]struct {
	step  string
	bytes func(b []byte) ([]byte, bool)
}{
	{"hex, separated", separatedHex},
	{"hex", prefixedHex},
	{"decimal bytes", decimalBytes},
	{"decimal bytes", threeDigits},
	{"binary digits", binaryDigits},
	{"octal escapes", octalEscapes},
	{"octal bytes", octalBytes},
	{"code points", codePoints},
}

// prefixedHex reads "0x" and hexadecimal digits.
func prefixedHex(b []byte) ([]byte, bool) {
	if len(b) < 4 || b[0] != '0' || b[1]|0x20 != 'x' || len(b)%2 == 1 {
		return nil, false
	}
	out := make([]byte, len(b)/2-1)
	_, err := hex.Decode(out, b[2:])
	return out, err == nil
}

// threeDigits reads decimal bytes of three digits each.
func threeDigits(b []byte) ([]byte, bool) {
	if len(b)%3 != 0 {
		return nil, false
	}
	out := make([]byte, 0, len(b)/3)
	for ; len(b) > 0; b = b[3:] {
		n := 0
		for _, c := range b[:3] {
			if c < '0' || c > '9' {
				return nil, false
			}
			n = n*10 + int(c-'0')
		}
		if n > 255 {
			return nil, false
		}
		out = append(out, byte(n))
	}
	return out, true
}

// octalBytes reads octal numbers of three digits with blanks or commas between.
func octalBytes(b []byte) ([]byte, bool) {
	var out []byte
	for _, f := range bytes.FieldsFunc(b, func(r rune) bool { return r == ' ' || r == ',' }) {
		if len(f) != 3 || f[0] > '3' {
			return nil, false
		}
		x := 0
		for _, c := range f {
			if c < '0' || c > '7' {
				return nil, false
			}
			x = x<<3 | int(c-'0')
		}
		out = append(out, byte(x))
	}
	return out, true
}

// codePoints reads "U+0063 U+0061".
func codePoints(b []byte) ([]byte, bool) {
	if !bytes.HasPrefix(b, []byte("U+")) {
		return nil, false
	}
	var out []byte
	for _, f := range bytes.FieldsFunc(b, func(r rune) bool { return r == ' ' || r == ',' }) {
		n, err := strconv.ParseUint(strings.TrimPrefix(string(f), "U+"), 16, 21)
		if err != nil || len(f) < 6 || f[0] != 'U' {
			return nil, false
		}
		out = utf8.AppendRune(out, rune(n))
	}
	return out, true
}

// separatedHex reads pairs of hexadecimal digits with one and the same text
// between them or before each.
func separatedHex(b []byte) ([]byte, bool) {
	prefix := ""
	for _, x := range []string{"\\x", "0x", "%", "x"} {
		if bytes.HasPrefix(b, []byte(x)) {
			prefix = x
		}
	}
	if len(b) < len(prefix)+3 {
		return nil, false
	}
	rest, between := b[len(prefix)+2:], 0
	next := func(b []byte) bool {
		return prefix == "" && nibble(b[0]) >= 0 || prefix != "" && bytes.HasPrefix(b, []byte(prefix))
	}
	for between < min(3, len(rest)) && !next(rest[between:]) {
		between++
	}
	gap := string(rest[:between])
	if prefix == "" && gap == "" {
		return nil, false
	}
	var out []byte
	for {
		if !bytes.HasPrefix(b, []byte(prefix)) {
			return nil, false
		}
		if b = b[len(prefix):]; len(b) < 2 || nibble(b[0]) < 0 || nibble(b[1]) < 0 {
			return nil, false
		}
		out = append(out, byte(nibble(b[0])<<4|nibble(b[1])))
		if b = b[2:]; len(b) == 0 || string(b) == gap {
			return out, true
		}
		if !bytes.HasPrefix(b, []byte(gap)) {
			return nil, false
		}
		b = b[len(gap):]
	}
}

// decimalBytes reads numbers from -128 to 255 with commas, spaces, dots or
// the like between them.
func decimalBytes(b []byte) ([]byte, bool) {
	b = bytes.Trim(b, "[](){} \r\n\t")
	var out []byte
	for i := 0; i < len(b); {
		sign, n, digits := 1, 0, 0
		if b[i] == '-' && i+1 < len(b) {
			sign = -1
			i++
		}
		for i < len(b) && '0' <= b[i] && b[i] <= '9' && digits < 4 {
			n = n*10 + int(b[i]-'0')
			i++
			digits++
		}
		if n *= sign; digits == 0 || digits > 3 || n < -128 || n > 255 {
			return nil, false
		}
		out = append(out, byte(n))
		gap := i
		for i < len(b) && (b[i] == ',' || b[i] == ' ' || b[i] == ';' || b[i] == '.') {
			i++
		}
		if i == gap && i < len(b) {
			return nil, false
		}
	}
	return out, len(out) >= 6
}

// binaryDigits reads groups of eight zeros and ones.
func binaryDigits(b []byte) ([]byte, bool) {
	var out []byte
	n, x := 0, byte(0)
	for _, c := range b {
		switch c {
		case '0', '1':
			x = x<<1 | (c - '0')
			if n++; n == 8 {
				out, n = append(out, x), 0
			}
		case ' ', ',', '\n':
			if n != 0 {
				return nil, false
			}
		default:
			return nil, false
		}
	}
	return out, n == 0 && len(out) >= 6
}

// octalEscapes reads "\143\141\155".
func octalEscapes(b []byte) ([]byte, bool) {
	if len(b)%4 != 0 {
		return nil, false
	}
	out := make([]byte, 0, len(b)/4)
	for ; len(b) > 0; b = b[4:] {
		x := 0
		for _, c := range b[1:4] {
			if c < '0' || c > '7' {
				return nil, false
			}
			x = x<<3 | int(c-'0')
		}
		if b[0] != '\\' || x > 255 {
			return nil, false
		}
		out = append(out, byte(x))
	}
	return out, true
}
