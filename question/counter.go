package question

import (
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
	each    []int // for how many each expression was true

	groups map[string]*tally
	run    int   // whose rows are being seen, with Together
	met    uint8 // expressions, one bit each
	held   []held
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
	return &counter{Clause: c, groups: map[string]*tally{}, each: make([]int, len(c.exprs))}
}

// maxGroups bounds the values of Per that are counted apart.
const maxGroups = 100_000

// see shows the counter something for which expressions of its clause are true,
// one bit each. run tells stretches of rows of one flow apart.
func (k *counter) see(met uint8, run int, what subject) error {
	for i := range k.each {
		k.each[i] += int(met >> i & 1)
	}
	if len(k.Together) > 0 {
		return k.seeTogether(met, run, what)
	}
	group := ""
	if k.Per != "" {
		if group = what.key(k.Per); group == "" {
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
	if g.enough {
		k.count++
		if len(k.because) < maxBecause {
			h, err := hold(what, len(k.proofs))
			if err != nil {
				return err
			}
			k.decided(h)
		}
		return nil
	}
	g.n++
	if k.Distinct != "" {
		if key := what.key(k.Distinct); key != "" {
			g.distinct[key] = true
		}
		g.n = len(g.distinct)
	}
	g.seen++
	if len(g.rows) < maxBecause {
		h, err := hold(what, len(g.rows))
		if err != nil {
			return err
		}
		g.rows = append(g.rows, h)
	}
	if g.n < k.AtLeast {
		return nil
	}
	g.enough = true
	for _, h := range g.rows {
		k.decided(h)
	}
	k.count += g.seen
	g.rows, g.distinct = nil, nil
	return nil
}

// seeTogether waits until the rows of one flow fulfil every expression.
func (k *counter) seeTogether(met uint8, run int, what subject) error {
	if run != k.run || k.met == 0 {
		k.run, k.met, k.held = run, 0, k.held[:0]
	}
	k.met |= met
	if k.met == 1<<len(k.exprs)-1 && len(k.because) >= maxBecause {
		k.count += len(k.held) + 1
		k.held = k.held[:0]
		return nil
	}
	if len(k.held) < maxBecause {
		h, err := hold(what, len(k.held))
		if err != nil {
			return err
		}
		k.held = append(k.held, h)
	}
	if k.met == 1<<len(k.exprs)-1 {
		k.count += len(k.held)
		for _, h := range k.held {
			k.decided(h)
		}
		k.held = k.held[:0]
	}
	return nil
}

// hold keeps the n-th for later: with its row, if it may still be shown.
func hold(what subject, n int) (held, error) {
	h := held{name: what.name()}
	if n >= maxProofs {
		return h, nil
	}
	var err error
	h.row, err = what.transfer()
	return h, err
}

func (k *counter) decided(h held) {
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
