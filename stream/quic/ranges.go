package quic

import "sort"

// ranges is a set of numbers that mostly come in order: packets seen, packets
// acknowledged, streams that are over.
type ranges []span

// span is from lo to hi, both in it.
type span struct{ lo, hi int64 }

// maxSpans bounds a set. What the oldest gaps were is forgotten beyond it.
const maxSpans = 512

// has tells whether n is in the set.
func (r ranges) has(n int64) bool {
	if k := len(r) - 1; k < 0 || n > r[k].hi {
		return false
	} else if n >= r[k].lo {
		return true
	}
	i := sort.Search(len(r), func(i int) bool { return r[i].hi >= n })
	return i < len(r) && r[i].lo <= n
}

// add puts the numbers from lo to hi into the set.
func (r *ranges) add(lo, hi int64) {
	s := *r
	if k := len(s) - 1; k >= 0 && lo >= s[k].lo && lo <= s[k].hi+1 { // mostly
		s[k].hi = max(s[k].hi, hi)
		return
	}
	i := sort.Search(len(s), func(i int) bool { return s[i].hi+1 >= lo })
	j := i
	for j < len(s) && s[j].lo <= hi+1 {
		lo, hi = min(lo, s[j].lo), max(hi, s[j].hi)
		j++
	}
	switch {
	case j > i:
		s[i] = span{lo, hi}
		s = append(s[:i+1], s[j:]...)
	default:
		s = append(s, span{})
		copy(s[i+1:], s[i:])
		s[i] = span{lo, hi}
	}
	if len(s) > maxSpans {
		s[1].lo = s[0].lo
		s = s[:copy(s, s[1:])]
	}
	*r = s
}

// without counts the numbers of r that are not in other.
func (r ranges) without(other ranges) (n int64) {
	i := 0
	for _, s := range r {
		lo := s.lo
		for ; i < len(other) && other[i].hi < lo; i++ {
		}
		for k := i; k < len(other) && other[k].lo <= s.hi; k++ {
			if other[k].lo > lo {
				n += other[k].lo - lo
			}
			lo = other[k].hi + 1
		}
		if lo <= s.hi {
			n += s.hi - lo + 1
		}
	}
	return n
}
