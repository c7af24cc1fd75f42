package question

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"

	"github.com/constat/constat/audit"
)

// grounds are what the document gives to answer on.
type grounds struct {
	*world
	coverage float64
	unread   map[string]int64 // bytes by host that nobody could read, and the ledger does not account for
	out      int64            // bytes that left, without media
	unsized  []string         // hosts with messages of unknown size that were not kept
	acts     []string
	states   []string
	planted  []string
	idle     map[string]float64
	placed   []string // domains that got personal data at a place that is not known
	parties  []string // hosts that got personal data, of which nobody tells whose they are
	met      []string // hosts that were spoken to and have a server without a place
	document document
}

func facts(w *world) *grounds {
	d := w.doc
	g := &grounds{world: w, unread: map[string]int64{}, coverage: 100}
	var lost int64
	for _, c := range d.Coverage {
		own, open := c.Own()
		own = own.Plus(open)
		g.out += own.Out - own.Media
		if n := own.Opaque + own.NotCaptured; n > 0 {
			g.unread[c.Host] = n
			lost += n
		}
		if own.UnknownSize > 0 {
			g.unsized = append(g.unsized, c.Host)
		}
		if own.Flows > 0 && !placed(&c) {
			g.met = append(g.met, c.Host)
		}
	}
	if g.out > 0 {
		g.coverage = 100 * float64(g.out-lost) / float64(g.out)
	}
	for _, e := range d.Timeline {
		list := &g.acts
		if e.Kind == "state" {
			list = &g.states
		} else if alive(d, &e) < w.own.After() {
			continue // what it caused may have come after the capture
		}
		if what := e.What.String(); !slices.Contains(*list, what) {
			*list = append(*list, what)
		}
	}
	for _, v := range d.Subject.Values {
		if v.Problem == "" && !slices.Contains(g.planted, v.DataType) {
			g.planted = append(g.planted, v.DataType)
		}
	}
	g.whereabouts()
	g.idle = idleTime(d)
	g.document = document{g}
	return g
}

// alive is for how long after an act the capture is known to have worked.
func alive(d *audit.Document, e *audit.Happening) float64 {
	if e.Alive != nil {
		return *e.Alive
	}
	return d.Headline.Duration - e.Offset // of a document that does not tell
}

// whereabouts lists the recipients of personal data whose place is not known, or of
// which nobody tells whose they are.
func (g *grounds) whereabouts() {
	unplaced := map[string]bool{}
	for i := range g.doc.Coverage {
		c := &g.doc.Coverage[i]
		unplaced[c.Recipient] = unplaced[c.Recipient] || len(c.Servers) > 0 && !placed(c)
	}
	for i := range g.doc.Recipients {
		r := &g.doc.Recipients[i]
		if r.Transfers <= r.Others {
			continue
		}
		if unplaced[r.ID] || len(r.Estimated) == 0 {
			g.placed = append(g.placed, r.Domain)
		}
		for _, h := range r.Hosts {
			if !g.ours(h, r.Role) && !g.theirs(h, r.Role) {
				g.parties = append(g.parties, h)
			}
		}
	}
}

// placed reports whether every server of a destination has a place. A machine that
// was asked for by an address of this network has its place here.
func placed(c *audit.Coverage) bool {
	if a, err := netip.ParseAddr(c.Host); err == nil && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified()) {
		return true
	}
	return len(c.Servers) > 0 && !slices.ContainsFunc(c.Servers, func(r audit.RecipientRef) bool { return r.Country == "" || r.Place == "undetermined" })
}

// document is the whole as expressions of not_measurable_when see it.
type document struct{ *grounds }

func (g document) Parent() cel.Activation { return nil }

func (g document) ResolveName(name string) (any, bool) {
	switch name {
	case "flows":
		return g.flows(), true
	case "duration_s":
		return g.doc.Headline.Duration, true
	case "coverage":
		return g.coverage, true
	case "acts":
		return orEmpty(g.acts), true
	case "states":
		return orEmpty(g.states), true
	case "planted":
		return orEmpty(g.planted), true
	case "subject_country":
		return g.doc.Subject.Country, true
	case "child":
		return g.own.Child, true
	case "app_id":
		if a := g.doc.Attribution; g.own.App.ID == "" && a != nil {
			return a.Subject, true
		}
		return g.own.App.ID, true
	case "app_version":
		return g.own.App.Version, true
	case "version_code":
		return g.own.App.VersionCode, true
	case "app_signed_by":
		return g.own.App.SignedBy, true
	case "store":
		return g.own.App.Store, true
	case "idle_s":
		return g.idle, true
	case "out_in":
		return away(g.doc, bytesOut), true
	case "unread_in":
		return away(g.doc, unread), true
	}
	return nil, false
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// missing lists what stands in the way of saying that q is not observed.
func (q *inquiry) missing(s *Set, have *grounds) ([]string, error) {
	list := []string{}
	needs, err := q.needs(s, have)
	for _, n := range needs {
		list = append(list, n.Missing...)
	}
	return list, err
}

// needs lists what must be there to say that q is not observed, and what of it
// is missing.
func (q *inquiry) needs(s *Set, have *grounds) (list []Met, err error) {
	if q.Never != "" {
		return []Met{{"not_measurable", []string{q.Never}}}, nil
	}
	need := func(name string, there bool, missing ...string) {
		if there {
			missing = nil
		}
		list = append(list, Met{name, missing})
	}
	need("traffic", have.flows() > 0, "traffic")
	need("control", have.doc.Shown(), "control")
	for _, c := range q.When {
		yes, err := c.expr.holds(have.document)
		if err != nil {
			return nil, err
		}
		need("not_measurable_when: "+c.If, !yes, c.Missing)
	}
	for _, n := range q.Needs {
		need(n, false, have.lacks(n)...)
	}
	var unread []string
	if 100-have.coverage > s.Tolerance {
		for _, host := range slices.Sorted(maps.Keys(have.unread)) {
			if n := have.unread[host]; n >= q.Smallest {
				unread = append(unread, fmt.Sprintf("unread:%s:%d", host, n))
			}
		}
	}
	need("unread", false, unread...)
	var unsized []string
	for _, host := range have.unsized {
		unsized = append(unsized, "unsized:"+host)
	}
	need("unsized", false, unsized...)
	return list, nil
}

// needKnown reports whether n is a need.
func needKnown(n string) bool {
	kind, what, ok := strings.Cut(n, ":")
	switch kind {
	case "act", "state", "planted", "idle", "watched":
		return ok && what != ""
	case "law":
		return slices.Contains([]string{"eea", "adequate", "concern", "controller_concern"}, what)
	case "case":
		_, list := (&Case{}).lists()[what]
		return list || what == "child"
	case "places", "servers", "parties":
		return !ok
	}
	return false
}

// lacks returns the codes of what a need finds missing.
func (g *grounds) lacks(need string) []string {
	kind, what, _ := strings.Cut(need, ":")
	one := func(of []string) []string {
		for _, alternative := range strings.Split(what, "|") {
			if slices.Contains(of, alternative) {
				return nil
			}
		}
		return []string{need}
	}
	switch kind {
	case "act":
		return one(g.acts)
	case "state":
		return one(g.states)
	case "planted":
		return one(g.planted)
	case "case":
		if what == "child" && g.own.Child || len(g.own.lists()[what]) > 0 {
			return nil
		}
		return []string{need}
	case "idle":
		return g.lacksIdle(need, strings.Split(what, "|"))
	case "watched":
		return g.lacksWatch(need, what)
	case "law":
		return g.unsettled(what)
	case "parties":
		var list []string
		for _, h := range g.parties {
			list = append(list, "party:"+h)
		}
		return list
	case "places":
		var list []string
		for _, domain := range g.placed {
			list = append(list, "place:"+domain)
		}
		return list
	case "servers":
		var list []string
		for _, host := range g.met {
			list = append(list, "place:"+host)
		}
		return list
	}
	return nil
}

// unsettled lists the recipients of personal data of which a variable of law
// could not be told, as what would have to be known.
func (g *grounds) unsettled(variable string) []string {
	var list []string
	for i := range g.doc.Recipients {
		r := &g.doc.Recipients[i]
		if r.Transfers == 0 {
			continue
		}
		values := []string{}
		for _, s := range r.Standing {
			values = append(values, map[string]string{"eea": s.EEA, "adequate": s.Adequate, "concern": s.Concern, "controller_concern": s.ControllerConcern}[variable])
		}
		kind := "place"
		switch {
		case variable == "controller_concern":
			kind = "owner"
		case slices.Contains(values, "conditional"):
			list = append(list, "listing:"+r.Domain)
		}
		if len(values) == 0 || slices.Contains(values, "undetermined") {
			list = append(list, kind+":"+r.Domain)
		}
	}
	return list
}
