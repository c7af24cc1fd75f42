package linkage

import (
	"hash/maphash"
	"math/bits"
)

// ID stands for an identifier: the keyed hash of its canonical form. IDs of one
// process compare; those of two do not.
type ID uint64

var seed = maphash.MakeSeed()

// Lengths of tokens. Ten characters are the least of Papadopoulos et al. (2019);
// what is longer than the most is no identifier but something packed.
const (
	minToken = 10
	maxToken = 128
)

// IDOf is the ID of a text. Identifiers in hexadecimal digits are one in both
// cases, with or without the dashes of a UUID.
func IDOf(text []byte) ID {
	var buf [maxToken]byte
	if len(text) <= maxToken {
		n := 0
		for i, c := range text {
			switch {
			case c == '-' && uuidDash(len(text), i):
				continue
			case classes[c]&hexDigit == 0:
				return ID(maphash.Bytes(seed, text))
			case 'A' <= c && c <= 'F':
				c |= 0x20
			}
			buf[n] = c
			n++
		}
		return ID(maphash.Bytes(seed, buf[:n]))
	}
	return ID(maphash.Bytes(seed, text))
}

// uuidDash reports whether a dash stands at i in the text form of a UUID
// (RFC 9562), which has n characters.
func uuidDash(n, i int) bool { return n == 36 && (i == 8 || i == 13 || i == 18 || i == 23) }

// Looks is what the characters of a text say of it.
type Looks uint8

const (
	Ordinary Looks = iota // words, dates, versions, numbers of few digits: no identifier
	Number                // many digits and no time: an identifier only if something says so
	Random                // drawn by chance, as far as one can see
)

// Judge looks at a text. most is the number of bits that it can tell apart at most, by its length
// and alphabet: an upper bound, as for a password.
//
// Random is a UUID, or a text of at least ten letters and digits that does not
// read like words and either has one stretch without dashes that mixes eight or
// more of both, or changes between capitals, small letters and digits two times
// in five. Dates, versions, locales and product names do neither. Texts of small
// letters alone are Ordinary: a word must never become an identifier.
func Judge(text []byte) (l Looks, most int) {
	if len(text) < minToken || len(text) > maxToken {
		return Ordinary, 0
	}
	var all kinds
	mixed := false // a stretch that mixes letters and digits
	distinct, from := [2]uint64{}, 0
	digits := 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == '-' || text[i] == '_' {
			var k kinds
			n := 0
			for _, c := range text[from:i] {
				k |= classes[c]
				if classes[c]&digit != 0 {
					n++
				}
			}
			if i-from >= 8 && k&(lower|upper) != 0 && n >= 2 {
				mixed = true
			}
			digits += n
			all |= k
			from = i + 1
		}
		if i < len(text) {
			distinct[text[i]>>6&1] |= 1 << (text[i] & 63)
		}
	}
	if bits.OnesCount64(distinct[0])+bits.OnesCount64(distinct[1]) < 6 { // zeros, a pattern
		return Ordinary, 0
	}
	switch {
	case digits == len(text):
		if len(text) < 15 || moment(text) {
			return Ordinary, 0
		}
		return Number, len(text) * 332 / 100
	case uuid(text):
		return Random, 122
	case !mixed && !(all&lower != 0 && all&upper != 0 && restless(text)) || packed(text) || all&letterBeyondF != 0 && wordy(text):
		return Ordinary, 0
	}
	size := 0
	switch {
	case all&letterBeyondF == 0:
		size = 400
	case all&lower == 0 || all&upper == 0:
		size = 517 // 36
	default:
		size = 595 // 62
	}
	return Random, (digits + letters(text)) * size / 100
}

// restless reports whether a text of both cases changes between them and digits
// as often as one drawn by chance (which does so three times in five).
func restless(text []byte) bool {
	const sort = lower | upper | digit
	steps, changes := 0, 0
	for i, c := range text {
		if i == 0 || classes[c]&joint != 0 || classes[text[i-1]]&joint != 0 {
			continue
		}
		steps++
		if classes[c]&sort != classes[text[i-1]]&sort {
			changes++
		}
	}
	return steps >= 12 && 5*changes >= 2*steps
}

func letters(text []byte) (n int) {
	for _, c := range text {
		if classes[c]&(lower|upper) != 0 {
			n++
		}
	}
	return n
}

func uuid(text []byte) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range text {
		if uuidDash(36, i) {
			if c != '-' {
				return false
			}
		} else if classes[c]&hexDigit == 0 {
			return false
		}
	}
	return true
}

// moment reports whether a number of 16 or 19 digits is a time between 2001 and
// 2033 in micro- or nanoseconds. Seconds and milliseconds have fewer digits than
// count.
func moment(text []byte) bool {
	return (len(text) == 16 || len(text) == 19) && text[0] == '1'
}

// packed reports whether a text begins as something does that holds other things
// and begins the same for everybody: base64 of JSON ("{\"") or of a compressed
// stream, or of an ASN.1 certificate.
func packed(text []byte) bool {
	for _, head := range [...]string{"eyJ", "H4sI", "eJ", "MII"} {
		if len(text) > len(head) && string(text[:len(head)]) == head {
			return true
		}
	}
	return false
}

// wordy reports whether the letters of a text follow each other as they do in
// words: of the pairs of neighbours, two in five are among the hundred most
// frequent of English, which chance makes one in seven and English three of four.
func wordy(text []byte) bool {
	pairs, common := 0, 0
	for i := 1; i < len(text); i++ {
		a, b := text[i-1]|0x20, text[i]|0x20
		if a < 'a' || a > 'z' || b < 'a' || b > 'z' {
			continue
		}
		pairs++
		if frequent[a-'a']>>(b-'a')&1 != 0 {
			common++
		}
	}
	return pairs >= 4 && 5*common >= 2*pairs
}

// frequent has a bit for each of the hundred pairs of letters that are most
// frequent in English (general knowledge; which of them is the hundredth does not
// matter here).
var frequent = func() (t [26]uint32) {
	const pairs = "th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de " +
		"se le sa si ar ve ra ld ur me ne wa ho ll ri no el di ic io ro co la ca ma ec om us ly ss ee be ch tr ts sh fo ut il " +
		"ac nc un ai so ul ce mo po ot pr ns ci ta em rs ow pe ge ie wi ad pa ct li su ni am ay im sp ag ge ap rt ev iv pl lo"
	for i := 0; i < len(pairs); i += 3 {
		t[pairs[i]-'a'] |= 1 << (pairs[i+1] - 'a')
	}
	return t
}()

// kinds are sets of kinds of characters.
type kinds uint8

const (
	lower kinds = 1 << iota
	upper
	digit
	hexDigit
	letterBeyondF
	joint // - and _
	inName
)

// token are the kinds that a run has.
const token = lower | upper | digit | joint

var classes = func() (t [256]kinds) {
	for c := range 256 {
		switch {
		case 'a' <= c && c <= 'z':
			t[c] = lower | inName
		case 'A' <= c && c <= 'Z':
			t[c] = upper | inName
		case '0' <= c && c <= '9':
			t[c] = digit | hexDigit | inName
		case c == '-', c == '_':
			t[c] = joint | inName
		case c == '.', c == '[', c == ']', c == '$':
			t[c] = inName
		}
		if l := c | 0x20; 'a' <= l && l <= 'f' && t[c]&(lower|upper) != 0 {
			t[c] |= hexDigit
		} else if t[c]&(lower|upper) != 0 {
			t[c] |= letterBeyondF
		}
	}
	return t
}()
