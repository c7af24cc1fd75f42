package question

import (
	"encoding/json"
	"slices"

	"github.com/constat/constat/audit"
)

// counter counts what fulfils a clause.
type counter struct {
	*Clause
	count   int
	against bool // of Every: a row that does not
	open    why  // of a row it cannot be said, for these reasons
	because []string
	proofs  []audit.Transfer
	each    []int // for how many each expression was true

	groups map[string]*tally
	run    int   // whose rows are being seen, with Together
	met    uint8 // expressions, one bit each
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
	row  []byte // of the first few
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
			k.open |= tooMany // this one may be among what is not counted
			return nil
		}
		g = &tally{distinct: map[string]bool{}}
		k.groups[group] = g
	}
	if g.enough {
		k.count++
		if len(k.because) < maxBecause {
			return k.decided(k.hold(what, 0))
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
		g.rows = append(g.rows, k.hold(what, len(g.rows)))
	}
	if g.n < k.AtLeast {
		return nil
	}
	g.enough = true
	for _, h := range g.rows {
		if err := k.decided(h); err != nil {
			return err
		}
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
		k.held = append(k.held, k.hold(what, len(k.held)))
	}
	if k.met == 1<<len(k.exprs)-1 {
		k.count += len(k.held)
		for _, h := range k.held {
			if err := k.decided(h); err != nil {
				return err
			}
		}
		k.held = k.held[:0]
	}
	return nil
}

// hold keeps the n-th for later: with its row, if it may still be shown.
func (k *counter) hold(what subject, n int) held {
	h := held{name: what.name()}
	if n+len(k.proofs) < maxProofs {
		h.row = slices.Clone(what.row())
	}
	return h
}

func (k *counter) decided(h held) error {
	if len(k.because) < maxBecause {
		k.because = append(k.because, h.name)
	}
	if h.row != nil && len(k.proofs) < maxProofs {
		var t audit.Transfer
		if err := json.Unmarshal(h.row, &t); err != nil {
			return err
		}
		k.proofs = append(k.proofs, t)
	}
	return nil
}

func (k *counter) holds() bool {
	if k.Every && k.against {
		return false
	}
	return k.count > 0
}
