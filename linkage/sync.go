package linkage

import (
	"cmp"
	"slices"
)

// How a token came from one party to another.
const (
	ByRedirect = "redirect"   // the setter's redirect led to the other, with the token in the URL
	ByAnswer   = "response"   // the setter's answer named a URL of the other with the token in it
	ByScript   = "set-cookie" // the setter set it; what sent it on was not seen
	ByCookie   = "cookie"     // it is a cookie that only From had got, and To got it together with its own
)

// Sync is a token of one recipient that another was told.
type Sync struct {
	Node     *Node
	From, To int
	How      string
	Set      Proof // given to the device by From; of ByCookie: sent back to From
	Sent     Proof // to To
	Grade    string
	// With is the identifier of To that was in the same message: the two are
	// matched. nil if there was none.
	With *Node
}

// Syncs lists the tokens that one party set and another got, in order of being
// sent on. Grade A: the token was seen being set, as a cookie that outlives the
// day, or it is a planted value, and then sent to the other. Grade B: the cookie
// ends within a day; or it was set before the capture began; or no cookie holds
// it, and its name says that it is an identifier.
//
// A cookie that was not seen being set may have been made by a script of the
// other party's: it tells the direction only if From got it first, and is a sync
// only if To got a cookie of its own beside it. All else is Shared, no more.
func (g *Graph) Syncs() (out []Sync) {
	for _, n := range g.nodes() {
		if n.refuted && !n.Planted || n.Type != "" && !n.identifies() {
			continue
		}
		for _, e := range n.Edges {
			if s, ok := g.sync(n, e); ok {
				if s.With == nil {
					s.With = match(n, e, s.Sent.Flow)
				}
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Sync) int {
		return cmp.Or(cmp.Compare(a.Sent.Flow.Input, b.Sent.Flow.Input), cmp.Compare(a.Sent.Flow.Index, b.Sent.Flow.Index),
			cmp.Compare(a.Node.order, b.Node.order))
	})
	return out
}

// sync tells whether somebody else's n came to e's recipient.
func (g *Graph) sync(n *Node, e *Edge) (Sync, bool) {
	s := Sync{Node: n, To: e.Recipient, Grade: "A"}
	foreign := func(o *origin) bool { return o != nil && g.party(o.recipient) != g.party(e.Recipient) }
	led := func(c Carrier) *origin {
		for _, o := range n.led {
			if o.carrier == c && foreign(o) {
				return o
			}
		}
		return nil
	}
	set := n.set
	if !foreign(set) {
		if set = n.session; !foreign(set) {
			set = nil
		} else {
			s.Grade = "B"
		}
	}
	switch {
	case e.redirected != nil && led(Location) != nil:
		s.How, s.Sent = ByRedirect, *e.redirected
		s.origin(led(Location), set)
	case e.answered != nil && led(Content) != nil:
		s.How, s.Sent = ByAnswer, *e.answered
		s.origin(led(Content), set)
	case e.after != nil && set != nil:
		s.How, s.Sent = ByScript, *e.after
		s.origin(set, set)
	default:
		return g.matched(s, e)
	}
	if set == nil && !n.Planted {
		s.Grade = "B"
		if !n.named || n.Type == "" && n.Bits < strongBits {
			return s, false
		}
	}
	return s, true
}

// matched completes s if n is somebody's cookie, set before the capture began,
// that e's recipient got later, not as a cookie but with one of its own.
func (g *Graph) matched(s Sync, e *Edge) (Sync, bool) {
	n := s.Node
	if e.sent == nil || e.cookie != nil || n.Planted || n.Bits < strongBits || n.set != nil || n.session != nil {
		return s, false
	}
	for _, x := range n.Edges {
		if x.cookie == nil || x.sent != nil || g.party(x.Recipient) == g.party(e.Recipient) || !x.cookie.Flow.before(e.sent.Flow) {
			continue
		}
		if s.With = match(n, e, e.sent.Flow); s.With != nil {
			s.How, s.From, s.Set, s.Sent, s.Grade = ByCookie, x.Recipient, *x.cookie, *e.sent, "B"
			return s, true
		}
	}
	return s, false
}

// before reports whether f is earlier in the captures than g.
func (f Flow) before(g Flow) bool {
	return f.Input < g.Input || f.Input == g.Input && f.Index < g.Index
}

// origin is the party that led the token on, if it is the one that set it or
// nobody was seen to.
func (s *Sync) origin(o, set *origin) {
	s.From, s.Set = o.recipient, o.proof
	if set != nil && set.recipient == o.recipient {
		s.Set = set.proof
	}
}

// match is the identifier of the recipient's own that went in the message in
// which n came to it.
func match(n *Node, e *Edge, f Flow) *Node {
	var best *Node
	for _, p := range n.pairs {
		other := p.a
		if p.a == n {
			other = p.b
		}
		if !other.identifies() || !slices.ContainsFunc(p.at, func(x pairAt) bool { return x.recipient == e.Recipient && x.flow == f }) {
			continue
		}
		own := slices.ContainsFunc(other.Edges, func(x *Edge) bool { return x.Recipient == e.Recipient && x.cookie != nil })
		if own && (best == nil || other.order < best.order) {
			best = other
		}
	}
	return best
}
