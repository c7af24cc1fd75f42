package peel

import "unicode/utf8"

// proof says how much speaks for a guess, by what came out.
type proof int

const (
	unproven proof = iota
	possible       // worth a look; other guesses may be as good
	proven
)

// proofOf says whether b, made by a guess, bears the guess out. Text does, and
// what names its own format; a short message of a binary form may be chance.
func proofOf(b []byte) proof {
	if len(b) < minLeaf {
		return unproven
	}
	if len(b) > 256 && opensWith(b, b[len(b)-1]) {
		return proven // it need not be read whole
	}
	s := lettersOf(b)
	switch {
	case !s.has(others), !s.has(control) && utf8.Valid(b):
		return proven
	case magicOf(b) == "zlib": // two bytes, which chance makes
		return possible
	case knownMagic(b), media(b) != "", framed(b):
		return proven
	case structured(b):
		if len(b) >= 24 {
			return proven
		}
		return possible
	}
	switch c := countAs(b, s); {
	case !c.texty(b):
		if len(b) >= 12 && c.text+c.high == c.n && c.text*100 >= c.n*85 {
			return possible // a few accents in Latin-1
		}
		return unproven
	case c.nul > 0 || c.high == 0:
		return proven // UTF-16, or text with a stray control character
	}
	return possible
}

// telling reports whether b, made by a guess, says anything for the guess.
func telling(b []byte) bool { return proofOf(b) > unproven }

// proofOf is the function of that name, and asks besides whether b holds
// something known, which settles it, and whether it is locked or squeezed.
func (w *Walker) proofOf(b []byte) proof {
	p := proofOf(b)
	if p == proven || len(b) < minLeaf {
		return p
	}
	if w.knows(b) {
		return proven
	}
	if len(w.locks(b, false)) > 0 {
		return proven
	}
	if p == unproven && len(b) <= 4096 && w.squeezed(b) {
		return possible
	}
	return p
}

// cost is that of a guess so far proven: upon a guess that only may be right
// hardly another is tried.
func (p proof) cost() int {
	if p == proven {
		return costGuess
	}
	return 2*costGuess + 1
}

// knows reports whether whoever visits finds something in b, as it is or under
// a key of one byte.
func (w *Walker) knows(b []byte) bool {
	return w.known != nil && w.known(b) || w.crib != nil && !w.limits.Fast && len(b) <= maxGuess && w.crib.Has(b)
}
