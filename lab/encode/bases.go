package encode

import (
	"encoding/base32"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
)

// goDigits are those of big.Int.Text, in order.
const goDigits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// positional writes bytes as one big number in the base that letters has.
// Zeros in front are lost, but where the first letter stands for them (base58).
func positional(letters string, zeros bool) func(*rand.Rand, []byte) []byte {
	to := map[byte]byte{}
	for i := range len(letters) {
		to[goDigits[i]] = letters[i]
	}
	return fixed(func(in []byte) []byte {
		var out []byte
		for _, c := range in {
			if c != 0 || !zeros {
				break
			}
			out = append(out, letters[0])
		}
		n := new(big.Int).SetBytes(in)
		if n.Sign() == 0 {
			return out
		}
		for _, c := range []byte(n.Text(len(letters))) {
			out = append(out, to[c])
		}
		return out
	})
}

// The alphabets, each as its users publish it.
const (
	bitcoin   = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	flickr    = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
	gmp       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // crockford.com/base32.html
	zbase     = "ybndrfg8ejkmcpqxot1uwisza345h769" // philzimmermann.com/docs/human-oriented-base-32-encoding.txt
	qr        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	z85       = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
	henke     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,./:;<=>?@[]^_`{|}~\"" // base91.sourceforge.net
)

// short is what anybody writes as one number.
func short(in []byte) bool { return len(in) <= 512 }

// bases write bytes in other bases than 16 and 64.
var bases = []Step{
	{Name: "base58", Text: true, Binary: true, Fits: short, do: positional(bitcoin, true)},
	{Name: "base58, flickr", Text: true, Binary: true, Fits: short, do: positional(flickr, true)},
	{Name: "base62", Text: true, Fits: short, do: positional(gmp, false)},
	{Name: "base62, lower case first", Text: true, Fits: short, do: positional(goDigits, false)},
	{Name: "base36", Text: true, Fits: short, do: positional(goDigits[:36], false)},
	{Name: "decimal, one number", Text: true, Fits: short, do: positional(goDigits[:10], false)},
	{Name: "base91", Text: true, Binary: true, do: fixed(base91)},
	{Name: "base45", Text: true, Binary: true, do: fixed(base45)},
	{Name: "z85", Text: true, do: fixed(func(in []byte) []byte {
		for len(in)%4 != 0 { // ZeroMQ's RFC 32 leaves padding to the user
			in = append(in[:len(in):len(in)], ' ')
		}
		var out []byte
		for ; len(in) > 0; in = in[4:] {
			n := uint32(in[0])<<24 | uint32(in[1])<<16 | uint32(in[2])<<8 | uint32(in[3])
			for div := uint32(85 * 85 * 85 * 85); div > 0; div /= 85 {
				out = append(out, z85[n/div%85])
			}
		}
		return out
	})},
	{Name: "base32, lower case", Text: true, Binary: true, do: base32With("abcdefghijklmnopqrstuvwxyz234567", base32.NoPadding)},
	{Name: "base32hex", Text: true, Binary: true, do: base32With("0123456789ABCDEFGHIJKLMNOPQRSTUV", '=')},
	{Name: "base32hex, lower case", Text: true, Binary: true, do: base32With("0123456789abcdefghijklmnopqrstuv", base32.NoPadding)},
	{Name: "base32, crockford", Text: true, Binary: true, do: base32With(crockford, base32.NoPadding)},
	{Name: "z-base-32", Text: true, Binary: true, do: base32With(zbase, base32.NoPadding)},
	{Name: "uuencode", Text: true, Binary: true, do: fixed(uuencode)},
}

func base32With(letters string, pad rune) func(*rand.Rand, []byte) []byte {
	e := base32.NewEncoding(letters).WithPadding(pad)
	return fixed(func(in []byte) []byte { return []byte(e.EncodeToString(in)) })
}

// base91 is Joachim Henke's basE91: 13 or 14 bits in two letters.
func base91(in []byte) []byte {
	var out []byte
	var acc, bits uint
	for _, c := range in {
		acc |= uint(c) << bits
		if bits += 8; bits <= 13 {
			continue
		}
		v := acc & 8191
		if v > 88 {
			acc, bits = acc>>13, bits-13
		} else {
			v = acc & 16383
			acc, bits = acc>>14, bits-14
		}
		out = append(out, henke[v%91], henke[v/91])
	}
	if bits > 0 {
		out = append(out, henke[acc%91])
		if bits > 7 || acc > 90 {
			out = append(out, henke[acc/91])
		}
	}
	return out
}

// base45 is that of RFC 9285.
func base45(in []byte) []byte {
	var out []byte
	for ; len(in) > 1; in = in[2:] {
		n := int(in[0])<<8 | int(in[1])
		out = append(out, qr[n%45], qr[n/45%45], qr[n/45/45])
	}
	if len(in) == 1 {
		out = append(out, qr[in[0]%45], qr[in[0]/45])
	}
	return out
}

// uuencode is that of POSIX, with grave accents for spaces.
func uuencode(in []byte) []byte {
	var b strings.Builder
	b.WriteString("begin 644 a\n")
	for len(in) > 0 {
		line := in[:min(45, len(in))]
		in = in[len(line):]
		b.WriteByte(uuByte(byte(len(line))))
		for i := 0; i < len(line); i += 3 {
			var three [3]byte
			copy(three[:], line[i:])
			b.WriteByte(uuByte(three[0] >> 2))
			b.WriteByte(uuByte(three[0]<<4&0x30 | three[1]>>4))
			b.WriteByte(uuByte(three[1]<<2&0x3c | three[2]>>6))
			b.WriteByte(uuByte(three[2] & 0x3f))
		}
		b.WriteByte('\n')
	}
	fmt.Fprint(&b, "`\nend\n")
	return []byte(b.String())
}

func uuByte(six byte) byte {
	if six == 0 {
		return '`'
	}
	return six + ' '
}
