package question

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// tree is an expression taken apart at &&, || and !, with definitions written
// out. What is left are atoms, which look at one or two fields each: over a
// million rows these have few values, while what they make together may have
// as many as there are rows.
type tree struct {
	op   byte // '&', '|', '!', 'a'
	l, r *tree
	atom *expression
	slot int // of the atom, for a judge
}

// plant takes a checked expression apart.
func plant(checked *cel.Ast, whole *expression, env *cel.Env, defined map[string]*expression) *tree {
	rep := checked.NativeRep()
	var grow func(e ast.Expr) (*tree, bool)
	grow = func(e ast.Expr) (*tree, bool) {
		switch e.Kind() {
		case ast.IdentKind:
			if x := defined[e.AsIdent()]; x != nil {
				return x.tree, true
			}
		case ast.CallKind:
			call := e.AsCall()
			op := map[string]byte{operators.LogicalAnd: '&', operators.LogicalOr: '|', operators.LogicalNot: '!'}[call.FunctionName()]
			if op == 0 {
				break
			}
			l, ok := grow(call.Args()[0])
			if !ok {
				return nil, false
			}
			if op == '!' {
				return &tree{op: op, l: l}, true
			}
			r, ok := grow(call.Args()[1])
			return &tree{op: op, l: l, r: r}, ok
		}
		text, err := cel.ExprToString(e, rep.SourceInfo())
		if err != nil {
			return nil, false
		}
		part, issues := env.Compile(text)
		if issues.Err() != nil || part.OutputType() != truth {
			return nil, false
		}
		program, err := run(env, part)
		if err != nil {
			return nil, false
		}
		return &tree{op: 'a', atom: newExpression(text, program, names(part, defined))}, true
	}
	if t, ok := grow(rep.Expr()); ok {
		return t
	}
	return &tree{op: 'a', atom: whole}
}

// What an expression is of a row, or of all rows of a kind.
const (
	no     = byte(iota)
	yes    //
	depend // on what differs from row to row within the kind
	open   // depends on an order that the clocks do not tell
	bad    // an error
)

// both and either are the logic of CEL: what is settled by one side is settled,
// and what is open is more than an error.
func both(a, b byte) byte {
	if a == no || b == no {
		return no
	}
	return least(a, b)
}

func either(a, b byte) byte {
	if a == yes || b == yes {
		return yes
	}
	if a == no {
		return b
	}
	if b == no {
		return a
	}
	return least(a, b)
}

// least is what neither side settles.
func least(a, b byte) byte {
	for _, v := range []byte{depend, open, bad} {
		if a == v || b == v {
			return v
		}
	}
	return yes
}

// of works the tree out from its atoms; what need not be asked is not.
func (t *tree) of(ask func(*tree) byte) byte {
	switch t.op {
	case '&':
		l := t.l.of(ask)
		if l == no {
			return no
		}
		return both(l, t.r.of(ask))
	case '|':
		l := t.l.of(ask)
		if l == yes {
			return yes
		}
		return either(l, t.r.of(ask))
	case '!':
		switch l := t.l.of(ask); l {
		case no:
			return yes
		case yes:
			return no
		default:
			return l
		}
	}
	return ask(t)
}

// settle gives every atom below t a slot; equal ones share it.
func (t *tree) settle(slots map[string]int, atoms *[]*expression) *tree {
	if t == nil {
		return nil
	}
	c := &tree{op: t.op, atom: t.atom, l: t.l.settle(slots, atoms), r: t.r.settle(slots, atoms)}
	if t.op == 'a' {
		slot, ok := slots[t.atom.text]
		if !ok {
			slot = len(*atoms)
			slots[t.atom.text] = slot
			*atoms = append(*atoms, t.atom)
		}
		c.slot = slot
	}
	return c
}
