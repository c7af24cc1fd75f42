package audit

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/constat/constat/flow"
)

// stated is an exchange in whose response the operator names its own machine.
func stated(host, addr string, header ...flow.Field) *flow.Flow {
	f := sent(host, 1)
	f.Server.Addr = netip.AddrPortFrom(netip.MustParseAddr(addr), 443)
	f.Response = &flow.Response{Status: 200, Headers: header}
	return f
}

// What an operator says in an exchange is weighed, and shown beside what tables
// say; what it says of storage is its word.
func TestStatementsOfOperators(t *testing.T) {
	doc := audited(t, Options{}, stated("shop.example.org", "104.16.132.229",
		flow.Field{Name: "CF-Ray", Value: "8c1f2a3b4c5d6e7f-CDG"}, flow.Field{Name: "Set-Cookie", Value: "store-idc=maliva; Path=/"}))
	r := recipientOf(t, doc, "shop.example.org")
	i := slices.IndexFunc(r.Verdicts, func(p PlaceRow) bool { return p.Country == "FR" })
	if i < 0 || r.Verdicts[i].Verdict != "consistent (strong)" {
		t.Fatalf("%+v", r.Verdicts)
	}
	if a := r.Addresses[0]; !a.Anycast || len(a.Statements) != 1 || a.Statements[0].Value != "CDG" || a.Statements[0].Country != "FR" {
		t.Errorf("%+v", a)
	}
	if len(r.Storage) != 1 || r.Storage[0].Country != "US" || r.Storage[0].Layer != "storage" {
		t.Errorf("storage: %+v", r.Storage)
	}
	if x := doc.Coverage[0].Servers[0]; x.Country != "FR" || x.Place != "consistent (strong)" || x.Established {
		t.Errorf("%+v", x)
	}
	if !slices.ContainsFunc(doc.Sources, func(s Source) bool { return s.Use == "statement" || s.ID == "pops" }) {
		t.Errorf("the table of places is no source: %+v", doc.Sources)
	}
}

// Behind a proxy all servers have its address. What the operator of one says is
// not said of another.
func TestServersBehindOneAddress(t *testing.T) {
	doc := audited(t, Options{},
		stated("shop.example.org", "127.0.0.1", flow.Field{Name: "CF-Ray", Value: "8c1f2a3b4c5d6e7f-CDG"}),
		stated("other.example.net", "127.0.0.1"))
	for host, want := range map[string]bool{"shop.example.org": true, "other.example.net": false} {
		r := recipientOf(t, doc, host)
		if got := slices.ContainsFunc(r.Verdicts, func(p PlaceRow) bool { return p.Country == "FR" }); got != want {
			t.Errorf("%s: a verdict on France: %v, want %v: %+v", host, got, want, r.Verdicts)
		}
	}
}
