package differential

import (
	"math"
	"unicode/utf8"
)

// Shapes that a content may have. They tell a reader what kind of thing
// changed, and no more.
const (
	shapeText   = "text"
	shapeDigits = "digits"
	shapeNumber = "number" // digits with a sign or a point
	shapeHex    = "hex"
	shapeUUID   = "uuid"
	shapeBase64 = "base64"
	shapeBytes  = "bytes"
)

// shape describes a content without showing it.
type shape struct {
	kind    string
	size    int     // bytes
	bits    float64 // that tell it from others of its shape, at most: see bitsOf
	entropy float64 // bits a byte
	digest  bool    // has the length of a common digest
	blob    bool    // could be a ciphertext
}

// Lengths of what is judged as a possible ciphertext, in bytes.
const minBlob = 24

// sample bounds how much of a content is looked at to tell its shape.
const sample = 4096

func shapeOf(b []byte) shape {
	s := shape{size: len(b), kind: shapeBytes}
	head := b[:min(len(b), sample)]
	s.entropy = entropy(head)
	s.bits = s.entropy * float64(len(b))
	if !text(head) {
		s.digest = rawDigest(len(b))
		s.blob = len(b) >= minBlob && !s.digest
		return s
	}
	s.kind = alphabet(head)
	raw := 0 // bytes that it may be an encoding of
	switch s.kind {
	case shapeHex:
		raw = len(b) / 2
	case shapeBase64:
		raw = len(b) * 3 / 4
		for i := len(b) - 1; i >= 0 && b[i] == '='; i-- {
			raw = (len(b) - (len(b) - i)) * 3 / 4
		}
	}
	s.digest = raw > 0 && rawDigest(raw)
	s.blob = raw >= minBlob && !s.digest
	s.bits = min(s.bits, bitsOf(head)*float64(len(b))/float64(max(1, len(head))))
	return s
}

// rawDigest reports whether n bytes are the length of a common digest: MD5,
// SHA-1, SHA-224, SHA-256, SHA-384, SHA-512 and those as long.
func rawDigest(n int) bool {
	switch n {
	case 16, 20, 28, 32, 48, 64:
		return true
	}
	return false
}

// text reports whether b is printable UTF-8; the last character may be cut.
func text(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 && len(b) >= utf8.UTFMax || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return false
		}
		b = b[n:]
	}
	return true
}

// alphabet names the smallest set of characters that a text is written in.
func alphabet(b []byte) string {
	digits, hexa, letters, base, signs := 0, 0, 0, 0, 0
	upper, lower := false, false
	for i, c := range b {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			hexa++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			letters++
		case c == '+' || c == '/' || c == '-' || c == '_':
			base++
		case c == '=' && i >= len(b)-2:
			base++
		}
		if c == '.' || (c == '-' || c == '+') && i == 0 {
			signs++
		}
		upper, lower = upper || 'A' <= c && c <= 'Z', lower || 'a' <= c && c <= 'z'
	}
	switch n := len(b); {
	case digits == n:
		return shapeDigits
	case digits > 0 && digits+signs == n && signs <= 2:
		return shapeNumber
	case n == 36 && digits+hexa == 32 && b[8] == '-' && b[13] == '-' && b[18] == '-' && b[23] == '-':
		return shapeUUID
	case digits+hexa == n && n >= 8 && digits > 0 && n%2 == 0:
		return shapeHex
	case digits+hexa+letters+base == n && n >= 16 && upper && lower && digits+base > 0:
		return shapeBase64
	}
	return shapeText
}

// entropy is that of the bytes' frequencies, in bits a byte.
func entropy(b []byte) float64 {
	var n [256]int
	for _, c := range b {
		n[c]++
	}
	h := 0.0
	for _, k := range n {
		if k > 0 {
			q := float64(k) / float64(len(b))
			h -= q * math.Log2(q)
		}
	}
	return h
}

// Bits that a character carries. Letters in a row are likely a word, and
// English words carry little (Shannon, "Prediction and Entropy of Printed
// English", 1951: 0.6 to 1.3 bits a letter); single letters among digits are
// likely drawn by chance.
const (
	bitsDigit  = 3.32 // log2(10)
	bitsLetter = 4.70 // log2(26)
	bitsInWord = 1.5
	wordLength = 3
)

// bitsOf estimates, rather too low than too high, how many bits a text would
// have if it was drawn by chance: what chance must do to make it twice.
func bitsOf(b []byte) float64 {
	bits, run := 0.0, 0
	end := func() {
		if run >= wordLength {
			bits += bitsInWord * float64(run)
		} else {
			bits += bitsLetter * float64(run)
		}
		run = 0
	}
	const (
		none = iota
		lower
		upper
	)
	last := none
	for _, c := range b {
		kind := none
		switch {
		case 'a' <= c && c <= 'z', c >= utf8.RuneSelf:
			kind = lower
		case 'A' <= c && c <= 'Z':
			kind = upper
		case '0' <= c && c <= '9':
			bits += bitsDigit
		}
		if kind == none || last == lower && kind == upper {
			end() // a capital begins another word
		}
		if kind != none {
			run++
		}
		last = kind
	}
	end()
	return bits
}
