package law

import (
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/datatype"
)

// concerned is what 28 CFR 202 or PADFAA says: whether the country is on the
// list, and which of its kinds of data the type is. One row a kind.
func (b *Book) concerned(regime Regime, q Question) []Row {
	base := Row{Regime: regime, Column: q.Column, Country: q.To, Ask: "transaction"}
	if regime == PADFAA {
		base.Ask = "broker"
	}
	if !b.force(&base, q.On) {
		return nil
	}
	b.listed(&base, q)
	codes := []string{""}
	if q.Type != "" {
		codes = kinds(regime, q.Type)
	}
	var rows []Row
	for _, code := range codes {
		x := base
		x.Says = slices.Clone(base.Says)
		x.Category = code
		switch code {
		case "":
		case "none":
			x.say("no_category")
		case "excluded":
			x.say("excluded")
		default:
			b.matches(&x, code, q.On)
		}
		if regime == PADFAA {
			x.say("brokers")
		}
		rows = append(rows, x)
	}
	return rows
}

// force reports whether the law was in force; without a day it may have been.
func (b *Book) force(x *Row, day time.Time) bool {
	for i := range b.regimes {
		r := &b.regimes[i]
		if r.Regime == x.Regime && (day.IsZero() || r.on(day)) {
			x.Article, x.Dated = r.otherwise, r.Dated
			return true
		}
	}
	return false
}

// listed fills in the status of the country.
func (b *Book) listed(x *Row, q Question) {
	c, counts := b.onList(x.Regime, q.To, q.On)
	switch {
	case q.On.IsZero():
		x.Status = Unknown
		x.say("no_date")
	case q.To == "" && q.Column == Control:
		x.Status, x.Ask = Unknown, "seat"
		x.say("no_seat")
	case q.To == "":
		x.Status = Unknown
		x.say("no_country")
	case !b.country(q.To):
		x.Status = Unknown
		x.say("not_a_country", q.To)
	case c == nil:
		x.Status, x.Ask = NotConcern, "owners"
		x.say("not_concern")
	default:
		x.Status, x.Article, x.Dated = c.status, c.article, c.Dated
		if c.status == Unknown {
			x.say("unsettled")
			break
		}
		if counts != "" {
			x.say("counts_as", counts)
		}
		x.say("concern." + string(q.Column))
	}
}

// onList finds the row of a country, and the country it counts as.
func (b *Book) onList(regime Regime, country string, day time.Time) (*concern, string) {
	for i := range b.concern {
		c := &b.concern[i]
		if c.Regime == regime && c.on(day) && slices.Contains(c.codes, country) {
			return c, c.as
		}
	}
	return nil, ""
}

// kinds are the categories of a data type: "(c)", "(f) d".
func kinds(regime Regime, id datatype.ID) []string {
	t, ok := datatype.Get(id)
	if !ok {
		return []string{"none"}
	}
	codes := t.CFR202
	if regime == PADFAA {
		codes = t.PADFAA
	}
	return strings.Split(codes, ", ")
}

// matches says which kind it is, with the threshold in the law's words.
func (b *Book) matches(x *Row, code string, day time.Time) {
	paragraph, _, _ := strings.Cut(code, " ")
	for i := range b.categories {
		c := &b.categories[i]
		if c.Regime != x.Regime || c.Code != paragraph || !day.IsZero() && !c.on(day) {
			continue
		}
		x.say("matches", code, c.Wording)
		x.Article += ", " + c.Article
		if c.Number > 0 {
			x.say("count")
			x.say("form")
		}
		return
	}
}

// claims are the laws of the country that the data goes to, or whose law
// commands the company.
func (b *Book) claims(q Question) (rows []Row) {
	for i := range b.destination {
		d := &b.destination[i]
		if !d.on(q.On) || !slices.Contains(d.codes, q.To) || !slices.Contains(d.keyed, string(q.Column)) {
			continue
		}
		x := Row{Regime: Destination, Status: Applies, Column: q.Column, Country: q.To, Article: d.article, Instrument: d.law, Dated: d.Dated, Ask: "access"}
		x.say("effect."+d.effect, d.law)
		rows = append(rows, x)
	}
	return rows
}
