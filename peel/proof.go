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
	case texty(b):
		if c := countAs(b, s); c.nul > 0 || c.high == 0 {
			return proven // UTF-16, or text with a stray control character
		}
		return possible
	}
	return unproven
}

// telling reports whether b, made by a guess, says anything for the guess.
func telling(b []byte) bool { return proofOf(b) > unproven }
