package detect

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
)

// reduction says what a split may leave out.
type reduction uint8

const (
	noSeparators reduction = iota // all but letters and digits
	noAt                          // the @ between mailbox and domain
	noSpace                       // white space, at which texts are cut
)

// canon is a spelling of a value without what a split may leave out.
type canon struct {
	value   int
	text    string
	drop    reduction
	axis    axis // half of a position: the text is only where it begins
	natural bool
	domain  int // where the domain of an e-mail address begins, 0: none
}

// pieceSet finds fields that are pieces.
type pieceSet struct {
	canons []canon
	filter [1 << pieceFilter]uint64 // two bits of a word for the first bytes of all that may be a piece
	starts map[uint64][]int         // gram → canon<<16 | position
	births []birth
	names  *partNames
}

const (
	maxPartNames = 8192 // field names remembered
	pieceFilter  = 11   // bits of its index: 16 kB, of which few are set
	maxCanon     = 512  // bytes of a value that is looked for in pieces
	gramLength   = 6
	minStart     = 3 // letters and digits of a piece that no neighbour announces
)

// head packs the first bytes of b, which has some, in a form that ignores case.
func head(b []byte) uint64 {
	var v uint64
	switch n := len(b); {
	case n >= gramLength:
		v = uint64(binary.LittleEndian.Uint32(b)) | uint64(b[4])<<32 | uint64(b[5])<<40
		n = gramLength
		return v | foldMask&(1<<48-1) | 6<<56
	case n >= 4:
		v = uint64(binary.LittleEndian.Uint32(b))
		if n == 5 {
			v |= uint64(b[4]) << 32
		}
	default:
		for i := range n {
			v |= uint64(b[i]) << (8 * i)
		}
	}
	return v | foldMask&(1<<(8*len(b))-1) | uint64(len(b))<<56
}

// marked is where the filter marks the first bytes of b.
func marked(b []byte) (word, bits uint64) {
	h := head(b) * mix
	return h >> (64 - pieceFilter), 1<<(h>>40&63) | 1<<(h>>32&63)
}

// has reports whether a field that begins like b may be a piece. It is all
// that nearly every field costs.
func (set *pieceSet) has(b []byte) bool {
	word, bits := marked(b)
	return set.filter[word]&bits == bits
}

// mark lets has answer yes for text from each of its letters and digits on.
func (set *pieceSet) mark(text string) {
	put := func(b []byte) {
		word, bits := marked(b)
		set.filter[word] |= bits
	}
	for at := range len(text) {
		rest := []byte(text[at:])
		for n := min(len(rest), gramLength); n >= minStart; n-- {
			put(rest[:n])
		}
		if at == 0 && len(rest) > 2 {
			put(rest[:2])
		}
		// Short texts in base64 and hex are not opened by package peel.
		for n := min(len(rest), 6); n >= minStart; n-- {
			code := base64.RawStdEncoding.EncodeToString(rest[:n])
			put([]byte(code[:min(len(code), gramLength)]))
			put([]byte(hex.EncodeToString(rest[:n])[:gramLength]))
		}
	}
}

// gram packs the first letters and digits of b, and says how many they are.
func gram(b []byte) (g uint64, n int) {
	for _, c := range b {
		if c < 0x80 && classOf[c]&(isDigit|isAlpha) == 0 {
			continue
		}
		g = g<<8 | uint64(lower(c))
		if n++; n == gramLength {
			break
		}
	}
	return g | uint64(n)<<56, n
}

// reduce appends b without what drop leaves out, in lower case.
func reduce(dst, b []byte, drop reduction) []byte {
	for _, c := range b {
		switch drop {
		case noSeparators:
			if c < 0x80 && classOf[c]&(isDigit|isAlpha) == 0 {
				continue
			}
		case noAt:
			if c == '@' {
				continue
			}
		default:
			if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
				continue
			}
		}
		dst = append(dst, lower(c))
	}
	return dst
}

// newPieceSet prepares the search for pieces of the engine's values; nil if
// there is none that may be split.
func newPieceSet(e *Engine) *pieceSet {
	set := &pieceSet{starts: map[uint64][]int{}, names: loadParts()}
	for i, v := range e.values {
		if v.Type == "contact.birthdate" {
			set.births = append(set.births, birthOf(i, v.Value)...)
		}
		if v.Weak() != "" {
			continue
		}
		drop := noSpace
		switch {
		case v.Type == "contact.email" || v.Type == "social.contact_email":
			drop = noAt
		case v.Type == "contact.name", v.Type == "social.contact_name", v.Type == "contact.address", !natural(v.Value):
			drop = noSeparators
		}
		seen := map[string]bool{}
		for _, f := range v.Forms(e.opt.Region) {
			if f.Radius > 0 || f.Axis == "" && f.Weak != "" || len(f.Text) > maxCanon {
				continue
			}
			c := canon{value: i, text: string(reduce(nil, []byte(f.Text), drop)), drop: drop, natural: natural(f.Text)}
			if drop == noAt {
				c.domain = strings.LastIndexByte(f.Text, '@')
			}
			switch f.Axis {
			case "lat":
				c.axis = latitude
			case "lon":
				c.axis = longitude
			default:
				if _, _, ok := v.Coordinates(); ok {
					continue // pairs of halves: see pair
				}
			}
			if c.axis != noAxis {
				c.text = string(reduce(nil, []byte(f.Text), noSeparators))
				c.text = c.text[:min(len(c.text), gramLength)]
			}
			if seen[c.text] {
				continue
			}
			seen[c.text] = true
			set.add(c)
			set.mark(c.text)
			set.mark(f.Text)
		}
	}
	if len(set.canons) == 0 && len(set.births) == 0 {
		return nil
	}
	return set
}

func (set *pieceSet) add(c canon) {
	n := len(set.canons)
	set.canons = append(set.canons, c)
	for at := range len(c.text) {
		if x := c.text[at]; at > 0 && c.axis != noAxis || x < 0x80 && classOf[x]&(isDigit|isAlpha) == 0 {
			continue
		}
		g, k := gram([]byte(c.text[at:]))
		for ; k >= 2; k-- {
			if k >= minStart || at == 0 {
				set.starts[g] = append(set.starts[g], n<<16|at)
			}
			g = g&(1<<56-1)>>8 | uint64(k-1)<<56
		}
	}
}

// natural reports whether a text is made of words rather than of digits: words
// meet by chance.
func natural(text string) bool {
	words, digits := 0, 0
	for i := range len(text) {
		switch c := lower(text[i]); {
		case classOf[c]&isDigit != 0:
			digits++
		case c >= 'g' && c <= 'z' || c >= 0x80:
			words++
		}
	}
	return words > digits
}

// pieceBits is what a text carries in its own alphabet.
func pieceBits(text string) float64 {
	digits, hexa, letters, other := 0, 0, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case classOf[c]&isDigit != 0:
			digits++
		case classOf[c]&isHex != 0:
			hexa++
		case classOf[c]&isAlpha != 0 || c >= 0x80:
			letters++
		default:
			other++
		}
	}
	n := float64(len(text) - other)
	switch {
	case hexa+letters == 0:
		return n * math.Log2(10)
	case letters == 0 && digits > 0:
		return n * 4
	case digits == 0:
		return n * math.Log2(26)
	}
	return n * math.Log2(36)
}

// unmistakable reports whether a piece of a text is no word that stands there
// for itself.
func unmistakable(text string) bool {
	letters, digits, seps := 0, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case classOf[c]&isDigit != 0:
			digits++
		case classOf[c]&isAlpha != 0 || c >= 0x80:
			letters++
		default:
			seps++
		}
	}
	return letters+digits >= 12 || letters+digits >= 8 && letters > 0 && (digits > 1 || seps > 0)
}
