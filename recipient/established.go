package recipient

import "slices"

// establish gives the independent methods that agree on a country for the edge,
// nil when they do not suffice. See the package comment for the rule and for
// what it rests on.
func (b *Book) establish(e *Evidence, vs voices, country string, anycast bool) []string {
	if !e.Address.lookedUp() || e.Checks.Vantage != "" || !e.measured() || realCountry(country) == "" ||
		vs.otherwise(country, evS, evR, evG, evE, evN) {
		return nil
	}
	for _, v := range vs {
		if v.class == evS && v.silent != "" && v.against { // rejected, even if for the city and not the country
			return nil
		}
	}
	var by []string
	for _, c := range []class{evS, evR, evG, evE} {
		if vs.only(c, country) {
			by = append(by, kinds[c])
		}
	}
	says := func(c class) bool { return slices.Contains(by, kinds[c]) }
	switch { // on an anycast address R, G and E have no vote: then it is S or nobody
	case len(by) == 0:
		return nil
	case b.alone(e.Sightings, country, anycast):
		return append([]string{"physics: no other country on Earth is within the distance"}, by...)
	case says(evS) && says(evR):
		return by
	}
	return nil
}

// measured reports whether physics had its say: a place that nothing could have
// refuted is not established.
func (e *Evidence) measured() bool {
	for i := range e.Sightings {
		if e.Sightings[i].From != nil && e.Sightings[i].TLS.valid() {
			return true
		}
	}
	return false
}
