package peel

import "bytes"

// class bits of a byte, for telling in one pass what a leaf may be.
const (
	cHex = 1 << iota
	cDigit
	cBase64 // RFC 4648 section 4 or 5
	cBase32 // RFC 4648 section 6
	cText   // printable ASCII, tab, line ends
	cHigh   // above ASCII
	cSep    // & = ; , separators of lists
)

var classOf = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		switch {
		case '0' <= b && b <= '9':
			t[c] |= cHex | cDigit | cBase64
			if '2' <= b && b <= '7' {
				t[c] |= cBase32
			}
		case 'a' <= b && b <= 'f':
			t[c] |= cHex | cBase64
		case 'A' <= b && b <= 'F':
			t[c] |= cHex | cBase64 | cBase32
		case 'A' <= b && b <= 'Z':
			t[c] |= cBase64 | cBase32
		case 'a' <= b && b <= 'z', b == '+', b == '/', b == '-', b == '_':
			t[c] |= cBase64
		case b == '&', b == '=', b == ';', b == ',':
			t[c] |= cSep
		}
		switch {
		case 0x20 <= b && b < 0x7f, b == '\t', b == '\n', b == '\r':
			t[c] |= cText
		case b >= 0x80:
			t[c] |= cHigh
		}
	}
	return
}()

// marks are the bytes that make a text worth a second look, as bits above
// the classes; mControl and mHigh tell text from binary.
const (
	mControl = 1 << (iota + 8)
	mHigh
	mPercent
	mBackslash
	mAmp
	mEquals
	mQuestion
	mDot
	mSpace
)

// factsOf holds class and marks of a byte in one word: one load a byte.
var factsOf = func() (t [256]uint32) {
	for c := range 256 {
		t[c] = uint32(classOf[c])
		if classOf[c]&(cText|cHigh) == 0 {
			t[c] |= mControl
		}
		if c >= 0x80 {
			t[c] |= mHigh
		}
	}
	for c, m := range map[byte]uint32{
		'%': mPercent, '\\': mBackslash, '&': mAmp, '=': mEquals, '?': mQuestion, '.': mDot, ' ': mSpace,
	} {
		t[c] |= m
	}
	return
}()

// census is what one pass over some bytes tells.
type census struct {
	n    int
	all  uint32 // classes that every byte has
	some uint32 // marks that some byte has
	text int
	high int
	nul  int
}

// has reports whether any of the marks occurs.
func (c *census) has(marks uint32) bool { return c.some&marks != 0 }

func count(b []byte) (c census) {
	all, some := ^uint32(0), uint32(0)
	i := 0
	for ; i+4 <= len(b); i += 4 {
		x, y, z, v := factsOf[b[i]], factsOf[b[i+1]], factsOf[b[i+2]], factsOf[b[i+3]]
		all &= x & y & z & v
		some |= x | y | z | v
	}
	for ; i < len(b); i++ {
		all &= factsOf[b[i]]
		some |= factsOf[b[i]]
	}
	c.n, c.all, c.some, c.text = len(b), all, some, len(b)
	if some&(mControl|mHigh) == 0 {
		return c // only other bytes are worth counting
	}
	control := 0
	for _, x := range b {
		f := factsOf[x]
		c.high += int(f / mHigh & 1)
		control += int(f / mControl & 1)
	}
	c.nul = bytes.Count(b, nul)
	c.text -= c.high + control
	return c
}

var nul = []byte{0}

// binary reports whether the bytes are not text in an ASCII-based charset.
func (c *census) binary() bool { return c.n-c.text-c.high > c.n/32 || c.nul > 0 }
