package question

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// doc is a document with rows, as an audit writes it.
func doc(t testing.TB, rows ...audit.Transfer) *audit.Document {
	t.Helper()
	for i := range rows {
		rows[i].ID = fmt.Sprintf("t%d", i+1)
		if rows[i].Flow.ID == "" {
			rows[i].Flow.ID = fmt.Sprintf("f%d", i+1)
		}
		if rows[i].Grade == "" {
			rows[i].Grade = "A"
		}
	}
	b, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	l := new(audit.Ledger)
	if err := l.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	return &audit.Document{
		Transfers: l, Headline: audit.Headline{Flows: 10, Duration: 15},
		Coverage: []audit.Coverage{{Host: "h.example", Out: 10_000, Read: 10_000}},
	}
}

func set(t testing.TB, text string) *Set {
	t.Helper()
	s, err := Parse([]byte("id = \"s\"\n"+text), "s.toml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func answer(t testing.TB, s *Set, d *audit.Document, c Case) map[string]audit.Verdict {
	t.Helper()
	list, err := s.Answer(t.Context(), d, c)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]audit.Verdict{}
	for _, v := range list {
		by[v.Question] = v
	}
	return by
}

const one = `
[[question]]
id = "Q"
claim = { en = "a", fr = "b" }
`

func TestFourAnswers(t *testing.T) {
	s := set(t, one+`
proved_by = [{ rows = 'data_type == "contact.phone"' }]
refuted_by = [{ rows = 'data_type == "contact.email"' }]
needs = ["planted:contact.phone|contact.email", "act:next", "case:far_countries"]
`)
	full := func(rows ...audit.Transfer) *audit.Document {
		d := doc(t, rows...)
		d.Subject.Values = []audit.SubjectValue{{DataType: "contact.email"}}
		d.Timeline = []audit.Happening{{Kind: "act", What: mark(t, "next")}}
		return d
	}
	c := Case{FarCountries: []string{"CN"}}
	phone, mail := audit.Transfer{DataType: "contact.phone"}, audit.Transfer{DataType: "contact.email"}
	hint := audit.Transfer{DataType: "contact.phone", Grade: "C"}
	unread := full()
	unread.Coverage = append(unread.Coverage, audit.Coverage{Host: "o.example", Out: 400, Opaque: 400})
	film := full()
	film.Coverage = append(film.Coverage, audit.Coverage{Host: "o.example", Out: 400_000, Read: 400_000, Media: 400_000})
	lost := full()
	lost.Coverage[0].UnknownSize = 1
	noControl := full()
	noControl.Controls = []audit.Control{{Kind: "positive", Outcome: audit.ControlFailed}}
	blind := doc(t)
	silent := full()
	silent.Headline.Flows = 0

	for name, x := range map[string]struct {
		d       *audit.Document
		c       Case
		answer  string
		missing string
	}{
		"proved":                     {full(mail, phone), c, audit.Observed, ""},
		"proved, whatever is absent": {doc(t, phone), Case{}, audit.Observed, ""},
		"a hint proves nothing":      {full(hint), c, audit.NotObserved, ""},
		"refuted":                    {full(mail), c, audit.Contradicted, ""},
		"looked for in vain":         {full(), c, audit.NotObserved, ""},
		"nothing to look for with":   {blind, Case{}, audit.NotMeasurable, "planted:contact.phone|contact.email act:next case:far_countries"},
		"unread bytes in the way":    {unread, c, audit.NotMeasurable, "unread:o.example:400"},
		"a film is accounted for":    {film, c, audit.NotObserved, ""},
		"lost, nobody knows how big": {lost, c, audit.NotMeasurable, "unsized:h.example"},
		"instrument not shown":       {noControl, c, audit.NotMeasurable, "control"},
		"no traffic at all":          {silent, c, audit.NotMeasurable, "traffic"},
	} {
		v := answer(t, s, x.d, x.c)["Q"]
		if v.Answer != x.answer || strings.Join(v.Missing, " ") != x.missing {
			t.Errorf("%s: %s %v, want %s %q", name, v.Answer, v.Missing, x.answer, x.missing)
		}
	}
}

// mark is a Text with a word of ours.
func mark(t testing.TB, word string) (out audit.Text) {
	t.Helper()
	if err := json.Unmarshal([]byte(`"`+word+`"`), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestClauses(t *testing.T) {
	row := func(dataType, flow, alias, owner string) audit.Transfer {
		return audit.Transfer{DataType: dataType, Alias: alias, Flow: audit.FlowRef{ID: flow}, Recipient: audit.RecipientRef{Host: owner + ".example", Owner: owner}}
	}
	rows := []audit.Transfer{
		row("contact.email", "f1", "e1", "a"), row("device.ad_id", "f2", "d1", "a"), // apart
		row("device.ad_id", "f3", "d1", "b"), row("contact.email", "f3", "e1", "b"), // together
		row("device.ad_id", "f4", "d2", "c"),
	}
	for name, x := range map[string]struct {
		clause  string
		because string
	}{
		"rows":                  {`rows = 'data_type == "device.ad_id"'`, "t2 t3 t5"},
		"at least":              {`rows = 'data_type == "device.ad_id"', at_least = 4`, ""},
		"together":              {`together = ['data_type == "contact.email"', 'data_type == "device.ad_id"']`, "t3 t4"},
		"together, one of them": {`together = ['data_type == "contact.email"', 'data_type == "device.mac"']`, ""},
		"one value, two owners": {`rows = 'data_type == "device.ad_id"', per = "alias", distinct = "owner", at_least = 2`, "t2 t3"},
		"one value, three":      {`rows = 'data_type == "device.ad_id"', per = "alias", distinct = "owner", at_least = 3`, ""},
		"three owners":          {`rows = 'data_type == "device.ad_id"', distinct = "owner", at_least = 3`, "t2 t3 t5"},
		"every":                 {`rows = 'owner != "z"', every = true`, "t1 t2 t3 t4 t5"},
		"not every":             {`rows = 'owner != "c"', every = true`, ""},
		"under a domain":        {`rows = 'under(host, ["example"]) && !under(host, ["ample"]) && under(host, ["b.example"])'`, "t3 t4"},
		"hosts":                 {`hosts = 'host == "h.example" && bytes_out > 9000'`, "host h.example"},
		"incidents":             {`incidents = 'kind == "program" && since_act_s < 3'`, "incident f9"},
		"deletions":             {`rows = 'deletions.exists(d, d.host == host && d.offset_s > offset_s)'`, "t1 t2"},
	} {
		d := doc(t, slices.Clone(rows)...)
		d.Incidents = []audit.Incident{{Kind: audit.Program, Flow: "f9", Circumstance: audit.Circumstance{Act: "next"}}, {Kind: audit.Deletion, Flow: "f8", Offset: 5, Recipient: audit.RecipientRef{Host: "a.example"}}}
		v := answer(t, set(t, one+"proved_by = [{ "+x.clause+" }]"), d, Case{})["Q"]
		if got := strings.Join(v.Because, " "); got != x.because {
			t.Errorf("%s: because %q, want %q", name, got, x.because)
		}
		if (v.Answer == audit.Observed) != (x.because != "") || x.because != "" && v.Count != len(v.Because) {
			t.Errorf("%s: %s, %d", name, v.Answer, v.Count)
		}
	}
}

// A verdict lists few of many rows, and says how many there were.
func TestManyRows(t *testing.T) {
	rows := make([]audit.Transfer, 500)
	for i := range rows {
		rows[i].DataType = "contact.phone"
	}
	v := answer(t, set(t, one+`proved_by = [{ rows = 'data_type == "contact.phone"', at_least = 100 }]`), doc(t, rows...), Case{})["Q"]
	if v.Count != 500 || len(v.Because) != maxBecause || len(v.Proofs) != maxProofs {
		t.Errorf("%d rows, %d listed, %d shown", v.Count, len(v.Because), len(v.Proofs))
	}
}

// The case says whose host is whose; without it, the table of owners does.
func TestFirstParty(t *testing.T) {
	s := set(t, one+`proved_by = [{ rows = '!first_party' }]`)
	own := audit.Transfer{Recipient: audit.RecipientRef{Host: "api.app.example", Role: "first party"}}
	foreign := audit.Transfer{Recipient: audit.RecipientRef{Host: "app.example.evil.example", Role: "unknown"}}
	for _, x := range []struct {
		c    Case
		row  audit.Transfer
		want string
	}{
		{Case{}, own, audit.NotObserved},
		{Case{}, foreign, audit.Observed},
		{Case{FirstParty: []string{"app.example"}}, own, audit.NotObserved},
		{Case{FirstParty: []string{"app.example"}}, foreign, audit.Observed},
		{Case{FirstParty: []string{"other.example"}}, own, audit.Observed},
	} {
		if v := answer(t, s, doc(t, x.row), x.c)["Q"]; v.Answer != x.want {
			t.Errorf("%v %s: %s", x.c.FirstParty, x.row.Recipient.Host, v.Answer)
		}
	}
}

func TestDefinitionsUseEarlierOnes(t *testing.T) {
	s := set(t, `
[[define]]
name = "hardware"
is = 'data_type == "device.imei"'
[[define]]
name = "lasting"
is = 'hardware || data_type == "device.ad_id"'
`+one+`proved_by = [{ rows = 'lasting && !hardware' }]`)
	d := doc(t, audit.Transfer{DataType: "device.imei"}, audit.Transfer{DataType: "device.ad_id"}, audit.Transfer{DataType: "contact.phone"})
	if v := answer(t, s, d, Case{})["Q"]; !slices.Equal(v.Because, []string{"t2"}) {
		t.Errorf("%v", v.Because)
	}
}

func TestErrorsHavePlaces(t *testing.T) {
	for name, x := range map[string]struct{ text, want string }{
		"syntax of the file":    {"id = \"s\"\n[[question]\n", "s.toml:3:11: expected end of table"},
		"unknown field":         {"id = \"s\"\n" + one + "proofed_by = 1\n", `s.toml:6:1: there is no "question.proofed_by"`},
		"unknown variable":      {"id = \"s\"\n" + one + "proved_by = [{ rows = 'grade == \"A\" && dat_type == \"x\"' }]", "s.toml:6:40: column 17 of the expression: undeclared reference to 'dat_type'"},
		"on a second line":      {"id = \"s\"\n" + one + "proved_by = [{ rows = '''grade == \"A\" &&\n  dat_type == \"x\"''' }]", "s.toml:7:3: line 2, column 3 of the expression: undeclared reference"},
		"between double quotes": {"id = \"s\"\n" + one + "proved_by = [{ rows = \"grade == \\\"A\\\" && dat_type == 'x'\" }]", "s.toml:6:42: column 17 of the expression: undeclared"},
		"law not listed":        {"id = \"s\"\n[laws]\nGDPR = { name = \"a\", source = \"b\" }\n" + one + "law = [\"GDPR 5\", \"PDPA 3\"]\nproved_by = [{ rows = 'planted' }]", "s.toml:8:19: question Q: \"PDPA 3\" begins with no law"},
		"law without a day":     {"id = \"s\"\n[laws]\nGDPR = { name = \"a\", source = \"b\", from = \"May\" }\n" + one, "s.toml:3:1: law GDPR: from = \"May\""},
		"source without a day":  {"id = \"s\"\n[sources]\nHONG = { name = \"a\" }\n" + one, "s.toml:3:1: source HONG: date = \"\""},
		"no such sight":         {"id = \"s\"\n" + one + "shows = \"magic\"\nproved_by = [{ rows = 'planted' }]", "s.toml:6:10: question Q: shows = \"magic\""},
		"wrong type":            {"id = \"s\"\n" + one + "proved_by = [{ rows = 'bytes == \"x\"' }]", "s.toml:6:30: column 7 of the expression: found no matching overload"},
		"no truth value":        {"id = \"s\"\n" + one + "proved_by = [{ rows = 'bytes + 1' }]", "s.toml:6:24: the expression is int"},
		"variable of elsewhere": {"id = \"s\"\n" + one + "proved_by = [{ hosts = 'data_type == \"x\"' }]", "s.toml:6:25: column 1 of the expression: undeclared reference"},
		"two tables":            {"id = \"s\"\n" + one + "proved_by = [{ rows = 'planted', hosts = 'first_party' }]", "s.toml:4:7: question Q: a clause has one of"},
		"unknown need":          {"id = \"s\"\n" + one + "proved_by = [{ rows = 'planted' }]\nneeds = [\"moon:full\"]", "s.toml:7:11: question Q: there is no need"},
		"unknown count":         {"id = \"s\"\n" + one + "proved_by = [{ rows = 'planted', per = \"owners\" }]", "s.toml:6:41: question Q: there is no variable \"owners\""},
		"never answered":        {"id = \"s\"\n" + one, "s.toml:4:7: question Q: neither proved_by"},
		"one language":          {"id = \"s\"\n[[question]]\nid = \"Q\"\nclaim.en = \"a\"\nproved_by = [{ rows = 'planted' }]", "s.toml:3:7: question Q: a claim is written in both"},
		"twice":                 {"id = \"s\"\n" + one + "proved_by = [{ rows = 'planted' }]" + one + "proved_by = [{ rows = 'planted' }]", `"Q" is not`},
		"no questions":          {"id = \"s\"\n", "s.toml:1:1: a set has an id"},
	} {
		_, err := Parse([]byte(x.text), "s.toml")
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
}

func TestParseCase(t *testing.T) {
	c, err := ParseCase([]byte("far_countries = [\"cn\"]\nfirst_party = [\"a.example\"]"), "c.toml")
	if err != nil || !slices.Equal(c.FarCountries, []string{"CN"}) || !slices.Equal(c.FirstParty, []string{"a.example"}) {
		t.Errorf("%+v %v", c, err)
	}
	for text, want := range map[string]string{
		"far = [\"CN\"]": `no "far"`, "far_countries = [\"China\"]": `"China" is no country code`, "far_countries = [": "c.toml:1:",
	} {
		if _, err := ParseCase([]byte(text), "c.toml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The sets that come with the program load, and hong-2019 has each row of the
// catalogue: 9 + 10 + 4 + 3 + 10 + 9.
func TestBox(t *testing.T) {
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.ID != name {
			t.Errorf("%s calls itself %s", name, s.ID)
		}
		for _, q := range s.Questions {
			if len(s.Cited(q)) == 0 || len(q.Law) == 0 {
				t.Errorf("%s %s: said by %q, law %q: no source of the claim, or no hook", name, q.ID, q.SaidBy, q.Law)
			}
		}
		for short, l := range s.Laws {
			if l.Checked == "" || l.Source == "" {
				t.Errorf("%s: law %s does not say how it was checked", name, short)
			}
		}
		for short, src := range s.Sources {
			if src.Checked == "" {
				t.Errorf("%s: source %s does not say how it was checked", name, short)
			}
		}
	}
	s, _ := Load("hong-2019")
	n := map[byte]int{}
	for _, q := range s.Questions {
		n[q.ID[0]]++
	}
	if want := map[byte]int{'A': 9, 'B': 11, 'C': 4, 'D': 3, 'E': 10, 'F': 9}; fmt.Sprint(n) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", n, want)
	}
	if _, err := Load("hong-2018"); err == nil || !strings.Contains(err.Error(), "hong-2019") {
		t.Errorf("an unknown set: %v", err)
	}
}

// A round trip that is too short for the country contradicts, for every server
// or not at all.
func TestPlaceIsContradictedByMeasurementOnly(t *testing.T) {
	s, _ := Load("hong-2019")
	row := func(ip, country, place string) audit.Transfer {
		return audit.Transfer{DataType: "device.ad_id", Recipient: audit.RecipientRef{ID: "r1", Host: "h.example", IP: ip, Country: country, Place: place}}
	}
	server := func(ip, registered string, verdicts ...audit.PlaceRow) audit.Recipient {
		return audit.Recipient{ID: "r1", Domain: "h.example", Transfers: 1, Estimated: []string{"FR"}, Addresses: []audit.Address{{IP: ip, Registered: registered}}, Verdicts: verdicts}
	}
	impossible := func(ip string) audit.PlaceRow {
		return audit.PlaceRow{IP: ip, Country: "CN", Verdict: "impossible (strict)"}
	}
	near, far := row("127.0.0.1", "FR", "consistent (weak)"), row("127.0.0.2", "CN", "consistent (weak)")
	for name, x := range map[string]struct {
		rows    []audit.Transfer
		servers []audit.Recipient
		want    string
	}{
		"near, measured":                   {[]audit.Transfer{near}, []audit.Recipient{server("127.0.0.1", "FR", impossible("127.0.0.1"))}, audit.Contradicted},
		"near, by databases only":          {[]audit.Transfer{near}, []audit.Recipient{server("127.0.0.1", "FR")}, audit.NotObserved},
		"far":                              {[]audit.Transfer{near, far}, []audit.Recipient{server("127.0.0.1", "FR", impossible("127.0.0.1")), server("127.0.0.2", "CN")}, audit.Observed},
		"one of two measured":              {[]audit.Transfer{near, row("127.0.0.3", "US", "undetermined")}, []audit.Recipient{server("127.0.0.1", "FR", impossible("127.0.0.1")), server("127.0.0.3", "US")}, audit.NotObserved},
		"databases say far, light says no": {[]audit.Transfer{row("127.0.0.2", "CN", "impossible (strict)")}, []audit.Recipient{server("127.0.0.2", "CN", impossible("127.0.0.2"))}, audit.Contradicted},
		"one database says far":            {[]audit.Transfer{far}, []audit.Recipient{server("127.0.0.2", "SG")}, audit.NotObserved},
	} {
		d := doc(t, x.rows...)
		d.Recipients = x.servers
		if v := answer(t, s, d, Case{})["A01"]; v.Answer != x.want {
			t.Errorf("%s: %s %v", name, v.Answer, v.Missing)
		}
	}
}

// Without marks of the moments, nothing that depends on one is observed.
func TestUnmarkedMomentsProveNothing(t *testing.T) {
	s, _ := Load("hong-2019")
	unknown := audit.Circumstance{State: "unknown", SinceAct: -1, Consent: "unknown"}
	mail := audit.Transfer{DataType: "contact.email", Circumstance: unknown, Recipient: audit.RecipientRef{Host: "api.app.example"}}
	id := audit.Transfer{DataType: "account.user_id", Circumstance: unknown, Recipient: audit.RecipientRef{Host: "api.app.example"}}
	film := audit.Transfer{DataType: "content.media", Circumstance: unknown, Recipient: audit.RecipientRef{Host: "api.app.example"}}
	got := answer(t, s, doc(t, mail, id, film), Case{FirstParty: []string{"app.example"}})
	for _, q := range []string{"A02", "A04", "B01", "B03", "B05", "C01", "C02", "C03", "D02", "E01"} {
		if got[q].Answer != audit.NotMeasurable {
			t.Errorf("%s: %s because %v", q, got[q].Answer, got[q].Because)
		}
	}
}

// What depends on an order that the clocks do not tell proves nothing, and
// clears nobody; what does not depend on it counts as ever.
func TestOpenOrder(t *testing.T) {
	s, _ := Load("hong-2019")
	film := audit.Transfer{DataType: "content.media", Recipient: audit.RecipientRef{Host: "api.app.example"}}
	film.Circumstance = audit.Circumstance{State: "foreground", Act: "next", SinceAct: 1, Consent: "accepted", Draft: true, Fate: "discard"}
	unsure := film
	unsure.Unsure, unsure.Open = true, []string{"act", "draft_open"}
	other := unsure
	other.Open = []string{"consent"}
	for name, c := range map[string]struct {
		rows    []audit.Transfer
		answer  string
		missing bool
	}{
		"sure":                       {[]audit.Transfer{film}, audit.Observed, false},
		"open":                       {[]audit.Transfer{unsure}, audit.NotMeasurable, true},
		"one open, one sure":         {[]audit.Transfer{unsure, film}, audit.Observed, false},
		"only the consent is open":   {[]audit.Transfer{other}, audit.Observed, false},
		"open, of no concern to C02": {[]audit.Transfer{{DataType: "device.os", Circumstance: unsure.Circumstance, Recipient: film.Recipient}}, "", false},
	} {
		v := answer(t, s, doc(t, c.rows...), Case{FirstParty: []string{"app.example"}})["C02"]
		if c.answer != "" && v.Answer != c.answer || slices.Contains(v.Missing, "clock") != c.missing {
			t.Errorf("%s: %s, missing %v", name, v.Answer, v.Missing)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		b, _ := embedded.ReadFile("data/" + name + ".toml")
		f.Add(b)
	}
	f.Add([]byte("id = \"s\"\n" + one + "proved_by = [{ rows = 'planted' }]"))
	d := doc(f, audit.Transfer{DataType: "contact.phone"})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b, "f.toml")
		if err != nil {
			return
		}
		list, err := s.Answer(context.Background(), d, Case{})
		if err == nil && len(list) != len(s.Questions) {
			t.Errorf("%d answers to %d questions", len(list), len(s.Questions))
		}
	})
}

func BenchmarkAnswer(b *testing.B) {
	s, err := Load("hong-2019")
	if err != nil {
		b.Fatal(err)
	}
	types := []string{"contact.phone", "device.ad_id", "location.precise", "content.media", "content.search"}
	rows := make([]audit.Transfer, 1000)
	for i := range rows {
		rows[i] = audit.Transfer{DataType: types[i%len(types)], Alias: types[i%len(types)] + "-1", Recipient: audit.RecipientRef{Host: fmt.Sprintf("h%d.example", i%7), Owner: "o", Role: "analytics", Country: "FR"}}
	}
	d := doc(b, rows...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Answer(context.Background(), d, Case{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)*len(s.Questions)), "ns/row·question")
}

// TestSinceActWithin: seconds since an act that a hand marked are known to within
// the time that a hand takes; a limit that lies within is neither kept nor broken.
func TestSinceActWithin(t *testing.T) {
	s := set(t, one+"proved_by = [{ rows = 'since_act_s >= 0 && since_act_s <= 10' }]\nneeds = [\"act:next\"]\n")
	for _, c := range []struct {
		since, within float64
		answer        string
		missing       []string
	}{
		{9, 0, audit.Observed, nil},
		{7, 2, audit.Observed, nil},
		{9, 2, audit.NotMeasurable, []string{"clock"}},
		{11, 2, audit.NotMeasurable, []string{"clock"}},
		{13, 2, audit.NotObserved, nil},
		{1, 1.5, audit.Observed, nil}, // nothing is before what it is said to be after
		{-1, 0, audit.NotObserved, nil},
	} {
		row := audit.Transfer{DataType: "contact.email", Circumstance: audit.Circumstance{Act: "next", SinceAct: c.since, Within: c.within}}
		d := doc(t, row)
		d.Timeline = []audit.Happening{{Kind: "act", What: mark(t, "next")}}
		v := answer(t, s, d, Case{})["Q"]
		if v.Answer != c.answer || !slices.Equal(v.Missing, c.missing) && len(v.Missing)+len(c.missing) > 0 {
			t.Errorf("%g ± %g s: %s %v, want %s %v", c.since, c.within, v.Answer, v.Missing, c.answer, c.missing)
		}
		d = doc(t)
		d.Timeline = []audit.Happening{{Kind: "act", What: mark(t, "next")}}
		d.Incidents = []audit.Incident{{Kind: audit.Deletion, Circumstance: row.Circumstance}}
		of := set(t, one+"proved_by = [{ incidents = 'since_act_s >= 0 && since_act_s <= 10' }]\nneeds = [\"act:next\"]\n")
		if v := answer(t, of, d, Case{})["Q"]; v.Answer != c.answer {
			t.Errorf("incident, %g ± %g s: %s %v, want %s", c.since, c.within, v.Answer, v.Missing, c.answer)
		}
	}
}

// TestServersAreNeeded: that an app speaks to no server in a country is said only
// if each server that it spoke to has a place, whether it got personal data or not.
func TestServersAreNeeded(t *testing.T) {
	s := set(t, one+"proved_by = [{ hosts = 'country in far_countries' }]\nneeds = [\"case:far_countries\", \"servers\"]\n")
	server := func(country string) []audit.RecipientRef { return []audit.RecipientRef{{Host: "h", Country: country}} }
	for name, c := range map[string]struct {
		rows    []audit.Coverage
		answer  string
		missing string
	}{
		"all placed":            {[]audit.Coverage{{Host: "a.example", Flows: 1, Servers: server("FR")}}, audit.NotObserved, ""},
		"one is not":            {[]audit.Coverage{{Host: "a.example", Flows: 1, Servers: server("FR")}, {Host: "b.example", Flows: 1, Servers: server("")}}, audit.NotMeasurable, "place:b.example"},
		"known by name only":    {[]audit.Coverage{{Host: "a.example", Flows: 1}}, audit.NotMeasurable, "place:a.example"},
		"the router":            {[]audit.Coverage{{Host: "192.168.1.1", Flows: 1}}, audit.NotObserved, ""},
		"another app's":         {[]audit.Coverage{{Host: "a.example", Flows: 1, Servers: server("FR"), Apps: []audit.AppCoverage{{Whose: "subject", Amounts: audit.Amounts{Flows: 1}}}}, {Host: "b.example", Flows: 1, Apps: []audit.AppCoverage{{Whose: "other", Amounts: audit.Amounts{Flows: 1}}}}}, audit.NotObserved, ""},
		"there, whatever lacks": {[]audit.Coverage{{Host: "a.example", Flows: 1, Servers: server("CN")}, {Host: "b.example", Flows: 1}}, audit.Observed, "place:b.example"},
	} {
		d := doc(t)
		d.Coverage = c.rows
		v := answer(t, s, d, Case{FarCountries: []string{"CN"}})["Q"]
		if v.Answer != c.answer || v.Answer != audit.Observed && strings.Join(v.Missing, " ") != c.missing {
			t.Errorf("%s: %s %v, want %s %q", name, v.Answer, v.Missing, c.answer, c.missing)
		}
	}
}
