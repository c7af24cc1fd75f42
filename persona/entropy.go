package persona

import (
	"math"
	"strings"
	"time"
)

// maxJudged is how much of a text is judged, in characters: what follows can
// only add to it.
const maxJudged = 64

// minSpan is the shortest word, run or repetition that counts as one.
const minSpan = 3

// estimate is how much chance a text leaves.
type estimate struct {
	length float64 // bits of as many random characters of the same alphabet
	bits   float64 // the same, less what follows from habit
	words  bool    // it is made of listed words and nothing else
	names  bool    // which are names
}

// judge estimates text: the fewest bits over all ways of putting it together
// from random characters, listed words, runs ("4567", "qwerty"), repetitions
// and dates. That the cheapest way counts is the principle of zxcvbn (Wheeler,
// "zxcvbn: low-budget password strength estimation", USENIX Security 2016);
// the costs are in bits of chance rather than in guesses. Case, accents and
// separators count nothing: the first two are ignored in matching, the last
// follow from the format.
func judge(text string) estimate {
	c := newSpelt(text)
	n := len(c.text)
	if n == 0 {
		return estimate{}
	}
	best := make([]float64, n+1) // by how much of the text is made
	from := make([]piece, n+1)   // the last piece of the cheapest way
	for i := 1; i <= n; i++ {
		best[i] = math.Inf(1)
	}
	reach := func(i, j int, bits float64, s piece) {
		if s.from = i; best[i]+bits < best[j] {
			best[j], from[j] = best[i]+bits, s
		}
	}
	for i := range n {
		reach(i, i+1, c.each, piece{})
		c.runs(i, func(j int, bits float64) { reach(i, j, bits, piece{}) })
		c.repeats(i, func(j int, bits float64) { reach(i, j, bits, piece{}) })
		c.dates(i, func(j int, bits float64) { reach(i, j, bits, piece{}) })
		c.words(i, func(j int, bits float64, name bool) { reach(i, j, bits, piece{word: true, name: name}) })
	}
	e := estimate{length: float64(n) * c.each, bits: best[n], words: true, names: true}
	for i := n; i > 0; i = from[i].from {
		e.words = e.words && from[i].word
		e.names = e.names && from[i].name
	}
	return e
}

// piece is part of a text and what it is.
type piece struct {
	from       int
	word, name bool
}

// spelt is a text as it is judged: lower case, without accents and separators.
type spelt struct {
	text     []rune
	starts   []bool // a separator, or the beginning, is in front
	each     float64
	alphabet string
	kinds    int // different characters
}

func newSpelt(text string) *spelt {
	c := &spelt{}
	if len(text) > 4*maxJudged {
		text = strings.ToValidUTF8(text[:4*maxJudged], "")
	}
	digit, hexa := 0, 0
	seen := map[rune]bool{}
	edge := true
	for _, r := range unaccented(strings.ToLower(text)) {
		switch {
		case r >= '0' && r <= '9':
			digit++
			hexa++
		case r >= 'a' && r <= 'f':
			hexa++
		case r >= 'a' && r <= 'z', r > 0x7f:
		default:
			edge = true
			continue
		}
		if len(c.text) == maxJudged {
			break
		}
		seen[r] = true
		c.text = append(c.text, r)
		c.starts = append(c.starts, edge)
		edge = false
	}
	n := len(c.text)
	c.kinds = len(seen)
	switch {
	case digit >= n:
		c.alphabet, c.each = "digits", math.Log2(10)
	case hexa >= n && digit > 0:
		c.alphabet, c.each = "hexadecimal digits", math.Log2(16)
	case digit == 0:
		c.alphabet, c.each = "letters", math.Log2(26)
	default:
		c.alphabet, c.each = "letters and digits", math.Log2(36)
	}
	return c
}

// rows of the keyboards that people run their fingers along.
var rows = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop"}

// runs gives the ends of runs from i: the same character, the next or the one
// before, over and over, or a row of keys.
func (c *spelt) runs(i int, end func(j int, bits float64)) {
	if i+1 >= len(c.text) {
		return
	}
	if d := c.text[i+1] - c.text[i]; d >= -1 && d <= 1 {
		for j := i + 2; j < len(c.text) && c.text[j]-c.text[j-1] == d; j++ {
			if n := j + 1 - i; n >= minSpan {
				end(j+1, c.each+math.Log2(3)+math.Log2(float64(n)))
			}
		}
	}
	for _, row := range rows {
		at := strings.IndexRune(row, c.text[i])
		for _, d := range []int{1, -1} {
			for j, k := i+1, at+d; at >= 0 && j < len(c.text) && k >= 0 && k < len(row) && c.text[j] == rune(row[k]); j, k = j+1, k+d {
				if n := j + 1 - i; n > minSpan {
					end(j+1, c.each+math.Log2(float64(2*len(rows)))+math.Log2(float64(n)))
				}
			}
		}
	}
}

// repeats gives the ends of what begins at i and stood in the text before:
// where it stood and how long it is must be told.
func (c *spelt) repeats(i int, end func(j int, bits float64)) {
	longest := 0
	for k := range i {
		n := 0
		for i+n < len(c.text) && c.text[k+n] == c.text[i+n] {
			n++
		}
		longest = max(longest, n)
	}
	for n := minSpan; n <= longest; n++ {
		end(i+n, math.Log2(float64(i))+math.Log2(float64(n)))
	}
}

// dates gives the ends of dates and years from i to the end of their digits.
func (c *spelt) dates(i int, end func(j int, bits float64)) {
	if !c.starts[i] && i > 0 && isDigit(c.text[i-1]) {
		return
	}
	n := 0
	for i+n < len(c.text) && isDigit(c.text[i+n]) {
		n++
	}
	switch digits := string(c.text[i : i+n]); n {
	case 4:
		if digits >= "1900" && digits < "2040" {
			end(i+n, math.Log2(140))
		}
	case 8:
		for _, layout := range []string{"20060102", "02012006", "01022006"} {
			if d, err := time.Parse(layout, digits); err == nil && d.Year() >= 1900 && d.Year() < 2040 {
				end(i+n, math.Log2(140*366))
				return
			}
		}
	}
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// words gives the end of the listed word, or of the two in one, that reaches
// from i to the next separator or change between letters and digits.
func (c *spelt) words(i int, end func(j int, bits float64, name bool)) {
	if !c.starts[i] && isDigit(c.text[i-1]) == isDigit(c.text[i]) {
		return
	}
	j := i + 1
	for j < len(c.text) && !c.starts[j] && isDigit(c.text[j]) == isDigit(c.text[i]) {
		j++
	}
	listed := loadWords()
	token := c.text[i:j]
	if w, ok := listed[string(token)]; ok {
		end(j, w.bits, w.name)
	}
	const short = 4 // of shorter ones every text is made
	for m := short; m <= len(token)-short; m++ {
		a, ok := listed[string(token[:m])]
		if !ok {
			continue
		}
		if b, ok := listed[string(token[m:])]; ok {
			end(j, a.bits+b.bits, a.name && b.name)
		}
	}
}
