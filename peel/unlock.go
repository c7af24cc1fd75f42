package peel

import (
	"github.com/constat/constat/peel/keyring"
)

// unlocked opens p with the keys of the ring.
func (w *Walker) unlocked(p *Part) bool {
	if w.keys == nil {
		return false
	}
	o, ok := w.locks(p.Data)
	if !ok || !w.spend(p, o.Step, len(o.Data)) {
		return false
	}
	w.later(costEncoding, w.made(p, o.Step, o.Name, p.Key, o.Data, 0, len(p.Data)), hint{inner: true})
	return true
}

// locks reports whether a key of the ring opens b.
func (w *Walker) locks(b []byte) (keyring.Opened, bool) {
	if w.keys == nil {
		return keyring.Opened{}, false
	}
	if o, ok := w.keys.Envelope(b); ok {
		return o, true
	}
	return w.keys.Open(b, func(out []byte) bool {
		return telling(out) || len(out) >= minSqueezed && len(out) <= 4096 && w.squeezed(out)
	})
}
