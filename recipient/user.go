package recipient

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/constat/constat/recipient/tables"
)

// OpenWith is Open with tables that a user supplied, and with those of a lab.
// In order of their ids, they add estimates within their lineages, anycast
// prefixes, regions of clouds, and lists of names. The program's own rows come
// before any list.
func OpenWith(user []*tables.Table, labs ...Table) (*Book, error) {
	b, err := Open(labs...)
	if err != nil {
		return nil, err
	}
	b.user = slices.Clone(user)
	slices.SortFunc(b.user, func(x, y *tables.Table) int { return cmp.Compare(x.ID, y.ID) })
	for _, t := range b.user {
		if b.source(t.ID).ID != "" {
			return nil, fmt.Errorf("two tables have the id %s; give %s another with --name", t.ID, t.File)
		}
		b.sources = append(b.sources, sourceOf(t.Manifest))
	}
	return b, nil
}

// uses are the words of Source.Use for what a user's table knows.
var uses = map[tables.Kind]string{
	tables.Places: "estimated", tables.Anycast: "anycast", tables.Regions: "cloud region", tables.Owners: "owner",
}

func sourceOf(m tables.Manifest) Source {
	return Source{
		ID: m.ID, Name: m.Name, Version: m.Version, ContentDate: m.ContentDate, Licence: m.Licence,
		Attribution: m.Attribution, Link: m.Link, Use: uses[m.Kind], Lineage: Lineage(m.Lineage), Note: m.Note,
		SHA256: m.SHA256, File: m.File, SuppliedBy: m.SuppliedBy, LookupOnly: !m.Sealable,
	}
}

// addUser fills in what the user's tables say of an address.
func (b *Book) addUser(a *Address) {
	for _, t := range b.user {
		if code, ok := t.Country(a.IP); ok && realCountry(code) != "" {
			a.Estimates = append(a.Estimates, Estimate{Source: t.ID, Lineage: Lineage(t.Lineage), Country: code, ContentDate: t.Date()})
		}
		if !a.Anycast && t.Anycast(a.IP) {
			a.Anycast, a.AnycastBy = true, t.ID
		}
		if provider, region, ok := t.Region(a.IP); ok {
			place, _ := tables.PlaceOf(provider, region)
			a.Regions = append(a.Regions, Region{t.ID, provider, region, place.Country, place.City, t.Date()})
		}
	}
	slices.SortStableFunc(a.Estimates, func(x, y Estimate) int { return cmp.Compare(x.Source, y.Source) })
}

// listed fills in the owner of a name from the user's lists, and which lists
// have it. Several can; the first by id that names an owner is taken, for all
// are equally weak.
func (b *Book) listed(w *Who, name string) bool {
	for _, t := range b.user {
		row, o, ok := t.Owner(name)
		if !ok || o.Name == "" {
			continue
		}
		w.Owner, w.Parent, w.Seat, w.ParentSeat, w.Role = o.Name, "", o.Country, "", cmp.Or(o.Role, "unknown")
		w.Source, w.SourceDate, w.Strength, w.Table = t.Name+" row "+row, t.ContentDate, List, t.ID
		return true
	}
	return false
}

// hint adds what lists say of a name beside its owner: that it stands on
// them, a role where nothing else tells one, and what it is said to be an
// alias of.
func (b *Book) hint(w *Who) {
	for _, t := range b.user {
		_, o, ok := t.Owner(w.Host)
		if !ok {
			continue
		}
		w.Lists = append(w.Lists, t.ID)
		if w.Role == "unknown" && o.Role != "" {
			w.Role = o.Role
		}
		if w.Alias == "" {
			w.Alias = o.Alias
		}
	}
}

// fresh are the lineages of which a table is near enough to the capture to
// speak: a user who supplies a new table must not have it silenced by an old one.
func fresh(rows []Estimate, captured time.Time) map[Lineage]bool {
	out := map[Lineage]bool{}
	for _, e := range rows {
		if realCountry(e.Country) != "" && old(captured, e.ContentDate) == "" {
			out[e.Lineage] = true
		}
	}
	return out
}

// Stale reports whether a lineage has only tables that are too far from the
// capture to speak.
func Stale(rows []Estimate, captured time.Time) bool {
	speaks := fresh(rows, captured)
	for _, e := range rows {
		if realCountry(e.Country) != "" && !speaks[e.Lineage] {
			return true
		}
	}
	return false
}
