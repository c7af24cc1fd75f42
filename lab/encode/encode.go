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
	// Digest: the value cannot be had back, only recognised.
	Digest bool

	do func(r *rand.Rand, in []byte) []byte
}

// Apply wraps in. The same state of r gives the same bytes.
func (s Step) Apply(r *rand.Rand, in []byte) []byte { return s.do(r, in) }

// Steps are all layers, in a fixed order.
var Steps = concat(texts, binaries, packers, records, digests)

func concat(groups ...[]Step) []Step {
	var all []Step
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// ByName finds a step.
func ByName(name string) (Step, bool) {
	for _, s := range Steps {
		if s.Name == name {
			return s, true
		}
	}
	return Step{}, false
}

// Chain draws depth steps and applies them to a value, innermost first. A
// digest is only ever the innermost. It returns the message and the names of
// the steps, innermost first, those put in between included.
func Chain(r *rand.Rand, depth int, value []byte) (message []byte, names []string) {
	message = bytes.Clone(value)
	text := true // of message
	for i := 0; i < depth; {
		s := Steps[r.IntN(len(Steps))]
		if s.Digest && i > 0 {
			continue
		}
		if !text && !s.Binary {
			message, text = base64Std.Apply(r, message), true
			names = append(names, base64Std.Name)
		}
		message, text = s.Apply(r, message), s.Text
		names = append(names, s.Name)
		i++
	}
	return message, names
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
