package peel

import (
	"bytes"

	"github.com/pierrec/lz4/v4"
)

// lz4Block tries LZ4 without a frame, bare or after its length: what games and
// loggers write.
func (w *Walker) lz4Block(p *Part) bool {
	for _, head := range []int{0, 4} {
		b := p.Data
		if len(b) < head+minSqueezed || len(b) > 1<<20 {
			return false
		}
		b = b[head:]
		if int(b[0]>>4) > len(b) || b[0]>>4 == 0 {
			continue // it must begin with letters of its own
		}
		out := w.room(min(64*len(b)+256, w.limits.One))
		n, err := lz4.UncompressBlock(b, out)
		w.work -= int64(len(b))
		if err != nil || n < minLeaf || n <= len(b)/2 || !telling(out[:n]) || !w.spend(p, "lz4", n) {
			continue
		}
		w.later(costCompression, w.made(p, "lz4", "block", p.Key, w.arena.clone(out[:n]), head, len(b)), hint{inner: true})
		return true
	}
	return false
}

// carved looks for a compressed message, or text of a known structure, after a
// header of unknown meaning.
func (w *Walker) carved(p *Part) bool {
	b := p.Data
	any := false
	if len(b) < 2*minSqueezed {
		return false
	}
	for _, m := range carveMagics {
		for from, tries := 1, 0; from < len(b) && tries < 4; tries++ {
			i := bytes.Index(b[from:], m)
			if i < 0 {
				break
			}
			at := from + i
			from = at + 1
			if len(b)-at < minSqueezed || w.limits.Fast {
				break
			}
			head, _ := w.someOf(magicOf(b[at:]), b[at:], 4096)
			w.work -= int64(len(head))
			if len(head) < minLeaf {
				continue
			}
			if t := w.slice(p, "after a header", "", "", at, len(b)-at); t != nil {
				w.later(costGuess, t, hint{inner: true})
				any = true
				from = len(b)
			}
		}
	}
	return any
}

// carveMagics begin compressed formats. That of zlib is two bytes, which
// chance makes: what follows decides.
var carveMagics = [][]byte{[]byte("\x1f\x8b\x08"), []byte("\x28\xb5\x2f\xfd"), []byte("\x04\x22\x4d\x18"), []byte("\x78\x9c"), []byte("\x78\x01"), []byte("\x78\xda")}
