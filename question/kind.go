package question

import (
	"encoding/binary"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/constat/constat/audit"
)

// kind is what rows have that differ in nothing but atRow. Expressions are
// weighed once for a kind, with what differs unknown: most come out true or
// false all the same, and those that do not are weighed row by row.
type kind struct {
	first   *audit.Transfer // of them, once one is weighed
	live    []live          // clauses for which rows of it may count
	ignored bool            // a hint decides nothing
}

// What an expression is of a kind.
const (
	no = iota
	yes
	depend // on what differs from row to row
	open   // depends on an order that the clocks do not tell
)

// memo remembers what an expression is, by those telling fields that it uses:
// kinds may be as many as rows, but few of them differ in what it looks at.
type memo struct {
	*expression
	fields []int
	rows   bool // it uses what differs from row to row
	is     map[string]byte
}

func newMemo(x *expression, defined map[string]*expression) *memo {
	m := &memo{expression: x, rows: x.uses(atRow), is: map[string]byte{}}
	var mask uint32
	for _, name := range x.names {
		if defined[name] != nil {
			continue // what it uses is in names too
		}
		bits, ok := needed[name]
		if !ok {
			bits = 1<<fields - 1
		}
		mask |= bits
	}
	for i := range fields {
		if mask&(1<<i) != 0 {
			m.fields = append(m.fields, i)
		}
	}
	return m
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
	maxMemo  = 20_000 // of an expression
	maxWords = 100_000
)

// judge weighs expressions over rows. There is one for each processor.
type judge struct {
	set      *Set
	world    *world
	clauses  []*Clause // over rows
	memos    [][]*memo // of their expressions
	kinds    map[string]*kind
	words    map[string]uint32 // values of telling fields, numbered
	key      []byte
	scratch  row
	transfer audit.Transfer
	of       *kind // whose copy transfer is

	// What it found of clauses, since the last batch.
	open, against []bool
	cost          uint64
	rows          int // of the batch
}

func newJudge(s *Set, w *world, clauses []*Clause) *judge {
	j := &judge{set: s, world: w, clauses: clauses, kinds: map[string]*kind{}, words: map[string]uint32{}, open: make([]bool, len(clauses)), against: make([]bool, len(clauses))}
	shared := map[string]*memo{}
	for _, c := range clauses {
		var list []*memo
		for _, x := range c.exprs {
			if shared[x.text] == nil {
				shared[x.text] = newMemo(x, s.defined)
			}
			list = append(list, shared[x.text])
		}
		j.memos = append(j.memos, list)
	}
	return j
}

// sort finds the kind of a row.
func (j *judge) sort(l *line) error {
	var err error
	if j.key, err = l.scan(j.key[:0]); err != nil {
		return err
	}
	k, ok := j.kinds[string(j.key)]
	if !ok {
		if k, err = j.meet(l); err != nil {
			return err
		}
		if len(j.kinds) >= maxKinds {
			clear(j.kinds)
		}
		j.kinds[string(j.key)] = k
	}
	l.kind = k
	return nil
}

// vague is a row of which atRow is unknown.
type vague struct{ row }

func (v *vague) ResolveName(name string) (any, bool) {
	if atRow[name] {
		return types.NewUnknown(0, types.NewAttributeTrail(name)), true
	}
	if x := v.defined[name]; x != nil {
		return v.definition(v, name, x), true
	}
	return v.row.ResolveName(name)
}

// meet settles what every clause is of a new kind.
func (j *judge) meet(l *line) (*kind, error) {
	k := &kind{}
	if spelled(l.told[telling["grade"]]) == "C" {
		k.ignored = true
		return k, nil
	}
	var ids [fields]uint32
	if len(j.words) > maxWords {
		clear(j.words)
		for _, list := range j.memos {
			for _, m := range list {
				clear(m.is)
			}
		}
	}
	for i, value := range l.told {
		id, ok := j.words[string(value)]
		if !ok {
			id = uint32(len(j.words))
			j.words[string(value)] = id
		}
		ids[i] = id
	}
	var v *vague
	for i, list := range j.memos {
		at := live{counter: i}
		for n, m := range list {
			is, err := j.recall(m, l, &ids, &v)
			if err != nil {
				return nil, err
			}
			switch is {
			case yes:
				at.yes |= 1 << n
			case depend:
				at.depend |= 1 << n
			case open:
				j.open[i] = true
			}
		}
		if at.yes|at.depend == 0 {
			j.against[i] = true
			continue
		}
		k.live = append(k.live, at)
	}
	if v == nil {
		return k, nil
	}
	k.first = v.Transfer
	return k, nil
}

// recall says what an expression is of a row's kind; it weighs it if it was not
// weighed for such a row before. v is the row, decoded once it is needed.
func (j *judge) recall(m *memo, l *line, ids *[fields]uint32, v **vague) (byte, error) {
	var buf [4 * fields]byte
	key := buf[:0]
	for _, i := range m.fields {
		key = binary.LittleEndian.AppendUint32(key, ids[i])
	}
	if is, ok := m.is[string(key)]; ok {
		return is, nil
	}
	if *v == nil {
		t, err := l.transfer()
		if err != nil {
			return no, err
		}
		*v = &vague{row{Transfer: t, world: j.world, defined: j.set.defined, is: map[string]ref.Val{}}}
	}
	val, err := j.weigh(m.expression, *v)
	j.cost += (*v).steps
	(*v).steps = 0
	if err == nil {
		err = (*v).err
	}
	if err != nil {
		return no, err
	}
	is := byte(no)
	switch {
	case val == types.True:
		is = yes
	case !types.IsUnknown(val): // false for all
	case m.rows:
		is = depend
	default:
		is = open
	}
	if len(m.is) >= maxMemo {
		clear(m.is)
	}
	m.is[string(key)] = is
	return is, nil
}

// weigh evaluates an expression and counts its steps.
func (j *judge) weigh(x *expression, vars cel.Activation) (ref.Val, error) {
	v, cost, err := x.weigh(vars)
	j.cost += cost
	if err == nil {
		err = overspent(j.cost, j.rows)
	}
	return v, err
}

// judge says which expressions of a clause are true of a row.
func (j *judge) judge(l *line, c live) (met uint8, err error) {
	met = c.yes
	if c.depend == 0 {
		return met, nil
	}
	if &l.raw[0] != j.scratch.raw {
		if err := j.copy(l); err != nil {
			return 0, err
		}
	}
	for n, x := range j.clauses[c.counter].exprs {
		if c.depend&(1<<n) == 0 {
			continue
		}
		v, err := j.weigh(x, &j.scratch)
		j.cost += j.scratch.steps
		j.scratch.steps = 0
		if err != nil {
			return 0, err
		}
		switch {
		case v == types.True:
			met |= 1 << n
		case types.IsUnknown(v):
			j.open[c.counter] = true
		}
	}
	if met == 0 {
		j.against[c.counter] = true
	}
	return met, j.scratch.err
}

// copy makes the row that expressions are shown.
func (j *judge) copy(l *line) error {
	if l.kind.first == nil {
		var err error
		if l.kind.first, err = l.transfer(); err != nil {
			return err
		}
	}
	if j.of != l.kind {
		j.of, j.transfer = l.kind, *l.kind.first
	}
	t := &j.transfer
	t.ID, t.Flow.ID, t.Alias = "", spelled(l.flow), spelled(l.alias)
	t.Offset, t.SinceAct = measured(l.at), measured(l.since)
	t.Bytes = int64(measured(l.size))
	is := j.scratch.is
	if is == nil {
		is = map[string]ref.Val{}
	}
	clear(is)
	j.scratch = row{Transfer: t, world: j.world, defined: j.set.defined, is: is, raw: &l.raw[0]}
	return nil
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
