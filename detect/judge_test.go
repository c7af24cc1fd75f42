package detect

import (
	"strings"
	"testing"

	"github.com/constat/constat/persona"
)

// TestJudgementIsWhatAScanDoes: a common name is grade B where no name says
// what it is, and A where one does; what systems show instead of a value is not
// searched for; a sample keeps its grade and is refused by the judgement.
func TestJudgementIsWhatAScanDoes(t *testing.T) {
	text := `
region = "FR"
[[value]]
type = "contact.name"
value = "Marie Martin"
[[value]]
type = "device.ad_id"
value = "00000000-0000-0000-0000-000000000000"
[[value]]
type = "device.imei"
value = "490154203237518"
[[value]]
type = "contact.username"
value = "username"
[[value]]
type = "contact.username"
value = "clipboard"
[[value]]
type = "contact.name"
value = "Marie Drexoulbac"
`
	p, err := persona.Parse(strings.NewReader(text), "persona.toml")
	if err != nil {
		t.Fatal(err)
	}
	judged := Judge(p)
	for i, want := range []struct {
		verdict persona.Verdict
		use     persona.Use
		code    string
	}{
		{persona.Weak, persona.Downgraded, "names"}, {persona.Refused, persona.Nowhere, "blank"}, {persona.Refused, persona.Everywhere, "sample"},
		{persona.Refused, persona.Downgraded, "sample"}, {persona.Weak, persona.Downgraded, "vocabulary"}, {persona.Strong, persona.Everywhere, ""},
	} {
		j := judged[i]
		code := ""
		if len(j.Faults) > 0 {
			code = j.Faults[0].Code
		}
		if j.Verdict != want.verdict || j.Use != want.use || code != want.code {
			t.Errorf("value %d: %s, %s, %q, want %s, %s, %q", i, j.Verdict, j.Use, code, want.verdict, want.use, want.code)
		}
	}
	s := engine(t, text, Options{}).NewScanner()
	for _, c := range []struct {
		body  string
		value int
		grade string
		conf  float64
	}{
		{`{"q":"Marie Martin"}`, 0, GradeB, 0.5},
		{`{"q":"TWFyaWUgTWFydGlu"}`, 0, GradeB, 0.5},
		{`{"full_name":"Marie Martin"}`, 0, GradeA, 0.7},
		{`{"ad_id":"00000000-0000-0000-0000-000000000000"}`, -1, "", 0},
		{`{"x":"490154203237518"}`, 2, GradeA, 0.99},
		{`{"q":"Marie Drexoulbac"}`, 5, GradeA, 0.99},
	} {
		got := s.Scan(post("/p", asJSON, []byte(c.body))).Findings
		if c.value < 0 {
			if len(got) != 0 {
				t.Errorf("%s: %+v", c.body, got)
			}
			continue
		}
		if len(got) != 1 || got[0].PersonaValue != c.value || got[0].Grade != c.grade || got[0].Confidence != c.conf {
			t.Errorf("%s: %+v, want value %d, grade %s", c.body, got, c.value, c.grade)
		}
	}
}
