package recipient

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/recipient/statement"
	"github.com/constat/constat/recipient/tables"
)

// supplied reads samples of package tables, as a user would.
func supplied(t testing.TB, files ...string) []*tables.Table {
	t.Helper()
	var out []*tables.Table
	for _, f := range files {
		o := tables.Options{}
		switch f {
		case "trackerdb.json", "services.json", "combined_disguised_trackers.json", "IPv4.csv", "dbip-country-ipv4.csv":
			o.ContentDate = day("2026-06-10")
		}
		tab, err := tables.Read("tables/testdata/"+f, o)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tab)
	}
	return out
}

func openWith(t testing.TB, files ...string) *Book {
	t.Helper()
	b, err := OpenWith(supplied(t, files...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUserPlaces(t *testing.T) {
	b := openWith(t, "dbip-country-ipv4.csv", "geoip", "ip-ranges.json", "IPv4.csv")
	a := b.Address(netip.MustParseAddr("1.0.0.7"))
	var sources []string
	for _, e := range a.Estimates {
		sources = append(sources, e.Source+" "+string(e.Lineage)+" "+e.Country+" "+e.ContentDate.Format(time.DateOnly))
	}
	if want := []string{"dbip E AU 2026-06-01", "dbip-country-ipv4 E AU 2026-06-10", "ipfire G AU 2026-06-25", "tor-geoip G AU 2026-06-25"}; !slices.Equal(sources, want) {
		t.Errorf("%q", sources)
	}
	if a := b.Address(netip.MustParseAddr("1.0.5.1")); len(a.Estimates) != 2 {
		t.Errorf("a table that names no country is listed: %+v", a.Estimates)
	}
	if a := b.Address(netip.MustParseAddr("10.0.0.1")); a.Estimates != nil || a.Regions != nil {
		t.Errorf("a private address is looked up: %+v", a)
	}

	a = b.Address(netip.MustParseAddr("15.220.1.9"))
	if want := []Region{{"aws", "AWS", "us-east-1-bue-1", "AR", "Buenos Aires", day("2026-06-01")}}; !slices.Equal(a.Regions, want) {
		t.Errorf("%+v", a.Regions)
	}
	if a := b.Address(netip.MustParseAddr("15.220.2.9")); len(a.Regions) != 1 || a.Regions[0].Country != "" || a.Regions[0].Region != "us-east-1-zzz-9" {
		t.Errorf("a zone that nobody knows has a country: %+v", a.Regions)
	}

	// A census silences estimates, and the reason says that it is a census.
	if a := b.Address(netip.MustParseAddr("1.1.1.1")); !a.Anycast || a.AnycastBy != "" {
		t.Errorf("what the operator says is ascribed to a census: %+v", a)
	}
	census, err := tables.Read("tables/testdata/IPv6-long.csv", tables.Options{ContentDate: day("2026-06-10")})
	if err != nil {
		t.Fatal(err)
	}
	if b, err = OpenWith([]*tables.Table{census}); err != nil {
		t.Fatal(err)
	}
	a = b.Address(netip.MustParseAddr("2a00:db80:2::1"))
	a.Estimates = says("FR", "FR").Estimates
	got := b.Judge(Evidence{Address: a, Captured: day("2026-06-20"), Claimed: []string{"FR"}})
	check(t, got, statement.Edge, "FR", Undetermined, "a census (laces-ipv6) measured")
}

// Tables of a user vote within their lineage, and make no third one.
func TestUserTablesAreNoThirdWitness(t *testing.T) {
	b := open(t)
	a := says("CN", "")
	a.Estimates = append(a.Estimates, Estimate{"mine", Commercial, "CN", day("2026-06-10")}, Estimate{"nobody's", "", "CN", day("2026-06-10")})
	check(t, b.Judge(Evidence{Address: a, Captured: day("2026-06-20")}), statement.Edge, "CN", Undetermined, "")
	a = says("CN", "CN")
	a.Estimates = append(a.Estimates, Estimate{"mine", Commercial, "DE", day("2026-06-10")})
	check(t, b.Judge(Evidence{Address: a, Captured: day("2026-06-20")}), statement.Edge, "CN", Undetermined, "disagree")
}

// A fresh table is not silenced by an old one of its lineage; where none is
// fresh, the reason is told.
func TestFreshTableSpeaks(t *testing.T) {
	b, captured := open(t), day("2027-06-01")
	a := says("CN", "CN") // of June 2026
	check(t, b.Judge(Evidence{Address: a, Captured: captured}), statement.Edge, "CN", Undetermined, "days between table and capture")
	a.Estimates = append(a.Estimates, Estimate{"mine-e", Commercial, "DE", day("2027-05-01")}, Estimate{"mine-g", Geofeed, "DE", day("2027-05-01")})
	got := b.Judge(Evidence{Address: a, Captured: captured})
	check(t, got, statement.Edge, "DE", ConsistentWeak, "mine-e (content of 2027-05-01) says DE")
	check(t, got, statement.Edge, "CN", Undetermined, "")
}

func TestUserOwners(t *testing.T) {
	b := openWith(t, "trackerdb.json", "services.json", "combined_disguised_trackers.json", "pro.txt")
	w := b.Who("px.zorblat.net")
	if w.Owner != "Zorblat" || w.Table != "disconnect" || w.Strength != List || w.SourceDate != "2026-06-10" || !strings.Contains(w.Source, "row zorblat.net") {
		t.Errorf("the first list by id speaks: %+v", w)
	}
	if want := []string{"disconnect", "hagezis-pro-dns-blocklist", "trackerdb"}; !slices.Equal(w.Lists, want) {
		t.Errorf("on %q", w.Lists)
	}
	if w := b.Who("a.wild-zorblat.net"); w.Owner != "wild-zorblat.net" || w.Table != "" || w.Strength != Unsaid || len(w.Lists) != 1 {
		t.Errorf("a list without owners gives one: %+v", w)
	}
	if w := b.Who("a.metrics-shop.net"); w.Owner != "metrics-shop.net" || w.Alias != "x.zorblat.net" {
		t.Errorf("an alias is a hint, and no owner: %+v", w)
	}

	// The program's own rows and platforms come first, and names that never
	// leave a network are nobody's.
	rows, err := tables.Read("tables/testdata/v2fly/zorblat", tables.Options{ContentDate: day("2026-06-10")})
	if err != nil {
		t.Fatal(err)
	}
	if b, err = OpenWith([]*tables.Table{rows}); err != nil {
		t.Fatal(err)
	}
	if w := b.Who("zorblat.map.fastly.net"); w.Operator != "Fastly" {
		t.Errorf("a list takes a platform's name: %+v", w)
	}
	if own, with := open(t).Who("log.tiktokv.com"), b.Who("log.tiktokv.com"); own.Owner != with.Owner || with.Table != "own" {
		t.Errorf("own row: %+v", with)
	}
}

func TestUserSources(t *testing.T) {
	b := openWith(t, "geoip", "trackerdb.json")
	s := b.source("trackerdb")
	if s.SuppliedBy != "user" || s.LookupOnly || s.Use != "owner" || s.Licence != "CC-BY-NC-SA-4.0" || len(s.SHA256) != 64 || s.ContentDate != "2026-06-10" {
		t.Errorf("%+v", s)
	}
	if s := b.source("tor-geoip"); s.Lineage != Geofeed || s.Use != "estimated" {
		t.Errorf("%+v", s)
	}
	if s := b.source("dbip"); s.SuppliedBy != "" {
		t.Errorf("a table of the program passes for the user's: %+v", s)
	}
	twice := supplied(t, "geoip", "geoip")
	if _, err := OpenWith(twice); err == nil || !strings.Contains(err.Error(), "tor-geoip") {
		t.Errorf("two tables of one id: %v", err)
	}
}
