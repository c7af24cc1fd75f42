package audit

import (
	"bytes"
	"encoding/json"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/law"
	"github.com/constat/constat/recipient"
)

// lawTable has one network a country, and one that its tables disagree on.
const lawTable = `simulated = true
id = "lab"
name = "a lab"
date = "2026-02-01"
[[network]]
prefix = "127.33.1.0/24"
asn = 64601
holder = "Near"
registered = "FR"
geofeed = "FR"
commercial = "FR"
rtt_ms = 4
[[network]]
prefix = "127.33.2.0/24"
asn = 64602
holder = "South"
registered = "BR"
geofeed = "BR"
commercial = "BR"
rtt_ms = 200
[[network]]
prefix = "127.33.3.0/24"
asn = 64603
holder = "Torn"
registered = "SG"
geofeed = "US"
commercial = "DE"
rtt_ms = 90
[[network]]
prefix = "127.33.5.0/24"
asn = 64605
holder = "Far"
registered = "CN"
geofeed = "CN"
commercial = "CN"
rtt_ms = 112
[[network]]
prefix = "127.33.6.0/24"
asn = 64606
holder = "West"
registered = "US"
geofeed = "US"
commercial = "US"
rtt_ms = 90
[[owner]]
suffix = "far.example"
name = "Far & Co"
seat = "CN"
role = "analytics"
[[owner]]
suffix = "near.example"
name = "Near SA"
seat = "FR"
role = "first party"
`

// several is a capture of several flows.
type several []*flow.Flow

func (s several) Flows() iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		for _, f := range s {
			if !yield(f, nil) {
				return
			}
		}
	}
}
func (several) Describe() Input { return Input{} }

// sent is a request with an e-mail address to a host at an address on a day;
// "" is no day.
func personal(index int, host, addr, day string) *flow.Flow {
	f := &flow.Flow{
		Index: index, Kind: flow.HTTP,
		Request: &flow.Request{Method: "GET", Host: host, URL: "https://" + host + "/x?email=camille.durand%40mail.example&lat=48.856614&lon=2.352222"},
	}
	f.Server.Addr = netip.AddrPortFrom(netip.MustParseAddr(addr), 443)
	if day != "" {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			panic(err)
		}
		f.Timing.Start = at.Add(12 * time.Hour)
	}
	return f
}

// lawOf audits flows with a subject in a country.
func lawOf(t *testing.T, subject string, flows ...*flow.Flow) *Document {
	t.Helper()
	book, err := recipient.Open(recipient.Table{Path: "lab.toml", Text: []byte(lawTable)})
	if err != nil {
		t.Fatal(err)
	}
	laws, err := law.Open()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Conduct(t.Context(), []Capture{several(flows)}, Options{Book: book, Law: laws, SubjectIn: subject, SubjectFrom: SubjectTold})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { doc.Transfers.Close() })
	return doc
}

// told writes the rows of a document's first recipient of an owner.
func told(doc *Document, owner string) (out []string) {
	for _, r := range doc.Recipients {
		if r.Owner != owner {
			continue
		}
		for _, x := range r.Law {
			s := strings.TrimSpace(x.Regime + " " + x.Status + " " + x.Column + " " + strings.Join(x.Countries, ","))
			if x.Category != "" {
				s += " " + x.Category
			}
			for _, p := range x.Possible {
				s += " [" + p.Country + " " + p.Status + "]"
			}
			out = append(out, s)
		}
	}
	return out
}

func TestLawOfARecipient(t *testing.T) {
	const near, south, torn, far, west = "127.33.1.7", "127.33.2.7", "127.33.3.7", "127.33.5.7", "127.33.6.7"
	for _, test := range []struct {
		name, subject, host, owner, addr string
		days                             []string
		want                             []string
	}{
		{"inside", "FR", "a.near.example", "Near SA", near, []string{"2026-02-15"}, []string{"GDPR member place FR"}},
		{"by date", "FR", "a.near.example", "Near SA", south, []string{"2026-02-15"}, []string{"GDPR adequate place BR"}},
		{"before the decision", "FR", "a.near.example", "Near SA", south, []string{"2026-01-15"}, []string{"GDPR none place BR"}},
		{"both days, both rows", "FR", "a.near.example", "Near SA", south, []string{"2026-01-15", "2026-02-15"}, []string{"GDPR adequate place BR", "GDPR none place BR"}},
		{"conditional", "FR", "a.near.example", "Near SA", west, []string{"2026-02-15"}, []string{"GDPR adequate_conditional place US"}},
		// Tables that disagree place nothing: both are told, neither is chosen.
		{"undetermined", "FR", "a.near.example", "Near SA", torn, []string{"2026-02-15"},
			[]string{"GDPR undetermined place DE,US [DE member] [US adequate_conditional]"}},
		{"no date", "FR", "a.near.example", "Near SA", near, []string{""}, []string{"GDPR undetermined place"}},
		{"not told", "", "a.near.example", "Near SA", near, []string{"2026-02-15"}, []string{"subject_not_told place FR"}},
		{"China", "FR", "a.far.example", "Far & Co", far, []string{"2026-02-15"}, []string{
			"GDPR none place CN", "PIPL/DSL (destination) destination_law place CN", "PIPL/DSL (destination) destination_law control CN"}},
		// Not told whose law: the destination's does not ask.
		{"China, not told", "", "a.far.example", "Far & Co", far, []string{"2026-02-15"}, []string{
			"subject_not_told place CN", "PIPL/DSL (destination) destination_law place CN", "PIPL/DSL (destination) destination_law control CN"}},
		// A French server of a Chinese company: place and control are two things.
		{"control", "US", "a.far.example", "Far & Co", near, []string{"2026-02-15"}, []string{
			"28 CFR 202 country_of_concern control CN (c)", "28 CFR 202 country_of_concern control CN (f) d",
			"PADFAA country_of_concern control CN (F)", "PADFAA country_of_concern control CN none",
			"PIPL/DSL (destination) destination_law control CN"}},
		{"seat unknown", "US", "x.unknown.example", "unknown.example", near, []string{"2026-02-15"}, []string{
			"28 CFR 202 undetermined control (c)", "28 CFR 202 undetermined control (f) d",
			"PADFAA undetermined control (F)", "PADFAA undetermined control none"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var flows []*flow.Flow
			for i, day := range test.days {
				flows = append(flows, personal(i, test.host, test.addr, day))
			}
			doc := lawOf(t, test.subject, flows...)
			got := told(doc, test.owner)
			if test.name == "no date" { // then no table is fresh, and the place is not known either
				got = []string{strings.TrimSuffix(got[0], " FR [FR undetermined]")}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(test.want, "\n  "))
			}
		})
	}
}

// A recipient that was spoken to and got nothing has no row, nor has an
// address that got nothing.
func TestLawOnlyOfWhatWasReceived(t *testing.T) {
	idle := personal(1, "b.near.example", "127.33.6.7", "2026-02-15")
	idle.Request.URL = "https://b.near.example/"
	doc := lawOf(t, "FR", personal(0, "a.near.example", "127.33.1.7", "2026-02-15"), idle)
	if got := told(doc, "Near SA"); !slices.Equal(got, []string{"GDPR member place FR"}) {
		t.Errorf("%q", got)
	}
	if len(doc.Recipients[0].Standing) != 1 {
		t.Errorf("standing: %+v", doc.Recipients[0].Standing)
	}
	if !slices.ContainsFunc(doc.Sources, func(s Source) bool { return s.ID == "law" && s.ContentDate != "" }) {
		t.Error("the tables are not among the sources")
	}
	x := doc.Recipients[0].Law[0]
	if !slices.Equal(x.On, []string{"2026-02-15", "2026-02-15"}) || x.Article != "art. 1(3)" || x.Source == "" || x.Checked == "" || !slices.Contains(x.DataTypes, "contact.email") {
		t.Errorf("%+v", x)
	}
}

// What a claim names is no place, nor is what the registry says.
func TestClaimsAreNoPlaces(t *testing.T) {
	r := &Recipient{
		Addresses: []Address{{IP: "1.2.3.4", Registered: "SG", Estimates: map[string]string{"dbip": "DE", "ipfire": "US"}}},
		Verdicts: []PlaceRow{
			{IP: "1.2.3.4", Country: "CN", Verdict: "undetermined"}, {IP: "1.2.3.4", Country: "DE", Verdict: "undetermined"},
			{IP: "1.2.3.4", Country: "SG", Verdict: "undetermined"}, {IP: "1.2.3.4", Country: "US", Verdict: "impossible (strict)"},
			{IP: "5.6.7.8", Country: "FR", Verdict: "consistent (weak)"},
		},
	}
	if w := stands(r, "1.2.3.4", []string{"CN"}); !slices.Equal(w.countries, []string{"DE"}) || w.verdict != "undetermined" {
		t.Errorf("%+v", w)
	}
	if w := stands(r, "5.6.7.8", nil); !slices.Equal(w.countries, []string{"FR"}) || w.verdict != "consistent (weak)" {
		t.Errorf("%+v", w)
	}
	if w := stands(r, "", nil); w.countries != nil {
		t.Errorf("without an address: %+v", w)
	}
	r.Verdicts = append(r.Verdicts, PlaceRow{IP: "5.6.7.8", Country: "DE", Verdict: "consistent (weak)"})
	if w := stands(r, "5.6.7.8", nil); w.verdict != "undetermined" {
		t.Errorf("two places for one machine: %+v", w)
	}
}

func TestStanding(t *testing.T) {
	doc := lawOf(t, "", personal(0, "a.far.example", "127.33.1.7", "2026-02-15"), personal(1, "b.far.example", "127.33.3.7", "2026-02-15"), personal(2, "c.far.example", "127.33.2.7", "2026-01-15"),
		personal(3, "c.far.example", "127.33.2.7", "2026-02-15"), personal(4, "d.far.example", "127.33.6.7", "2026-02-15"))
	want := []Standing{
		{"127.33.1.7", "yes", "no", "no", "yes"},
		{"127.33.3.7", "undetermined", "undetermined", "undetermined", "yes"},
		{"127.33.2.7", "no", "undetermined", "no", "yes"}, // declared adequate between the two days
		{"127.33.6.7", "no", "conditional", "no", "yes"},
	}
	if got := doc.Recipients[0].Standing; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// The order of flows does not show.
func TestLawIsDeterministic(t *testing.T) {
	flows := []*flow.Flow{
		personal(0, "a.far.example", "127.33.5.7", "2026-02-15"), personal(1, "a.far.example", "127.33.3.7", "2026-01-20"), personal(2, "a.far.example", "127.33.5.7", "2025-03-01"),
	}
	rows := func(order ...int) []byte {
		var some []*flow.Flow
		for _, i := range order {
			some = append(some, flows[i])
		}
		doc := lawOf(t, "US", some...)
		b, err := json.Marshal(doc.Recipients[0].Law)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if a, b := rows(0, 1, 2), rows(2, 1, 0); !bytes.Equal(a, b) {
		t.Errorf("\n%s\n%s", a, b)
	}
}

// A capture of years keeps a bounded number of days.
func TestDaysAreBounded(t *testing.T) {
	var l lawful
	for d := range int64(5000) {
		l.item(0, "contact.email", d*86400*1e9)
	}
	if g := l.byRef[0]; len(g.days) != maxDays || slices.Max(g.days) != 4999 {
		t.Errorf("%d days, last %d", len(g.days), slices.Max(g.days))
	}
}

// TestSharesOfARecipient: a holder counts from half for 28 CFR 202, from a fifth
// for PADFA, and below that for neither.
func TestSharesOfARecipient(t *testing.T) {
	r := &Recipient{Seat: "US", Control: []ReachRow{
		{Country: "CN", Through: "seat of a shareholder", Percent: 19.9}, {Country: "RU", Through: "seat of a shareholder", Percent: 25},
		{Country: "KP", Through: "seat of a shareholder", Percent: 50}, {Country: "IR", Through: "holder of the network"},
	}}
	if got := seats(r, half); !slices.Equal(got, []string{"US", "KP"}) {
		t.Errorf("by half: %v", got)
	}
	if got := seats(r, fifth); !slices.Equal(got, []string{"US", "RU", "KP"}) {
		t.Errorf("by a fifth: %v", got)
	}
	if got := seats(&Recipient{}, half); !slices.Equal(got, []string{""}) {
		t.Errorf("of nobody known: %v", got)
	}
}

// TestJointVenture: the day of the closing changes whose law reaches the owner.
func TestJointVenture(t *testing.T) {
	for day, want := range map[string]string{"2026-01-21": "CN", "2026-01-22": ""} {
		book, err := recipient.Open()
		if err != nil {
			t.Fatal(err)
		}
		doc, err := Conduct(t.Context(), []Capture{one{personal(0, "api.tiktokv.us", "71.18.6.1", day)}}, Options{Book: book})
		if err != nil {
			t.Fatal(err)
		}
		defer doc.Transfers.Close()
		if got := recipientOf(t, doc, "api.tiktokv.us").ParentSeat; got != want {
			t.Errorf("%s: the parent's seat is %q, want %q", day, got, want)
		}
	}
}
