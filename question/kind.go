package question

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
)

// kind is what rows have that differ in nothing but atRow. Expressions are
// weighed once for a kind, with what differs unknown: most come out true or
// false all the same, and those that do not are weighed row by row.
type kind struct {
	live []live // clauses for which rows of it may count
}

// live is a clause, and which of its expressions are true for all rows of a kind
// and which must be weighed.
type live struct {
	counter     int
	yes, depend uint8
}

// Bounds of what a judge remembers.
const (
	maxKinds = 20_000
	maxMemo  = 20_000 // of an atom
	maxWords = 100_000
)

// judge weighs expressions over rows. There is one for each processor.
type judge struct {
	set     *Set
	world   *world
	clauses []*Clause // over rows
	trees   [][]*tree // of their expressions
	atoms   []*memo
	kinds   map[string]*kind // nil: not worth it
	known   int              // rows whose kind was
	lexicon *lexicon         // of the bench

	// The row at hand.
	values  []byte // of atoms, plus one; 0: not asked yet
	row     row
	vague   vague
	ready   bool // row is of it
	failure error

	base int  // of its clauses among those of all judges
	all  bool // it also judges what may be another app's

	// What it found, since the last batch.
	open    []why
	against []bool
	cost    uint64
	rows    int // of the batch
}

// word32 is a value of a telling field: its number and, if it is a string, that.
type word32 struct {
	id        uint32
	text, raw string
}

// lexicon numbers the values of telling fields, for the judges of one processor.
type lexicon struct {
	words map[string]word32
	opens map[[len(opening)]uint32]uint32 // what leaves moments open, numbered as one
	ids   [fields + 1]uint32              // of the row at hand; the last of opens
	texts [fields]string
	raw   [fields]string // JSON values: most are those of the row before
	known bool           // they are of it
	met   bool           // there was a row before
	full  []func()       // forget what was remembered by number
}

// read numbers the values of a row.
func (x *lexicon) read(l *line) {
	if x.known {
		return
	}
	x.known = true
	if len(x.words) > maxWords {
		clear(x.words)
		clear(x.opens)
		for _, forget := range x.full {
			forget()
		}
		x.met = false
	}
	for i, value := range l.told {
		if x.met && string(value) == x.raw[i] {
			continue
		}
		w, ok := x.words[string(value)]
		if !ok {
			w = word32{uint32(len(x.words)), spelled(value), string(value)}
			x.words[w.raw] = w
		}
		x.ids[i], x.texts[i], x.raw[i] = w.id, w.text, w.raw
	}
	x.met = true
	var of [len(opening)]uint32
	for i, field := range opening {
		of[i] = x.ids[field]
	}
	n, ok := x.opens[of]
	if !ok {
		n = uint32(len(x.opens))
		x.opens[of] = n
	}
	x.ids[fields] = n
}

// memo remembers what an atom is, by those telling fields that it uses.
type memo struct {
	*expression
	fields []int
	rows   bool   // it uses what differs from row to row
	one    []byte // by the number of the one field, plus one; 0: not weighed
	few    map[uint64]byte
	many   map[string]byte
}

func newMemo(x *expression) *memo {
	m := &memo{expression: x, rows: x.uses(atRow), few: map[uint64]byte{}, many: map[string]byte{}}
	var mask uint32
	for _, name := range x.names {
		mask |= needed[name] // none of what is no variable: x of list.exists(x, …)
	}
	if mask&opened == opened {
		for _, i := range opening {
			mask &^= 1 << i
		}
		m.fields = append(m.fields, fields)
	}
	for i := range fields {
		if mask&(1<<i) != 0 {
			m.fields = append(m.fields, i)
		}
	}
	return m
}

func newJudge(s *Set, w *world, clauses []*Clause, x *lexicon) *judge {
	j := &judge{lexicon: x, set: s, world: w.apart(), clauses: clauses, kinds: map[string]*kind{}, open: make([]why, len(clauses)), against: make([]bool, len(clauses))}
	slots := map[string]int{}
	var atoms []*expression
	for _, c := range clauses {
		var list []*tree
		for _, x := range c.exprs {
			list = append(list, x.tree.settle(slots, &atoms))
		}
		j.trees = append(j.trees, list)
	}
	for _, x := range atoms {
		j.atoms = append(j.atoms, newMemo(x))
	}
	j.values = make([]byte, len(atoms))
	x.full = append(x.full, func() {
		for _, m := range j.atoms {
			clear(m.one)
			clear(m.few)
			clear(m.many)
		}
	})
	return j
}

// sort finds the kind of a row; key is what tells it.
func (j *judge) sort(l *line, key []byte) (*kind, error) {
	j.ready = false
	if j.kinds == nil {
		return j.meet(l)
	}
	if k, ok := j.kinds[string(key)]; ok {
		j.known++
		return k, nil
	}
	k, err := j.meet(l)
	if err != nil {
		return nil, err
	}
	j.kinds[string(key)] = k
	if len(j.kinds) == maxKinds {
		clear(j.kinds)
		if j.known < maxKinds {
			j.kinds = nil // few rows are alike: looking costs more than it saves
		}
		j.known = 0
	}
	return k, nil
}

// vague is a row of which atRow is unknown.
type vague struct{ *row }

func (v *vague) ResolveName(name string) (any, bool) {
	if atRow[name] {
		return types.NewUnknown(0, types.NewAttributeTrail(name)), true
	}
	if x := v.defined[name]; x != nil { // inside an atom, as in c ? a : b
		return v.define(v, x), true
	}
	return v.row.ResolveName(name)
}

// meet settles what every clause is of a new kind.
func (j *judge) meet(l *line) (*kind, error) {
	k := &kind{}
	j.lexicon.read(l)
	clear(j.values)
	j.failure = nil
	ask := func(t *tree) byte { return j.recall(t.slot, l) }
	for i, list := range j.trees {
		at := live{counter: i}
		for n, t := range list {
			switch t.of(ask) {
			case yes:
				at.yes |= 1 << n
			case depend:
				at.depend |= 1 << n
			case open:
				j.show(l)
				j.open[i] |= whyOpen(&j.row.Circumstance, j.clauses[i].exprs[n].names)
			case bad:
				return nil, j.failure
			}
		}
		if at.yes|at.depend == 0 {
			j.against[i] = true
			continue
		}
		k.live = append(k.live, at)
	}
	return k, nil
}

// recall says what an atom is of a row's kind; it weighs it if it was not
// weighed for such a row before.
func (j *judge) recall(slot int, l *line) byte {
	if v := j.values[slot]; v != 0 {
		return v - 1
	}
	m := j.atoms[slot]
	var key uint64
	var long []byte
	var is byte
	var ok bool
	if len(m.fields) == 1 {
		key = uint64(j.lexicon.ids[m.fields[0]])
		if key < uint64(len(m.one)) && m.one[key] != 0 {
			is, ok = m.one[key]-1, true
		} else if key >= maxMemo {
			is, ok = m.few[key]
		}
	} else if len(m.fields) <= 2 {
		for _, i := range m.fields {
			key = key<<32 | uint64(j.lexicon.ids[i])
		}
		is, ok = m.few[key]
	} else {
		var buf [4 * fields]byte
		long = buf[:0]
		for _, i := range m.fields {
			id := j.lexicon.ids[i]
			long = append(long, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
		}
		is, ok = m.many[string(long)]
	}
	if !ok {
		j.show(l)
		if is = j.weigh(m.expression, &j.vague); is == open && m.rows {
			is = depend
		}
		switch {
		case is == bad: // is told, not remembered
		case len(m.fields) > 2:
			if len(m.many) >= maxMemo {
				clear(m.many)
			}
			m.many[string(long)] = is
		case len(m.fields) == 1 && key < maxMemo:
			for uint64(len(m.one)) <= key {
				m.one = append(m.one, 0)
			}
			m.one[key] = is + 1
		default:
			if len(m.few) >= maxMemo {
				clear(m.few)
			}
			m.few[key] = is
		}
	}
	j.values[slot] = is + 1
	return is
}

// weigh evaluates an atom and counts its steps.
func (j *judge) weigh(x *expression, vars cel.Activation) byte {
	v, cost, err := x.weighWithin(vars, &j.row.Circumstance)
	j.cost += cost + j.row.steps
	if err == nil {
		err = j.row.err
	}
	j.row.steps, j.row.err = 0, nil
	if err == nil {
		err = overspent(j.cost, j.rows)
	}
	switch {
	case err != nil:
		j.failure = err
		return bad
	case v == types.True:
		return yes
	case types.IsUnknown(v):
		return open
	}
	return no
}

// judge says which expressions of a clause are true of a row.
func (j *judge) judge(l *line, c live) (met uint8, err error) {
	met = c.yes
	if c.depend == 0 {
		return met, nil
	}
	j.show(l)
	j.lexicon.read(l)
	clear(j.values)
	ask := func(t *tree) byte {
		m := j.atoms[t.slot]
		if !m.rows {
			return j.recall(t.slot, l)
		}
		return j.weigh(m.expression, &j.row)
	}
	for n, t := range j.trees[c.counter] {
		if c.depend&(1<<n) == 0 {
			continue
		}
		switch t.of(ask) {
		case yes:
			met |= 1 << n
		case open:
			j.open[c.counter] |= whyOpen(&j.row.Circumstance, j.clauses[c.counter].exprs[n].names)
		case bad:
			return 0, j.failure
		}
	}
	if met == 0 {
		j.against[c.counter] = true
	}
	return met, nil
}

// show makes the row that atoms look at.
func (j *judge) show(l *line) {
	if j.ready {
		return
	}
	j.ready = true
	j.lexicon.read(l)
	text := func(name string) string { return j.lexicon.texts[telling[name]] }
	is := func(name string) bool { return string(l.told[telling[name]]) == "true" }
	t := audit.Transfer{
		DataType: text("data_type"), Form: text("form"), Detail: text("detail"), Anonymity: audit.Anonymity{Verdict: text("anonymity")}, Grade: text("grade"),
		Alias: spelled(l.alias), Flow: audit.FlowRef{ID: spelled(l.flow), Method: text("flow.method"), Protocol: text("flow.protocol")},
		Part: text("part"), Sender: audit.Sender{App: text("app"), AppConfidence: text("app_confidence"), AppOpen: l.of == anyones}, Offset: measured(l.at), Bytes: int64(measured(l.size)),
		Recipient: *j.world.refer(l.told[telling["recipient"]]),
		Circumstance: audit.Circumstance{
			State: text("state"), Act: text("act"), SinceAct: measured(l.since), Consent: text("consent"), Draft: is("draft_open"), Fate: text("clip_fate"), Last: text("clip_ended"),
			Account: is("signed_up"), Unsure: is("moment_unsure"), Within: measured(l.within),
		},
	}
	if len(l.told[telling["persona_value"]]) > 0 {
		t.PersonaValue = new(int)
	}
	for name, to := range map[string]*[]string{"moment_open": &t.Open, "moment_unmarked": &t.Unmarked} {
		if list := l.told[telling[name]]; len(list) > 0 {
			_ = json.Unmarshal(list, to) // no list: nothing is open
		}
	}
	if j.row.Transfer == nil {
		j.row = row{Transfer: &t, world: j.world, defined: j.set.defined}
		j.vague.row = &j.row
	} else {
		*j.row.Transfer = t
	}
	j.row.scheme = strings.TrimPrefix(string(l.told[telling["flow.url"]]), `"`)
}

// budget of the steps that expressions may take, so that a set from anybody
// cannot keep the program busy for ever: much more than any set of the box needs.
const (
	freeSteps   = 2_000_000
	stepsPerRow = 3_000
)

func overspent(cost uint64, rows int) error {
	if cost <= freeSteps+stepsPerRow*uint64(rows) {
		return nil
	}
	return fmt.Errorf("the expressions take too long: %d steps over %d rows; a set has %d for each row: write simpler ones, or split the set", cost, rows, stepsPerRow)
}
