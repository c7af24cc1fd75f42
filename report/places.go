package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// What the page opens to of recipients; the JSON has all.
const (
	maxOpened    = 30 // recipients
	maxAddresses = 8  // of one
	maxPlaces    = 12 // verdicts of one address
	maxReasons   = 12 // of one verdict
	maxNamed     = 4  // countries under one verdict, in the table
	maxReach     = 8
	maxSayings   = 16
)

// said is a sentence, with its language where that is not the report's.
type said struct{ Text, Lang string }

func (v *view) said(s string) said {
	text, ok := v.sentence(s)
	if !ok {
		return said{s, foreign(v.words)}
	}
	return said{text, ""}
}

func (v *view) allSaid(list []string) (out []said) {
	for _, s := range list {
		out = append(out, v.said(s))
	}
	return out
}

// listing is a list of which some are left to the JSON.
type listing[T any] struct {
	All  []T
	More string // "and 3 more"
}

func first[T any](w words, all []T, most int) listing[T] {
	if len(all) <= most {
		return listing[T]{All: all}
	}
	return listing[T]{all[:most], w.T("more", len(all)-most)}
}

// verdictLine is a verdict and the countries that it is on.
type verdictLine struct {
	Sign, Verdict, Countries string
	Codes                    []string
}

// verdicts are what may be said of a machine and a country, the most first, by
// the name that the document gives it.
var verdicts = []string{"established", "consistent (strong)", "consistent (weak)", "impossible (strict)", "impossible (fibre)", "undetermined"}

// established are the countries where a recipient's machines are, by address.
func establishedAt(r *audit.Recipient) map[string]string {
	at := map[string]string{}
	for _, a := range r.Addresses {
		if a.Established != "" {
			at[a.IP] = a.Established
		}
	}
	return at
}

// verdictOn is the most that may be said of a row.
func verdictOn(p *audit.PlaceRow, at map[string]string) string {
	if at[p.IP] == p.Country {
		return "established"
	}
	return p.Verdict
}

func (v *view) sign(verdict string) string {
	return v.standingOf(&audit.RecipientRef{Place: verdict}).Sign()
}

// Settled sums the verdicts on a recipient's machines: a line for each verdict,
// and of how many machines it holds where it does not of all.
func (v *view) Settled(r audit.Recipient) (lines []verdictLine) {
	at := establishedAt(&r)
	machines := map[string]bool{}
	of := map[string]map[string]map[string]bool{} // verdict, country, machine
	for i := range r.Verdicts {
		p := &r.Verdicts[i]
		verdict := verdictOn(p, at)
		if of[verdict] == nil {
			of[verdict] = map[string]map[string]bool{}
		}
		if of[verdict][p.Country] == nil {
			of[verdict][p.Country] = map[string]bool{}
		}
		of[verdict][p.Country][p.IP], machines[p.IP] = true, true
	}
	for _, verdict := range verdicts {
		var names, codes []string
		for country, on := range of[verdict] {
			codes = append(codes, country)
			name := v.Country(country)
			if len(on) < len(machines) {
				name = v.T("verdict.some", name, len(on), v.N("server", len(machines)))
			}
			names = append(names, name)
		}
		if names == nil {
			continue
		}
		slices.Sort(names)
		slices.Sort(codes)
		some := first(v.words, names, maxNamed)
		if some.More != "" {
			some.All = append(slices.Clip(some.All), some.More)
		}
		lines = append(lines, verdictLine{v.sign(verdict), v.T("verdict." + verdict), strings.Join(some.All, ", "), codes})
	}
	return lines
}

// Nearest says how far the nearest answer of a recipient can have come from.
func (v *view) Nearest(r audit.Recipient) string {
	km := 0.0
	for _, a := range r.Addresses {
		if a.Within > 0 && (km == 0 || a.Within < km) {
			km = a.Within
		}
	}
	if km == 0 || km > maxCircleKm || v.Vantage == nil { // half round the Earth says nothing
		return ""
	}
	return v.T("nearest", v.km(km), v.Vantage.Name)
}

func (v *view) km(km float64) string { return v.number(fmt.Sprintf("%.0f", km)) }

// Unmeasured says so of a recipient, or that what was measured settles nothing.
func (v *view) Unmeasured(r audit.Recipient) string {
	if r.Measured == "bound" {
		return v.T("undetermined")
	}
	return v.T("not measured")
}

// Role says whose a recipient is, what it does, who runs its machines, and for
// whom.
func (v *view) Role(r audit.Recipient) (out []string) {
	if r.Parent != "" && r.Parent != r.Owner {
		out = append(out, v.T("parent", r.Parent))
	}
	if r.Role != "" && r.Role != "unknown" {
		out = append(out, v.name("role.", r.Role))
	}
	if len(r.Operators) > 0 {
		out = append(out, v.T("run by", strings.Join(r.Operators, ", ")))
	}
	if len(r.Customers) > 0 {
		out = append(out, v.T("run for", strings.Join(r.Customers, ", ")))
	}
	if len(r.Cloaked) > 0 {
		out = append(out, v.T("cloaked", strings.Join(r.Cloaked[:min(len(r.Cloaked), maxNamed)], ", ")))
	}
	return out
}

// reachLine is a country whose law reaches a recipient.
type reachLine struct {
	Country, Who, Through, Percent string
	Source                         said
	Date, Strength                 string
}

// Reached are the countries whose law reaches a recipient.
func (v *view) Reached(r audit.Recipient) listing[reachLine] {
	var all []reachLine
	for _, x := range r.Control {
		l := reachLine{
			Country: v.Country(x.Country), Who: x.Who, Through: v.name("reach.", x.Through),
			Source: v.source(x.Source), Date: x.Date, Strength: v.strength(x.Strength),
		}
		if x.Percent > 0 {
			l.Percent = v.number(fmt.Sprintf("%g", x.Percent)) + "\u202f%"
		}
		all = append(all, l)
	}
	return first(v.words, all, maxReach)
}

// source says where something is from. What is the capture's own is a sentence;
// titles stay as they are.
func (v *view) source(s string) said {
	x := v.said(s)
	if head, title, ok := strings.Cut(s, semicolon); ok && x.Lang != "" {
		if text, ok := v.sentence(head); ok {
			return said{text + v.T("place.semi") + title, ""}
		}
	}
	return x
}

// foreign marks what stays in English.
func foreign(w words) string {
	if w.Lang == "en" {
		return ""
	}
	return "en"
}

func (v *view) strength(n int) string {
	if n < 1 || n > 5 {
		return ""
	}
	return v.T("strength", n, v.T(fmt.Sprint("strength.", n)))
}

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
	Network     []string
	RTT         string
	Basis       said
	Within      string
	Anycast     bool
	Established string
	Statements  listing[statementLine]
	Verdicts    listing[placeLine]
	Answers     listing[placeLine]
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

// machines are the addresses of a recipient. Those that the capture does not
// know are one: nothing in the document tells which verdict is whose.
func (v *view) machines(r *audit.Recipient) (out []addressLine) {
	at := establishedAt(r)
	var seen []string
	var of [][]statementLine // by machine
	for i := range r.Addresses {
		a := &r.Addresses[i]
		var statements []statementLine
		for j := range a.Statements {
			statements = append(statements, v.statement(&a.Statements[j]))
		}
		if n := slices.Index(seen, a.IP); n >= 0 {
			of[n] = append(of[n], statements...)
			continue
		}
		seen = append(seen, a.IP)
		l := addressLine{Title: v.T("address.h", cmp.Or(a.IP, v.T("address.none"))), Network: v.network(a), Anycast: a.Anycast}
		if a.BestRTT > 0 {
			l.RTT, l.Basis = v.number(fmt.Sprintf("%.2f", a.BestRTT)), v.said(a.RTTBasis)
			if a.Within > 0 && v.Vantage != nil {
				l.Within = v.T("address.within", v.km(a.Within), v.Vantage.Name)
			}
		}
		if a.Established != "" {
			var by []string
			for _, s := range a.EstablishedBy {
				by = append(by, v.Sentence(s))
			}
			l.Established = v.T("address.by", v.Country(a.Established), strings.Join(by, v.T("place.and")))
		}
		of = append(of, statements)
		l.Verdicts = v.placesOf(r.Verdicts, a.IP, at)
		l.Answers = v.placesOf(r.Answers, a.IP, nil)
		out = append(out, l)
	}
	for i := range out {
		out[i].Statements = first(v.words, of[i], maxSayings)
	}
	return out
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

// Fault says what could not be processed, or contradicts itself.
func (v *view) Fault(e audit.ErrorRow) said {
	s := e.Message.String()
	if e.Kind != "contradiction" {
		return said{s, ""}
	}
	return v.said(s)
}

// received writes the table for a terminal: the verdicts as signs and codes,
// which the line below explains.
func (t *terminal) received(with []audit.Recipient) {
	tab := table{head: []string{
		t.T("c.recipient"), t.T("c.items"), t.T("c.registered"), t.T("c.estimated"), t.T("c.verdict.short"), t.T("c.reach"), t.T("c.hosts"),
	}, right: map[int]bool{1: true}}
	for _, r := range with {
		var settled, reached []string
		for _, l := range t.Settled(r) {
			settled = append(settled, l.Sign)
			settled = append(settled, l.Codes[:min(len(l.Codes), maxNamed)]...)
			if len(l.Codes) > maxNamed {
				settled = append(settled, "…")
			}
		}
		if settled == nil {
			settled = []string{t.Unmeasured(r)}
		}
		for _, x := range r.Control {
			reached = appendNew(reached, x.Country)
		}
		tab.add(r.Owner, fmt.Sprint(r.Transfers), t.Countries(r.Registered), t.Countries(r.Estimated),
			strings.Join(settled, " "), cmp.Or(strings.Join(reached, " "), "–"), strings.Join(r.Hosts, " "))
	}
	t.table(tab)
	t.wrap("  ", "  ", t.T("places.legend"))
}
