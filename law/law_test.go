package law

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/datatype"
)

func book(t testing.TB) *Book {
	t.Helper()
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func day(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// row is the answer of one regime.
func (b *Book) row(regime Regime, q Question) Row {
	for _, r := range b.Transfer(q) {
		if r.Regime == regime {
			return r
		}
	}
	return Row{}
}

// The rows of the field note on places, section 6, that are of law.
func TestJ57toJ61(t *testing.T) {
	b := book(t)
	for _, test := range []struct {
		id, from, to, on string
		regime           Regime
		column           Column
		want             Status
	}{
		// J57: Hong Kong and Macau are China in 28 CFR 202, Taiwan is not.
		{"J57", "US", "HK", "2025-06-01", CFR202, Place, Concern},
		{"J57", "US", "MO", "2025-06-01", CFR202, Place, Concern},
		{"J57", "US", "CN", "2025-06-01", CFR202, Place, Concern},
		{"J57", "US", "TW", "2025-06-01", CFR202, Place, NotConcern},
		{"J57", "US", "HK", "2025-06-01", CFR202, Control, Concern},
		{"J57", "FR", "HK", "2025-06-01", GDPR, Place, None},
		{"J57", "FR", "MO", "2025-06-01", GDPR, Place, None},
		{"J57", "FR", "TW", "2025-06-01", GDPR, Place, None},
		{"J57", "FR", "CN", "2025-06-01", GDPR, Place, None},
		// J58: Brazil by date.
		{"J58", "FR", "BR", "2026-01-15", GDPR, Place, None},
		{"J58", "FR", "BR", "2026-02-15", GDPR, Place, Adequate},
		// J59: the United Kingdom by date.
		{"J59", "FR", "GB", "2019-12-01", GDPR, Place, Member},
		{"J59", "FR", "GB", "2025-08-01", GDPR, Place, Adequate},
		{"J59", "FR", "GB", "2026-03-01", GDPR, Place, Adequate},
		// J60: the United States, unless the recipient is known to be listed.
		{"J60", "FR", "US", "2025-06-01", GDPR, Place, Conditional},
		// J61: French overseas.
		{"J61", "FR", "RE", "2025-06-01", GDPR, Place, Member},
		{"J61", "FR", "GF", "2025-06-01", GDPR, Place, Member},
		{"J61", "FR", "GP", "2025-06-01", GDPR, Place, Member},
		{"J61", "FR", "MQ", "2025-06-01", GDPR, Place, Member},
		{"J61", "FR", "YT", "2025-06-01", GDPR, Place, Member},
		{"J61", "FR", "MF", "2025-06-01", GDPR, Place, Member},
		{"J61", "FR", "NC", "2025-06-01", GDPR, Place, Overseas},
		{"J61", "FR", "PF", "2025-06-01", GDPR, Place, Overseas},
		{"J61", "FR", "WF", "2025-06-01", GDPR, Place, Overseas},
		{"J61", "FR", "PM", "2025-06-01", GDPR, Place, Overseas},
		{"J61", "FR", "BL", "2025-06-01", GDPR, Place, Overseas},
	} {
		got := b.row(test.regime, Question{From: test.from, To: test.to, Column: test.column, On: day(test.on)})
		if got.Status != test.want {
			t.Errorf("%s: %s %s → %s on %s: %q, want %q", test.id, test.regime, test.from, test.to, test.on, got.Status, test.want)
		}
		if got.Source == "" || got.Checked == "" || got.Article == "" {
			t.Errorf("%s: %s → %s: no article, source or check: %+v", test.id, test.from, test.to, got)
		}
	}
	// J59: extended, then to the end of 2031.
	if r := b.row(GDPR, Question{From: "FR", To: "GB", On: day("2025-08-01")}); !strings.Contains(r.Instrument, "extended") {
		t.Errorf("J59: %q", r.Instrument)
	}
	if r := b.row(GDPR, Question{From: "FR", To: "GB", On: day("2026-03-01")}); !r.To.Equal(day("2031-12-27")) {
		t.Errorf("J59: adequate to %v", r.To)
	}
	// J60: place alone decides nothing.
	for list, want := range map[Listing]Status{Listed: Adequate, Unlisted: NotListed} {
		if r := b.row(GDPR, Question{From: "FR", To: "US", On: day("2025-06-01"), DPF: list}); r.Status != want {
			t.Errorf("J60: %s: %q, want %q", list, r.Status, want)
		}
	}
}

// A day belongs to a row from its first to its last, both included.
func TestBoundaries(t *testing.T) {
	b := book(t)
	for _, test := range []struct {
		regime   Regime
		from, to string
		on       string
		want     Status
	}{
		{GDPR, "FR", "GB", "2020-01-31", Member},
		{GDPR, "FR", "GB", "2020-02-01", Transition},
		{GDPR, "FR", "GB", "2020-12-31", Transition},
		{GDPR, "FR", "GB", "2021-01-01", Bridge},
		{GDPR, "FR", "GB", "2021-06-27", Bridge},
		{GDPR, "FR", "GB", "2021-06-28", Adequate},
		{GDPR, "FR", "GB", "2025-06-26", Adequate},
		{GDPR, "FR", "GB", "2025-06-27", Adequate},
		{GDPR, "FR", "GB", "2025-12-27", Adequate},
		{GDPR, "FR", "GB", "2031-12-27", Adequate},
		{GDPR, "FR", "GB", "2031-12-28", Expired},
		{GDPR, "FR", "GI", "2020-12-31", Transition},
		{GDPR, "FR", "GI", "2021-01-01", None},
		{GDPR, "FR", "BR", "2026-01-25", None},
		{GDPR, "FR", "BR", "2026-01-26", Adequate},
		{GDPR, "NO", "BR", "2026-02-15", Unknown}, // not yet in the EEA Agreement
		{GDPR, "FR", "US", "2020-07-15", Conditional},
		{GDPR, "FR", "US", "2020-07-16", Expired},
		{GDPR, "FR", "US", "2023-07-09", Expired},
		{GDPR, "FR", "US", "2023-07-10", Conditional},
		{GDPR, "FR", "NO", "2018-07-19", EEA},
		{GDPR, "NO", "FR", "2020-01-01", Member},
		{GDPR, "FR", "KR", "2021-12-16", None},
		{GDPR, "FR", "KR", "2021-12-17", Adequate},
		{UKGDPR, "GB", "FR", "2021-01-01", Adequate},
		{UKGDPR, "GB", "US", "2023-10-11", None},
		{UKGDPR, "GB", "US", "2023-10-12", Conditional},
		{UKGDPR, "GB", "GB", "2023-10-12", Domestic},
		{UKGDPR, "GB", "BR", "2026-03-01", None},
		{GDPR, "GB", "US", "2020-02-01", Conditional}, // the GDPR went on to apply
		{FADP, "CH", "GB", "2023-09-01", Adequate},
		{FADP, "CH", "JP", "2025-01-01", None},
		{FADP, "CH", "KR", "2025-01-01", None},
		{FADP, "CH", "US", "2024-09-14", None},
		{FADP, "CH", "US", "2024-09-15", Conditional},
		{LGPD, "BR", "DE", "2026-01-25", None},
		{LGPD, "BR", "NO", "2026-01-26", Adequate},
		{PIPA, "KR", "DE", "2025-09-16", Adequate},
		{PIPA, "KR", "US", "2025-09-16", None},
	} {
		got := b.row(test.regime, Question{From: test.from, To: test.to, On: day(test.on)})
		if got.Status != test.want {
			t.Errorf("%s %s → %s on %s: %q, want %q", test.regime, test.from, test.to, test.on, got.Status, test.want)
		}
		late := b.row(test.regime, Question{From: test.from, To: test.to, On: day(test.on).Add(24*time.Hour - 1)})
		if late.Status != got.Status {
			t.Errorf("%s %s → %s on %s: %q at midnight and %q before the next", test.regime, test.from, test.to, test.on, got.Status, late.Status)
		}
	}
	// A law that was not in force has no row.
	if r := b.row(CFR202, Question{From: "US", To: "CN", On: day("2025-04-07")}); r.Status != "" {
		t.Errorf("28 CFR 202 on 7 April 2025: %q", r.Status)
	}
	if r := b.row(PADFAA, Question{From: "US", To: "CN", Column: Control, On: day("2024-06-23")}); r.Status != Concern {
		t.Errorf("PADFAA on 23 June 2024: %q", r.Status)
	}
}

// What is not known, or is no country, has no status.
func TestUndetermined(t *testing.T) {
	b := book(t)
	for _, code := range []string{"", "EU", "AP", "A1", "T1", "XX", "ZZ", "QQ", "fr", "FRA", "É", "UK", "SJ"} {
		for _, from := range []string{"FR", "GB", "CH"} {
			if code == "SJ" && from != "FR" {
				continue
			}
			for _, r := range b.Transfer(Question{From: from, To: code, On: day("2025-06-01")}) {
				if r.Status != Unknown {
					t.Errorf("%s → %q: %s %q", from, code, r.Regime, r.Status)
				}
			}
		}
		for _, column := range []Column{Place, Control} {
			for _, r := range b.Transfer(Question{From: "US", To: code, Column: column, On: day("2025-06-01")}) {
				if r.Status != Unknown && code != "SJ" {
					t.Errorf("US → %q by %s: %s %q", code, column, r.Regime, r.Status)
				}
			}
		}
		if code == "SJ" {
			continue
		}
		for _, got := range []Answer{b.InEEA(code, day("2025-06-01")), b.AdequateEU(code, day("2025-06-01")), b.OfConcern(CFR202, code, day("2025-06-01"))} {
			if got != Undetermined {
				t.Errorf("%q: %q", code, got)
			}
		}
	}
	for _, from := range []string{"FR", "US", "GB"} {
		rows := b.Transfer(Question{From: from, To: "CN"})
		if len(rows) == 0 {
			t.Errorf("%s → CN without a date: no row", from)
		}
		for _, r := range rows {
			if r.Status != Unknown {
				t.Errorf("%s → CN without a date: %s %q", from, r.Regime, r.Status)
			}
		}
	}
	if r := b.Transfer(Question{To: "US", On: day("2025-06-01")}); len(r) != 1 || r[0].Status != NotTold {
		t.Errorf("subject not told: %+v", r)
	}
	if r := b.Transfer(Question{From: "JP", To: "US", On: day("2025-06-01")}); len(r) != 1 || r[0].Status != NoTable {
		t.Errorf("subject in Japan: %+v", r)
	}
	if r := b.Transfer(Question{From: "FR", To: "US", On: day("2017-06-01")}); len(r) != 1 || r[0].Status != NoTable {
		t.Errorf("before the GDPR: %+v", r)
	}
}

// Whose law commands the company is asked of its seat, not of the server.
func TestControl(t *testing.T) {
	b := book(t)
	on := day("2025-06-01")
	if r := b.row(PADFAA, Question{From: "US", To: "CN", Column: Place, On: on}); r.Status != "" {
		t.Errorf("PADFAA by place: %+v", r)
	}
	if r := b.row(PADFAA, Question{From: "US", To: "HK", Column: Control, On: on}); r.Status != Unknown {
		t.Errorf("PADFAA and Hong Kong: %q: the Act does not say", r.Status)
	}
	if r := b.row(GDPR, Question{From: "FR", To: "CN", Column: Control, On: on}); r.Status != "" {
		t.Errorf("GDPR by control: %+v", r)
	}
	laws := func(q Question) (out []string) {
		for _, r := range b.Transfer(q) {
			if r.Regime == Destination {
				out = append(out, r.Instrument+" "+r.Article)
			}
		}
		return out
	}
	if got := laws(Question{From: "FR", To: "CN", Column: Place, On: on}); len(got) != 8 {
		t.Errorf("laws of a machine in China: %q", got)
	}
	if got := laws(Question{From: "FR", To: "CN", Column: Control, On: on}); len(got) != 5 || slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "art. 36") }) {
		t.Errorf("laws of a company in China: %q", got)
	}
	for _, code := range []string{"HK", "MO", "TW"} {
		if got := laws(Question{To: code, On: on}); got != nil {
			t.Errorf("laws of the mainland in %s: %q", code, got)
		}
	}
}

// A match is of the kind of data, with the threshold in the law's own words.
func TestCategories(t *testing.T) {
	b := book(t)
	q := Question{From: "US", To: "CN", Column: Control, On: day("2025-06-01")}
	for id, want := range map[datatype.ID][]string{
		"location.precise": {"(c)"}, "contact.phone": {"(f) d"}, "biometric.face_vector": {"(b)"}, "finance.card": {"(e)", "(f) b"},
		"content.message": {"excluded"}, "location.coarse": {"none"}, "": {""}, "no.such": {"none"},
	} {
		q.Type = id
		var got []string
		for _, r := range b.Transfer(q) {
			if r.Regime == CFR202 {
				got = append(got, r.Category)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	q.Type = "location.precise"
	r := b.row(CFR202, q)
	if i := slices.IndexFunc(r.Says, func(s Sentence) bool { return s.Key == "matches" }); i < 0 || !strings.Contains(r.Says[i].Args[1], "more than 1,000 U.S. devices") {
		t.Errorf("location.precise: %+v", r.Says)
	}
	if r := b.row(PADFAA, q); r.Category != "(F)" {
		t.Errorf("location.precise in PADFAA: %+v", r)
	}
}

// Safeguards are those of the day; the old clauses ended in December 2022.
func TestSafeguards(t *testing.T) {
	b := book(t)
	for on, want := range map[string]string{"2020-08-01": "2010/87/EU", "2022-06-01": "2010/87/EU", "2023-06-01": "2021/914"} {
		r := b.row(GDPR, Question{From: "FR", To: "SG", On: day(on)})
		if r.Status != None || !strings.Contains(strings.Join(r.Safeguards, "; "), want) || r.Ask != "safeguards" {
			t.Errorf("%s: %q, ask %q", on, r.Safeguards, r.Ask)
		}
	}
	if got := b.row(GDPR, Question{From: "FR", To: "SG", On: day("2023-06-01")}).Safeguards; strings.Contains(strings.Join(got, ";"), "2010/87") {
		t.Errorf("2023: %q", got)
	}
}

func TestTables(t *testing.T) {
	b := book(t)
	if got := b.Proceedings(day("2025-07-10")); len(got) != 3 || got[2].Date != day("2025-07-10") {
		t.Errorf("proceedings until 10 July 2025: %+v", got)
	}
	if b.Proceedings(time.Time{}) != nil {
		t.Error("proceedings without a date")
	}
	if got := b.PreciseLines(day("2026-01-01")); len(got) != 6 {
		t.Errorf("%d precise lines", len(got))
	}
	if got := b.Rules(CFR202); len(got) != 9 {
		t.Errorf("%d rules of 28 CFR 202", len(got))
	}
	if got := b.Organisations(); len(got) != 2 {
		t.Errorf("%d organisations", len(got))
	}
}

// What the question sets ask.
func TestStanding(t *testing.T) {
	b := book(t)
	on := day("2025-06-01")
	for _, test := range []struct {
		country          string
		eea, adeq, worry Answer
	}{
		{"FR", Yes, No, No}, {"RE", Yes, No, No}, {"NC", No, No, No}, {"NO", Yes, No, No}, {"GB", No, Yes, No},
		{"US", No, IfListed, No}, {"CN", No, No, Yes}, {"HK", No, No, Yes}, {"TW", No, No, No}, {"SJ", Undetermined, No, No},
	} {
		if got := [3]Answer{b.InEEA(test.country, on), b.AdequateEU(test.country, on), b.OfConcern(CFR202, test.country, on)}; got != [3]Answer{test.eea, test.adeq, test.worry} {
			t.Errorf("%s: %q", test.country, got)
		}
	}
	if b.InEEA("FR", day("2017-01-01")) != Undetermined || b.InEEA("FR", time.Time{}) != Undetermined {
		t.Error("before the table, or without a day, the EEA is not known")
	}
	if b.OfConcern(PADFAA, "HK", on) != Undetermined || b.OfConcern(PADFAA, "VE", on) != No {
		t.Error("PADFAA")
	}
}

func FuzzTransfer(f *testing.F) {
	f.Add("FR", "US", "place", int64(1_750_000_000), "location.precise", "")
	f.Add("US", "HK", "control", int64(0), "finance.card", "listed")
	f.Add("", "EU", "", int64(-1<<62), "\xff", "not listed")
	b, err := Open()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, from, to, column string, unix int64, id, list string) {
		q := Question{From: from, To: to, Column: Column(column), On: time.Unix(unix, 0), Type: datatype.ID(id), DPF: Listing(list)}
		for _, r := range b.Transfer(q) {
			if !slices.Contains(Statuses(), r.Status) {
				t.Errorf("%+v: status %q", q, r.Status)
			}
			if r.Status != NotTold && r.Status != NoTable && (r.Source == "" || r.Checked == "") {
				t.Errorf("%+v: no source: %+v", q, r)
			}
			for _, s := range r.Says {
				if !slices.Contains(Sentences, s.Key) {
					t.Errorf("%+v: sentence %q is not listed", q, s.Key)
				}
			}
			if r.Ask != "" && !slices.Contains(Asks, r.Ask) {
				t.Errorf("%+v: ask %q is not listed", q, r.Ask)
			}
			// An address that nothing places is not said to be anywhere.
			if to == "" && slices.Contains([]Status{Member, EEA, Adequate, None, Concern, NotConcern, Domestic}, r.Status) {
				t.Errorf("%+v: %s %q without a country", q, r.Regime, r.Status)
			}
		}
	})
}
