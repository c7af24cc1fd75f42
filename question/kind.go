package question

import (
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
	first   audit.Transfer     // of them
	is      map[string]ref.Val // definitions that are the same for all
	live    []live             // clauses for which rows of it may count
	ignored bool               // a hint decides nothing
}

// live is a clause, and which of its expressions are true for all rows of a kind
// and which must be weighed.
type live struct {
	counter     int
	yes, depend uint8
}

// maxKinds bounds the kinds that a judge remembers.
const maxKinds = 20_000

// judge weighs expressions over rows. There is one for each processor.
type judge struct {
	set      *Set
	world    *world
	clauses  []*Clause // over rows
	kinds    map[string]*kind
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
	return &judge{set: s, world: w, clauses: clauses, kinds: map[string]*kind{}, open: make([]bool, len(clauses)), against: make([]bool, len(clauses))}
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

// meet weighs every expression for a new kind.
func (j *judge) meet(l *line) (*kind, error) {
	t, err := l.transfer()
	if err != nil {
		return nil, err
	}
	k := &kind{first: *t, is: map[string]ref.Val{}, ignored: t.Grade == "C"}
	if k.ignored {
		return k, nil
	}
	v := &vague{row{Transfer: t, world: j.world, defined: j.set.defined, is: map[string]ref.Val{}}}
	for i, c := range j.clauses {
		var at live
		for n, x := range c.exprs {
			val, err := j.weigh(x, v)
			if err != nil {
				return nil, err
			}
			switch {
			case val == types.True:
				at.yes |= 1 << n
			case !types.IsUnknown(val): // false for all
			case x.uses(atRow):
				at.depend |= 1 << n
			default:
				j.open[i] = true
			}
		}
		if at.yes|at.depend == 0 {
			j.against[i] = true
			continue
		}
		at.counter = i
		k.live = append(k.live, at)
	}
	if v.err != nil {
		return nil, v.err
	}
	j.cost += v.steps
	for name, val := range v.is {
		if !types.IsUnknown(val) || !j.set.defined[name].uses(atRow) {
			k.is[name] = val
		}
	}
	return k, nil
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
		j.copy(l)
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
func (j *judge) copy(l *line) {
	if j.of != l.kind {
		j.of, j.transfer = l.kind, l.kind.first
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
	j.scratch = row{Transfer: t, world: j.world, defined: j.set.defined, is: is, settled: l.kind.is, raw: &l.raw[0]}
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
