package recipient

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

func open(t testing.TB) *Book {
	t.Helper()
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func rtt(ms float64) *flow.RTT {
	return &flow.RTT{D: time.Duration(ms * 1e6), Leg: flow.Direct, Basis: "test"}
}

func tls(ms float64) flow.Timing { return flow.Timing{TLS: rtt(ms)} }

// from makes a sighting from a vantage such as "Paris ±25", or from nowhere.
func from(place string, access Access, times ...flow.Timing) Sighting {
	var s Sighting
	if place != "" {
		v, err := ParseVantage(place)
		if err != nil {
			panic(err)
		}
		v.Access = access
		s.From = &v
	}
	for _, t := range times {
		s.Add(t)
	}
	return s
}

// post is an exchange with a reply that was computed for it, after wait ms.
func post(wait float64, changes ...func(*flow.Flow)) *flow.Flow {
	f := &flow.Flow{
		Kind: flow.HTTP, Protocol: "HTTP/2", TLS: &flow.TLS{},
		Request:  &flow.Request{Method: "POST", URL: "https://api.example.com/register", Body: flow.Body{Data: []byte(`{"name":"x"}`), Kept: true, Size: 12}},
		Response: &flow.Response{Status: 200, Headers: []flow.Field{{Name: "Content-Length", Value: "120"}, {Name: "X-Cache", Value: "TCP_MISS from edge"}}},
		Timing:   flow.Timing{FirstByte: rtt(wait)},
	}
	for _, c := range changes {
		c(f)
	}
	return f
}

func observed(s Sighting, flows ...*flow.Flow) Sighting {
	for _, f := range flows {
		s.Observe(f, "api.example.com")
	}
	return s
}

func checked(s Sighting) Sighting {
	s.PathChecked = true
	return s
}

// says makes a public address with the estimates of the two lineages as of June
// 2026 ("" for a silent table).
func says(dbip, ipfire string) Address {
	return Address{Kind: Public, Estimates: []Estimate{
		{"dbip", Commercial, dbip, day("2026-06-01")},
		{"ipfire", Geofeed, ipfire, day("2026-06-25")},
	}}
}

func with(a Address, change func(*Address)) Address {
	change(&a)
	return a
}

func anycast(a Address) Address {
	a.Anycast = true
	return a
}

func region(a Address, country string) Address {
	a.Regions = append(slices.Clone(a.Regions), Region{"aws", "AWS", "region-1", country, "", day("2026-06-20")})
	return a
}

// Statements as the readers of headers give them.

func pop(field, code, country string, lat, lon float64) statement.Statement {
	return statement.Statement{Class: statement.Operator, Layer: statement.Edge, Row: strings.ToLower(field), Field: field,
		Value: code, Country: country, Place: code, Lat: lat, Lon: lon, Located: true}
}

var (
	cdg   = pop("Cf-Ray", "CDG", "FR", 49.01, 2.55)
	lax   = pop("Cf-Ray", "LAX", "US", 33.94, -118.41)
	via   = statement.Statement{Class: statement.Operator, Layer: statement.Edge, Row: "via-alibaba", Field: "Via", Value: "cn2219", Country: "CN", Place: "a node in mainland China"}
	eagle = statement.Statement{Class: statement.Operator, Layer: statement.Edge, Row: "eagleid", Field: "EagleId", Value: "b73ce41f",
		Addr: netip.MustParseAddr("183.60.228.31"), At: time.Date(2024, 5, 30, 1, 32, 31, 834e6, time.UTC)}
	logid = statement.Statement{Class: statement.Clock, Layer: statement.Answer, Row: "x-tt-logid", Field: "X-Tt-Logid", Value: "20240530093231", Zone: 8 * time.Hour}
)

func change(s statement.Statement, f func(*statement.Statement)) statement.Statement {
	f(&s)
	return s
}

func label(country string) statement.Statement {
	return statement.Statement{Class: statement.Name, Layer: statement.Edge, Row: "label", Field: "host", Value: "va", Country: country, Confidence: "high"}
}

// ruledOut are the rows of the field note on places, section 6, by their ids.
// None may be answered more boldly than the note does.
type row struct {
	id, name   string
	address    Address
	captured   time.Time // zero: 1 July 2026
	sightings  []Sighting
	statements []statement.Statement
	others     []Machine // the rest of the capture, which is then controlled as a whole
	layer      statement.Layer
	claim      string
	want       Ruling
	say        string            // in some Because of the claim
	error      string            // in some error
	also       map[string]Ruling // of other countries, same layer
}

func (c row) result(b *Book) Result {
	e := Evidence{Address: c.address, Captured: c.captured, Sightings: c.sightings, Statements: c.statements, Claimed: []string{c.claim}}
	if e.Captured.IsZero() {
		e.Captured = day("2026-07-01")
	}
	if c.others != nil {
		all := c.others
		for _, s := range c.sightings {
			all = append(all, Machine{Address: c.address, Seen: s, Statements: c.statements})
		}
		e.Checks = b.Control(e.Captured, all)
	}
	return b.Judge(e)
}

func TestJudge(t *testing.T) {
	b := open(t)
	seen := map[string]bool{}
	for _, c := range slices.Concat(edgeRows, statementRows, layerRows) {
		seen[c.id] = true
		t.Run(c.id+" "+c.name, func(t *testing.T) {
			if c.layer == "" {
				c.layer = statement.Edge
			}
			got := c.result(b)
			for country, want := range c.also {
				check(t, got, c.layer, country, want, "")
			}
			check(t, got, c.layer, c.claim, c.want, c.say)
			if all := strings.Join(got.Errors, "\n"); !strings.Contains(all, c.error) || c.error == "" && all != "" {
				t.Errorf("errors %q, want %q", got.Errors, c.error)
			}
			if got.Limit != Limit {
				t.Error("the sentence on onward transfer is missing")
			}
			if got.Established != "" {
				t.Errorf("%s is established by %q", got.Established, got.EstablishedBy)
			}
		})
	}
	for id, where := range map[string]string{
		"J14": "packet/tcp TestRepeatedSYN", "J24": "stream/quic TestHandshakeTime",
		"J42": "TestKnownAddresses", "J47": "TestKnownAddresses", "J55": "TestWho",
		"J56":                 "the owners, from DNS answers of the capture",
		"J57 J58 J59 J60 J61": "package law",
	} {
		for id := range strings.FieldsSeq(id) {
			seen[id] = where != ""
		}
	}
	for n := 1; n <= 62; n++ {
		if id := "J" + string(rune('0'+n/10)) + string(rune('0'+n%10)); !seen[id] {
			t.Errorf("%s has no row", id)
		}
	}
}

func check(t *testing.T, got Result, layer statement.Layer, country string, want Ruling, say string) {
	t.Helper()
	v, ok := got.of(layer, country)
	if !ok {
		t.Fatalf("no verdict on %s (%s) in %v", country, layer, got.Verdicts)
	}
	if v.Verdict != want {
		t.Errorf("%s: %s, want %s; because %q", country, v.Verdict, want, v.Because)
	}
	if all := strings.Join(v.Because, "\n"); !strings.Contains(all, say) {
		t.Errorf("%s: nothing says %q in\n%s", country, say, all)
	}
}
