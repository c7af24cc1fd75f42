package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/constat/constat/identity"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/recipient/statement"
)

// limitCodes lists, in a fixed order, what the captures cannot tell. The
// words for each code are the renderers'.
func (m *merger) limitCodes() []string {
	m.limits["storage"] = true
	m.limits["onward"] = true
	m.limits["remote-access"] = true
	m.limits["no-timeline"] = len(m.events) == 0
	m.limits["hash-salts"] = true
	m.limits["no-persona"] = m.o.Persona == nil
	m.limits["no-vantage"] = m.o.Vantage == nil
	rtt, estimate := false, false
	for _, mc := range m.dests.machines {
		r, _ := mc.seen.Best()
		rtt = rtt || r != nil
		estimate = estimate || len(mc.address.Estimates) > 0
		if recipient.Stale(mc.address.Estimates, mc.last) {
			m.limits["stale-tables"] = true
		}
	}
	m.limits["no-rtt"] = !rtt
	m.limits["database-only"] = estimate && (!rtt || m.o.Vantage == nil)
	if m.o.Persona != nil {
		for _, j := range m.judged {
			if j.Use != persona.Everywhere {
				m.limits["weak-values"] = true
			}
		}
	}
	codes := []string{}
	for _, c := range []string{
		"control-missing", "control-failed", "no-persona", "weak-values", "damaged", "opaque", "not-captured", "budget", "har-sanitised", "har-decoded",
		"no-timeline", "several-apps", "app-unmet", "clock-unknown", "events-outside", "no-attribution", "no-vantage", "no-rtt", "database-only", "stale-tables",
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
		row := Source{
			ID: s.ID, Name: s.Name, Version: s.Version, ContentDate: s.ContentDate, Licence: s.Licence, Attribution: s.Attribution, Use: s.Use,
			SuppliedBy: s.SuppliedBy, LookupOnly: s.LookupOnly,
		}
		if s.SuppliedBy != "" {
			row.SHA256 = s.SHA256
		}
		rows = append(rows, row)
	}
	add := func(s identity.Source) {
		rows = append(rows, Source{ID: s.ID, Name: s.Name, ContentDate: s.Date, Licence: "facts", Attribution: s.Note + ". " + s.URL, Use: s.Use})
	}
	for _, s := range identity.CostSources(slices.Sorted(maps.Keys(m.domains))) {
		add(s)
	}
	if m.rows > 0 {
		for _, s := range identity.PowerSources() {
			add(s)
		}
	}
	for _, mc := range m.dests.machines {
		if len(mc.said.rows) == 0 {
			continue
		}
		for _, s := range statement.Sources() {
			rows = append(rows, Source{ID: s.ID, Name: s.Name, Version: s.Version, ContentDate: s.ContentDate, Licence: s.Licence, Attribution: s.Attribution, Use: s.Use})
		}
		break
	}
	if m.o.Law != nil && m.rows > 0 {
		latest, _, n := m.o.Law.Checked()
		rows = append(rows, Source{ID: "law", Name: fmt.Sprintf("law tables, %d rows", n), ContentDate: latest, Licence: "facts", Attribution: "each row cites its source. law/data", Use: "law"})
	}
	slices.SortFunc(rows, func(a, b Source) int { return cmp.Compare(a.ID, b.ID) })
	return rows
}
