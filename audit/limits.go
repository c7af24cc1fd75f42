package audit

import (
	"cmp"
	"slices"
)

// limitCodes lists, in a fixed order, what the captures cannot tell. The
// words for each code are the renderers'.
func (m *merger) limitCodes() []string {
	m.limits["storage"] = true
	m.limits["onward"] = true
	m.limits["remote-access"] = true
	m.limits["no-timeline"] = true
	m.limits["hash-salts"] = true
	m.limits["no-persona"] = m.o.Persona == nil
	m.limits["no-vantage"] = m.o.Vantage == nil
	rtt, estimate := false, false
	for _, mc := range m.dests.machines {
		rtt = rtt || len(mc.samples) > 0
		estimate = estimate || len(mc.address.Estimates) > 0
	}
	m.limits["no-rtt"] = !rtt
	m.limits["database-only"] = estimate && (!rtt || m.o.Vantage == nil)
	if m.o.Persona != nil {
		for _, v := range m.o.Persona.Values {
			if v.Weak() != "" {
				m.limits["weak-values"] = true
			}
		}
	}
	codes := []string{}
	for _, c := range []string{
		"no-persona", "weak-values", "damaged", "opaque", "not-captured", "budget", "har-sanitised", "har-decoded",
		"no-timeline", "no-attribution", "no-vantage", "no-rtt", "database-only",
		"storage", "onward", "remote-access", "hash-salts",
	} {
		if m.limits[c] {
			codes = append(codes, c)
		}
	}
	return codes
}

// sources lists the tables that the document rests on.
func (m *merger) sources() []Source {
	rows := []Source{}
	for _, s := range m.o.Book.Sources() {
		rows = append(rows, Source{
			ID: s.ID, Name: s.Name, ContentDate: s.ContentDate, Licence: s.Licence, Attribution: s.Attribution, Use: s.Use,
		})
	}
	slices.SortFunc(rows, func(a, b Source) int { return cmp.Compare(a.ID, b.ID) })
	return rows
}
