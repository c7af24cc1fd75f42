package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// opened is what a recipient opens to.
type opened struct {
	Title     string
	Who       listing[whoLine]
	Conflicts listing[said]
	Reach     listing[reachLine]
	Addresses listing[addressLine]
	Storage   listing[statementLine]
}

// whoLine is one thing that says who a recipient is.
type whoLine struct {
	Says, Kind     string
	Source         said
	Date, Strength string
	Details        listing[said] // several of one source
}

// addressLine is one machine, with all that is said of where it can be.
type addressLine struct {
	Title       string
	Several     bool // servers, behind the address of a proxy
	Network     []string
	Trips       []trip
	Anycast     bool
	Established string
	Statements  listing[statementLine]
	Verdicts    listing[placeLine]
	Answers     listing[placeLine]
}

// trip is the shortest round trip to a machine.
type trip struct {
	RTT    string
	Basis  said
	Within string
}

// placeLine is a verdict with what it rests on.
type placeLine struct {
	Sign, Verdict, Country string
	Because                listing[said]
}

// statementLine is what an operator says.
type statementLine struct {
	What       string // field and value
	Names      string // " → France, Paris (CDG)"
	Layer      string
	By         string
	Confidence string
	Beware     string // before the trap
	Trap       said
	Source     said
	Date       string
}

// Opened are the recipients of personal data with their evidence.
func (v *view) Opened() listing[opened] {
	with, _ := v.Receivers()
	some := first(v.words, with, maxOpened)
	out := listing[opened]{More: some.More}
	for i := range some.All {
		out.All = append(out.All, v.opened(&some.All[i]))
	}
	return out
}

func (v *view) opened(r *audit.Recipient) opened {
	machines := v.machines(r)
	var storage []statementLine
	for i := range r.Storage {
		storage = append(storage, v.statement(&r.Storage[i]))
	}
	title := v.T("places.who", r.Owner)
	if len(machines) > 0 {
		title = v.T("places.open", r.Owner, v.N("server", len(machines)))
	}
	return opened{
		Title:     title,
		Who:       first(v.words, v.whois(r), maxSayings),
		Conflicts: first(v.words, v.allSaid(r.OwnerConflicts), maxSayings),
		Reach:     v.Reached(*r),
		Addresses: first(v.words, machines, maxAddresses),
		Storage:   first(v.words, storage, maxSayings),
	}
}

// whois are the things that say who a recipient is; what one source says of
// several names is one.
func (v *view) whois(r *audit.Recipient) (out []whoLine) {
	var details [][]said
	for _, e := range r.OwnerEvidence {
		l := whoLine{Says: e.Says, Kind: v.name("evidence.", e.Kind), Source: v.source(e.Source), Date: e.Date, Strength: v.strength(e.Strength)}
		n := slices.IndexFunc(out, func(x whoLine) bool {
			return x.Says == l.Says && x.Kind == l.Kind && x.Source == l.Source && x.Date == l.Date && x.Strength == l.Strength
		})
		if n < 0 {
			n, out, details = len(out), append(out, l), append(details, nil)
		}
		details[n] = append(details[n], v.said(e.Detail))
	}
	for i := range out {
		out[i].Details = first(v.words, details[i], maxNamed)
	}
	return out
}

// machines are the addresses of a recipient. Several servers behind one of a
// proxy are one: only the reasons tell whose a verdict is.
func (v *view) machines(r *audit.Recipient) (out []addressLine) {
	at := establishedAt(r)
	byIP := map[string]int{}
	var statements [][]statementLine // by machine
	for i := range r.Addresses {
		a := &r.Addresses[i]
		n, several := byIP[a.IP]
		if !several {
			n = len(out)
			byIP[a.IP] = n
			statements = append(statements, nil)
			out = append(out, addressLine{
				Title:    v.T("address.h", cmp.Or(a.IP, v.T("address.none"))),
				Verdicts: v.placesOf(r.Verdicts, a.IP, at), Answers: v.placesOf(r.Answers, a.IP, nil),
			})
		}
		l := &out[n]
		l.Several, l.Anycast = several, l.Anycast || a.Anycast
		for _, s := range v.network(a) {
			l.Network = appendNew(l.Network, s)
		}
		if t := v.trip(a); t.RTT != "" && len(l.Trips) < maxSayings {
			l.Trips = append(l.Trips, t)
		}
		if a.Established != "" {
			var by []string
			for _, s := range a.EstablishedBy {
				by = append(by, v.Sentence(s))
			}
			l.Established = v.T("address.by", v.Country(a.Established), strings.Join(by, v.T("place.and")))
		}
		for j := range a.Statements {
			statements[n] = append(statements[n], v.statement(&a.Statements[j]))
		}
	}
	for n := range out {
		out[n].Statements = first(v.words, statements[n], maxSayings)
	}
	return out
}

func (v *view) trip(a *audit.Address) (t trip) {
	if a.BestRTT <= 0 {
		return t
	}
	t.RTT, t.Basis = v.number(fmt.Sprintf("%.2f", a.BestRTT)), v.said(a.RTTBasis)
	if a.Within > 0 && v.Vantage != nil {
		t.Within = v.T("address.within", v.km(a.Within), v.Vantage.Name)
	}
	return t
}

// network says what tables say of an address.
func (v *view) network(a *audit.Address) (out []string) {
	if a.ASN != 0 {
		out = append(out, strings.TrimSpace(fmt.Sprintf("AS%d %s", a.ASN, a.Holder)))
	} else if a.Holder != "" {
		out = append(out, a.Holder)
	}
	if a.Kind != "" && a.Kind != "public" {
		out = append(out, v.T("address.kind", v.wording(a.Kind)))
	}
	if a.Registered != "" {
		out = append(out, v.T("address.registered", v.Country(a.Registered)))
	}
	var estimates []string
	for source, country := range a.Estimates {
		estimates = append(estimates, v.Country(country)+" ("+source+")")
	}
	if estimates != nil {
		slices.Sort(estimates)
		out = append(out, v.T("address.estimated", strings.Join(estimates, ", ")))
	}
	for _, x := range a.Regions {
		out = append(out, v.T("address.region", x.Provider, x.Region, cmp.Or(v.Country(x.Country), "–")))
	}
	return out
}

// placesOf are the verdicts on one machine, the most that may be said first.
func (v *view) placesOf(rows []audit.PlaceRow, ip string, at map[string]string) listing[placeLine] {
	var mine []*audit.PlaceRow
	for i := range rows {
		if rows[i].IP == ip {
			mine = append(mine, &rows[i])
		}
	}
	rank := func(p *audit.PlaceRow) int { return slices.Index(verdicts, verdictOn(p, at)) }
	slices.SortStableFunc(mine, func(a, b *audit.PlaceRow) int { return cmp.Compare(rank(a), rank(b)) })
	some := first(v.words, mine, maxPlaces)
	out := listing[placeLine]{More: some.More}
	for _, p := range some.All {
		verdict := verdictOn(p, at)
		out.All = append(out.All, placeLine{
			Sign: v.sign(verdict), Verdict: v.name("verdict.", verdict), Country: v.Country(p.Country),
			Because: first(v.words, v.allSaid(p.Because), maxReasons),
		})
	}
	return out
}

// statement says what an operator says, and what to beware of.
func (v *view) statement(s *audit.StatementRow) statementLine {
	l := statementLine{What: v.T("statement.value", s.Field, s.Value), Layer: v.name("statement.", s.Layer), Source: v.source(s.Source), Date: s.Date}
	var names []string
	if s.Country != "" {
		names = append(names, v.Country(s.Country))
	}
	if s.Place != "" {
		names = appendNew(names, v.wording(s.Place))
	}
	if s.Address != "" {
		names = append(names, s.Address)
	}
	if names != nil {
		l.Names = " → " + strings.Join(names, ", ")
	}
	if s.By != "" {
		l.By = v.T("statement.by", s.By) + v.T("place.semi")
	}
	if s.Confidence != "" {
		l.Confidence = v.T("confidence", v.name("confidence.", s.Confidence)) + v.T("place.semi")
	}
	if s.Trap != "" {
		l.Beware, l.Trap = v.T("statement.trap")+v.T("colon"), v.trap(s.Trap)
	}
	return l
}

// trap is what the row about a statement warns of.
func (v *view) trap(s string) said {
	if fr, ok := sentences().traps[s]; ok && v.Lang == "fr" {
		return said{fr, ""}
	}
	return said{s, foreign(v.words)}
}
