package detect

import (
	"bytes"
	"encoding/base64"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/constat/constat/peel"
)

// Some programs write base64 with its 64 letters in an order of their own, so
// that nothing decodes it. Whatever the order is, a letter comes again exactly
// where it would come again in ordinary base64. The value of a field is known by
// that, if enough of its letters do, and the order is known with it.
// (field-notes/detection.md 3.4: no chance hit among 120,166 tokens.)

// isomorph is a known value in base64.
type isomorph struct {
	form  int      // of isomorphs.forms
	text  string   // with its padding, if it is to be told from a letter
	again [][2]int // where a letter comes again, and where it stood before
	first []int    // where the others stand
}

// isomorphs are of use where there are any; the zero value has none.
type isomorphs struct {
	forms    []isomorphForm
	byLength [][]isomorph
}

// of lists those of n letters.
func (s *isomorphs) of(n int) []isomorph {
	if n >= len(s.byLength) {
		return nil
	}
	return s.byLength[n]
}

type isomorphForm struct {
	value int
	name  string
}

// minIsomorphBits is how much the letters that come again have to say: so many
// bits, which chance has in one token of 2^48.
const minIsomorphBits = 48

// add takes a spelling of a value, with padding and without it.
func (s *isomorphs) add(value int, name, text string) {
	s.forms = append(s.forms, isomorphForm{value, name})
	for i, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.StdEncoding} {
		out := enc.EncodeToString([]byte(text))
		if i == 1 && len(text)%3 == 0 || patternBits(out) < minIsomorphBits || !bound(out) {
			continue
		}
		var last [256]int
		x := isomorph{form: len(s.forms) - 1, text: out}
		for at, c := range []byte(out) {
			if last[c] > 0 {
				x.again = append(x.again, [2]int{at, last[c] - 1})
			} else {
				x.first = append(x.first, at)
			}
			last[c] = at + 1
		}
		for len(s.byLength) <= len(out) {
			s.byLength = append(s.byLength, nil)
		}
		s.byLength[len(out)] = append(s.byLength[len(out)], x)
	}
}

// bound reports whether no part of text can be another without that being seen:
// of any eight letters, which six characters make, three stand elsewhere too, and
// of any four one. A letter that stands nowhere else can be any other such one,
// so that somebody else's value of the same shape would do. Of values of one
// shape that differ in six characters one in 10^5 or fewer still would; in three,
// one in a hundred: it is no exact value, and of grade B.
func bound(text string) bool {
	for _, w := range []struct{ letters, tied int }{{8, 3}, {4, 1}} {
		for from := 0; from+w.letters <= len(text); from++ {
			part, tied := text[from:from+w.letters], 0
			rest := text[:from] + text[from+w.letters:]
			for i := range len(part) {
				if strings.IndexByte(rest, part[i]) >= 0 {
					tied++
				}
			}
			if tied < w.tied {
				return false
			}
		}
	}
	return true
}

// patternBits is how many bits it takes, of the six a letter, to have the
// letters of text come again where they do: all but those that tell which
// letters they are.
func patternBits(text string) float64 {
	bits, kinds := 6*float64(len(text)), 0
	var seen [256]bool
	for _, c := range []byte(text) {
		if !seen[c] {
			seen[c] = true
			bits -= math.Log2(float64(64 - min(kinds, 63)))
			kinds++
		}
	}
	return bits
}

// find returns the value that token is, if it is one in base64 of another order
// of letters than the ordinary ones, which are decoded.
func (s *isomorphs) find(token []byte) (*isomorphForm, bool) {
	same := s.of(len(token))
next:
	for i := range same {
		x := &same[i]
		for _, c := range x.again {
			if token[c[0]] != token[c[1]] {
				continue next
			}
		}
		// Nothing else comes again, and it is no ordinary base64.
		var is [256]bool
		ordinary := true
		for _, at := range x.first {
			c, plain := token[at], x.text[at]
			if is[c] {
				continue next
			}
			is[c] = true
			ordinary = ordinary && (c == plain || plain == '+' && c == '-' || plain == '/' && c == '_')
		}
		if !ordinary && !legible64(token) {
			return &s.forms[x.form], true
		}
	}
	return nil, false
}

// legible64 reports whether token is text in ordinary base64. Then it is that
// text, which may differ from a known value in letters that stand only once.
func legible64(token []byte) bool {
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(token, "-_") {
		enc = base64.RawURLEncoding
	}
	token = bytes.TrimRight(token, "=")
	out := make([]byte, enc.DecodedLen(len(token)))
	n, err := enc.Decode(out, token)
	return err == nil && utf8.Valid(out[:n]) && !bytes.ContainsFunc(out[:n], unicode.IsControl)
}

const reasonIsomorph = "letters come again exactly where those of the value's base64 do, in an order of letters that is the app's own; a value that differs in two or three characters could do so too"

// isomorph files a token that is a known value in base64 of an order of letters
// that nobody told.
func (s *Scanner) isomorph(p *peel.Part, off, n int) {
	if len(s.e.isomorphs.of(n)) == 0 || s.e.opt.Limits.Fast {
		return
	}
	f, ok := s.e.isomorphs.find(p.Data[off : off+n])
	if !ok {
		return
	}
	if p == &s.probe {
		s.any = true
		return
	}
	h := hit{
		off: off, n: n, value: f.value, method: KnownValue, form: Encoded, grade: GradeB, confidence: 0.8, free: true,
		detail: s.e.names[f.value] + ", " + f.name + ", base64 with its letters in an order of its own", reason: reasonIsomorph,
	}
	if p.Verbatim {
		h.field = len(p.Data)
	}
	s.hit(p, h)
}
