package peel

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

// marks are the bytes that make a text worth a second look, as bits; text
// and high stand for the two classes that tell text from binary.
const (
	mControl = 1 << iota
	mHigh
	mNul
	mPercent
	mBackslash
	mAmp
	mEquals
	mQuestion
	mDot
	mSpace
)

var markOf = func() (t [256]uint16) {
	for c := range 256 {
		if classOf[c]&(cText|cHigh) == 0 {
			t[c] |= mControl
		}
		if c >= 0x80 {
			t[c] |= mHigh
		}
	}
	t[0] |= mNul
	for c, m := range map[byte]uint16{
		'%': mPercent, '\\': mBackslash, '&': mAmp, '=': mEquals, '?': mQuestion, '.': mDot, ' ': mSpace,
	} {
		t[c] |= m
	}
	return
}()

// census is what one pass over some bytes tells.
type census struct {
	n    int
	all  uint8  // classes that every byte has
	some uint16 // marks that some byte has
	text int
	high int
	nul  int
}

// has reports whether any of the marks occurs.
func (c *census) has(marks uint16) bool { return c.some&marks != 0 }

func count(b []byte) (c census) {
	c.n, c.all = len(b), 0xff
	for _, x := range b {
		c.all &= classOf[x]
		c.some |= markOf[x]
	}
	c.text = len(b)
	if c.has(mControl | mHigh) { // only then are numbers worth a second pass
		for _, x := range b {
			if x >= 0x80 {
				c.high++
			} else if classOf[x]&cText == 0 {
				c.text--
			}
			if x == 0 {
				c.nul++
			}
		}
		c.text -= c.high
	}
	return c
}

// binary reports whether the bytes are not text in an ASCII-based charset.
func (c *census) binary() bool { return c.n-c.text-c.high > c.n/32 || c.nul > 0 }
