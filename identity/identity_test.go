package identity

import (
	"math"
	"testing"

	"github.com/constat/constat/datatype"
)

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > by*math.Abs(want) {
		t.Errorf("%s = %.4g, want %.4g", what, got, want)
	}
}

// The field note's table of reversal costs (detection.md 4.2), with the
// figures of its own: SHA-256 at 21.98 GH/s.
func TestCostOfTheFieldNote(t *testing.T) {
	for _, c := range []struct {
		what    string
		size    float64
		seconds float64
	}{
		{"1e10 phone numbers", 1e10, 0.45},
		{"all mobile numbers", 1.18e11, 5.4},
		{"ZIP, birth date and sex", 33233 * 365 * 78 * 2, 0.09},
		{"IPv4", math.Exp2(32), 0.2},
		{"EUI-48", math.Exp2(48), 3.6 * 3600},
		{"land, 4 decimals", 1.2e12, 55},
		{"Android ID", math.Exp2(64), 27 * 365.25 * 86400},
	} {
		near(t, c.what, CostOf(c.size, "sha256").Card, c.seconds, 0.06)
	}
}

func TestCostOfChains(t *testing.T) {
	one, two := CostOf(1e9, "md5"), CostOf(1e9, "sha256 of md5")
	if two.Card <= one.Card || two.Card != one.Card+CostOf(1e9, "sha256").Card {
		t.Errorf("sha256 of md5 costs %v, md5 %v", two.Card, one.Card)
	}
	if two.Bits != 128 {
		t.Errorf("sha256 of md5 keeps %d bits, md5 has 128", two.Bits)
	}
	if mac := CostOf(1e9, "hmac-sha256"); mac.Card != 2*CostOf(1e9, "sha256").Card {
		t.Errorf("hmac-sha256 costs %v", mac.Card)
	}
	if c := CostOf(1e9, "sha256 of blake2b-256"); c.Card != 0 || c.Core == 0 {
		t.Errorf("a chain with a function whose card rate nobody published costs %+v", c)
	}
	if c := CostOf(1e9, "homemade"); c != (Cost{}) {
		t.Errorf("an unknown function costs %+v", c)
	}
}

const uuid = "7d0a1c52-9b1e-4f6b-8a35-2f1f6a0c9e11"

// The rows of the field note's test (4.2).
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name                        string
		sent                        Sent
		verdict, single, link, info string
		means                       string
	}{
		{"raw", Sent{Type: "contact.phone", Form: "clear"}, Clear, "yes", "yes", "yes", "anyone"},
		{"encoded", Sent{Type: "contact.phone", Form: "encoded"}, Reversible, "yes", "yes", "yes", "anyone"},
		{"known key", Sent{Type: "contact.phone", Form: "encrypted"}, Reversible, "yes", "yes", "yes", "anyone"},
		{"small domain", Sent{Type: "contact.phone", Form: "hashed", Digest: "sha256"}, BruteForceable, "yes", "yes", "yes", "anyone"},
		{"truncated, small domain", Sent{Type: "contact.phone", Form: "truncated", Digest: "md5", Kept: 64}, BruteForceable, "yes", "yes", "yes", "anyone"},
		{"list", Sent{Type: "contact.email", Form: "hashed", Digest: "md5"}, BruteForceable, "yes", "yes", "yes", "list_holder"},
		{"only a core is known", Sent{Type: "contact.phone", Form: "hashed", Digest: "blake2b-256"}, BruteForceable, "yes", "yes", "yes", "anyone"},
		{"checksum", Sent{Type: "contact.phone", Form: "hashed", Digest: "crc32"}, BruteForceable, "possible", "yes", "yes", "anyone"},
		{"UUID", Sent{Type: "device.ad_id", Form: "hashed", Digest: "sha256", Value: []byte(uuid)}, Pseudonym, "yes", "yes", "possible", "list_holder"},
		{"UUID, no card", Sent{Type: "device.ad_id", Form: "hashed", Digest: "sha3-256", Value: []byte(uuid)}, Pseudonym, "yes", "yes", "possible", "list_holder"},
		{"64 bits", Sent{Type: "device.android_id", Form: "hashed", Digest: "md5", Value: []byte("9774d56d682e549c")}, Pseudonym, "yes", "yes", "possible", "list_holder"},
		{"short number", Sent{Type: "account.user_id", Form: "hashed", Digest: "md5", Value: []byte("123456789012")}, BruteForceable, "yes", "yes", "yes", "anyone"},
		{"domain unknown", Sent{Type: "contact.name", Form: "hashed", Digest: "sha256"}, Unknown, "yes", "yes", "possible", "list_holder"},
		{"IPv6", Sent{Type: "network.public_ip", Form: "hashed", Digest: "sha256", Value: []byte("2001:db8::1")}, Unknown, "yes", "yes", "possible", "list_holder"},
		{"function unknown", Sent{Type: "contact.phone", Form: "hashed", Digest: "homemade"}, Unknown, "yes", "yes", "possible", "list_holder"},
		{"nobody knows how", Sent{Type: "contact.phone", Form: "hashed"}, Unknown, Unknown, Unknown, Unknown, Unknown},
		{"key kept apart", Sent{Type: "contact.phone", Form: "hashed", Digest: "sha256", Secret: AppSecret}, Pseudonym, "yes", "app", "possible", "key_holder"},
		{"salt of the session", Sent{Type: "contact.phone", Form: "hashed", Digest: "sha256", Secret: SessionSecret}, Pseudonym, "session", "no", "low", "key_holder"},
		{"salt unknown", Sent{Type: "contact.phone", Form: "hashed", Digest: "sha256", Secret: UnknownSecret}, Unknown, Unknown, Unknown, Unknown, Unknown},
		{"1 decimal", Sent{Type: "location.precise", Form: "truncated", Decimals: 1}, Aggregate, "no", "possible", "possible", "nobody"},
		{"2 decimals in clear", Sent{Type: "location.coarse", Form: "clear", Decimals: 2}, Aggregate, "no", "possible", "possible", "nobody"},
		{"3 decimals", Sent{Type: "location.precise", Form: "truncated", Decimals: 3}, Aggregate, "possible", "possible", "possible", "nobody"},
		{"6 decimals", Sent{Type: "location.precise", Form: "clear", Decimals: 6}, Clear, "yes", "yes", "yes", "anyone"},
		{"cut", Sent{Type: "contact.phone", Form: "truncated"}, Unknown, Unknown, Unknown, Unknown, Unknown},
	} {
		a := Judge(c.sent)
		if a.Verdict != c.verdict || a.SinglingOut != c.single || a.Linkability != c.link || a.Inference != c.info || a.Means != c.means {
			t.Errorf("%s: %s, singling out %s, linkability %s, inference %s, means %s; want %s, %s, %s, %s, %s", c.name,
				a.Verdict, a.SinglingOut, a.Linkability, a.Inference, a.Means, c.verdict, c.single, c.link, c.info, c.means)
		}
	}
	a := Judge(Sent{Type: "contact.phone", Form: "hashed", Digest: "sha256"})
	near(t, "seconds on a card", a.Card, 5.37, 0.001)
	near(t, "seconds on a core", a.Core, 1.18e11/12.6e6, 0.01)
	if a.Rivals != 0 {
		t.Errorf("sha256 of a phone number has %v rivals", a.Rivals)
	}
	// 1.18e11 numbers share 2^32 checksums: 27 others have the same.
	near(t, "rivals of a checksum", Judge(Sent{Type: "contact.phone", Form: "hashed", Digest: "crc32"}).Rivals, 27, 0.02)
}

// Everything the data files say must be dated, sourced and usable.
func TestData(t *testing.T) {
	n := 0
	for id, rows := range domains() {
		if !id.Valid() {
			t.Errorf("domains.toml: %q is no data type", id)
		}
		for _, d := range rows {
			n++
			if d.Name == "" || d.Size < 2 || d.Basis != All && d.Basis != List || d.Source == "" || d.Note == "" || d.URL == "" || d.Date == "" {
				t.Errorf("domains.toml: %s: incomplete: %+v", id, d)
			}
		}
	}
	if n < 15 {
		t.Errorf("%d domains", n)
	}
	f := rates()
	for _, b := range []Bench{f.Card, f.Core} {
		if b.What == "" || b.Source == "" || b.URL == "" || b.Date == "" {
			t.Errorf("rates.toml: incomplete: %+v", b)
		}
	}
	measured := map[string]bool{}
	for _, c := range cores {
		measured[c.digest] = true
	}
	for _, r := range f.Rates {
		if r.Digest == "" || r.Bits < 32 || (r.Card > 0) != (r.Source != "") || (r.Core > 0) != measured[r.Digest] || r.Core >= r.Card && r.Card > 0 {
			t.Errorf("rates.toml: %+v", r)
		}
	}
	p := people()
	for _, x := range []figure{p.World, p.Sparse, p.Dense, p.Household, p.Fix} {
		if x.People+x.PerKm2+x.Radius <= 0 || x.Source == "" || x.URL == "" || x.Date == "" {
			t.Errorf("people.toml: incomplete: %+v", x)
		}
	}
}

// A report cites what it used, and nothing else.
func TestSources(t *testing.T) {
	if CostSources(nil) != nil {
		t.Error("no cost, and yet sources")
	}
	got := CostSources([]string{"mobile_numbers", "hex16"})
	if len(got) != 3 || got[2].ID != "domain-mobile_numbers" {
		t.Errorf("%+v", got)
	}
	for _, s := range append(got, PowerSources()...) {
		if s.ID == "" || s.Name == "" || s.Note == "" || s.URL == "" || s.Date == "" || s.Use == "" {
			t.Errorf("incomplete: %+v", s)
		}
	}
}

func TestPositions(t *testing.T) {
	// The note's place: 100 m in a city, 80 people, 26.6 bits; it lies
	// between a very dense city and empty land.
	b := Within(100).Bits()
	near(t, "bits of 80 people", math.Log2(World()/80), 26.6, 0.001)
	if b.Low > 26.6 || b.High < 26.6 {
		t.Errorf("100 m: %.1f to %.1f bits, without the 26.6 of the note", b.Low, b.High)
	}
	near(t, "a household", CellAt(5).Bits().High, 31, 0.001)
	near(t, "4 decimals", CellAt(4).Radius, 7.9, 0.01)
	near(t, "2 decimals", CellAt(2).Radius, 787, 0.01)
	if CellAt(6) != CellAt(12) || CellAt(12).Radius != 4.9 {
		t.Errorf("12 decimals are within %v m: no telephone measures that", CellAt(12).Radius)
	}
	for d := 1; d < 9; d++ {
		a, b := CellAt(d).Bits(), CellAt(d+1).Bits()
		if a.Low > a.High || a.Low > b.Low || a.High > b.High {
			t.Errorf("%d decimals: %v, %d: %v", d, a, d+1, b)
		}
	}
	// The row of the taxonomy is the disc of 100 m, up to the household.
	row, _ := Power("location.precise")
	near(t, "location.precise", row.Low, Within(100).Bits().Low, 0.01)
}

// Golle 2006: the calibration. Of the US census of 2000, 63 % are alone with
// their ZIP code, birth date and sex; the model says 85 %.
func TestGolle(t *testing.T) {
	const census, answer = 281421906, 0.63
	zip, birth, sex := math.Log2(33233), math.Log2(365*78), 1.0
	naive := zip + birth + sex
	near(t, "naive sum", naive, 30.8, 0.005)
	model := Unique(census * math.Exp2(-naive))
	near(t, "model", model, 0.85, 0.02)
	if model-answer < 0.2 {
		t.Errorf("the model says %.2f, the census %.2f: the warning is out of date", model, answer)
	}

	p := new(Profile)
	p.Add(Fact{Type: "contact.postcode", Family: "place", Bits: Interval{zip, zip}, Known: true})
	p.Add(Fact{Type: "contact.birthdate", Family: "civil", Bits: Interval{birth, birth}, Known: true})
	p.Add(Fact{Type: "contact.gender", Family: "civil", Bits: Interval{sex, sex}, Known: true})
	got := p.Compose(census)
	near(t, "lower end", got.Bits[0], 15.0, 0.005)
	near(t, "upper end", got.Bits[1], 28.1, 0.005) // the cap: zip + birth is 29.8
	low, high := Unique(got.Others[0]), Unique(got.Others[1])
	if !(low <= answer && answer <= high) {
		t.Errorf("the census answer of %.2f is not between %.2f and %.2f", answer, low, high)
	}
	if low > 0.01 || high < 0.7 {
		t.Errorf("unique: %.2f to %.2f", low, high)
	}
}

func fact(t datatype.ID) Fact { return FactOf(Sent{Type: t, Form: "clear"}) }

func TestCompose(t *testing.T) {
	p := new(Profile)
	if p.Compose(World()) != nil {
		t.Error("nothing got, and yet power")
	}
	p.Add(fact("contact.name"))
	got := p.Compose(World())
	if got.Bits != nil || got.Others != nil || len(got.Unknown) != 1 {
		t.Errorf("a name, of which no figure is known: %+v", got)
	}
	// One family counts once, with its largest member.
	p.Add(fact("device.screen"))
	p.Add(fact("device.user_agent"))
	got = p.Compose(World())
	if *got.Bits != [2]float64{10, 10} {
		t.Errorf("screen and user agent: %v", *got.Bits)
	}
	near(t, "others", got.Others[0], 8e6, 0.01)
	// Two families: the larger alone, to both.
	p.Add(fact("device.timezone"))
	if got = p.Compose(World()); *got.Bits != [2]float64{10, 13} || len(got.Linked) != 0 {
		t.Errorf("with the time zone: %v", *got.Bits)
	}
	// Never above the cap, never an upper end below the lower.
	p.Add(fact("network.bssid"))
	p.Add(fact("system.installed_apps"))
	got = p.Compose(World())
	if got.Bits[0] != 23.6 || got.Bits[1] != 32.9 || got.Others[1] >= 1 || got.Others[0] < 600 {
		t.Errorf("with an access point and apps: %v, others %v", *got.Bits, *got.Others)
	}
	// Somebody else's number is not the subject's.
	p.Add(fact("social.contact_phone"))
	if got = p.Compose(World()); got.Through != "" {
		t.Errorf("through %s", got.Through)
	}
	// A unique identifier makes the rest linked.
	p.Add(FactOf(Sent{Type: "device.ad_id", Form: "hashed", Digest: "sha256"}))
	got = p.Compose(World())
	if got.Through != "device.ad_id" || got.Bits[0] != 32.9 || got.Bits[0] != got.Bits[1] || *got.Others != [2]float64{} || len(got.Linked) != 7 {
		t.Errorf("with an advertising id: %+v", got)
	}
	// The one that lasts longest is named.
	p.Add(fact("device.imei"))
	if got = p.Compose(World()); got.Through != "device.imei" {
		t.Errorf("through %s", got.Through)
	}
}

// What a digest cannot hold, it does not tell.
func TestFactOfShortDigest(t *testing.T) {
	f := FactOf(Sent{Type: "contact.phone", Form: "hashed", Digest: "crc32"})
	if f.Unique || f.Bits.High != 32 {
		t.Errorf("crc32 of a phone number: %+v", f)
	}
	if f := FactOf(Sent{Type: "contact.phone", Form: "truncated", Digest: "md5", Kept: 64}); !f.Unique {
		t.Errorf("64 bits of a digest of a phone number: %+v", f)
	}
	if f := FactOf(Sent{Type: "contact.phone", Form: "hashed", Digest: "sha256", Secret: SessionSecret}); f.Known {
		t.Errorf("a digest that changes with the session: %+v", f)
	}
	// The position with the most decimals counts, in whatever order.
	p := new(Profile)
	for _, d := range []int{1, 4, 2} {
		p.Add(FactOf(Sent{Type: "location.precise", Form: "clear", Decimals: d}))
	}
	if got := p.Compose(World()); got.Bits[1] != 31 {
		t.Errorf("1, 4 and 2 decimals: %v", *got.Bits)
	}
}

// FuzzDomainOf: a value is somebody's bytes.
func FuzzDomainOf(f *testing.F) {
	for _, v := range []string{"", uuid, "192.0.2.1", "123456", "00ff", "\xff\xfe"} {
		f.Add("device.ad_id", v)
	}
	f.Fuzz(func(t *testing.T, id, value string) {
		d, ok := DomainOf(datatype.ID(id), []byte(value))
		if ok && (d.Size < 2 || math.IsInf(d.Size, 0) || math.IsNaN(d.Size)) {
			t.Errorf("%q: %v values", value, d.Size)
		}
		a := Judge(Sent{Type: datatype.ID(id), Form: "hashed", Digest: "md5", Value: []byte(value)})
		if math.IsInf(a.Card, 0) || math.IsNaN(a.Card) {
			t.Errorf("%q costs %v", value, a.Card)
		}
	})
}
