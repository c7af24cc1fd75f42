package differential

import (
	"math"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// The verdicts on a field.
const (
	Constant  = "constant"  // the same in all runs
	Changes   = "changes"   // with the persona
	Candidate = "candidate" // may change with the persona: there is too little to exclude chance
	Noise     = "noise"     // changes though the persona does not
	Clock     = "clock"     // the time
	Unmatched = "unmatched" // in no exchange that runs with both personas have
)

// judge tells what depends on the persona.
type judge struct {
	*table
	subjects *subjects
	redactor *audit.Redactor
	design   design
	order    string
	slots    []slot
	tallies  []tally // by field
	wrong    int     // fields that would be found if the runs were paired otherwise
	tried    int     // fields that wrong is about
	findings []found
	headers  map[string]*variety // of header fields, by name
}

func newJudge(t *table, s *subjects, r *audit.Redactor, runs []Run, slots []slot) *judge {
	return &judge{
		table: t, subjects: s, redactor: r, slots: slots,
		design:  newDesign(t.group[0].count(), t.group[1].count()),
		tallies: make([]tally, len(t.fields)),
	}
}

func (j *judge) judge() {
	for i := range j.contents {
		if c := &j.contents[i]; c.runs != 0 {
			y := &j.tallies[c.field]
			y.contents = append(y.contents, int32(i))
		}
	}
	look := &slotLook{of: map[int32]*slotField{}}
	for _, s := range j.slots {
		j.slot(s, look)
	}
	for i := range j.fields {
		j.mistaken(int32(i))
		j.field(int32(i))
	}
	j.presence()
	j.counts()
	j.fold()
}

// slotField is what one exchange holds in one field.
type slotField struct {
	own   [2][]int32 // contents that all runs with one persona have, and no other
	noisy bool
	clock bool
	hold  []uint64 // by run: what it holds, 0 where it holds nothing
	size  []int    // by run: of blobs, -1 where there is none
	data  [][]byte
	blobs bool
}

// slotLook is scratch for one exchange.
type slotLook struct {
	of    map[int32]*slotField
	order []int32
	spare []*slotField
}

func (l *slotLook) field(f int32, runs int) *slotField {
	x := l.of[f]
	if x == nil {
		if n := len(l.spare); n > 0 {
			x, l.spare = l.spare[n-1], l.spare[:n-1]
		} else {
			x = &slotField{size: make([]int, runs), data: make([][]byte, runs), hold: make([]uint64, runs)}
		}
		for i := range x.size {
			x.size[i], x.data[i], x.hold[i] = -1, nil, 0
		}
		x.own[0], x.own[1] = x.own[0][:0], x.own[1][:0]
		x.noisy, x.clock, x.blobs = false, false, false
		l.of[f] = x
		l.order = append(l.order, f)
	}
	return x
}

// slot takes in one exchange.
func (j *judge) slot(s slot, look *slotLook) {
	var sides runSet
	for run, i := range s {
		if i >= 0 {
			sides |= 1 << j.side(int32(run))
		}
	}
	if sides != 3 {
		return
	}
	for run, i := range s {
		if i < 0 {
			continue
		}
		side := j.side(int32(run))
		for _, k := range j.units[i].contents {
			c := &j.contents[k]
			x := look.field(c.field, len(s))
			x.hold[run] += uint64(k+1) * 0x9e3779b97f4a7c15
			switch {
			case c.runs == j.all:
			case c.clock:
				x.clock = true
			case c.runs == j.group[side]:
				if !slices.Contains(x.own[side], k) {
					x.own[side] = append(x.own[side], k)
				}
			case !c.open:
				x.noisy = true
			}
			if c.blob && !c.open {
				x.blobs = true
				if x.size[run] < 0 {
					x.size[run], x.data[run] = c.size, c.data
				} else {
					x.size[run], x.data[run] = x.size[run]+c.size, nil // several: only their sum can be compared
				}
			}
		}
	}
	for _, f := range look.order {
		x := look.of[f]
		j.tallies[f].take(x, j)
		look.spare = append(look.spare, x)
		delete(look.of, f)
	}
	look.order = look.order[:0]
}

// take adds what one exchange shows.
func (y *tally) take(x *slotField, j *judge) {
	a, b := j.closed(x.own[0]), j.closed(x.own[1])
	switch {
	case x.steady():
		y.steady++
	case a >= 0 && b >= 0:
		if y.changed == 0 {
			y.pair = [2]int32{a, b}
		}
		y.changed++
		y.growth.add(j.contents[b].size - j.contents[a].size)
	case x.noisy:
		y.noisy++
	case x.clock:
		y.clocks++
	}
	if x.blobs {
		y.blobs.take(x, j)
	}
}

// steady reports whether all runs that have the exchange hold the same.
func (x *slotField) steady() bool {
	h := uint64(0)
	for _, k := range x.hold {
		if k != 0 {
			if h != 0 && h != k {
				return false
			}
			h = k
		}
	}
	return true
}

// closed picks the content that shows most: one that was not taken apart.
func (j *judge) closed(list []int32) int32 {
	best := int32(-1)
	for _, k := range list {
		if best < 0 || j.contents[best].open && !j.contents[k].open {
			best = k
		}
	}
	return best
}

// take adds the lengths and bytes of one exchange.
func (b *blobs) take(x *slotField, j *judge) {
	sizes := [2]int{-1, -1}
	whole := true
	for run, n := range x.size {
		if n < 0 {
			whole = false
			continue
		}
		side := j.side(int32(run))
		switch {
		case sizes[side] < 0:
			sizes[side] = n
		case sizes[side] == n:
			b.equal++
		default:
			b.unequal++
		}
		whole = whole && len(x.data[run]) == n && n == x.size[0]
	}
	if sizes[0] < 0 || sizes[1] < 0 {
		return
	}
	b.slots++
	if sizes[0] != sizes[1] {
		if b.differ == 0 {
			b.sizes = sizes
		}
		b.differ++
		b.growth.add(sizes[1] - sizes[0])
	}
	if whole && j.design.repeats > 0 {
		b.compareBytes(x.data, j.side)
	}
}

// variety is how many contents of a field only the runs with one persona have,
// and how many of those one exchange only.
type variety struct{ n, once [2]int }

func (v *variety) add(c *content, group [2]runSet) {
	for side, g := range group {
		if c.runs == g {
			v.n[side]++
			if c.units[side] == 1 {
				v.once[side]++
			}
		}
	}
}

// restless reports whether a field changes with every exchange of a run,
// though nothing in a run changes the persona.
func (v *variety) restless() bool {
	return v.n[0] >= 3 && v.n[0] == v.once[0] || v.n[1] >= 3 && v.n[1] == v.once[1]
}

// varies reports whether a field is restless. A header field is the same in
// whatever request it stands.
func (j *judge) varies(f int32) bool {
	if j.headers == nil {
		j.headers = map[string]*variety{}
		for i := range j.contents {
			c := &j.contents[i]
			if text := j.fields[c.field].text; strings.HasPrefix(text, "request.header ") {
				if j.headers[text] == nil {
					j.headers[text] = &variety{}
				}
				j.headers[text].add(c, j.group)
			}
		}
	}
	if v := j.headers[j.fields[f].text]; v != nil {
		return v.restless()
	}
	var v variety
	for _, k := range j.tallies[f].contents {
		v.add(&j.contents[k], j.group)
	}
	return v.restless()
}

// noise is how many bits chance must have made for a field without any
// dependence to look as it does, if each run drew anew.
func (j *judge) noise(y *tally) float64 {
	bits := min(j.contents[y.pair[0]].bits, j.contents[y.pair[1]].bits)
	// A run that shows many contents is more likely to show one of them again.
	var shown [2]float64
	for _, k := range y.contents {
		for side := range shown {
			if j.contents[k].runs&j.group[side] != 0 && j.contents[k].runs != j.all {
				shown[side]++
			}
		}
	}
	bits -= math.Log2(max(1, shown[0], shown[1]))
	return max(0, bits) * float64(j.design.repeats)
}

// mistaken counts the fields that would be found if other runs were called
// the first persona's: that many of the findings are to be expected by chance.
func (j *judge) mistaken(f int32) {
	a := j.design.runs[0]
	sets := map[runSet]bool{}
	for _, k := range j.tallies[f].contents {
		if c := &j.contents[k]; !c.open && !c.clock && c.runs != j.all {
			sets[c.runs] = true
		}
	}
	if len(sets) == 0 {
		return
	}
	j.tried++
	for s := range sets {
		rest := j.all &^ s
		if s.count() != a || !sets[rest] || s == j.group[0] || s == j.group[1] {
			continue
		}
		if a == j.design.runs[1] && s > rest {
			continue // counted by its other half
		}
		j.wrong++
	}
}
