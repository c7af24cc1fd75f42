package recipient

import (
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

func TestEstablished(t *testing.T) {
	b := open(t)
	kansas, paris := from("Kansas City ±25", "", tls(4)), from("Paris ±25", "", tls(9))
	fr := region(says("FR", "FR"), "FR")
	pops := []statement.Statement{pop("X-Amz-Cf-Pop", "CDG52", "FR", 49.01, 2.55)}
	for _, c := range []struct {
		name string
		e    Evidence
		want string
	}{
		{"physics leaves one country, and a table", Evidence{Address: says("US", ""), Sightings: []Sighting{kansas}}, "US"},
		{"physics alone", Evidence{Address: says("", ""), Sightings: []Sighting{kansas}}, ""},
		{"physics and tables of which one is against", Evidence{Address: says("US", "CA"), Sightings: []Sighting{kansas}}, ""},
		{"physics and a name against", Evidence{Address: says("US", "US"), Sightings: []Sighting{kansas}, Statements: []statement.Statement{label("FR")}}, ""},
		{"physics and a statement that it refutes", Evidence{Address: says("US", "US"), Sightings: []Sighting{kansas}, Statements: []statement.Statement{lax}}, ""},
		{"a connect time is no proof", Evidence{Address: says("US", "US"), Sightings: []Sighting{checked(from("Kansas City", "", flow.Timing{TCP: rtt(4)}))}}, ""},
		{"anycast, and tables", Evidence{Address: anycast(says("US", "US")), Sightings: []Sighting{kansas}}, ""},
		{"anycast, and a statement", Evidence{Address: anycast(says("", "")), Sightings: []Sighting{kansas},
			Statements: []statement.Statement{pop("Cf-Ray", "MCI", "US", 39.30, -94.71)}}, "US"},
		{"anycast, a statement, and other countries near", Evidence{Address: anycast(says("", "")), Sightings: []Sighting{paris}, Statements: pops}, ""},
		{"both lineages and a statement", Evidence{Address: says("FR", "FR"), Sightings: []Sighting{paris}, Statements: pops}, ""},
		{"both lineages and a region", Evidence{Address: fr, Sightings: []Sighting{paris}}, ""},
		{"a statement and a region", Evidence{Address: fr, Sightings: []Sighting{paris}, Statements: pops}, "FR"},
		{"the same without a measurement", Evidence{Address: fr, Statements: pops}, ""},
		{"the same without a vantage", Evidence{Address: fr, Sightings: []Sighting{from("", "", tls(9))}, Statements: pops}, ""},
		{"the same with a false vantage", Evidence{Address: fr, Sightings: []Sighting{paris}, Statements: pops, Checks: Checks{Vantage: "no"}}, ""},
		{"the same with one table against", Evidence{Address: region(says("FR", "BE"), "FR"), Sightings: []Sighting{paris}, Statements: pops}, ""},
		{"the same, anycast", Evidence{Address: anycast(fr), Sightings: []Sighting{paris}, Statements: pops}, ""},
		{"the same, long after", Evidence{Address: fr, Sightings: []Sighting{paris}, Statements: pops, Captured: day("2027-07-01")}, ""},
		{"the same, behind a proxy", Evidence{Address: with(fr, func(a *Address) { a.Kind = Loopback }), Sightings: []Sighting{paris}, Statements: pops}, ""},
		{"an overseas part that the map draws with its mother", Evidence{Address: says("FR", "FR"), Sightings: []Sighting{from("4.93,-52.33 ±5", "", tls(0.5))}}, ""},
		{"a border in sight", Evidence{Address: says("FR", "FR"), Sightings: []Sighting{from("Strasbourg ±5", "", tls(1.2))}}, ""},
	} {
		if c.e.Captured.IsZero() {
			c.e.Captured = day("2026-07-01")
		}
		if r := b.Judge(c.e); r.Established != c.want || (len(r.EstablishedBy) >= 2) != (c.want != "") {
			t.Errorf("%s: %q by %q, want %q", c.name, r.Established, r.EstablishedBy, c.want)
		}
	}
}

// Every dot lies in no outline of its own, or stands for an outline that is
// another country's as well.
func TestDots(t *testing.T) {
	b := open(t)
	if len(b.dots) < 15 {
		t.Fatalf("%d dots", len(b.dots))
	}
	for _, d := range b.dots {
		if realCountry(d.country) == "" || d.radius <= 0 || d.radius > 1000 {
			t.Errorf("%+v", d)
		}
	}
	if len(b.zones[480]) < 8 || len(b.zones) < 30 {
		t.Errorf("zones: %v", b.zones[480])
	}
}

func TestAnycastProved(t *testing.T) {
	r := open(t).Judge(Evidence{Address: says("FR", "FR"), Captured: day("2026-07-01"),
		Sightings: []Sighting{from("Paris", "", tls(3)), from("Singapore", "", tls(3))}})
	if !r.Anycast || len(r.Within) != 2 {
		t.Errorf("J33: %+v", r)
	}
}
