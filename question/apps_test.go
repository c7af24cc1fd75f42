package question

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// with is a document of traffic that is a subject's, another app's, or open.
func with(t *testing.T, mine, open, other int, rows ...audit.Transfer) *audit.Document {
	d := doc(t, rows...)
	d.Attribution = &audit.Attribution{Subject: "com.example.video", Flows: mine, Open: open, Read: open, Others: other}
	return d
}

func of(s audit.Sender, dataType, flow string) audit.Transfer {
	return audit.Transfer{DataType: dataType, Sender: s, Flow: audit.FlowRef{ID: flow}, Recipient: audit.RecipientRef{Host: "h.example"}, Alias: flow}
}

var (
	ours   = audit.Sender{App: "com.example.video", AppConfidence: "told by the system"}
	theirs = audit.Sender{App: "com.example.other", AppConfidence: "told by the system", OtherApp: true}
	whoses = audit.Sender{AppConfidence: "unknown", AppOpen: true}
)

// TestOtherApps: what another app sent proves nothing in any sort of clause; what
// may be another's proves nothing and leaves the question open, if it would.
func TestOtherApps(t *testing.T) {
	clauses := map[string]string{
		"rows":     `rows = 'data_type == "contact.phone"'`,
		"per":      `rows = 'data_type.startsWith("contact.")', per = "host", distinct = "flow", at_least = 2`,
		"together": `together = ['data_type == "contact.phone"', 'data_type == "contact.email"']`,
	}
	for name, clause := range clauses {
		s := set(t, one+"proved_by = [{ "+clause+" }]")
		for _, c := range []struct {
			a, b   audit.Sender
			answer string
			lacks  string
		}{
			{ours, ours, audit.Observed, ""},
			{theirs, theirs, audit.NotObserved, ""},
			{whoses, whoses, audit.NotMeasurable, "attribution"},
		} {
			rows := []audit.Transfer{of(c.a, "contact.phone", "f1"), of(c.b, "contact.email", "f1"), of(c.a, "contact.phone", "f2")}
			open := 0
			if c.a.AppOpen {
				open = 2
			}
			v := answer(t, s, with(t, 5, open, 2, rows...), Case{})["Q"]
			if v.Answer != c.answer || strings.Join(v.Missing, " ") != c.lacks || c.answer != audit.Observed && len(v.Because) > 0 {
				t.Errorf("%s, %s: %s, missing %v, because %v", name, c.a.AppConfidence, v.Answer, v.Missing, v.Because)
			}
		}
	}
	// One of ours and one that is open reach two only together.
	s := set(t, one+"proved_by = [{ "+clauses["per"]+" }]")
	for _, c := range []struct {
		b      audit.Sender
		answer string
	}{{whoses, audit.NotMeasurable}, {theirs, audit.NotObserved}, {ours, audit.Observed}} {
		v := answer(t, s, with(t, 1, 1, 1, of(ours, "contact.phone", "f1"), of(c.b, "contact.phone", "f2")), Case{})["Q"]
		if v.Answer != c.answer {
			t.Errorf("%+v: %s %v", c.b, v.Answer, v.Missing)
		}
	}
	// What is proved without it stays proved, and by its own rows only.
	s = set(t, one+"proved_by = [{ "+clauses["rows"]+" }]")
	v := answer(t, s, with(t, 1, 1, 1, of(whoses, "contact.phone", "f1"), of(theirs, "contact.phone", "f2"), of(ours, "contact.phone", "f3")), Case{})["Q"]
	if v.Answer != audit.Observed || !slices.Equal(v.Because, []string{"t3"}) || v.Count != 1 {
		t.Errorf("%+v", v)
	}
	// Nothing is refuted by "every" while some row may be the app's.
	s = set(t, one+"proved_by = [{ rows = 'form == \"hashed\"' }]\nrefuted_by = [{ rows = 'data_type == \"contact.phone\"', every = true }]")
	for _, c := range []struct {
		b      audit.Sender
		answer string
	}{{whoses, audit.NotObserved}, {theirs, audit.Contradicted}} {
		if v := answer(t, s, with(t, 1, 1, 1, of(ours, "contact.phone", "f1"), of(c.b, "contact.phone", "f2")), Case{})["Q"]; v.Answer != c.answer {
			t.Errorf("%+v: %s %v", c.b, v.Answer, v.Missing)
		}
	}
}

// TestOtherAppsHosts: the same of hosts, incidents, joins, and of what coverage is
// counted of.
func TestOtherAppsHosts(t *testing.T) {
	part := func(whose string, flows int, out, opaque int64) audit.AppCoverage {
		return audit.AppCoverage{Whose: whose, Amounts: audit.Amounts{Flows: flows, Out: out, Read: out - opaque, Opaque: opaque, UnknownBody: opaque}}
	}
	host := func(parts ...audit.AppCoverage) *audit.Document {
		d := with(t, 1, 1, 1)
		c := audit.Coverage{Host: "h.example", Apps: parts, Reasons: map[string]int64{}}
		for _, p := range parts {
			c.Flows, c.Out, c.Read, c.Opaque = c.Flows+p.Flows, c.Out+p.Out, c.Read+p.Read, c.Opaque+p.Opaque
		}
		c.Reasons[audit.UnknownFormat] = c.Opaque
		d.Coverage = []audit.Coverage{c}
		return d
	}
	s := set(t, "tolerance_percent = 100\n"+one+"proved_by = [{ hosts = 'unknown_body >= 64' }]")
	for _, c := range []struct {
		parts  []audit.AppCoverage
		answer string
	}{
		{[]audit.AppCoverage{part("subject", 1, 100, 64)}, audit.Observed},
		{[]audit.AppCoverage{part("subject", 1, 100, 0), part("other", 3, 100, 90)}, audit.NotObserved},
		{[]audit.AppCoverage{part("subject", 1, 100, 0), part("open", 1, 100, 90)}, audit.NotMeasurable},
		{[]audit.AppCoverage{part("subject", 1, 100, 40), part("open", 1, 100, 40)}, audit.NotMeasurable},
		{[]audit.AppCoverage{part("other", 1, 100, 90)}, audit.NotObserved},
	} {
		if v := answer(t, s, host(c.parts...), Case{})["Q"]; v.Answer != c.answer {
			t.Errorf("%+v: %s %v", c.parts, v.Answer, v.Missing)
		}
	}
	// Another app's unread bytes hide nothing of ours; what is open may.
	s = set(t, one+"proved_by = [{ rows = 'planted' }]")
	if v := answer(t, s, host(part("subject", 1, 100, 0), part("other", 1, 900, 900)), Case{})["Q"]; v.Answer != audit.NotObserved || v.Coverage != 100 {
		t.Errorf("%+v", v)
	}
	if v := answer(t, s, host(part("subject", 1, 100, 0), part("open", 1, 900, 900)), Case{})["Q"]; v.Answer != audit.NotMeasurable || v.Coverage != 10 {
		t.Errorf("%+v", v)
	}
	// Incidents.
	s = set(t, one+"proved_by = [{ incidents = 'kind == \"program\"' }]")
	for sender, want := range map[audit.Sender]string{ours: audit.Observed, theirs: audit.NotObserved, whoses: audit.NotMeasurable} {
		d := with(t, 1, 1, 1)
		d.Incidents = []audit.Incident{{Kind: audit.Program, Sender: sender}}
		if v := answer(t, s, d, Case{})["Q"]; v.Answer != want {
			t.Errorf("%+v: %s", sender, v.Answer)
		}
	}
	// Joins are of all that was read: while some of it is open, so are they.
	s = set(t, one+"proved_by = [{ joins = 'grade == \"A\"' }]")
	for open, want := range map[int]string{0: audit.Observed, 1: audit.NotMeasurable} {
		d := with(t, 1, open, 1)
		d.Sharing = &audit.Sharing{Joins: []audit.Join{{Recipient: "r1", Grade: "A"}}}
		if v := answer(t, s, d, Case{})["Q"]; v.Answer != want {
			t.Errorf("%d open: %s", open, v.Answer)
		}
	}
}

// TestWhichApp: several apps and none chosen, or one that sent nothing: there is no
// answer, whatever was seen.
func TestWhichApp(t *testing.T) {
	s := set(t, one+"proved_by = [{ rows = 'data_type == \"contact.phone\"' }]")
	d := with(t, 2, 0, 0, of(ours, "contact.phone", "f1"))
	d.Attribution.Subject, d.Attribution.Several = "", true
	if v := answer(t, s, d, Case{})["Q"]; v.Answer != audit.NotMeasurable || !slices.Equal(v.Missing, []string{"app"}) {
		t.Errorf("%+v", v)
	}
	if v := answer(t, s, with(t, 0, 0, 9, of(theirs, "contact.phone", "f1")), Case{})["Q"]; v.Answer != audit.NotMeasurable || !slices.Equal(v.Missing, []string{"traffic"}) {
		t.Errorf("%+v", v)
	}
}

// TestIdleNeeded: that nothing left while the app was closed is said only of a
// time that was long enough and in which the capture is known to have worked.
func TestIdleNeeded(t *testing.T) {
	s := set(t, one+`proved_by = [{ rows = 'state == "swiped"' }]
needs = ["idle:swiped|closed"]
not_measurable_when = [{ if = 'idle_s["swiped"] + idle_s["closed"] < 1.0 || out_in["swiped"] > 5 && unread_in["swiped"] > 0', missing = "traffic" }]`)
	zero, bad := 0.0, -1.0
	for _, c := range []struct {
		idle   []audit.Idle
		of     Case
		answer string
	}{
		{nil, Case{}, audit.NotMeasurable},
		{[]audit.Idle{{State: "swiped", Seconds: 9000, Proven: 120}}, Case{}, audit.NotMeasurable},
		{[]audit.Idle{{State: "background", Seconds: 9000, Proven: 9000}}, Case{}, audit.NotMeasurable},
		{[]audit.Idle{{State: "swiped", Seconds: 9000, Proven: 3599}, {State: "swiped", Proven: 10}}, Case{}, audit.NotMeasurable},
		{[]audit.Idle{{State: "swiped", Seconds: 9000, Proven: 3600}}, Case{}, audit.NotObserved},
		{[]audit.Idle{{State: "closed", Seconds: 90, Proven: 2}}, Case{IdleSeconds: &zero}, audit.NotObserved},
	} {
		d := doc(t)
		d.Idle = c.idle
		if v := answer(t, s, d, c.of)["Q"]; v.Answer != c.answer {
			t.Errorf("%+v: %s %v", c.idle, v.Answer, v.Missing)
		}
	}
	d := doc(t)
	d.Idle = []audit.Idle{{State: "swiped", Proven: 9000}}
	d.Coverage[0].ByState = []audit.StateCoverage{{State: "swiped", Amounts: audit.Amounts{Out: 6, Opaque: 6}}}
	if v := answer(t, s, d, Case{})["Q"]; v.Answer != audit.NotMeasurable {
		t.Errorf("%+v", v)
	}
	if _, err := ParseCase([]byte(fmt.Sprintf("idle_seconds = %v", bad)), "c.toml"); err == nil {
		t.Error("a negative time is taken")
	}
	b05, err := Load("hong-2019")
	if err != nil {
		t.Fatal(err)
	}
	d = doc(t)
	d.Timeline = []audit.Happening{}
	if v := answer(t, b05, d, Case{})["B05"]; !slices.Contains(v.Missing, "idle:swiped|force-stopped|closed|screen-off:3600:0") {
		t.Errorf("%+v", v.Missing)
	}
}
