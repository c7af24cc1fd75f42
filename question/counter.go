package question

// counter counts what fulfils a clause.
type counter struct {
	*Clause
	count   int
	against bool // of Every: a row that does not
	open    why  // of a row it cannot be said, for these reasons
	because []string
	leads   int   // so many at the beginning of because fulfil, with Together, every expression
	each    []int // for how many each expression was true

	groups map[string]*tally

	// With Together, of the rows that are being seen:
	run         int      // which they are
	met         uint8    // expressions, one bit each
	waiting     int      // rows that do not decide yet
	first, held []string // those that fulfil an expression first, and the others

	shadow *counter // sees also what may be another app's; nil: there is none
}

// tally is what was counted for one value of Per.
type tally struct {
	n        int
	distinct map[string]bool
	seen     int      // rows
	first    []string // of them, those with a new value of Distinct, until there are enough
	rows     []string // the first of the others, until then
	enough   bool
}

func newCounter(c *Clause) *counter {
	return &counter{Clause: c, groups: map[string]*tally{}, each: make([]int, len(c.exprs))}
}

// maxGroups bounds the values of Per that are counted apart.
const maxGroups = 100_000

// see shows the counter something for which expressions of its clause are true,
// one bit each. run tells stretches of rows of one flow apart.
func (k *counter) see(met uint8, run int, what subject) {
	for i := range k.each {
		k.each[i] += int(met >> i & 1)
	}
	if len(k.Together) > 0 {
		k.seeTogether(met, run, what)
		return
	}
	group := ""
	if k.Per != "" {
		if group = what.key(k.Per); group == "" {
			return // not told apart
		}
	}
	g := k.groups[group]
	if g == nil {
		if len(k.groups) == maxGroups {
			k.open |= tooMany // this one may be among what is not counted
			return
		}
		g = &tally{distinct: map[string]bool{}}
		k.groups[group] = g
	}
	if g.enough {
		k.count++
		if len(k.because) < maxBecause {
			k.decided(what.name())
		}
		return
	}
	g.n++
	list := &g.rows
	if k.Distinct != "" {
		if key := what.key(k.Distinct); key != "" && !g.distinct[key] {
			g.distinct[key] = true
			list = &g.first
		}
		g.n = len(g.distinct)
	}
	g.seen++
	if len(*list) < maxBecause {
		*list = append(*list, what.name())
	}
	if g.n < k.AtLeast {
		return
	}
	g.enough = true
	k.decided(g.first...)
	k.decided(g.rows...)
	k.count += g.seen
	g.first, g.rows, g.distinct = nil, nil, nil
}

// seeTogether waits until the rows of one flow fulfil every expression.
func (k *counter) seeTogether(met uint8, run int, what subject) {
	if run != k.run || k.met == 0 {
		k.run, k.met, k.waiting, k.first, k.held = run, 0, 0, k.first[:0], k.held[:0]
	}
	fresh := met &^ k.met
	k.met |= met
	k.waiting++
	switch {
	case len(k.because) >= maxBecause: // is counted only
	case fresh != 0: // whatever comes before it
		k.first = append(k.first, what.name())
	case len(k.held) < maxBecause:
		k.held = append(k.held, what.name())
	}
	if k.met != 1<<len(k.exprs)-1 {
		return
	}
	if k.count == 0 {
		k.leads = len(k.first)
	}
	k.count += k.waiting
	k.decided(k.first...)
	k.decided(k.held...)
	k.waiting, k.first, k.held = 0, k.first[:0], k.held[:0]
}

func (k *counter) decided(names ...string) {
	k.because = append(k.because, names[:min(len(names), maxBecause-len(k.because))]...)
}

func (k *counter) holds() bool {
	if k.Every && k.against {
		return false
	}
	return k.count > 0
}

// possible reports whether the clause holds, or may.
func (k *counter) possible() bool {
	return k.holds() || k.open != told || k.shadow != nil && k.shadow.possible()
}
