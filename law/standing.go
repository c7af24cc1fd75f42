package law

import (
	"slices"
	"time"
)

// Answer is what a question set may ask of a country: yes, no, or neither.
type Answer string

// The answers.
const (
	Yes          Answer = "yes"
	No           Answer = "no"
	IfListed     Answer = "conditional" // only for recipients on a list
	Undetermined Answer = "undetermined"
)

// InEEA answers whether the GDPR applied in a country, that day, as in a
// member state.
func (b *Book) InEEA(country string, day time.Time) Answer {
	if day.IsZero() || day.Before(b.firstDay()) || !b.country(country) {
		return Undetermined
	}
	if b.inside(country, day) {
		return Yes
	}
	for i := range b.territory {
		if t := &b.territory[i]; t.status == Unknown && t.on(day) && slices.Contains(t.codes, country) {
			return Undetermined
		}
	}
	return No
}

// AdequateEU answers whether the Commission had declared a country adequate
// that day. Of a country inside the EEA the answer is no: it needs none.
func (b *Book) AdequateEU(country string, day time.Time) Answer {
	if day.IsZero() || !b.country(country) {
		return Undetermined
	}
	for i := range b.adequacy {
		a := &b.adequacy[i]
		if a.Regime != GDPR || !a.on(day) || !slices.Contains(a.codes, country) {
			continue
		}
		if a.status == Conditional {
			return IfListed
		}
		return Yes
	}
	return No
}

// OfConcern answers whether a country was on the list of 28 CFR 202 or of
// PADFAA that day. Before the law was in force the answer is no.
func (b *Book) OfConcern(regime Regime, country string, day time.Time) Answer {
	if day.IsZero() || !b.country(country) {
		return Undetermined
	}
	c, _ := b.onList(regime, country, day)
	switch {
	case c == nil:
		return No
	case c.status == Unknown:
		return Undetermined
	}
	return Yes
}

// firstDay is the first day of the territory table.
func (b *Book) firstDay() time.Time {
	first := b.territory[0].From
	for i := range b.territory {
		if f := b.territory[i].From; f.Before(first) {
			first = f
		}
	}
	return first
}
