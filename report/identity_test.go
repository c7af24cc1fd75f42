package report

import (
	"io"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/datatype"
)

func pair(a, b float64) *[2]float64 { return &[2]float64{a, b} }

func TestPointsAt(t *testing.T) {
	for _, c := range []struct {
		lang string
		got  *audit.Identifying
		want string
	}{
		{"en", nil, ""},
		{"en", &audit.Identifying{Bits: pair(32.9, 32.9), Others: pair(0, 0), Through: "device.imei", Linked: []string{"device.model"}},
			"What it got points to one person or device (33 bits), through: IMEI. Becomes known about it: device model."},
		{"en", &audit.Identifying{Bits: pair(32.9, 32.9), Others: pair(0, 0), Through: "device.android_id"},
			"What it got points to one person or device (33 bits), through: Android ID, until it is reset."},
		{"en", &audit.Identifying{Bits: pair(23.6, 32.9), Others: pair(640, 0.02), Unknown: []string{"device.model"}},
			"What it got points to about 1 to 641 people in the world (between 23.6 and 32.9 bits). Not counted, as no figure is published: device model."},
		{"en", &audit.Identifying{Bits: pair(10, 10), Others: pair(8e6, 8e6)},
			"What it got points to about 8 million people in the world (between 10.0 and 10.0 bits)."},
		{"en", &audit.Identifying{Unknown: []string{"contact.name"}},
			"How many people share what it got is unknown. Not counted, as no figure is published: name."},
		{"fr", &audit.Identifying{Bits: pair(4.8, 12.8), Others: pair(2.9e8, 1.2e6)},
			"Ce qu’il a reçu désigne environ 1,2 million à 290 millions de personnes dans le monde (entre 4,8 et 12,8 bits)."},
		{"fr", &audit.Identifying{Bits: pair(32.9, 32.9), Others: pair(0, 0), Through: "device.ad_id"},
			"Ce qu’il a reçu désigne une seule personne ou un seul appareil (33 bits), par : Identifiant publicitaire, jusqu’à sa réinitialisation."},
	} {
		v := &view{words: language(c.lang)}
		if got := v.PointsAt(audit.Recipient{Identifying: c.got}); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestUndoing(t *testing.T) {
	phone := audit.Anonymity{Verdict: "brute_forceable", Means: "anyone", Digest: "sha256", DomainName: "mobile_numbers", Domain: 1.18e11, Basis: "all", Card: 5.37, Core: 9370}
	onCore := phone
	onCore.Card = 0
	checksum := phone
	checksum.Rivals = 27
	id := audit.Anonymity{Verdict: "pseudonym", Means: "list_holder", Digest: "md5", DomainName: "hex16", Domain: 1.8446744073709552e19, Basis: "all", Card: 1.12e8, Core: 1.8e12}
	for _, c := range []struct {
		lang string
		a    audit.Anonymity
		want string
	}{
		{"en", audit.Anonymity{}, ""},
		{"en", audit.Anonymity{Verdict: "clear"}, ""},
		{"en", phone, "Can be reversed by anybody in about 5.4\u202fs on one graphics card: there are 118 billion mobile numbers in the world to try."},
		{"fr", phone, "Peut être inversé par n’importe qui en 5,4\u202fs environ sur une carte graphique ; à essayer : les numéros mobiles du monde, 118 milliards."},
		{"en", onCore, "Can be reversed by anybody in about 2.6\u202fh on one processor core: there are 118 billion mobile numbers in the world to try."},
		{"en", checksum, "Can be reversed by anybody in about 5.4\u202fs on one graphics card: there are 118 billion mobile numbers in the world to try. About 27 other values have the same digest."},
		{"en", id, "A pseudonym: to try all 1.84\u202f×\u202f10¹⁹ values of its length and alphabet would take 4 years on one graphics card. The same value has the same digest everywhere, so it follows the person, and whoever holds a list of values can compare."},
		{"en", audit.Anonymity{Verdict: "aggregate", Radius: 7900, People: [2]float64{6800, 2.5e6}}, "Shared with those around: known to within 7.9\u202fkm, where about 6800 to 2.5 million people live."},
	} {
		v := &view{words: language(c.lang)}
		if got := v.Undoing(c.a); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// Each verdict and each way of not knowing has words of its own.
func TestEveryVerdictHasWords(t *testing.T) {
	for _, lang := range Languages() {
		v := &view{words: language(lang)}
		for _, a := range []audit.Anonymity{
			{Verdict: "reversible"},
			{Verdict: "brute_forceable", Basis: "all", Card: 1},
			{Verdict: "brute_forceable", Basis: "list", Core: 1},
			{Verdict: "pseudonym", Means: "list_holder", Core: 1e30},
			{Verdict: "pseudonym", Means: "key_holder", SinglingOut: "yes"},
			{Verdict: "pseudonym", Means: "key_holder", SinglingOut: "session"},
			{Verdict: "aggregate", Radius: 1},
			{Verdict: "unknown", Means: "unknown"},
			{Verdict: "unknown", Means: "list_holder"},
			{Verdict: "unknown", Means: "list_holder", Domain: 1},
			{Verdict: "unknown", Means: "list_holder", Domain: 1, Core: 1e9},
		} {
			got := v.Undoing(a)
			if got == "" || strings.Contains(got, "anon.") || strings.Contains(got, "lasts.") || strings.Contains(got, "%!") {
				t.Errorf("%s: %+v: %q", lang, a, got)
			}
			if s := v.Brief(a); strings.Contains(s, "brief.") || strings.Contains(s, "%!") {
				t.Errorf("%s: %+v: %q", lang, a, s)
			}
		}
	}
}

// Sentences name data types: none of them may be English in French.
func TestEveryTypeIsInFrench(t *testing.T) {
	for _, row := range datatype.All() {
		if _, ok := language("fr").lookup("type." + string(row.ID)); !ok {
			t.Errorf("%s (%s) has no French name", row.ID, row.Name)
		}
	}
}

func TestEstimates(t *testing.T) {
	v, fr := &view{words: language("en")}, &view{words: language("fr")}
	for x, want := range map[float64]string{0: "0", 1.4: "1", 640: "640", 8468: "8470", 44724: "44,700", 1e5: "100,000", 1.957e9: "1.96 billion", 1e14: "10¹⁴", 2.8147e14: "2.81\u202f×\u202f10¹⁴", 5.3e36: "5.3\u202f×\u202f10³⁶"} {
		if got := v.About(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
	if got := fr.About(44724); got != "44\u202f700" {
		t.Errorf("%q", got)
	}
	for x, want := range map[float64]string{1e-6: "less than a millisecond", 0.089: "0.089\u202fs", 609: "10\u202fmin", 12800: "3.6\u202fh", 1e6: "12 days", 8.5e8: "27 years", 1e20: "more than a million years"} {
		if got := v.Lasts(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
}

// What is known of a recipient and of a digest stands in both renderings.
func TestIdentityIsShown(t *testing.T) {
	d := sketch(t)
	d.Recipients[0].Identifying = &audit.Identifying{Bits: pair(32.9, 32.9), Others: pair(0, 0), Through: "device.imei"}
	d.Groups[0].Recipient = d.Recipients[0].ID
	d.Groups[0].Examples[0].Anonymity = audit.Anonymity{Verdict: "brute_forceable", Digest: "md5", DomainName: "imei", Domain: 1e14, Basis: "all", Card: 609, Core: 9.8e6}
	for _, out := range []string{
		render(t, func(w io.Writer) error { return HTML(w, d, Options{}) }),
		strings.Join(strings.Fields(render(t, func(w io.Writer) error { return Terminal(w, d, Options{Width: 200}) })), " "),
	} {
		for _, want := range []string{"points to one person or device", "anybody in about 10", "10¹⁴ IMEIs"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q", want)
			}
		}
	}
}
