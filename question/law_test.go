package question

import (
	"slices"
	"testing"

	"github.com/constat/constat/audit"
)

// lawful is a document with two machines of one Chinese company: one in
// France, one that nothing places.
func lawful(t *testing.T) *audit.Document {
	near := audit.RecipientRef{ID: "r1", Host: "a.far.example", IP: "192.0.2.1", Country: "FR", Place: "consistent (weak)"}
	torn := audit.RecipientRef{ID: "r1", Host: "b.far.example", IP: "192.0.2.2", Place: "undetermined"}
	d := doc(t,
		audit.Transfer{DataType: "location.precise", Recipient: near},
		audit.Transfer{DataType: "contact.phone", Recipient: torn},
		audit.Transfer{DataType: "contact.phone", Recipient: audit.RecipientRef{ID: "r2", Host: "c.example", IP: "192.0.2.1"}},
	)
	d.Recipients = []audit.Recipient{{
		ID: "r1",
		Standing: []audit.Standing{
			{IP: "192.0.2.1", EEA: "yes", Adequate: "no", Concern: "no", ControllerConcern: "yes"},
			{IP: "192.0.2.2", EEA: "undetermined", Adequate: "undetermined", Concern: "undetermined", ControllerConcern: "yes"},
		},
		Law: []audit.LawRow{
			{Regime: "GDPR", Status: "member", Column: "place", Countries: []string{"FR"}, Place: "consistent (weak)", DataTypes: []string{"location.precise"}},
			{Regime: "GDPR", Status: "undetermined", Column: "place", Countries: []string{"DE", "US"}, Place: "undetermined", DataTypes: []string{"contact.phone"}},
			{Regime: "28 CFR 202", Status: "country_of_concern", Column: "control", Countries: []string{"CN"}, Category: "(c)", DataTypes: []string{"location.precise"}},
		},
	}}
	return d
}

func TestVariablesOfLaw(t *testing.T) {
	d := lawful(t)
	for expr, want := range map[string][]string{
		`eea == "yes"`:                              {"t1"},
		`eea == "undetermined"`:                     {"t2", "t3"}, // t3 is another recipient's: of it nothing is known
		`controller_concern == "yes"`:               {"t1", "t2"},
		`concern == "yes"`:                          nil,
		`adequate == "no" && eea == "yes"`:          {"t1"},
		`"GDPR: member" in law`:                     {"t1"},
		`"GDPR: undetermined" in law`:               {"t2"},
		`law.exists(x, x.startsWith("28 CFR 202"))`: {"t1"}, // the phone number is no (c)
		`"28 CFR 202: country_of_concern (c)" in law && controller_concern == "yes"`: {"t1"},
		`size(law) == 0`: {"t3"},
	} {
		s := set(t, one+`proved_by = [{ rows = '`+expr+`' }]`)
		v := answer(t, s, d, Case{})["Q"]
		if !slices.Equal(v.Because, want) {
			t.Errorf("%s: %q, want %q", expr, v.Because, want)
		}
	}
}

// The variables exist over hosts and incidents too.
func TestVariablesOfLawOverHosts(t *testing.T) {
	d := lawful(t)
	d.Coverage = []audit.Coverage{{Recipient: "r1", Host: "a.far.example", Out: 10, Read: 10, Servers: []audit.RecipientRef{
		{ID: "r1", Host: "a.far.example", IP: "192.0.2.1", Country: "FR", Place: "consistent (weak)"}}}}
	s := set(t, one+`proved_by = [{ hosts = 'controller_concern == "yes" && eea == "yes" && "28 CFR 202: country_of_concern (c)" in law' }]`)
	if v := answer(t, s, d, Case{})["Q"]; v.Answer != audit.Observed {
		t.Errorf("%+v", v)
	}
	if _, err := Parse([]byte("id = \"s\"\n"+one+`proved_by = [{ incidents = 'eea == "no"' }]`), "s.toml"); err != nil {
		t.Error(err)
	}
}
