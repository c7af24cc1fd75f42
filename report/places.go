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
