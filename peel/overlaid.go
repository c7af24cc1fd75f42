package peel

import "github.com/constat/constat/peel/keyring"

// maxOverlaid is the length of the longest message that is tried with every
// stream over every key.
const maxOverlaid = 4 << 10

// overlaid undoes a stream over something that is itself locked or packed: a
// key of the ring under a stream, or one byte that nobody told, over a key of
// the ring. What lies between looks like noise, so only what lies below it can
// bear both out.
func (w *Walker) overlaid(p *Part) (sure bool) {
	b := p.Data
	if w.keys.Trials() == 0 || len(b) < 2*minLeaf || len(b) > maxOverlaid {
		return false
	}
	w.keys.Streams(b, func(o keyring.Opened) bool {
		if !w.lies(o.Data) {
			return w.work < 0
		}
		if sure = w.spend(p, o.Step, len(b)); sure {
			out := append(w.arena.alloc(len(b)), o.Data...)
			w.later(costEncoding, w.made(p, o.Step, o.Name, p.Key, out, 0, len(b)), hint{inner: true})
		}
		return true
	})
	if sure || len(b)%4 != 0 || len(b) > maxOverlaid/8 { // 255 keys, and no cipher of blocks
		return sure
	}
	out := make([]byte, len(b))
	for k := 1; k < 256 && w.work >= 0; k++ {
		copy(out, b)
		key := []byte{byte(k)}
		if combine(out, key); w.locked(out) {
			return w.keyed(p, 0, key, "")
		}
	}
	return false
}

// streams reports whether a key of the ring under a stream gives text, or what is
// known.
func (w *Walker) streams(b []byte) (yes bool) {
	if w.keys.Trials() == 0 || len(b) < minLeaf || len(b) > maxOverlaid {
		return false
	}
	w.keys.Streams(b, func(o keyring.Opened) bool {
		yes = len(b) >= 12 && !lettersOf(o.Data).has(others) && lettersOf(b).has(high) || w.knows(o.Data)
		return yes
	})
	return yes
}

// lies reports whether b is locked with a key of the ring, or packed, or letters
// or something known under a key of one byte.
func (w *Walker) lies(b []byte) bool {
	if keys := everyKey; len(b) >= 16 {
		if keys.keep(b, &letterKeys); !keys.none() {
			return true
		}
	}
	if w.knows(b) {
		return true
	}
	if len(b)%2 == 0 {
		if out, ok := lzUnits(b); ok && lzGood(out) {
			return true
		}
	}
	return w.locked(b)
}

// locked reports whether a key of the ring gives text, or what is known.
func (w *Walker) locked(b []byte) bool {
	w.work -= int64(trialWork * w.keys.Trials())
	return len(w.keys.Open(b, func(out []byte) bool {
		return len(out) >= minLeaf && !lettersOf(out).has(others) || w.knows(out)
	}, nil)) > 0
}
