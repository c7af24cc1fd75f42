package peel

import (
	"bytes"
	"unicode/utf8"

	"github.com/constat/constat/peel/keyring"
)

// unlocked opens p with the keys of the ring.
func (w *Walker) unlocked(p *Part) (any bool) {
	for _, o := range w.locks(p.Data, true) {
		if !w.spend(p, o.Step, len(o.Data)) {
			break
		}
		w.later(costEncoding, w.made(p, o.Step, o.Name, p.Key, o.Data, 0, len(p.Data)), hint{inner: true})
		any = true
	}
	return any
}

// legible reports whether b is text, or compressed. It is stricter than proofOf.
func (w *Walker) legible(b []byte) bool {
	s := lettersOf(b)
	return len(b) >= minLeaf && (!s.has(others) || !s.has(control) && utf8.Valid(b)) || knownMagic(b) && w.inflates(b)
}

// trialWork is what a key under a cipher costs, in bytes looked at.
const trialWork = 16

// locks opens b with a key of the ring; with streams set also with one that
// nothing but what comes out bears out. Then something known has to come out,
// or something that opens.
func (w *Walker) locks(b []byte, streams bool) []keyring.Opened {
	if w.keys == nil || w.work < 0 {
		return nil
	}
	if o, ok := w.keys.Envelope(b); ok {
		return []keyring.Opened{o}
	}
	if w.keys.Trials() == 0 {
		return nil
	}
	w.work -= int64(trialWork * w.keys.Trials())
	good := func(out []byte) bool {
		if telling(out) || len(out) >= minSqueezed && len(out) <= 4096 && w.squeezed(out) || w.knows(out) {
			return true
		}
		w.work -= int64(trialWork * w.keys.Trials())
		if w.work < 0 {
			return false
		}
		// Locked twice: of so many pairs of keys one makes anything of anything,
		// and the same key twice what there was.
		in := func(in []byte) bool {
			return (w.legible(in) && lettersOf(b).has(high) || w.knows(in)) && !bytes.Equal(in, b)
		}
		return len(w.keys.Open(out, in, in)) > 0
	}
	if !streams {
		return w.keys.Open(b, good, nil)
	}
	return w.keys.Open(b, good, func(out []byte) bool {
		return w.knows(out) || knownMagic(out) && w.inflates(out) || w.opens(out, false) == proven
	})
}
