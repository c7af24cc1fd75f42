package recipient

import (
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

func status(n int, fields ...flow.Field) func(*flow.Flow) {
	return func(f *flow.Flow) {
		f.Response.Status = n
		f.Response.Headers = append(f.Response.Headers, fields...)
	}
}

func field(name, value string) func(*flow.Flow) {
	return status(200, flow.Field{Name: name, Value: value})
}

// layerRows are about the machine that computed the reply.
var layerRows = []row{
	{id: "J32", name: "edge and function", address: anycast(says("", "")), layer: statement.Answer, claim: "US", statements: []statement.Statement{
		pop("X-Vercel-Id", "cdg1", "FR", 49.01, 2.55),
		change(pop("X-Vercel-Id", "iad1", "US", 38.94, -77.46), func(s *statement.Statement) { s.Layer = statement.Answer })},
		want: Undetermined, say: `the operator's statement X-Vercel-Id "iad1" names US`},
	{id: "J35", name: "operator's own timing of the second leg", address: says("", ""), layer: statement.Answer, claim: "CN",
		sightings: []Sighting{from("Paris", "", tls(5))}, statements: []statement.Statement{{Class: statement.Operator, Layer: statement.Answer,
			Field: "Server-Timing", Value: "origin; dur=5", Took: 5 * time.Millisecond}},
		want: Undetermined, say: "reported timing: origin within 750 km of that edge"},
	{id: "J36", name: "dynamic answer in one quick trip", address: says("", ""), layer: statement.Answer, claim: "CN",
		sightings: []Sighting{observed(from("Paris ±25", ""), post(21))}, want: ImpossibleStrict, say: "that reply was not computed in CN"},
	{id: "J36", name: "a statement, perhaps of another reply", address: says("", ""), layer: statement.Answer, claim: "CN",
		sightings:  []Sighting{observed(from("Paris ±25", ""), post(21))},
		statements: []statement.Statement{change(via, func(s *statement.Statement) { s.Layer = statement.Answer })},
		want:       ImpossibleStrict},
	{id: "J36", name: "a second vantage without a reply", address: says("", ""), layer: statement.Answer, claim: "CN",
		sightings: []Sighting{observed(from("Paris ±25", ""), post(21)), from("Singapore", "", tls(20))}, want: ImpossibleStrict},
	{id: "J37", name: "empty answer", address: says("", ""), layer: statement.Answer, claim: "CN", statements: answerIn("CN"),
		sightings: []Sighting{observed(from("Paris ±25", ""), post(9, func(f *flow.Flow) {
			f.Response = &flow.Response{Status: 204}
		}))}, want: Undetermined},
	{id: "J38", name: "early hints", address: says("", ""), layer: statement.Answer, claim: "CN", statements: answerIn("CN"),
		sightings: []Sighting{observed(from("Paris ±25", ""), post(5, status(103)), post(190))}, want: Undetermined},
	{id: "J20", name: "the edge is none of it", address: says("CN", "CN"), claim: "CN",
		sightings: []Sighting{observed(from("Paris ±25", ""), post(12))}, want: ConsistentWeak},
	{id: "J54", name: "storage label", address: says("", ""), layer: statement.Edge, claim: "MY",
		statements: []statement.Statement{maliva}, want: Undetermined},
}

func answerIn(country string) []statement.Statement {
	return []statement.Statement{change(via, func(s *statement.Statement) { s.Layer, s.Country = statement.Answer, country })}
}

var maliva = statement.Statement{Class: statement.Operator, Layer: statement.Storage, Row: "store-idc", Field: "Cookie store-idc", Value: "maliva",
	Country: "US", Place: "Virginia, by public usage", Confidence: "high"}

// Storage is the operator's word and no verdict, whatever it names.
func TestStorage(t *testing.T) {
	r := open(t).Judge(Evidence{Address: says("", ""), Captured: day("2026-07-01"), Claimed: []string{"MY"},
		Statements: []statement.Statement{maliva, maliva, {Layer: statement.Storage, Class: statement.Operator, Field: "Cookie store-country-code", Value: "fr", Country: "FR"}}})
	if len(r.Storage) != 2 || r.Storage[0].Value != "fr" || r.Storage[1].Place != "Virginia, by public usage" {
		t.Errorf("storage: %+v", r.Storage)
	}
	for _, v := range r.Verdicts {
		if v.Country != "MY" || v.Verdict != Undetermined {
			t.Errorf("a label of storage gave %+v", v)
		}
	}
}

func TestDynamic(t *testing.T) {
	get := func(f *flow.Flow) { f.Request.Method, f.Request.Body = "GET", flow.Body{Size: 0} }
	for _, c := range []struct {
		name string
		f    *flow.Flow
		want bool
	}{
		{"a form", post(20), true},
		{"a form, created", post(20, status(201)), true},
		{"a page for everybody", post(20, get), false},
		{"a page for one", post(20, get, field("Cache-Control", "private, max-age=0")), true},
		{"a page that may not be stored", post(20, get, field("cache-control", "no-store")), true},
		{"a page with a cookie", post(20, get, field("Set-Cookie", "session=1")), true},
		{"a page with a cookie of the edge", post(20, get, field("Set-Cookie", "__cf_bm=1")), false},
		{"a private page out of a store", post(20, get, field("Cache-Control", "private"), field("CF-Cache-Status", "HIT")), false},
		{"an age", post(20, field("Age", "0")), false},
		{"a hit", post(20, field("X-Cache", "Hit from cloudfront")), false},
		{"a hit of a balancer", post(20, field("X-Cache", "TCP_REFRESH_HIT from a23")), false},
		{"a hit at the second of two", post(20, field("X-Cache", "MISS, HIT")), false},
		{"hits", post(20, field("X-Cache-Hits", "0, 3")), false},
		{"no hits", post(20, field("X-Cache-Hits", "0, 0")), true},
		{"Alibaba's hit", post(20, field("Via", "cache16.l2cn3022[0,0,200-0,H], cache5.cn9041[1,0]")), false},
		{"Alibaba's miss", post(20, field("Via", "cache16.l2cn3022[30,30,200-0,M], cache5.cn9041[31,0]")), true},
		{"Akamai's timing", post(20, field("Server-Timing", "cdn-cache; desc=HIT, edge; dur=1")), false},
		{"RFC 9211", post(20, field("Cache-Status", "ExampleCache; hit; ttl=30")), false},
		{"Varnish, stored", post(20, field("X-Varnish", "123 120")), false},
		{"a redirect", post(20, status(302)), false},
		{"a refusal", post(20, status(403)), false},
		{"empty", post(20, func(f *flow.Flow) { f.Response.Headers[0].Value = "0" }), false},
		{"of unknown length", post(20, func(f *flow.Flow) { f.Response.Headers, f.Response.Body.Size = nil, -1 }), false},
		{"an upload", post(20, func(f *flow.Flow) { f.Request.Body.Size = 1 << 20 }), false},
		{"an upload of unknown length", post(20, func(f *flow.Flow) { f.Request.Body = flow.Body{Size: -1} }), false},
		{"a pushed stream", post(20, func(f *flow.Flow) { two := uint64(2); f.Stream = &two }), false},
		{"a stream of HTTP/3", post(20, func(f *flow.Flow) { four := uint64(4); f.Stream, f.Protocol = &four, "HTTP/3" }), true},
		{"in the clear", post(20, func(f *flow.Flow) { f.TLS, f.Request.URL = nil, "http://api.example.com" }), false},
		{"never sent", post(20, func(f *flow.Flow) { f.Notes = []string{"never sent"} }), false},
		{"no reply", post(20, func(f *flow.Flow) { f.Response = nil }), false},
		{"a socket", post(20, func(f *flow.Flow) { f.Kind = flow.WebSocket }), false},
		{"the instrument's own", post(20, func(f *flow.Flow) { f.Control = &flow.Control{} }), false},
	} {
		if got := Dynamic(c.f); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// The object of a sentence is an endpoint or a reply at an instant.
func TestSentences(t *testing.T) {
	s := from("Paris ±25", "")
	s.Observe(post(21, func(f *flow.Flow) {
		f.Timing.Start = time.Date(2026, 7, 1, 12, 3, 4, 118e6, time.UTC)
		f.Timing.TLS = rtt(4.1)
	}), "log-va.tiktokv.com")
	r := open(t).Judge(Evidence{Address: says("CN", "CN"), Captured: day("2026-07-01"), Sightings: []Sighting{s}})
	v, _ := r.Edge("CN")
	const edge = "the endpoint that proved possession of the key for log-va.tiktokv.com in the exchange of 2026-07-01 12:03:04.118 UTC answered in 4.1 ms (TLS); " +
		"from Paris ±25 km, light in vacuum needs at least 36.6 ms to reach CN and return: that endpoint was not in CN"
	if !strings.Contains(strings.Join(v.Because, "\n"), edge) {
		t.Errorf("%q", v.Because)
	}
	if len(r.Within) != 1 || r.Within[0] != "within 643 km of Paris" {
		t.Errorf("%q", r.Within)
	}
}
