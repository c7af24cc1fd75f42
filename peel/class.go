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

// census is what one pass over some bytes counts.
type census struct {
	n         int
	all       uint8 // classes that every byte has
	text      int
	high      int
	nul       int
	percent   int // '%'
	backslash int
	amp       int // '&'
	equals    int // '='
	question  int
	dot       int
	space     int
	letters   bool
}

func count(b []byte) (c census) {
	c.n, c.all = len(b), 0xff
	for _, x := range b {
		k := classOf[x]
		c.all &= k
		if k&cText != 0 {
			c.text++
		}
		switch x {
		case 0:
			c.nul++
		case '%':
			c.percent++
		case '\\':
			c.backslash++
		case '&':
			c.amp++
		case '=':
			c.equals++
		case '?':
			c.question++
		case '.':
			c.dot++
		case ' ':
			c.space++
		}
		if x >= 0x80 {
			c.high++
		}
	}
	return c
}

// binary reports whether the bytes are not text in an ASCII-based charset.
func (c *census) binary() bool { return c.n-c.text-c.high > c.n/32 || c.nul > 0 }
