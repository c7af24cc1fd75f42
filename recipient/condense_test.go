package recipient

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

// A busy server says something else with every reply. What is weighed and said
// stays small, and hostile words do no harm.
func TestManyStatements(t *testing.T) {
	b := open(t)
	var many []statement.Statement
	for i := range 20_000 {
		at := time.Unix(1_780_000_000+int64(i), 0)
		many = append(many,
			change(logid, func(s *statement.Statement) { s.Value = at.Format("20060102150405") }),
			change(eagle, func(s *statement.Statement) { s.Value, s.At = fmt.Sprint(i), at }),
			statement.Statement{Class: statement.Operator, Layer: statement.Answer, Field: "Server-Timing", Value: fmt.Sprint("origin; dur=", i), Took: time.Duration(i+1) * time.Millisecond},
			pop("X-Cache", fmt.Sprint(i), "FR", math.NaN(), float64(i)),
			statement.Statement{Class: statement.Operator, Layer: statement.Edge, Field: "X-Cache", Addr: netip.AddrFrom4([4]byte{23, 1, byte(i >> 8), byte(i)})})
	}
	r := b.Judge(Evidence{Address: says("CN", "CN"), Captured: day("2026-07-01"), Sightings: []Sighting{from("Paris", "", tls(20))}, Statements: many, Claimed: []string{"CN"}})
	lines := 0
	for _, v := range r.Verdicts {
		lines += len(v.Because)
	}
	if lines > 1000 || len(r.Errors) > 2*mostStatements {
		t.Errorf("%d lines, %d errors", lines, len(r.Errors))
	}
	r = b.Judge(Evidence{Address: says("CN", "CN"), Captured: day("2026-07-01"), Statements: many[:3*100], Claimed: []string{"CN"}})
	v, _ := r.Answer("CN")
	if said := strings.Join(v.Because, "\n"); strings.Count(said, "reported timing") != 1 || !strings.Contains(said, "within 150 km") {
		t.Errorf("%q", v.Because)
	}
	long := pop("Cf-Ray", strings.Repeat("é\x00", 5000), "FR", 49, 2.5)
	v, _ = b.mustEdge(Evidence{Address: says("", ""), Captured: day("2026-07-01"), Statements: []statement.Statement{long}}, "FR")
	if len(v.Because[0]) > 400 {
		t.Errorf("a value of %d bytes is repeated", len(v.Because[0]))
	}
}

func (b *Book) mustEdge(e Evidence, country string) (Verdict, bool) {
	r := b.Judge(e)
	return r.Edge(country)
}

// A proof of the key that came sooner than the connection is a resumed session,
// whose client did not wait for the server.
func TestHasty(t *testing.T) {
	s := from("Paris", "", flow.Timing{TCP: rtt(150), TLS: rtt(2)})
	if r, _ := s.Best(); r != nil {
		t.Errorf("used: %+v", r)
	}
	s.Add(flow.Timing{TCP: rtt(150), TLS: rtt(155)})
	if r, class := s.Best(); class != "TLS" || ms(r.D) != 155 {
		t.Errorf("not used: %+v", r)
	}
}
