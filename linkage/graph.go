package linkage

import (
	"cmp"
	"slices"

	"github.com/constat/constat/datatype"
)

// Bounds on what a Graph keeps: some 30 MB at most, whatever the capture.
const (
	maxRecent     = 1 << 15 // tokens that one party alone got, in each of two generations
	maxKept       = 1 << 14 // identifiers that are known by type, or that several parties got
	maxRecipients = 16      // of one identifier
	maxPairs      = 1 << 16 // of identifiers that travelled together
	maxPairAt     = 8       // recipients of one pair
	maxPaired     = 24      // identifiers of one message that are paired
	maxListed     = 4       // names and forms of one edge
)

type pairKey [2]int // orders of nodes, the lower first

// pair are two identifiers that travelled in one message.
type pair struct {
	a, b *Node
	at   []pairAt
}

type pairAt struct {
	recipient, count int
	flow             Flow // the first
}

// Graph is who got which identifier, and what beside it.
type Graph struct {
	party  func(recipient int) string
	kept   map[ID]*Node
	recent [2]map[ID]*Node // the newer generation first
	alias  map[ID]ID       // spellings of planted values
	pairs  map[pairKey]*pair
	orders int
	limits Limits

	paired []*Node
}

// Limits counts what was let go for want of room.
type Limits struct {
	Tokens     int // that only one party had got by then
	Cut        int // in messages with very many
	Recipients int // of identifiers that many got
	Pairs      int // of identifiers that travelled together
}

// New returns an empty graph. party names the company that stands behind a
// recipient in the end: what two recipients of one party have is not shared.
func New(party func(recipient int) string) *Graph {
	return &Graph{
		party: party, kept: map[ID]*Node{}, recent: [2]map[ID]*Node{{}, {}}, alias: map[ID]ID{}, pairs: map[pairKey]*pair{},
	}
}

// Spelled tells that a text is a spelling of a planted value, so that it is
// recognised in answers, which nobody searches for planted values.
func (g *Graph) Spelled(text string, planted ID) {
	if len(text) >= 8 {
		g.alias[IDOf([]byte(text))] = planted
	}
}

// find returns the node of an identifier, nil if there is none.
func (g *Graph) find(id ID) *Node {
	if n := g.kept[id]; n != nil {
		return n
	}
	if n := g.recent[0][id]; n != nil {
		return n
	}
	n := g.recent[1][id]
	if n != nil {
		delete(g.recent[1], id)
		g.young(n)
	}
	return n
}

// young files a node in the newer generation; when that is full the older one
// is let go.
func (g *Graph) young(n *Node) {
	if len(g.recent[0]) >= maxRecent {
		g.limits.Tokens += len(g.recent[1])
		g.recent[0], g.recent[1] = make(map[ID]*Node, maxRecent/4), g.recent[0]
	}
	g.recent[0][n.id] = n
}

// node returns the node of an identifier, made if there is none.
func (g *Graph) node(id ID) *Node {
	n := g.find(id)
	if n == nil {
		g.orders++
		n = &Node{id: id, order: g.orders}
		g.young(n)
	}
	return n
}

// keep moves a node to those that are not let go.
func (g *Graph) keep(n *Node) {
	if g.kept[n.id] != nil || len(g.kept) >= maxKept {
		return
	}
	delete(g.recent[0], n.id)
	g.kept[n.id] = n
}

// Add takes in a message and, after it, the answer to it (tokens whose carrier
// is one of the answer's).
func (g *Graph) Add(m *Message) {
	g.paired = g.paired[:0]
	g.limits.Cut += m.Cut
	for i := range m.Known {
		k := &m.Known[i]
		id := k.ID
		if planted, ok := g.alias[id]; ok {
			id = planted
		}
		n := g.node(id)
		n.Bits = max(n.Bits, k.Bits)
		n.named = true
		if n.Type == "" || k.Planted && !n.Planted {
			n.Type, n.Role, n.Alias, n.Planted = k.Type, k.Role, k.Alias, k.Planted
		}
		g.keep(n)
		e := g.edge(n, m, k.Carrier, k.Proof)
		if e == nil {
			continue
		}
		e.Clear = e.Clear || k.Clear
		e.Forms = listed(e.Forms, k.Form)
		e.Names = listed(e.Names, k.Proof.Field)
		g.travels(n)
	}
	for i := range m.Tokens {
		if t := &m.Tokens[i]; t.Carrier < SetCookie {
			g.token(m, t)
		}
	}
	g.pair(m)
	for i := range m.Tokens {
		if t := &m.Tokens[i]; t.Carrier >= SetCookie {
			g.given(m, t)
		}
	}
}

func listed(list []string, s string) []string {
	if s == "" || len(list) >= maxListed || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// token takes in a token of a request.
func (g *Graph) token(m *Message, t *Token) {
	id := t.ID
	if planted, ok := g.alias[id]; ok {
		id = planted // the caller has it as Known, or has reason not to
		if g.find(id) == nil {
			return
		}
		if slices.ContainsFunc(m.Known, func(k Known) bool { return k.ID == id }) {
			return
		}
	}
	n := g.find(id)
	says := t.Says == Identifier || t.Carrier == Cookie && t.Says != Otherwise
	if n == nil {
		if !says { // nothing says that it is of the person
			return
		}
		n = g.node(id)
	}
	n.named = n.named || says
	n.refuted = n.refuted || t.Says == Otherwise
	n.Bits = max(n.Bits, t.Bits)
	e := g.edge(n, m, t.Carrier, proofOf(m, t))
	if e == nil {
		return
	}
	e.Clear = true
	e.Forms = listed(e.Forms, "clear")
	e.Names = listed(e.Names, t.Name)
	if says {
		g.travels(n)
	}
}

func proofOf(m *Message, t *Token) Proof {
	return Proof{Flow: m.Flow, Part: t.Part, Label: t.Label, Field: t.Name, Off: t.Off, Len: t.Len, Time: m.Time}
}

// edge counts an identifier at the message's recipient; nil if there is no room
// for it.
func (g *Graph) edge(n *Node, m *Message, c Carrier, p Proof) *Edge {
	if bit := uint64(1) << (m.Flow.Input & 63); n.inputs&bit == 0 {
		n.inputs |= bit
		n.Runs++
	}
	var e *Edge
	for _, x := range n.Edges {
		if x.Recipient == m.Recipient {
			e = x
		}
	}
	if e == nil {
		if len(n.Edges) >= maxRecipients {
			n.More++
			g.limits.Recipients++
			return nil
		}
		e = &Edge{Recipient: m.Recipient}
		n.Edges = append(n.Edges, e)
		if len(n.Edges) > 1 {
			g.keep(n)
		}
	}
	e.Count++
	var kept *Proof
	note := func(at **Proof) {
		if *at == nil {
			if kept == nil {
				kept = new(Proof)
				*kept = p
			}
			*at = kept
		}
	}
	note(&e.First)
	if c == Cookie {
		note(&e.cookie)
		return e
	}
	note(&e.sent)
	for _, o := range []*origin{n.set, n.session} {
		if o != nil && g.party(o.recipient) != g.party(m.Recipient) {
			note(&e.after)
		}
	}
	for _, o := range n.led {
		if o.host == m.Host && g.party(o.recipient) != g.party(m.Recipient) {
			if o.carrier == Location {
				note(&e.redirected)
			} else {
				note(&e.answered)
			}
		}
	}
	return e
}

// given takes in a token of an answer: the recipient gave it to the device.
func (g *Graph) given(m *Message, t *Token) {
	id := t.ID
	if planted, ok := g.alias[id]; ok {
		id = planted
	}
	if t.Says == Otherwise || t.Looks == Number && t.Says != Identifier && t.Carrier != SetCookie {
		return
	}
	n := g.find(id)
	o := &origin{m.Recipient, t.Carrier, t.Host, proofOf(m, t)}
	switch t.Carrier {
	case SetCookie, Session:
		if n == nil {
			n = g.node(id)
		}
		n.Bits = max(n.Bits, t.Bits)
		at := &n.set
		if t.Carrier == Session {
			at = &n.session
		}
		// Who echoes what it got did not give it.
		if *at == nil && !slices.ContainsFunc(n.Edges, func(e *Edge) bool { return g.party(e.Recipient) != g.party(m.Recipient) }) {
			*at, n.named = o, true
		}
	default:
		if t.Host == "" {
			return // a member of an answer that nobody is led to
		}
		if n == nil {
			if t.Says != Identifier {
				return
			}
			n = g.node(id)
			n.named = true
		}
		n.Bits = max(n.Bits, t.Bits)
		if len(n.led) < maxListed && !slices.ContainsFunc(n.led, func(x *origin) bool { return x.host == o.host && x.recipient == o.recipient }) {
			n.led = append(n.led, o)
		}
	}
}

// travels notes that n is in the message at hand.
func (g *Graph) travels(n *Node) {
	if slices.Contains(g.paired, n) {
		return
	}
	if len(g.paired) >= maxPaired {
		g.limits.Pairs++
		return
	}
	g.paired = append(g.paired, n)
}

// pair links what travelled in one message.
func (g *Graph) pair(m *Message) {
	for i, a := range g.paired {
		for _, b := range g.paired[i+1:] {
			if a.Type != "" && b.Type != "" && (a.Role|b.Role)&Stable == 0 {
				continue // two facts of a person, and no identifier
			}
			a, b := a, b
			if a.order > b.order {
				a, b = b, a
			}
			key := pairKey{a.order, b.order}
			p := g.pairs[key]
			if p == nil {
				if len(g.pairs) >= maxPairs {
					g.limits.Pairs++
					continue
				}
				p = &pair{a: a, b: b}
				g.pairs[key] = p
				a.pairs, b.pairs = append(a.pairs, p), append(b.pairs, p)
			}
			k := slices.IndexFunc(p.at, func(x pairAt) bool { return x.recipient == m.Recipient })
			if k < 0 {
				if len(p.at) >= maxPairAt {
					continue
				}
				k = len(p.at)
				p.at = append(p.at, pairAt{m.Recipient, 0, m.Flow})
			}
			p.at[k].count++
		}
	}
}

// nodes lists the identifiers, in order of appearance.
func (g *Graph) nodes() []*Node {
	all := make([]*Node, 0, len(g.kept))
	for _, n := range g.kept {
		all = append(all, n)
	}
	for _, m := range g.recent {
		for _, n := range m {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b *Node) int { return cmp.Compare(a.order, b.order) })
	return all
}

// With lists the types of the facts that travelled in one message with n to a
// recipient.
func (g *Graph) With(n *Node, recipient int) (types []datatype.ID) {
	for _, p := range n.pairs {
		other := p.a
		if other == n {
			other = p.b
		}
		if other.Role&(Contact|Place) == 0 || other.Grade() == "" || slices.Contains(types, other.Type) {
			continue
		}
		if slices.ContainsFunc(p.at, func(x pairAt) bool { return x.recipient == recipient }) {
			types = append(types, other.Type)
		}
	}
	slices.Sort(types)
	return types
}

// Limits tells what was let go.
func (g *Graph) Limits() Limits { return g.limits }

// Companies is how many companies got n.
func (g *Graph) Companies(n *Node) int {
	var list []string
	for _, e := range n.Edges {
		if p := g.party(e.Recipient); !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return len(list)
}

// Shared lists the identifiers that more than one party got.
func (g *Graph) Shared() (out []*Node) {
	for _, n := range g.nodes() {
		if n.Grade() != "" && (n.identifies() || n.Role&Contact != 0) && g.Companies(n) > 1 {
			out = append(out, n)
		}
	}
	return out
}
