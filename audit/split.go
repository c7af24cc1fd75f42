package audit

import (
	"slices"

	"github.com/constat/constat/detect"
)

// Bounds on what is held of values that are sent in pieces: a few megabytes,
// whatever the capture. Beyond them the oldest pieces of a value, and further
// values, are let go.
const (
	heldPieces = 16
	heldValues = 1024
)

// splits holds, for each recipient, the pieces of known values that it got in
// messages of which none had all of them.
type splits map[splitKey][]detect.Piece

type splitKey struct{ recipient, value int }

// complete adds to the findings of a flow the values that it completes, with
// what its recipient got before. flow is how the document calls it.
func (s splits) complete(recipient int, flow string, res *detect.Result) {
	for len(res.Pieces) > 0 {
		key := splitKey{recipient, res.Pieces[0].Value()}
		held := s[key]
		known := len(held)
		rest := res.Pieces[:0]
		for _, x := range res.Pieces {
			if x.Value() != key.value {
				rest = append(rest, x)
				continue
			}
			x.Flow = flow
			held = append(held, x)
		}
		res.Pieces = rest
		if whole, _, ok := detect.Join(held, known); ok {
			res.Findings = append(res.Findings, whole)
			delete(s, key)
			continue
		}
		// The same piece once more: the newer one stays.
		old := slices.DeleteFunc(slices.Clone(held[:known]), func(x detect.Piece) bool {
			return slices.ContainsFunc(held[known:], func(y detect.Piece) bool { return x.Equal(&y) })
		})
		held = append(old, held[known:]...)
		if len(held) > heldPieces {
			held = slices.Clone(held[len(held)-heldPieces:])
		}
		if known > 0 || len(s) < heldValues {
			s[key] = held
		}
	}
}
