package peel

import (
	"bytes"
	"slices"
)

// maxSmall is the length of a text that is read in the commonest ways without
// asking whether its beginning promises anything.
const maxSmall = 128

// small presents a small text read in another way, if something opens it, base58
// too.
func (w *Walker) small(p *Part, step string, out []byte, s letters) (sure bool) {
	if len(out) >= minBase64 && s.only(wordOnly) && !s.only(hexOnly) {
		if in := number(out, &positionalValues[0], 58); w.proofOf(in) == proven && w.spend(p, step, len(out)) {
			w.later(costGuess, w.made(p, step, "", "", out, 0, len(p.Data)), hint{inner: true})
			return true
		}
	}
	return w.view(p, step, "", out)
}

// backwards reads a text from its end.
func (w *Walker) backwards(p *Part, s letters) bool {
	if s&spaces != 0 && s&signs == 0 || s.only(lowerCase|dash) {
		return false // words
	}
	if s.has(high) { // letter by letter
		all := bytes.Runes(p.Data)
		slices.Reverse(all)
		return w.view(p, "reverse", "", []byte(string(all)))
	}
	var head [16]byte
	b := p.Data
	n := min(len(b), len(head))
	for i := range n {
		head[i] = b[len(b)-1-i]
	}
	if len(b) <= maxSmall && s.mixed() {
		out := w.reversed(b)
		return w.small(p, "reverse", out, s)
	}
	return promising(head[:n], len(b)) && w.view(p, "reverse", "", w.reversed(b))
}

// backwardsBytes reads bytes from their end.
func (w *Walker) backwardsBytes(p *Part) bool {
	b := p.Data
	if len(b) > maxGuess || digestSize(len(b)) {
		return false
	}
	out := reversed(b)
	if !knownMagic(out) && !structured(out) && !framed(out) && (len(b) > 1024 || !w.squeezed(out)) || !w.spend(p, "reverse", len(out)) {
		return false
	}
	w.later(costGuess, w.made(p, "reverse", "", "", out, 0, len(b)), hint{inner: true})
	return true
}

// reversed is the same in memory of the walk.
func (w *Walker) reversed(b []byte) []byte {
	out := w.arena.clone(b)
	slices.Reverse(out)
	return out
}

func reversed(b []byte) []byte {
	out := slices.Clone(b)
	slices.Reverse(out)
	return out
}
