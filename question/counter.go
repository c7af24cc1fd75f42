package question

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
)

// counter counts what fulfils a clause.
type counter struct {
	*Clause
	count   int
	against bool // of Every: a row that does not
	open    bool // of a row it cannot be said: it depends on an order that the clocks do not tell
	because []string
	proofs  []audit.Transfer

	groups map[string]*tally
	flow   string // whose rows are being seen, with Together
	met    []bool
	held   []held

	shadow *counter // sees also what may be another app's; nil: there is none
}

// tally is what was counted for one value of Per.
type tally struct {
	n        int
	distinct map[string]bool
	seen     int    // rows
	rows     []held // the first of them, until there are enough
	enough   bool
}

// held is a row that may come to decide.
type held struct {
	name string
	row  *audit.Transfer
}

func newCounter(c *Clause) *counter {
	return &counter{Clause: c, groups: map[string]*tally{}, met: make([]bool, len(c.exprs))}
}

// maxGroups bounds the values of Per that are counted apart.
const maxGroups = 100_000

// see shows the counter a row.
func (k *counter) see(vars cel.Activation, key func(string) string, flow, name string, t *audit.Transfer) error {
	if len(k.Together) > 0 {
		return k.seeTogether(vars, flow, name, t)
	}
	v, err := k.exprs[0].weigh(vars)
	if err != nil {
		return err
	}
	if v != types.True {
		k.open = k.open || types.IsUnknown(v)
		k.against = true
		return nil
	}
	group := ""
	if k.Per != "" {
		if group = key(k.Per); group == "" {
			return nil // not told apart
		}
	}
	g := k.groups[group]
	if g == nil {
		if len(k.groups) == maxGroups {
			return nil
		}
		g = &tally{distinct: map[string]bool{}}
		k.groups[group] = g
	}
	g.n++
	if k.Distinct != "" && len(g.distinct) < k.AtLeast {
		if what := key(k.Distinct); what != "" {
			g.distinct[what] = true
		}
		g.n = len(g.distinct)
	}
	if g.enough {
		k.decided(held{name, t})
		return nil
	}
	g.seen++
	if len(g.rows) < maxBecause {
		g.rows = append(g.rows, hold(name, t, len(g.rows)))
	}
	if g.n < k.AtLeast {
		return nil
	}
	g.enough = true
	for _, h := range g.rows {
		k.decided(h)
	}
	k.count += g.seen - len(g.rows)
	g.rows = nil
	return nil
}

// seeTogether waits until the rows of one flow fulfil every expression.
func (k *counter) seeTogether(vars cel.Activation, flow, name string, t *audit.Transfer) error {
	if flow != k.flow {
		k.flow, k.held = flow, k.held[:0]
		clear(k.met)
	}
	all, any := true, false
	for i, x := range k.exprs {
		v, err := x.weigh(vars)
		if err != nil {
			return err
		}
		ok := v == types.True
		k.open = k.open || types.IsUnknown(v)
		k.met[i] = k.met[i] || ok
		all, any = all && k.met[i], any || ok
	}
	if any && len(k.held) < maxBecause {
		k.held = append(k.held, hold(name, t, len(k.held)))
	}
	if all {
		for _, h := range k.held {
			k.decided(h)
		}
		k.held = k.held[:0]
	}
	return nil
}

// hold keeps the n-th row for later: a copy, if it may still be shown.
func hold(name string, t *audit.Transfer, n int) held {
	if t == nil || n >= maxProofs {
		return held{name, nil}
	}
	c := *t
	return held{name, &c}
}

func (k *counter) decided(h held) {
	k.count++
	if len(k.because) < maxBecause {
		k.because = append(k.because, h.name)
	}
	if h.row != nil && len(k.proofs) < maxProofs {
		k.proofs = append(k.proofs, *h.row)
	}
}

func (k *counter) holds() bool {
	if k.Every && k.against {
		return false
	}
	return k.count > 0
}
