package detect

// edge says what must not stand next to a match, so that a nine-digit number
// inside a longer one, or a name inside a longer name, is not a hit.
type edge uint8

const (
	anywhere edge = iota // text long enough that its neighbours do not matter
	noDigit              // the digits must not go on
	noHex                // nor the hexadecimal digits
	noWord               // nor letters and digits
	noAtom               // nor what may belong to the name of a mailbox
	openTail             // a number may go on to the right (more decimals), not to the left
)

// class bits of a byte.
const (
	isDigit = 1 << iota
	isHex
	isAlpha
	isBase64 // of either alphabet, without padding
	isSlash
)

// classOf has the class bits of every byte.
var classOf = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9':
			t[c] = isDigit | isHex | isBase64
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			t[c] = isAlpha | isHex | isBase64
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			t[c] = isAlpha | isBase64
		case c == '+' || c == '-' || c == '_':
			t[c] = isBase64
		case c == '/':
			t[c] = isBase64 | isSlash
		}
	}
	return t
}()

// allows reports whether the n bytes at off of text stand free.
func (e edge) allows(text []byte, off, n int) bool {
	if e == anywhere {
		return true
	}
	var before, after byte
	if off > 0 {
		before = text[off-1]
	}
	if off+n < len(text) {
		after = text[off+n]
	}
	switch e {
	case noDigit:
		return classOf[before]&isDigit == 0 && classOf[after]&isDigit == 0
	case openTail:
		return classOf[before]&isDigit == 0 && before != '.' && before != '-'
	case noHex:
		return classOf[before]&isHex == 0 && classOf[after]&isHex == 0
	case noAtom:
		// A dot or dash ends an address when a space or nothing follows.
		if after == '.' || after == '-' {
			after = 0
			if off+n+1 < len(text) {
				after = text[off+n+1]
			}
		}
		return classOf[before]&(isDigit|isAlpha) == 0 && before != '.' && before != '-' && before != '_' && before != '+' &&
			classOf[after]&(isDigit|isAlpha) == 0
	}
	return classOf[before]&(isDigit|isAlpha) == 0 && classOf[after]&(isDigit|isAlpha) == 0
}

// edgeOf is the rule for a form: by what it is made of.
func edgeOf(text string) edge {
	digits, hexa, words, at := true, true, false, false
	for i := range len(text) {
		c := text[i]
		switch {
		case classOf[c]&isDigit != 0:
		case classOf[c]&isHex != 0:
			digits = false
		case c == '@':
			at, hexa, digits = true, false, false
		case classOf[c]&isAlpha != 0:
			digits, hexa, words = false, false, true
		}
	}
	switch {
	case at:
		return noAtom
	case digits:
		return noDigit
	case hexa:
		return noHex
	case words:
		return noWord
	}
	return anywhere
}
