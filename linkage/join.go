package linkage

import "slices"

// Join is the shortest way from an identifier that a recipient got to a fact
// about the person.
type Join struct {
	Recipient int
	From      *Node  // the identifier that it got
	To        *Node  // a name, an address or a position
	Steps     []Step // none: From is To, which another recipient can read
	// Alone says that the recipient has the whole way itself: all steps are in
	// messages that its own party got.
	Alone bool
	// Reader is who can read To, if Recipient got only a digest of it; else -1.
	Reader int
	Proof  Proof // that From came to Recipient
	Grade  string
}

// Step is two identifiers that travelled in one message.
type Step struct {
	A, B      *Node
	Recipient int  // of the message
	Count     int  // of such messages at the recipient
	Flow      Flow // the first of them
}

// Joins lists for each recipient the shortest way to a contact, and the shortest
// to a position, of those who have one; in order of recipients.
func (g *Graph) Joins() (out []Join) {
	all := g.nodes()
	got := map[int][]*Node{}
	var recipients []int
	for _, n := range all {
		if n.Grade() == "" {
			continue
		}
		for _, e := range n.Edges {
			if got[e.Recipient] == nil {
				recipients = append(recipients, e.Recipient)
			}
			got[e.Recipient] = append(got[e.Recipient], n)
		}
	}
	slices.Sort(recipients)
	towards := map[Role]map[*Node]way{}
	for _, what := range []Role{Contact, Place} {
		towards[what] = ways(all, what)
	}
	for _, r := range recipients {
		for _, what := range []Role{Contact, Place} {
			if j, ok := g.alone(r, got[r], what); ok {
				out = append(out, j)
			} else if j, ok := g.join(r, got[r], towards[what]); ok {
				out = append(out, j)
			}
		}
	}
	return out
}

// way is the next step from a node towards a fact.
type way struct {
	steps int
	by    *pair // nil: the node is one
	next  *Node
}

// ways finds for every node the shortest way to a fact, outwards from the facts.
func ways(all []*Node, what Role) map[*Node]way {
	found := map[*Node]way{}
	var queue []*Node
	for _, n := range all {
		if n.Role&what != 0 && n.Grade() != "" {
			found[n] = way{}
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, p := range n.pairs {
			other := p.a
			if other == n {
				other = p.b
			}
			if _, ok := found[other]; ok || !other.links() {
				continue
			}
			found[other] = way{found[n].steps + 1, p, n}
			queue = append(queue, other)
		}
	}
	return found
}

// alone finds the shortest way of all: a message to r's own party that had an
// identifier and a fact.
func (g *Graph) alone(r int, got []*Node, what Role) (Join, bool) {
	for _, n := range got {
		if !n.links() || n.Role&what != 0 {
			continue
		}
		for _, p := range n.pairs {
			other := p.a
			if other == n {
				other = p.b
			}
			if other.Role&what == 0 || other.Grade() == "" {
				continue
			}
			if k := g.own(p, r); k >= 0 {
				return Join{
					Recipient: r, From: n, To: other, Alone: true, Reader: -1, Proof: received(n, r), Grade: max(n.Grade(), other.Grade()),
					Steps: []Step{{n, other, p.at[k].recipient, p.at[k].count, p.at[k].flow}},
				}, true
			}
		}
	}
	return Join{}, false
}

// own is the index of a receipt of p by r's party, -1 if there is none.
func (g *Graph) own(p *pair, r int) int {
	return slices.IndexFunc(p.at, func(x pairAt) bool { return g.party(x.recipient) == g.party(r) })
}

// received is the first proof that n came to r.
func received(n *Node, r int) Proof {
	for _, e := range n.Edges {
		if e.Recipient == r {
			return *e.First
		}
	}
	return Proof{}
}

// join is the shortest way of recipient r, by what it got.
func (g *Graph) join(r int, got []*Node, ways map[*Node]way) (Join, bool) {
	var from, digest *Node // digest: of a fact that others can read
	for _, n := range got {
		w, ok := ways[n]
		switch {
		case !ok:
		case w.by != nil:
			if from == nil || w.steps < ways[from].steps {
				from = n
			}
		case digest == nil && g.readers(n, r) != nil:
			digest = n
		}
	}
	if from == nil {
		from = digest
	}
	if from == nil {
		return Join{}, false
	}
	j := Join{Recipient: r, From: from, To: from, Alone: true, Reader: -1, Proof: received(from, r), Grade: from.Grade()}
	for w := ways[from]; w.by != nil; w = ways[j.To] {
		s := Step{A: j.To, B: w.next}
		at := w.by.at[0]
		if own := g.own(w.by, r); own >= 0 {
			at = w.by.at[own]
		} else {
			j.Alone = false
		}
		s.Recipient, s.Count, s.Flow = at.recipient, at.count, at.flow
		j.Steps = append(j.Steps, s)
		j.To = w.next
		j.Grade = max(j.Grade, j.To.Grade())
	}
	if len(j.Steps) == 0 {
		j.Reader, j.Alone = g.readers(from, r).Recipient, false
	}
	return j, true
}

// readers returns an edge of another party that can read n, of which r got only
// a digest; nil if r can read it, or nobody can.
func (g *Graph) readers(n *Node, r int) *Edge {
	for _, e := range n.Edges {
		if e.Recipient == r && e.Clear {
			return nil
		}
	}
	for _, e := range n.Edges {
		if e.Clear && g.party(e.Recipient) != g.party(r) {
			return e
		}
	}
	return nil
}
