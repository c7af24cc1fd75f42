package peel

import (
	"github.com/constat/constat/peel/keyring"
)

// unlocked opens p with the keys of the ring, and reports whether it surely is
// what was locked.
func (w *Walker) unlocked(p *Part) (sure bool) {
	for _, o := range w.locks(p.Data) {
		if !w.spend(p, o.Step, len(o.Data)) {
			return false
		}
		w.later(costEncoding, w.made(p, o.Step, o.Name, p.Key, o.Data, 0, len(p.Data)), hint{inner: true})
		sure = o.Sure
	}
	return sure
}

// locks is what the keys of the ring make of b.
func (w *Walker) locks(b []byte) []keyring.Opened {
	if w.keys == nil {
		return nil
	}
	if o, ok := w.keys.Envelope(b); ok {
		return []keyring.Opened{o}
	}
	return w.keys.Open(b, func(out []byte) bool {
		return telling(out) || len(out) >= minSqueezed && len(out) <= 4096 && w.squeezed(out)
	})
}

// locked reports whether a key of the ring surely opens b.
func (w *Walker) locked(b []byte) bool {
	o := w.locks(b)
	return len(o) > 0 && o[0].Sure
}
