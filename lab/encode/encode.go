// Package encode is how the lab's apps hide what they send: the layers that
// real apps wrap values in, one Step each, to be chained at random. It is test
// equipment: it shares no code with the packages that undo the layers, so that
// a misreading of a format cannot be made twice.
//
// A Step takes the bytes of a message and returns a message that holds them. A
// textual step makes text, which can be put into a text format; the others
// make bytes, which only some formats can hold, so Chain puts base64 between
// where one is needed.
package encode

import (
	"bytes"
	"math/rand/v2"
)

// Step is one layer.
type Step struct {
	Name string
	// Text: the result is valid UTF-8 without control characters but line
	// breaks and tabs. Binary: it takes any bytes; otherwise only text.
	Text, Binary bool
	// Structure: the value can still be read, or copied out as it is: such a
	// layer is no transformation (see Depth). Digest: the value cannot be had
	// back, only recognised. Cipher and Squeeze: under a key, and smaller.
	Structure, Digest, Cipher, Squeeze bool
	// Fits says what the step is for; nil: whatever it takes.
	Fits func(in []byte) bool

	do func(r *rand.Rand, in []byte) []byte
}

// largest is how many bytes a drawn chain may make of a value: what grows
// more at each step is drawn again.
const largest = 32 << 10

// Apply wraps in. The same state of r gives the same bytes.
func (s Step) Apply(r *rand.Rand, in []byte) []byte { return s.do(r, in) }

// Steps are all layers, in a fixed order.
var Steps = concat(
	texts, binaries, packers, records, digests,
	bases, spelled, letters, alphabets, charsets, lzStrings, marked(squeezed, func(s *Step) { s.Squeeze = true }), markups, moreRecords, ciphers, moreDigests, positions,
)

func concat(groups ...[]Step) []Step {
	var all []Step
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func marked(steps []Step, mark func(*Step)) []Step {
	for i := range steps {
		mark(&steps[i])
	}
	return steps
}

// byName finds steps without a search: twins are made by name.
var byName = func() map[string]Step {
	all := map[string]Step{}
	for _, s := range append(concat(Steps), Hopeless...) {
		all[s.Name] = s
	}
	return all
}()

// ByName finds a step.
func ByName(name string) (Step, bool) {
	s, ok := byName[name]
	return s, ok
}

// Depth is how many of the steps with these names are transformations.
func Depth(names []string) int {
	n := 0
	for _, name := range names {
		if s, ok := byName[name]; !ok || !s.Structure {
			n++
		}
	}
	return n
}

// Chain draws depth steps of any kind, structure included, and applies them to
// a value, innermost first. A digest is only ever the innermost, and drawn no
// more often than something else. It returns the message and the names of the
// steps, innermost first, those put in between included.
func Chain(r *rand.Rand, depth int, value []byte) (message []byte, names []string) {
	c := &chained{r: r, message: bytes.Clone(value), text: true}
	for i := 0; i < depth; {
		s := Steps[r.IntN(len(Steps))]
		if s.Digest && (i > 0 || r.IntN(4) > 0) {
			continue
		}
		if c.add(s) {
			i++
		}
	}
	return c.message, c.names
}

// chained is a chain as far as it goes.
type chained struct {
	r       *rand.Rand
	message []byte
	text    bool
	names   []string
}

// add puts a step around the message, and base64 before it where it takes text
// only. It reports false, and nothing has changed, if the step does not fit.
func (c *chained) add(s Step) bool {
	in, names := c.message, c.names
	if !c.text && !s.Binary {
		in, names = base64Std.Apply(c.r, in), append(names[:len(names):len(names)], base64Std.Name)
	}
	if s.Fits != nil && !s.Fits(in) {
		return false
	}
	out := s.Apply(c.r, in)
	if len(out) > largest {
		return false
	}
	c.message, c.text, c.names = out, s.Text, append(names, s.Name)
	return true
}

// Family is what kinds of transformations a chain is drawn from, beside
// encodings.
type Family string

// The families of detection.md 3.2.
const (
	Encodings   Family = "encodings"
	Hashes      Family = "with a digest"
	Compression Family = "with compression"
	Crypto      Family = "with a cipher"
)

// Families are all of them.
var Families = []Family{Encodings, Hashes, Compression, Crypto}

// Draw makes a chain of so many transformations, with structure here and there
// in between, which does not count. One of them at least, if there is any, is
// of the family. Base64 that is put in between because a text format cannot
// hold bytes is one of them.
func (p *Pool) Draw(r *rand.Rand, f Family, depth int, value []byte) (message []byte, names []string) {
	c := &chained{r: r, message: bytes.Clone(value), text: true}
	of, met := 0, f == Encodings // which transformation is the first of the family
	if depth > 0 && f != Hashes {
		of = r.IntN(depth)
	}
	for tries := 0; ; tries++ {
		if tries > 100*(depth+1) { // nothing more has room: from the start
			return p.Draw(r, f, depth, value)
		}
		n := Depth(c.names)
		if r.IntN(4) == 0 && (n > 0 || f != Hashes) { // what is hashed is the value alone
			if s := p.structure[r.IntN(len(p.structure))]; c.text || s.Binary {
				c.add(s)
			}
		}
		if n >= depth {
			return c.message, c.names
		}
		from, due := p.encoding, n >= of && !met
		switch again := met && r.IntN(4) == 0; {
		case f == Hashes && due:
			from = p.digest
		case f == Compression && (due || again):
			from = p.squeeze
		case f == Crypto && (due || again):
			from = p.cipher
		}
		s := from[r.IntN(len(from))]
		if after := n + 2; !c.text && !s.Binary && (after > depth || after == depth && !met) {
			continue // base64 before it would be one too many, or leave no room for the family
		}
		if c.add(s) {
			met = met || due
		}
	}
}

// word makes up a field name or a value that means nothing.
func word(r *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	b := make([]byte, 3+r.IntN(6))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}
