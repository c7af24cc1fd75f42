package recipient

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Ruling is what may be said of an edge and a country.
type Ruling string

// The rulings. ConsistentStrong needs a statement of the operator about the
// very exchange, which this package does not read yet: it is never returned.
const (
	ImpossibleStrict Ruling = "impossible (strict)" // light in vacuum is too slow
	ImpossibleFibre  Ruling = "impossible (fibre)"  // light in glass is too slow, access being terrestrial
	ConsistentStrong Ruling = "consistent (strong)"
	ConsistentWeak   Ruling = "consistent (weak)" // both lineages of estimates agree, nothing against
	Undetermined     Ruling = "undetermined"
)

// Limit is to be printed wherever verdicts are.
const Limit = "Nothing here shows where the data was stored, to whom it was passed, or from where it was read."

// Verdict is about the edge, the machine that completed the handshake, and
// one country.
type Verdict struct {
	Country string // ISO 3166-1 alpha-2, or a claim as given when it is no country
	Verdict Ruling
	Because []string // each piece of evidence, those who speak for a country first
}

// Evidence is what is known of one address at one time.
type Evidence struct {
	Address   Address
	Captured  time.Time // zero: not known, and then no table is fresh
	Sightings []Sighting
	Claimed   []string // countries that somebody claims, to be judged with the rest
}

// stale is how far the content of a table and the capture may lie apart.
// Since December 2019 some 5 % of addresses have moved country.
const stale = 180 * 24 * time.Hour

// Judge rules on every country that a table names or somebody claims,
// ordered by code. It follows steps 1 to 5 of the verdict model with the
// classes known so far: physics and two lineages of estimates.
//
// The registry's country is judged too, since a reader will ask, but has no
// vote: a place that only the registry names stays undetermined.
func (b *Book) Judge(e Evidence) []Verdict {
	var candidates []string
	add := func(code string) {
		if code != "" && !slices.Contains(candidates, code) {
			candidates = append(candidates, code)
		}
	}
	for _, c := range e.Claimed {
		add(strings.ToUpper(strings.TrimSpace(c)))
	}
	for _, est := range e.Address.Estimates {
		add(realCountry(est.Country))
	}
	add(realCountry(e.Address.Registered))
	slices.Sort(candidates)

	votes := e.votes()
	anycast, why := e.anycast()
	out := make([]Verdict, 0, len(candidates))
	for _, country := range candidates {
		v := Verdict{Country: country, Verdict: Undetermined}
		switch {
		case e.Address.Kind != Public && e.Address.Kind != Simulated && e.Address.Kind != NoAddress:
			v.Because = []string{"not a public address: " + string(e.Address.Kind)}
		case realCountry(country) == "":
			v.Because = []string{country + " is not a country"}
		default:
			v.Verdict, v.Because = b.physics(e, country, anycast)
			if anycast {
				v.Because = append(v.Because, why)
			} else if v.Verdict == Undetermined && votes.allFor(country) {
				v.Verdict = ConsistentWeak
			}
			v.Because = append(votes.said(country, anycast), v.Because...)
			if e.Address.Registered == country {
				v.Because = append(v.Because, "the registry allocated the block to "+country+", which says who holds it, not where the machine is")
			}
		}
		out = append(out, v)
	}
	return out
}

// physics joins the sightings. One machine is excluded by any vantage that
// excludes it; an address that answers from many places only where every
// vantage does.
func (b *Book) physics(e Evidence, country string, anycast bool) (Ruling, []string) {
	ruling, weakest := Undetermined, ImpossibleStrict
	var because []string
	for i := range e.Sightings {
		x := b.exclude(&e.Sightings[i], country)
		if x.because != "" && !slices.Contains(because, x.because) {
			because = append(because, x.because)
		}
		if rank(x.ruling) > rank(ruling) {
			ruling = x.ruling
		}
		if rank(x.ruling) < rank(weakest) {
			weakest = x.ruling
		}
	}
	slices.Sort(because)
	if anycast && len(e.Sightings) > 0 {
		ruling = weakest
	}
	return ruling, because
}

func rank(r Ruling) int {
	switch r {
	case ImpossibleStrict:
		return 2
	case ImpossibleFibre:
		return 1
	}
	return 0
}

// anycast reports whether the address answers from many places, and who says.
func (e *Evidence) anycast() (bool, string) {
	for i := range e.Sightings {
		for j := range i {
			if apart(&e.Sightings[i], &e.Sightings[j]) {
				return true, "the address answers from several places: two vantages saw it nearer than light can join them, so tables of places do not apply"
			}
		}
	}
	if e.Address.AnycastBy != "" {
		return true, "a census (" + e.Address.AnycastBy + ") measured that this address answers from many places (anycast), so tables of places do not apply"
	}
	if e.Address.Anycast {
		return true, "the operator says that this address answers from many places (anycast), so tables of places do not apply"
	}
	return false, ""
}

// votes are the countries of the two lineages; "" is no vote.
type votes struct {
	geofeed, commercial string
	rows                []Estimate
	withheld            map[Lineage]string // why a lineage has no vote
}

func (v *votes) allFor(country string) bool {
	return v.geofeed == country && v.commercial == country
}

// said lists who names the country, and why a lineage has no vote.
func (v *votes) said(country string, anycast bool) []string {
	var out []string
	for _, r := range v.rows {
		if r.Country != country {
			continue
		}
		line := fmt.Sprintf("%s (content of %s) says %s", r.Source, r.ContentDate.Format(time.DateOnly), country)
		if why := v.withheld[r.Lineage]; why != "" && !anycast {
			line += "; withheld: " + why
		}
		out = append(out, line)
	}
	return out
}

// votes lets each lineage speak if all its tables are fresh and agree.
func (e *Evidence) votes() *votes {
	v := &votes{withheld: map[Lineage]string{}, rows: speaking(e.Address.Estimates, e.Captured)}
	slices.SortFunc(v.rows, func(a, b Estimate) int {
		return strings.Compare(a.Source+a.Country, b.Source+b.Country)
	})
	voice := map[Lineage]string{}
	for _, r := range v.rows {
		country := realCountry(r.Country)
		if country == "" {
			continue
		}
		apart := e.Captured.Sub(r.ContentDate).Abs()
		switch {
		case e.Captured.IsZero() || r.ContentDate.IsZero():
			v.withheld[r.Lineage] = "the date of the capture or of the table is not known"
		case apart > stale:
			v.withheld[r.Lineage] = fmt.Sprintf("%d days between table and capture", int(apart.Hours()/24))
		case voice[r.Lineage] != "" && voice[r.Lineage] != country:
			v.withheld[r.Lineage] = "tables of this lineage disagree (" + voice[r.Lineage] + ", " + country + ")"
		}
		voice[r.Lineage] = country
	}
	// IPFire grows out of the registries. Where it departs from the registry
	// it may know better, or not: the registry's country is a mere echo only
	// when it is that of the holder's own seat. Otherwise one root says two
	// things, and does not vote.
	reg, g := realCountry(e.Address.Registered), voice[Geofeed]
	if g != "" && reg != "" && reg != g && reg != e.Address.HolderSeat && v.withheld[Geofeed] == "" {
		v.withheld[Geofeed] = "the registry it grows from says " + reg
	}
	if v.withheld[Geofeed] == "" {
		v.geofeed = g
	}
	if v.withheld[Commercial] == "" {
		v.commercial = voice[Commercial]
	}
	return v
}
