package differential

import (
	"slices"
	"strings"
)

// Kinds of findings: what it is that depends on the persona.
const (
	KindValue    = "value"    // a field's content
	KindDigest   = "digest"   // a content that has the length of a digest
	KindBytes    = "bytes"    // bytes of what nobody could read
	KindSize     = "size"     // its length
	KindEntropy  = "entropy"  // how disordered it is
	KindCount    = "count"    // how often it is sent
	KindPresence = "presence" // whether it is sent at all
)

// found is a finding before it is written.
type found struct {
	kind   string
	grade  string
	class  int32
	field  int32 // -1: the exchange itself
	pair   [2]int32
	of     int // exchanges
	n      int // of them, in which it depends on the persona
	noise  float64
	chance float64
	known  []found1
	growth growth
	sizes  [2]int
	ranges []Range
	counts []int
	extent [2]extent
	side   int  // of what is present
	open   bool // its pieces are fields themselves
	why    []string

	more []int32 // fields of other classes at the host that hold the same
}

// found1 is a known value in both contents.
type found1 struct {
	pair       int
	form, what string
}

// grade is B if noise is excluded and there was a repeat, else C.
func (j *judge) grade(proven bool) string {
	if j.design.repeats > 0 && proven {
		return "B"
	}
	return "C"
}

// field judges one field.
func (j *judge) field(f int32) {
	y := &j.tallies[f]
	if y.changed > 0 {
		j.content(f, y)
	} else if y.noisy > 0 {
		j.withinNoise(f, y)
	}
	if y.blobs.slots > 0 {
		j.blob(f, y)
	}
}

// content judges what a field holds.
func (j *judge) content(f int32, y *tally) {
	a, b := &j.contents[y.pair[0]], &j.contents[y.pair[1]]
	x := found{
		kind: KindValue, class: j.fields[f].class, field: f, pair: y.pair, n: y.changed, of: y.changed + y.noisy + y.steady + y.clocks,
		noise: j.noise(y), chance: j.design.accident, growth: y.growth, known: j.common(a, b),
	}
	if x.open = a.open && b.open; x.open {
		x.noise = 0 // most of it is the same anyway
	}
	proven := x.noise >= noiseBits
	switch {
	case a.blob && b.blob && len(x.known) == 0:
		if j.design.repeats == 0 {
			return // of what is encrypted everything changes: only its length may tell
		}
		x.kind = KindBytes
		x.ranges = y.blobs.ranges()
	case a.digest && b.digest && a.size == b.size:
		x.kind = KindDigest
	}
	switch {
	case len(x.known) > 0:
		x.grade, x.why = "A", []string{"known"}
	case j.design.repeats == 0:
		if j.varies(f) {
			return
		}
		x.grade, x.why = "C", []string{"once"}
		if a.units[0] > 1 && b.units[1] > 1 {
			x.why = append(x.why, "steady")
		}
	case proven:
		x.grade, x.why = "B", []string{"repeat"}
		if x.kind == KindDigest && j.subjects.known {
			x.why = append(x.why, "unsalted-excluded")
		}
	default:
		x.grade, x.why = "C", []string{"few-bits"}
	}
	j.add(x)
}

// withinNoise finds known values in a field that is new each time as a whole:
// the detector read further into it than fields are taken apart.
func (j *judge) withinNoise(f int32, y *tally) {
	type one struct {
		found1
		runs [2]runSet
		in   [2]int32
	}
	var list []one
	for _, k := range y.contents {
		c := &j.contents[k]
		if c.open {
			continue
		}
		for _, v := range c.known {
			if v.owner.persona == 2 {
				continue
			}
			key := found1{v.owner.pair, v.form, v.what}
			i := slices.IndexFunc(list, func(o one) bool { return o.found1 == key })
			if i < 0 {
				i = len(list)
				list = append(list, one{found1: key})
			}
			list[i].runs[v.owner.persona] |= c.runs & j.group[v.owner.persona]
			list[i].in[v.owner.persona] = k
		}
	}
	x := found{kind: KindValue, grade: "A", class: j.fields[f].class, field: f, n: y.noisy, of: y.changed + y.noisy + y.steady + y.clocks, chance: j.design.accident, why: []string{"known", "within-noise"}}
	for _, o := range list {
		if o.runs == j.group {
			x.known, x.pair = append(x.known, o.found1), o.in
		}
	}
	if len(x.known) > 0 {
		j.add(x)
	}
}

// blob judges length, bytes and entropy of what could be a ciphertext, unless
// its whole content was found to depend on the persona.
func (j *judge) blob(f int32, y *tally) {
	b := &y.blobs
	if n := len(j.findings); n > 0 && j.findings[n-1].field == f && j.findings[n-1].kind != KindValue && j.findings[n-1].grade != "C" {
		return
	}
	base := found{class: j.fields[f].class, field: f, of: b.slots, pair: [2]int32{-1, -1}, chance: j.design.accident}
	if ranges := b.ranges(); len(ranges) > 0 {
		x := base
		x.kind, x.ranges, x.n = KindBytes, ranges, b.slots
		differs := 0
		for _, r := range ranges {
			differs = max(differs, r.differs)
		}
		x.noise = 8 * float64(differs) * float64(j.design.repeats)
		if x.noise >= noiseBits {
			x.grade, x.why = "B", []string{"repeat", "part"}
			j.add(x)
		}
	}
	if b.differ > 0 && b.unequal == 0 {
		x := base
		x.kind, x.n, x.sizes, x.growth = KindSize, b.differ, b.sizes, b.growth
		if j.design.repeats > 0 {
			x.chance = min(x.chance, stability(b.equal))
		}
		exact := len(j.subjects.changed) == 1 && !x.growth.mixed && len(j.subjects.grown(x.growth.by)) == 1
		x.grade = j.grade(exact || x.chance <= significant)
		switch {
		case j.design.repeats == 0:
			x.why = []string{"once"}
		case x.grade == "C":
			x.why = []string{"few-runs"}
		default:
			x.why = []string{"repeat"}
		}
		j.add(x)
	}
	j.disorder(base, y)
}

// ranges are the stretches that depend on the persona, of the length that
// shows most.
func (b *blobs) ranges() (best []Range) {
	most := 0
	for i := range b.bytes {
		list := b.bytes[i].ranges()
		n := 0
		for _, r := range list {
			n += r.differs
		}
		if n > most {
			best, most = list, n
		}
	}
	return best
}

// entropyGap is by how much the entropy of a field must differ between the
// personas, in bits a byte, and how many times more than within a persona.
const (
	entropyGap   = 0.25
	entropyTimes = 4
)

// disorder judges the entropy of a field whose length tells nothing.
func (j *judge) disorder(x found, y *tally) {
	if j.design.repeats == 0 || y.blobs.differ > 0 {
		return
	}
	var e [2]extent
	for _, k := range y.contents {
		c := &j.contents[k]
		for side := range e {
			if c.blob && !c.open && c.entropy > 0 && c.runs&j.group[side] != 0 {
				e[side].add(c.entropy)
			}
		}
	}
	if e[0].n < j.design.runs[0] || e[1].n < j.design.runs[1] {
		return
	}
	gap := max(e[1].min-e[0].max, e[0].min-e[1].max)
	spread := max(e[0].max-e[0].min, e[1].max-e[1].min)
	if gap < entropyGap || gap < entropyTimes*spread {
		return
	}
	x.kind, x.n, x.extent = KindEntropy, x.of, e
	x.grade, x.why = j.grade(x.chance <= significant), []string{"repeat"}
	if x.grade == "C" {
		x.why = []string{"few-runs"}
	}
	j.add(x)
}

// common lists the values that were found in both contents, each persona's own
// in its own.
func (j *judge) common(a, b *content) (list []found1) {
	for _, x := range a.known {
		for _, y := range b.known {
			if x.owner.pair == y.owner.pair && x.owner.persona == 0 && y.owner.persona == 1 && x.form == y.form && x.what == y.what {
				if k := (found1{x.owner.pair, x.form, x.what}); !slices.Contains(list, k) {
					list = append(list, k)
				}
			}
		}
	}
	return list
}

// presence finds what only runs with one of the personas have.
func (j *judge) presence() {
	for side, g := range j.group {
		for i := range j.classes {
			if j.classes[i].runs == g {
				j.present(found{class: int32(i), field: -1}, side)
			}
		}
		for i := range j.fields {
			f := &j.fields[i]
			if f.runs != g || !f.named || j.classes[f.class].runs != j.all {
				continue
			}
			above := strings.LastIndex(f.text, separator)
			if above < 0 {
				j.present(found{class: f.class, field: int32(i)}, side)
				continue
			}
			// Chance may make something of an identifier: what it stands in must
			// be a structure every time.
			if p, ok := j.fieldOf[fieldKey{f.class, f.text[:above]}]; ok && j.fields[p].runs == j.all && j.opened(p) {
				j.present(found{class: f.class, field: int32(i)}, side)
			}
		}
	}
}

// opened reports whether all that a field held was taken apart.
func (j *judge) opened(f int32) bool {
	for _, k := range j.tallies[f].contents {
		if !j.contents[k].open {
			return false
		}
	}
	return true
}

func (j *judge) present(x found, side int) {
	x.kind, x.side, x.chance, x.pair = KindPresence, side, j.design.accident, [2]int32{-1, -1}
	x.grade = j.grade(x.chance <= significant)
	switch {
	case j.design.repeats == 0:
		x.why = []string{"once"}
	case x.grade == "C":
		x.why = []string{"few-runs"}
	default:
		x.why = []string{"repeat"}
	}
	j.add(x)
}

// counts finds what nobody could read and is sent more often with one persona.
func (j *judge) counts() {
	opaque := make([]bool, len(j.classes))
	for i := range j.contents {
		if c := &j.contents[i]; c.blob && !c.open {
			opaque[j.fields[c.field].class] = true
		}
	}
	n := make([][]int, len(j.classes))
	for i := range j.units {
		u := &j.units[i]
		if !opaque[u.class] {
			continue
		}
		if n[u.class] == nil {
			n[u.class] = make([]int, j.all.count())
		}
		n[u.class][u.run]++
	}
	for c, counts := range n {
		if counts == nil || j.classes[c].runs != j.all {
			continue
		}
		sides := [2]int{-1, -1}
		same := true
		for run, k := range counts {
			s := j.side(int32(run))
			same = same && (sides[s] < 0 || sides[s] == k)
			sides[s] = k
		}
		if !same || sides[0] == sides[1] {
			continue
		}
		x := found{kind: KindCount, class: int32(c), field: -1, pair: [2]int32{-1, -1}, counts: counts, chance: j.design.accident}
		x.grade, x.why = j.grade(x.chance <= significant), []string{"few-runs"}
		if x.grade == "B" {
			x.why = []string{"repeat"}
		} else if j.design.repeats == 0 {
			x.why = []string{"once"}
		}
		j.add(x)
	}
}

// maxFindings bounds the findings of one comparison.
const maxFindings = 5000

func (j *judge) add(x found) {
	if len(j.findings) >= maxFindings {
		j.full = true
		return
	}
	j.findings = append(j.findings, x)
}
