package peel

import (
	"encoding/hex"
	"strconv"
	"unicode/utf8"
)

// Most of what a message consists of are fields in which nothing can be hidden
// (see plain). They are presented only if whoever visits wants them: making a
// Part of each would cost more than everything else.

// wanted reports whether a field that hides nothing is to be presented. fresh
// says that its bytes did not stand in the message: nobody has searched them.
func (w *Walker) wanted(key string, b []byte, fresh bool) bool {
	return w.want == nil || w.want(key, b, fresh)
}

// field presents bytes of p as a field and opens it, as far as either is worth
// it. The name is that of a number among others.
func (w *Walker) field(p *Part, step, name, key string, off, n int) {
	w.fieldOf(p, step, name, key, off, n, lettersOf(p.Data[off:off+n]))
}

// fieldOf is field of bytes of these kinds.
func (w *Walker) fieldOf(p *Part, step, name, key string, off, n int, s letters) {
	b := p.Data[off : off+n]
	hidden := w.hides(b, s)
	if !hidden && !w.wanted(key, b, false) {
		return
	}
	if f := w.slice(p, step, name, key, off, n); f != nil && hidden {
		w.later(costStructure, f, hint{inner: true})
	}
}

// hides reports whether a field, which is of the kinds s, has to be opened.
func (w *Walker) hides(b []byte, s letters) bool {
	return !plain(b, s) && !(w.limits.Fast && noise(b, s))
}

// maxNoise is the length of the longest text that is read at once to see
// whether it is noise; longer ones may be locked.
const maxNoise = 64

// noise reports whether b is hexadecimal or base64 of bytes that the fast tier
// would go on with in no way: a key, an identifier or a digest, which is looked
// for as it stands.
func noise(b []byte, s letters) bool {
	const first = 9
	var decoded [maxNoise]byte
	in := decoded[:0]
	switch {
	case len(b) >= maxNoise || !s.only(base64All):
		return false
	case s.only(hexOnly):
		if len(b) < surelyHex || len(b)%2 != 0 {
			return false
		}
		n, err := hex.Decode(decoded[:], b[:min(len(b), 2*first)])
		if err != nil || chance(decoded[:n]) {
			return true // a number with a sign or a point
		}
		if n, err = hex.Decode(decoded[:], b); err != nil {
			return true
		}
		in = decoded[:n]
	case len(b) < 12 || s.has(plus) && s.has(dash) || !s.has(lowerCase) || !s.has(upperCase):
		return false
	default:
		if in, _ = sixBits(in, b[:first/3*4]); chance(in) {
			return true
		}
		in, _ = sixBits(decoded[:0], b)
	}
	// Text, and what names or counts what follows, does not look like chance.
	text, run, longest, nul := 0, 0, 0, 0
	of := letters(0)
	for _, c := range in {
		of |= lettersTable[c]
		if classOf[c]&cText == 0 {
			run = 0
			if c == 0 {
				nul++
			}
			continue
		}
		text++
		if run++; run > longest {
			longest = run
		}
	}
	switch {
	case 4*text >= 3*len(in), longest >= 7, 4*nul >= len(in), knownMagic(in), in[0]&7 == 3 && deflateStart(in, true), brotliHead(in):
		return false
	case in[0] == 0x08, in[0] == 0x0a, in[0] == 0x10, in[0] == 0x12:
		return false // protobuf
	}
	return of.has(control) || !utf8.Valid(in) && !gb18030(in)
}

// chance is the look at the first bytes that most noise ends with.
func chance(in []byte) bool {
	kinds, of := uint32(0), letters(0)
	for _, c := range in {
		kinds += beginKinds[c]
		of |= lettersTable[c]
	}
	switch c := in[0]; {
	case 2*int(kinds&0xff) >= len(in), kinds>>8&0xff > 0:
		return false
	case c&7 == 3, c == 0x08, c == 0x0a, c == 0x10, c == 0x12:
		return false // DEFLATE, or protobuf
	case !of.has(control) && (utf8.Valid(in[:6]) || gb18030(in[:6])):
		return false
	}
	return !knownMagic(in) && !brotliHead(in)
}

// ordinals are the names of numbered fields.
var ordinals = func() (t [256]string) {
	for i := range t {
		t[i] = strconv.Itoa(i)
	}
	return t
}()

func ordinal(n int) string {
	if 0 <= n && n < len(ordinals) {
		return ordinals[n]
	}
	return strconv.Itoa(n)
}

// pathStep is a member (by key) or an element (by index) of a structure.
type pathStep struct {
	key   string // "": an element
	index int
	end   int // of what is written of the way up to it
}

// pathName writes the way through a structure: "$.dev.macs[2]". What leads to
// the object at hand stands there from its last field.
func (w *Walker) pathName() string {
	b := append(w.path[:0], '$')
	if w.written > 0 {
		b = w.path[:w.steps[w.written-1].end]
	}
	for i := w.written; i < len(w.steps); i++ {
		s := &w.steps[i]
		if s.index < 0 {
			b = append(b, '.')
			b = append(b, s.key[:min(len(s.key), 128)]...)
		} else {
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(s.index), 10)
			b = append(b, ']')
		}
		s.end = len(b)
	}
	w.path, w.written = b, len(w.steps)
	return w.keep(b)
}

// step sets the last step of the way to one of its structure's fields.
func (w *Walker) step(base int, key string, index int) {
	w.steps[base].key, w.steps[base].index = key, index
	w.written = min(w.written, base)
}
