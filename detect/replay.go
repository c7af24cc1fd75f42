package detect

import (
	"hash/maphash"
	"strings"

	"github.com/constat/constat/peel"
)

// A finding of grade A says that certain steps lead from the bytes of the
// capture to a known value. Before it is reported, the steps are taken again by
// a walker that has taken none before, and must give the same bytes.

// reasonNotRepeated is why a known value is not of grade A.
const reasonNotRepeated = "a known value, but the steps that lead to it could not be repeated"

// proof is the part in which a hit was made: the steps to it, and its bytes.
type proof struct {
	way string // "": the root itself, which needs no proof
	sum uint64
}

const wayMark = " › "

// prove notes how p, or what it is a slice of, was made.
func (s *Scanner) prove(p *peel.Part) proof {
	for p.Verbatim {
		p = p.Parent
	}
	if p.Parent == nil {
		return proof{}
	}
	return proof{strings.Join(p.Derivation(), wayMark), maphash.Bytes(s.seed, p.Data)}
}

// replay takes the steps to the findings again, and downgrades those that they
// do not lead to.
func (s *Scanner) replay(root peel.Root, found []Finding) {
	want := map[proof]bool{} // reached?
	on := map[string]bool{}  // ways, and beginnings of them
	for i := range found {
		p := found[i].proof
		if found[i].Grade != GradeA || p.way == "" {
			continue
		}
		want[p] = false
		for at := 0; ; {
			n := strings.Index(p.way[at:], wayMark)
			if n < 0 {
				break
			}
			on[p.way[:at+n]] = true
			at += n + len(wayMark)
		}
		on[p.way] = true
	}
	if len(want) > 0 {
		s.repeat(root, want, on)
	}
	for i := range found {
		f := &found[i]
		if f.Grade == GradeA && f.proof.way != "" && !want[f.proof] {
			f.Grade, f.Confidence, f.Reason = GradeB, 0.5, reasonNotRepeated
		}
		f.proof = proof{}
	}
}

// repeat walks the ways in on, and marks what it reaches of want.
func (s *Scanner) repeat(root peel.Root, want map[proof]bool, on map[string]bool) {
	if s.repeater == nil {
		s.repeater = peel.NewWalker(peel.Options{Limits: s.e.opt.Limits, Keys: s.e.opt.Keys, Crib: s.e.cribs, Known: s.holds, Repeat: true})
	}
	s.repeater.Walk(root, func(p *peel.Part) bool {
		way := strings.Join(p.Derivation(), wayMark)
		if !p.Verbatim {
			made := proof{way, maphash.Bytes(s.seed, p.Data)}
			if _, ok := want[made]; ok {
				want[made] = true
			}
		}
		return on[way]
	})
}
