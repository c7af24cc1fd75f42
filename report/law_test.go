package report

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/law"
)

// Whatever package law can say has words in every language.
func TestEveryWordOfLaw(t *testing.T) {
	book, err := law.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range Languages() {
		w := language(lang)
		has := func(key string) {
			if _, ok := w.lookup(key); !ok {
				t.Errorf("%s: no %q", lang, key)
			}
		}
		for _, s := range law.Statuses() {
			has("law.status." + string(s))
		}
		for _, r := range law.Regimes() {
			has("law.regime." + string(r))
			for _, c := range book.Categories(r) {
				has("law.cat." + string(r) + "." + c.Code)
			}
		}
		for _, k := range law.Sentences {
			has("law.says." + k)
		}
		for _, k := range law.Asks {
			has("law.ask." + k)
		}
	}
}

// Arguments fit their sentences, for every country that has a row and more.
func TestSentencesOfLawAreWhole(t *testing.T) {
	book, err := law.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range Languages() {
		v := newView(&audit.Document{}, lang)
		for _, from := range []string{"", "FR", "NO", "GB", "CH", "US", "BR", "KR", "IN", "JP"} {
			for _, to := range strings.Fields("FR NO GB GI CH US BR KR JP CA IL AD NC SJ RE CN HK TW SG RU EU XX IN") {
				for _, on := range []string{"", "2018-06-01", "2020-06-01", "2021-03-01", "2022-01-01", "2025-08-01", "2026-05-01", "2027-06-01", "2032-01-01"} {
					for _, list := range []law.Listing{law.ListUnknown, law.Listed, law.Unlisted} {
						for _, column := range []law.Column{law.Place, law.Control} {
							q := law.Question{From: from, To: to, Column: column, Type: "location.precise", DPF: list}
							if on != "" {
								q.On, _ = time.Parse(time.DateOnly, on)
							}
							for _, r := range book.Transfer(q) {
								for _, s := range r.Says {
									if strings.HasPrefix(s.Key, "effect.") {
										continue // its law is named among the articles
									}
									if got := v.lawSentence(audit.LawSentence{Key: s.Key, Args: s.Args}); got == s.Key || strings.Contains(got, "%!") {
										t.Fatalf("%s: %+v says %q %q: %q", lang, q, s.Key, s.Args, got)
									}
								}
							}
						}
					}
				}
			}
		}
	}
}

// lawful is a document with a machine that nothing places, of a company whose
// seat is in China.
func lawful(t testing.TB) *audit.Document {
	d := sketch(t)
	d.Subject.Country, d.Subject.CountryFrom = "FR", "told"
	day := []string{"2026-02-15", "2026-02-15"}
	r := &d.Recipients[0]
	r.Law = []audit.LawRow{
		{Regime: "GDPR", Status: "adequate", Column: "place", Countries: []string{"BR"}, Place: "consistent (weak)", DataTypes: []string{"contact.email"}, On: day,
			Article: "art. 45", Instrument: "(EU) 2026/179", From: "2026-01-26", Source: "https://law.example/179", Checked: "read 2026-11-28", Says: []audit.LawSentence{}},
		{Regime: "GDPR", Status: "undetermined", Column: "place", Countries: []string{"DE", "US"}, Place: "undetermined", DataTypes: []string{"contact.email"}, On: day,
			Possible: []audit.LawPossible{{Country: "DE", Status: "member"}, {Country: "US", Status: "adequate_conditional"}}, Says: []audit.LawSentence{{Key: "no_country"}}, Ask: "place"},
		{Regime: "28 CFR 202", Status: "country_of_concern", Column: "control", Countries: []string{"CN"}, Category: "(c)", DataTypes: []string{"location.precise"}, On: day,
			Article: "202.601, 202.205(c)", Source: "https://law.example/202", Checked: "mem 2026-11-28",
			Says: []audit.LawSentence{{Key: "matches", Args: []string{"(c)", "precise geolocation data: more than 1,000 U.S. devices"}}, {Key: "count"}, {Key: "form"}}, Ask: "transaction"},
		{Regime: "28 CFR 202", Status: "country_of_concern", Column: "control", Countries: []string{"CN"}, Category: "none", DataTypes: []string{"device.model"}, On: day,
			Article: "202.601", Source: "https://law.example/202", Checked: "mem 2026-11-28", Says: []audit.LawSentence{{Key: "no_category"}}, Ask: "transaction"},
	}
	return d
}

func TestLawOnThePage(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"Not legal advice", "The subject’s country: France (as told).", "GDPR: <strong>adequate</strong>", "Brazil (consistent, weak)", "art. 45; (EU) 2026/179",
			"undetermined: Germany, United States possible, others not excluded", "If in Germany: member state", "28 CFR 202 (US): <strong>country of concern</strong>",
			"matches category (c): precise geolocation data: more than 1,000 U.S. devices.", "Count unknown.", "202.601; 202.205(c)", "from memory, to be checked",
			"how many U.S. persons or devices", "https://law.example/179 (read 2026-11-28)"},
		"fr": {"Ceci n’est pas un avis juridique", "RGPD", "Brésil (compatible, faible)", "relève de la catégorie (c)", "géolocalisation précise\u00a0: plus de 1 000 appareils américains", "de mémoire, à vérifier", "Nombre inconnu."},
	} {
		for name, text := range map[string]string{
			"page":     render(t, func(w io.Writer) error { return HTML(w, lawful(t), Options{Lang: lang}) }),
			"terminal": render(t, func(w io.Writer) error { return Terminal(w, lawful(t), Options{Lang: lang, Width: 200}) }),
		} {
			flat := strings.Join(strings.Fields(html.UnescapeString(text)), " ")
			for _, s := range want {
				s = strings.Join(strings.Fields(s), " ")
				if name == "terminal" && (strings.Contains(s, "<strong>") || strings.Contains(s, "memory") || strings.Contains(s, "mémoire") || strings.Contains(s, "https")) {
					continue // the terminal has no emphasis and no sources
				}
				if !strings.Contains(flat, s) {
					t.Errorf("%s, %s: no %q", lang, name, s)
				}
			}
			for _, s := range []string{"unlawful transfer", "illegal", "illégal", "violat"} {
				if strings.Contains(strings.ToLower(flat), s) {
					t.Errorf("%s, %s: says %q", lang, name, s)
				}
			}
		}
	}
	if text := render(t, func(w io.Writer) error { return HTML(w, sketch(t), Options{}) }); strings.Contains(text, `id="s-law"`) {
		t.Error("a section of law without a row")
	}
}

// J62: onward transfer and remote access are not measurable here, and the
// report says so once, even when every endpoint is in the EEA.
func TestLimitsOfLawAreSaidOnce(t *testing.T) {
	d := lawful(t)
	d.Limits = []string{"storage", "onward", "remote-access"}
	for lang, want := range map[string][]string{
		"en": {"To whom a recipient passed data on cannot be measured from a device.", "From where stored data is read cannot be measured from a device.", "Where data is stored cannot be measured from a device."},
		"fr": {"À qui un destinataire a transmis les données ne peut pas être mesuré depuis un appareil.", "D’où les données stockées sont lues ne peut pas être mesuré depuis un appareil.", "Le lieu de stockage des données ne peut pas être mesuré depuis un appareil."},
	} {
		for name, text := range map[string]string{
			"page":     render(t, func(w io.Writer) error { return HTML(w, d, Options{Lang: lang}) }),
			"terminal": render(t, func(w io.Writer) error { return Terminal(w, d, Options{Lang: lang, Width: 200}) }),
		} {
			for _, s := range want {
				if n := strings.Count(html.UnescapeString(text), s); n != 1 {
					t.Errorf("%s, %s: %d times %q", lang, name, n, s)
				}
			}
		}
	}
}

// Many recipients with many rows stay a page.
func BenchmarkLawPage(b *testing.B) {
	d := lawful(b)
	for i := range 200 {
		r := d.Recipients[0]
		r.ID = fmt.Sprintf("x%d", i)
		d.Recipients = append(d.Recipients, r)
	}
	for b.Loop() {
		if err := HTML(io.Discard, d, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
