package question

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

const accessSet = `
id = "a"
[[question]]
id = "R"
claim.en = "read"
claim.fr = "lu"
shows = "access"
proved_by = [{ accesses = 'what == "clipboard" && !refused && state != "foreground"', at_least = 2 }]
needs = ["watched:clipboard"]
[[question]]
id = "S"
claim.en = "sent"
claim.fr = "envoyé"
proved_by = [{ rows = 'data_type == "content.clipboard"' }, { accesses = 'what == "clipboard"', at_least = 9 }]
`

// TestAccesses: what the device says was read proves reading, and nothing of
// what left; that it says nothing means something only where it would.
func TestAccesses(t *testing.T) {
	read := func(more string) string {
		return `{"what": "clipboard", "app": "a", "state": "background", "consent": "unknown"` + more + `}`
	}
	two := "[" + read("") + "," + read("") + "]"
	for name, x := range map[string]struct {
		accesses, logs string
		r, s           string
		missing        string
	}{
		"read twice":                  {two, `[]`, audit.Observed, audit.NotObserved, ""},
		"read once, and once in use":  {"[" + read("") + "," + read(`, "state": "foreground"`) + "]", `[{"what": "clipboard", "from_s": 0, "until_s": 100}]`, audit.NotObserved, audit.NotObserved, ""},
		"once refused":                {"[" + read("") + "," + read(`, "refused": true`) + "]", `[{"what": "clipboard", "from_s": 0, "until_s": 100}]`, audit.NotObserved, audit.NotObserved, ""},
		"the end is not a second one": {"[" + read("") + "," + read(`, "ended": true`) + "]", `[{"what": "clipboard", "from_s": 0, "until_s": 100}]`, audit.NotObserved, audit.NotObserved, ""},
		"nobody looked":               {`[]`, `[]`, audit.NotMeasurable, audit.NotObserved, "watched:clipboard"},
		"looked at something else":    {`[]`, `[{"what": "camera", "from_s": 0, "until_s": 100}]`, audit.NotMeasurable, audit.NotObserved, "watched:clipboard"},
		"looked half the time":        {`[]`, `[{"what": "clipboard", "from_s": -50, "until_s": 50}]`, audit.NotMeasurable, audit.NotObserved, "watched:clipboard"},
		"twice the same half":         {`[]`, `[{"what": "clipboard", "from_s": 0, "until_s": 50}, {"what": "clipboard", "from_s": 1, "until_s": 50}]`, audit.NotMeasurable, audit.NotObserved, "watched:clipboard"},
		"two that overlap":            {`[]`, `[{"what": "clipboard", "from_s": 40, "until_s": 200}, {"what": "clipboard", "from_s": 0, "until_s": 50}]`, audit.NotObserved, audit.NotObserved, ""},
		"another app":                 {"[" + read(`, "other_app": true`) + "," + read(`, "other_app": true`) + "]", `[{"what": "clipboard", "from_s": 0, "until_s": 100}]`, audit.NotObserved, audit.NotObserved, ""},
		"perhaps another app":         {"[" + read("") + "," + read(`, "app_open": true`) + "]", `[{"what": "clipboard", "from_s": 0, "until_s": 100}]`, audit.NotMeasurable, audit.NotObserved, "attribution"},
		"moment open":                 {"[" + read("") + "," + read(`, "moment_unsure": true, "moment_open": ["state"]`) + "]", `[{"what": "clipboard", "from_s": 0, "until_s": 100}]`, audit.NotMeasurable, audit.NotObserved, "clock"},
	} {
		s, err := Parse([]byte(accessSet), "a.toml")
		if err != nil {
			t.Fatal(err)
		}
		d := doc(t)
		d.Headline.Duration = 100
		for text, to := range map[string]any{x.accesses: &d.Accesses, x.logs: &d.AccessLogs} {
			if err := json.Unmarshal([]byte(text), to); err != nil {
				t.Fatal(err)
			}
		}
		v, err := s.Answer(context.Background(), d, Case{})
		if err != nil {
			t.Fatal(err)
		}
		missing := ""
		if len(v[0].Missing) > 0 {
			missing = v[0].Missing[0]
		}
		if v[0].Answer != x.r || v[1].Answer != x.s || missing != x.missing {
			t.Errorf("%s: %s (%q) and %s, want %s (%q) and %s", name, v[0].Answer, v[0].Missing, v[1].Answer, x.r, x.missing, x.s)
		}
		if v[1].Shows != "exfiltration" {
			t.Errorf("%s: what was not sent shows %q", name, v[1].Shows)
		}
	}
}

// TestApp: which program it is, and which version, is for conditions to see.
func TestApp(t *testing.T) {
	s := set(t, `
[[question]]
id = "V"
claim.en = "x"
claim.fr = "x"
proved_by = [{ rows = 'data_type == "device.imei"' }]
not_measurable_when = [{ if = 'app_id != "com.example" || version_code < 100 || app_version == "" || store != "FR" || app_signed_by == ""', missing = "traffic" }]
`)
	for text, want := range map[string]string{
		"": audit.NotMeasurable,
		"[app]\nid = \"com.example\"\nversion = \"1.2\"\nversion_code = 120\nstore = \"fr\"\nsigned_by = \"" + strings.Repeat("a1", 32) + "\"": audit.NotObserved,
		"[app]\nid = \"com.example\"\nversion = \"1.2\"\nversion_code = 99\nstore = \"fr\"\nsigned_by = \"" + strings.Repeat("a1", 32) + "\"":  audit.NotMeasurable,
	} {
		c, err := ParseCase([]byte(text), "case.toml")
		if err != nil {
			t.Fatal(err)
		}
		if got := answer(t, s, doc(t), *c)["V"].Answer; got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestAfter: that nothing came of an act means something only if the capture went
// on after it.
func TestAfter(t *testing.T) {
	s := set(t, `
[[question]]
id = "N"
claim.en = "x"
claim.fr = "x"
proved_by = [{ rows = 'data_type == "content.media" && act == "next"' }]
needs = ["act:next"]
`)
	soon := 0.0
	for name, x := range map[string]struct {
		happening string
		after     *float64
		want      string
	}{
		"went on":                  {`{"kind": "act", "what": "next", "alive_s": 12}`, nil, audit.NotObserved},
		"ended at once":            {`{"kind": "act", "what": "next", "alive_s": 0.3}`, nil, audit.NotMeasurable},
		"ended, and the lab":       {`{"kind": "act", "what": "next", "alive_s": 0.3}`, &soon, audit.NotObserved},
		"not told, but early":      {`{"kind": "act", "what": "next", "offset_s": 2}`, nil, audit.NotObserved},
		"not told, and at its end": {`{"kind": "act", "what": "next", "offset_s": 14}`, nil, audit.NotMeasurable},
	} {
		d := doc(t)
		if err := json.Unmarshal([]byte("["+x.happening+"]"), &d.Timeline); err != nil {
			t.Fatal(err)
		}
		if got := answer(t, s, d, Case{AfterSeconds: x.after})["N"].Answer; got != x.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestParties: a host of which nobody tells whose it is is neither the app's own
// company's nor another's, and stands in the way of saying that no other got anything.
func TestParties(t *testing.T) {
	s := set(t, `
[[question]]
id = "T"
claim.en = "x"
claim.fr = "x"
proved_by = [{ rows = 'third_party && data_type == "contact.email"' }]
needs = ["parties"]
`)
	for name, x := range map[string]struct {
		role  string
		first []string
		want  string
	}{
		"a table knows an advertiser": {"advertising", nil, audit.Observed},
		"nobody knows":                {"unknown", nil, audit.NotMeasurable},
		"it carries anybody's":        {"cdn", nil, audit.NotMeasurable},
		"a table says the app's own":  {"first party", nil, audit.NotObserved},
		"the case says its own":       {"advertising", []string{"h.example"}, audit.NotObserved},
		"the case says another":       {"unknown", []string{"mine.example"}, audit.Observed},
	} {
		d := doc(t, audit.Transfer{DataType: "contact.email", Recipient: audit.RecipientRef{ID: "r1", Host: "api.h.example", Role: x.role}})
		d.Recipients = []audit.Recipient{{ID: "r1", Domain: "h.example", Hosts: []string{"api.h.example"}, Role: x.role, Transfers: 1, Estimated: []string{"FR"}}}
		v := answer(t, s, d, Case{FirstParty: x.first})["T"]
		if v.Answer != x.want || x.want == audit.NotMeasurable && v.Missing[0] != "party:api.h.example" {
			t.Errorf("%s: %s %q", name, v.Answer, v.Missing)
		}
	}
}

// TestPlaceOfAnAnswer: an observation that rests on where a server is says how well
// that is known.
func TestPlaceOfAnAnswer(t *testing.T) {
	s := set(t, `
[[question]]
id = "P"
claim.en = "x"
claim.fr = "x"
proved_by = [{ rows = 'country == "CN"' }]
[[question]]
id = "H"
claim.en = "x"
claim.fr = "x"
proved_by = [{ hosts = 'country == "CN"' }]
[[question]]
id = "N"
claim.en = "x"
claim.fr = "x"
proved_by = [{ rows = 'data_type == "contact.email"' }]
`)
	row := func(place string, established bool) audit.Transfer {
		return audit.Transfer{DataType: "contact.email", Recipient: audit.RecipientRef{ID: "r1", Host: "h.example", IP: "192.0.2.1", Country: "CN", Place: place, Established: established}}
	}
	weak, strong, sure := row("consistent (weak)", false), row("consistent (strong)", false), row("consistent (strong)", true)
	for want, rows := range map[string][]audit.Transfer{
		"consistent (weak)": {weak, weak}, "consistent (strong)": {weak, strong, weak}, "established": {weak, sure, strong},
	} {
		d := doc(t, rows...)
		d.Coverage = nil
		for _, r := range rows {
			d.Coverage = append(d.Coverage, audit.Coverage{Host: "h.example", Flows: 1, Servers: []audit.RecipientRef{r.Recipient}})
		}
		v := answer(t, s, d, Case{})
		if v["P"].Place != want || v["H"].Place != want || v["N"].Place != "" {
			t.Errorf("%s: rows %q, hosts %q, neither %q", want, v["P"].Place, v["H"].Place, v["N"].Place)
		}
	}
}

// What accesses alone prove is access, whatever the question looks for.
func TestAccessIsNotExfiltration(t *testing.T) {
	s, err := Parse([]byte(accessSet), "a.toml")
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		rows  []audit.Transfer
		shows string
	}{
		"read":          {nil, "access"},
		"read and sent": {[]audit.Transfer{{DataType: "content.clipboard"}}, "exfiltration"},
	} {
		d := doc(t, x.rows...)
		for range 9 {
			d.Accesses = append(d.Accesses, audit.Access{What: mark(t, "clipboard")})
		}
		if v := answer(t, s, d, Case{})["S"]; v.Answer != audit.Observed || v.Shows != x.shows {
			t.Errorf("%s: %s shows %q, want %q", name, v.Answer, v.Shows, x.shows)
		}
	}
}
