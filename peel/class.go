package peel

import "bytes"

// class bits of a byte.
const (
	cHex = 1 << iota
	cDigit
	cBase64 // RFC 4648 section 4 or 5
	cText   // printable ASCII, tab, line ends
	cHigh   // above ASCII
)

var classOf = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		switch {
		case '0' <= b && b <= '9':
			t[c] |= cHex | cDigit | cBase64
		case 'a' <= b && b <= 'f', 'A' <= b && b <= 'F':
			t[c] |= cHex | cBase64
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '+', b == '/', b == '-', b == '_':
			t[c] |= cBase64
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

// letters are the kinds of bytes that occur in some bytes: one pass that only
// joins them tells most of what the bytes may be.
type letters uint32

const (
	aToF   letters = 1 << iota // a-f
	gToZ                       // g-z
	upperF                     // A-F
	upperZ                     // G-Z
	digits
	plus      // + /
	dash      // - _
	equals    // =
	space     // a blank
	breaks    // tab and line ends
	commas    // , ; : |
	ampersand // &
	percent   // %
	backslash // \
	question  // ?
	dot       // .
	quotes    // "
	marks     // the rest of ASCII
	control   // below it
	high      // above it
)

const (
	lowerCase = aToF | gToZ
	upperCase = upperF | upperZ
	hexOnly   = aToF | upperF | digits
	wordOnly  = lowerCase | upperCase | digits
	base64All = wordOnly | plus | dash
	spaces    = space | breaks
	signs     = ampersand | percent | backslash | question | dot | quotes | marks
	others    = control | high
)

var lettersTable = func() (t [256]letters) {
	for c := range 256 {
		switch b := byte(c); {
		case 'a' <= b && b <= 'f':
			t[c] = aToF
		case 'g' <= b && b <= 'z':
			t[c] = gToZ
		case 'A' <= b && b <= 'F':
			t[c] = upperF
		case 'G' <= b && b <= 'Z':
			t[c] = upperZ
		case '0' <= b && b <= '9':
			t[c] = digits
		case b >= 0x80:
			t[c] = high
		case classOf[b]&cText == 0:
			t[c] = control
		default:
			t[c] = marks
		}
	}
	for c, m := range map[byte]letters{
		'+': plus, '/': plus, '-': dash, '_': dash, '=': equals, ' ': space, '\t': breaks, '\n': breaks, '\r': breaks,
		',': commas, ';': commas, ':': commas, '|': commas, '&': ampersand, '%': percent, '\\': backslash, '?': question, '.': dot, '"': quotes,
	} {
		t[c] = m
	}
	return t
}()

// lettersOf joins the kinds of all bytes of b.
func lettersOf(b []byte) (s letters) {
	i := 0
	for ; i+4 <= len(b); i += 4 {
		s |= lettersTable[b[i]] | lettersTable[b[i+1]] | lettersTable[b[i+2]] | lettersTable[b[i+3]]
	}
	for ; i < len(b); i++ {
		s |= lettersTable[b[i]]
	}
	return s
}

// only reports whether nothing but these kinds occurs.
func (s letters) only(these letters) bool { return s&^these == 0 }

// has reports whether any of these kinds occurs.
func (s letters) has(these letters) bool { return s&these != 0 }

// mixed reports whether a text without spaces may be an encoding at all:
// words have one case and no digits.
func (s letters) mixed() bool {
	kinds := 0
	for _, k := range [...]letters{lowerCase, upperCase, digits} {
		if s&k != 0 {
			kinds++
		}
	}
	return kinds > 1 && s&spaces == 0
}

// census is what one pass over some bytes tells.
type census struct {
	letters
	n    int
	text int // bytes that are printable ASCII or white space
	high int
	nul  int
}

func count(b []byte) census { return countAs(b, lettersOf(b)) }

// countAs is count of bytes whose letters are known.
func countAs(b []byte, s letters) (c census) {
	c.letters, c.n, c.text = s, len(b), len(b)
	if s&others == 0 {
		return c // only other bytes are worth counting
	}
	low := 0
	for _, x := range b {
		s := lettersTable[x]
		c.high += int(s / high)
		low += int(s / control & 1)
	}
	c.nul = bytes.Count(b, nul)
	c.text -= c.high + low
	return c
}

var nul = []byte{0}

// binary reports whether the bytes are not text in an ASCII-based charset.
func (c *census) binary() bool {
	return c.n-c.text-c.high > c.n/32 || c.nul > 0
}

// plain reports whether the bytes of a field, which are of the kinds s, are
// what people and programs write as it is: words, numbers, names of files and
// screens. Nothing can be hidden in them, whatever one would undo.
func plain(b []byte, s letters) bool {
	if len(b) < minLeaf {
		return true
	}
	switch {
	case s.has(others | percent | backslash | ampersand | equals | quotes | marks):
		return false
	case s.only(digits) && len(b)%2 == 0 && len(b) >= minHex && b[0] == '3' && b[2] == '3':
		return false // digits in hexadecimal digits
	case s.only(digits | commas | spaces | dash | dot):
		return len(b) < 16 || len(b) < 20 && !s.has(spaces|commas) // times and decimals, not bytes in a list
	case s.only(hexOnly | commas | spaces | dash | dot):
		return len(b) < minHex || isUUID(b) // bytes spelled one by one
	case b[0] == '0' && b[1] == 'x':
		return false // the same
	case s.only(lowerCase|spaces|dot|question|commas|dash) && len(b) < 24:
		return true
	case s.only(upperCase|digits|spaces|commas|dash|dot|plus) && s.has(spaces|commas):
		return len(b) < 12 // base45
	case s.only(base64All): // one run
		return plainRun(b, s) && !(s.has(plus) && s.has(dash) && shifted(b))
	}
	for i := 0; i < len(b); i++ {
		run, kinds := i, letters(0)
		for i < len(b) && lettersTable[b[i]]&base64All != 0 {
			kinds |= lettersTable[b[i]]
			i++
		}
		if !plainRun(b[run:i], kinds) || kinds.has(plus) && kinds.has(dash) && shifted(b[run:i]) {
			return false
		}
	}
	return true
}

// shifted reports whether a character of UTF-7 stands in b: "+AOk-".
func shifted(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			return false
		}
		b = b[i+1:]
		if n := bytes.IndexByte(b, '-'); n == 0 || n >= 3 && n < 12 && lettersOf(b[:n]).only(wordOnly|plus) && b[0] == 'A' {
			return true
		}
	}
}

// plainRun reports whether base64's letters in a row, of these kinds, are words
// or a number.
func plainRun(run []byte, kinds letters) bool {
	n := len(run)
	switch {
	case n < minBase64:
		return true
	case kinds.has(plus) && kinds.has(dash) && (n < 24 || bytes.IndexByte(run, '/') >= 0):
		return true // no base64 has both; LZ-String has, but no slash
	case kinds.has(upperCase) && kinds.has(lowerCase|digits):
		return false
	case n < minHex:
		return true
	case kinds.has(plus | dash):
		return true // base64 of one case is none
	case kinds.only(hexOnly) && kinds.has(digits):
		return false
	case kinds.has(digits) || kinds.has(upperCase):
		return n < minBase32
	}
	return n < 24
}

// isUUID reports whether b is written like a UUID (RFC 9562 section 4).
func isUUID(b []byte) bool {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return false
	}
	for i, c := range b {
		if classOf[c]&cHex == 0 && i != 8 && i != 13 && i != 18 && i != 23 {
			return false
		}
	}
	return true
}
