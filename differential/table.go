package differential

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/constat/constat/flow"
)

// Bounds on what is kept of all runs together, whatever they hold. A value is
// some 120 bytes.
const (
	maxValues = 1 << 20
	maxPaths  = 1 << 17
	maxUnits  = 1 << 19
	maxRefs   = 1 << 23 // contents in units
	maxBlobs  = 32 << 20
	maxBlob   = 4 << 10 // bytes kept of one
	maxPath   = 1 << 10 // length of a path's name
)

// runs is a set of runs.
type runSet uint32

func (s runSet) has(run int) bool { return s>>run&1 != 0 }
func (s runSet) count() int       { return bits.OnesCount32(uint32(s)) }

// class is what units have in common: where they go, by which method.
type class struct {
	kind   flow.Kind
	method string
	host   string // with numbers as a star
	shown  string // the first host seen
	path   []string
	part   string // "", "message", "dns", "unread"
	runs   runSet
}

func (c *class) key() string {
	return strings.Join([]string{string(c.kind), c.method, c.host, c.part, strings.Join(c.path, "/")}, "\x00")
}

// field is a place in the units of a class.
type field struct {
	class int32
	text  string // "request.body › json $.dev.mac"
	key   string // nearest name
	named bool   // selected by name, from its neighbours independent
	runs  runSet
}

// content is what a field held: never the bytes, except of what could be a
// ciphertext.
type content struct {
	shape
	field  int32
	runs   runSet
	units  [2]int32 // that held it, with each persona
	open   bool     // layers below it were taken apart
	clock  bool
	data   []byte // of a blob, if there was room
	known  []known
	secret bool // of a kind whose length is not told either
}

// known is a value of the subjects that was found in a content.
type known struct {
	owner owner
	form  string
	what  string // "sha256 of contact.email"
}

// unit is what left at once.
type unit struct {
	run      int32
	class    int32
	contents []int32 // sorted
}

type fieldKey struct {
	class int32
	text  string
}

type contentKey struct {
	field int32
	sum   [16]byte
}

// table holds all runs.
type table struct {
	group [2]runSet // the runs with each persona
	all   runSet

	classes  []class
	fields   []field
	contents []content
	units    []unit

	classOf   map[string]int32
	fieldOf   map[fieldKey]int32
	contentOf map[contentKey]int32

	refs, blobs int
	full        bool // something was left out
}

func newTable(runs []Run) *table {
	t := &table{classOf: map[string]int32{}, fieldOf: map[fieldKey]int32{}, contentOf: map[contentKey]int32{}}
	for i, r := range runs {
		t.group[r.Persona] |= 1 << i
	}
	t.all = t.group[0] | t.group[1]
	return t
}

func (t *table) side(run int32) int {
	if t.group[1].has(int(run)) {
		return 1
	}
	return 0
}

func (t *table) class(c class, run int) int32 {
	key := c.key()
	i, ok := t.classOf[key]
	if !ok {
		i = int32(len(t.classes))
		t.classOf[key] = i
		t.classes = append(t.classes, c)
	}
	t.classes[i].runs |= 1 << run
	return i
}

// begin makes a unit; nil: there is no room.
func (t *table) begin(class int32, run int) *unit {
	if len(t.units) >= maxUnits {
		t.full = true
		return nil
	}
	t.units = append(t.units, unit{run: int32(run), class: class})
	return &t.units[len(t.units)-1]
}

// add files a content under the field of u that is named so.
func (t *table) add(u *unit, name []byte, f field, sum [16]byte, c content) *content {
	if t.refs >= maxRefs || len(name) > maxPath {
		t.full = true
		return nil
	}
	key := fieldKey{u.class, string(name)}
	i, ok := t.fieldOf[key]
	if !ok {
		if len(t.fields) >= maxPaths {
			t.full = true
			return nil
		}
		i = int32(len(t.fields))
		t.fieldOf[key] = i
		f.class, f.text = u.class, key.text
		t.fields = append(t.fields, f)
	}
	k, ok := t.contentOf[contentKey{i, sum}]
	if !ok {
		if len(t.contents) >= maxValues {
			t.full = true
			return nil
		}
		k = int32(len(t.contents))
		t.contentOf[contentKey{i, sum}] = k
		c.field = i
		if len(c.data) > 0 && t.blobs+len(c.data) <= maxBlobs {
			t.blobs += len(c.data)
			c.data = slices.Clone(c.data)
		} else {
			c.data = nil
		}
		t.contents = append(t.contents, c)
	}
	t.refs++
	u.contents = append(u.contents, k)
	t.fields[i].runs |= 1 << u.run
	x := &t.contents[k]
	x.runs |= 1 << u.run
	x.clock = x.clock && c.clock
	x.open = x.open && c.open
	return x
}

// end closes a unit: what it held twice counts once.
func (t *table) end(u *unit) {
	slices.Sort(u.contents)
	u.contents = slices.Compact(u.contents)
	for _, k := range u.contents {
		t.contents[k].units[t.side(u.run)]++
	}
}

// unite finds the classes that differ only by a name in their path, which
// stands for somebody: /users/camille in some runs, /users/noe in the others.
// No such class may be in a run that another one is in.
func (t *table) unite() {
	type hole struct {
		rest string
		at   int
	}
	groups := map[hole][]int32{}
	var holes []hole // in order of appearance
	for i := range t.classes {
		c := &t.classes[i]
		if c.runs == t.all {
			continue
		}
		for at := range c.path {
			if c.path[at] == anyName {
				continue
			}
			d := *c
			d.path = slices.Clone(c.path)
			d.path[at] = anyName
			h := hole{d.key(), at}
			if groups[h] == nil {
				holes = append(holes, h)
			}
			groups[h] = append(groups[h], int32(i))
		}
	}
	became := make([]int32, len(t.classes))
	for i := range became {
		became[i] = int32(i)
	}
	united := false
	for _, h := range holes {
		list := groups[h]
		var runs runSet
		fits := len(list) >= 2
		for _, i := range list {
			fits = fits && became[i] == i && runs&t.classes[i].runs == 0
			runs |= t.classes[i].runs
		}
		if !fits || runs != t.all {
			continue
		}
		first := &t.classes[list[0]]
		first.path = slices.Clone(first.path)
		first.path[h.at], first.runs = anyName, runs
		for _, i := range list {
			if became[i] = list[0]; i != list[0] {
				t.classes[i].runs = 0
			}
		}
		united = true
	}
	if united {
		t.rename(became)
	}
}

// rename files everything of each class under the class that it became. What
// is left of the others is in no run.
func (t *table) rename(became []int32) {
	fieldBecame := make([]int32, len(t.fields))
	for i := range t.fields {
		f := &t.fields[i]
		f.class = became[f.class]
		key := fieldKey{f.class, f.text}
		if first, ok := t.fieldOf[key]; ok && first < int32(i) {
			fieldBecame[i] = first
			t.fields[first].runs |= f.runs
			f.runs = 0
			continue
		}
		t.fieldOf[key], fieldBecame[i] = int32(i), int32(i)
	}
	old := t.contentOf
	sums := make([][16]byte, len(t.contents))
	for key, i := range old {
		sums[i] = key.sum
	}
	t.contentOf = make(map[contentKey]int32, len(old))
	contentBecame := make([]int32, len(t.contents))
	for i := range t.contents {
		c := &t.contents[i]
		c.field = fieldBecame[c.field]
		key := contentKey{c.field, sums[i]}
		if first, ok := t.contentOf[key]; ok {
			x := &t.contents[first]
			x.runs |= c.runs
			x.units[0], x.units[1] = x.units[0]+c.units[0], x.units[1]+c.units[1]
			x.open, x.clock, x.secret = x.open && c.open, x.clock && c.clock, x.secret || c.secret
			c.runs, c.units = 0, [2]int32{}
			contentBecame[i] = first
			continue
		}
		t.contentOf[key], contentBecame[i] = int32(i), int32(i)
	}
	for i := range t.units {
		u := &t.units[i]
		u.class = became[u.class]
		for k := range u.contents {
			u.contents[k] = contentBecame[u.contents[k]]
		}
		slices.Sort(u.contents)
		u.contents = slices.Compact(u.contents)
	}
}
