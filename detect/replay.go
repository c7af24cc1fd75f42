package detect

import (
	"hash/maphash"

	"github.com/constat/constat/peel"
)

// A finding of grade A says that certain steps lead from the bytes of the
// capture to a known value. Before it is reported, the steps are taken again by
// a walker that has taken none before, and must give the same bytes.

// reasonNotRepeated is why a known value is not of grade A.
const reasonNotRepeated = "a known value, but the steps that lead to it could not be repeated"

// proof is the part in which a hit was made: the steps to it, and its bytes.
type proof struct {
	way uint64 // 0: the root itself, which needs no proof
	sum uint64
}

// prove notes how p, or what it is a slice of, was made.
func (s *Scanner) prove(p *peel.Part) proof {
	for p.Verbatim {
		p = p.Parent
	}
	if p.Parent == nil {
		return proof{}
	}
	for q := p; q != nil; q = q.Parent {
		s.ways[s.way(q)] = true
	}
	return proof{s.way(p), maphash.Bytes(s.seed, p.Data)}
}

// way is a digest of the steps to p.
func (s *Scanner) way(p *peel.Part) uint64 {
	h := uint64(1)
	for ; p != nil; p = p.Parent {
		h = (h ^ maphash.String(s.seed, p.Step)) * mix
		h = (h ^ maphash.String(s.seed, p.Name)) * mix
	}
	return h
}

// replay takes the steps to the findings again, and downgrades those that they
// do not lead to.
func (s *Scanner) replay(root peel.Root, found []Finding) {
	var want map[proof]bool // reached?
	for i := range found {
		if p := found[i].proof; found[i].Grade == GradeA && p.way != 0 {
			if want == nil {
				want = map[proof]bool{}
			}
			want[p] = false
		}
	}
	if want != nil {
		s.repeat(root, want)
	}
	for i := range found {
		f := &found[i]
		if f.Grade == GradeA && f.proof.way != 0 && !want[f.proof] {
			f.Grade, f.Confidence, f.Reason = GradeB, 0.5, reasonNotRepeated
		}
		f.proof = proof{}
	}
}

// repeat walks the ways on which something was found, and marks what it reaches
// of want. Fields that stand as they are lead nowhere else.
func (s *Scanner) repeat(root peel.Root, want map[proof]bool) {
	if s.repeater == nil {
		s.repeater = peel.NewWalker(peel.Options{Limits: s.e.opt.Limits, Keys: s.e.opt.Keys, Crib: s.e.cribs, Known: s.holds, Repeat: true,
			Wanted: func(_ string, _ []byte, fresh bool) bool { return fresh }})
	}
	s.repeater.Walk(root, func(p *peel.Part) bool {
		way := s.way(p)
		if !p.Verbatim {
			made := proof{way, maphash.Bytes(s.seed, p.Data)}
			if _, ok := want[made]; ok {
				want[made] = true
			}
		}
		return s.ways[way]
	})
}
