package comparison_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/comparison"
)

// account is what a test's audit is made of: a stored document is written and
// read, as users' are.
type account struct {
	day       int // of January 2026
	acts      []string
	states    []string
	values    []string // data types planted
	rows      []row
	unread    int64  // bytes to the first recipient
	answer    string // to Q1
	because   []string
	version   string
	unshown   bool
	estimated string
}

// row is a transfer, in "consent/state/act".
type row struct {
	dataType, to, form, grade string
	value                     int // index of the known value, -1 none
	moment                    string
}

func (a account) document(t testing.TB) *audit.Document {
	t.Helper()
	day := time.Date(2026, 1, a.day, 12, 0, 0, 0, time.UTC)
	type m = map[string]any
	rows, timeline, values, recipients := []m{}, []m{}, []m{}, []m{}
	for _, act := range a.acts {
		timeline = append(timeline, m{"kind": "act", "what": act})
	}
	for _, state := range a.states {
		timeline = append(timeline, m{"kind": "state", "what": state})
	}
	for i, v := range a.values {
		values = append(values, m{"index": i, "data_type": v})
	}
	ids := map[string]string{}
	for i, r := range a.rows {
		if ids[r.to] == "" {
			ids[r.to] = fmt.Sprintf("r%d", len(ids)+1)
			recipients = append(recipients, m{"id": ids[r.to], "owner": r.to, "domain": r.to + ".example", "hosts": []string{"h." + r.to + ".example"}, "estimated": []string{a.estimated}, "transfers": 1})
		}
		moment := strings.Split(r.moment+"//", "/")
		x := m{
			"id": fmt.Sprintf("t%d", i+1), "data_type": r.dataType, "form": r.form, "grade": r.grade, "offset_s": i,
			"recipient": m{"id": ids[r.to], "host": "h." + r.to + ".example", "owner": r.to},
			"consent":   moment[0], "state": moment[1], "act": moment[2], "anonymity": m{"verdict": "clear"},
		}
		if r.value >= 0 {
			x["persona_value"] = r.value
		}
		rows = append(rows, x)
	}
	outcome := "passed"
	if a.unshown {
		outcome = "missing"
	}
	doc := m{
		"schema": audit.SchemaID, "tool": m{"name": "constat", "version": a.version, "tier": "deep"},
		"inputs":     []m{{"path": "c", "sha256": fmt.Sprintf("%064d", a.day), "format": "har", "first": day, "last": day.Add(time.Minute)}},
		"headline":   m{"duration_s": 60, "flows": 10},
		"subject":    m{"sha256": strings.Repeat("a", 64), "values": values},
		"recipients": recipients, "transfers": rows, "timeline": timeline,
		"coverage": []m{{"recipient": "r1", "host": "h.acme.example", "bytes_out": 10000, "read": 10000 - a.unread, "opaque": a.unread}},
		"controls": []m{{"kind": "positive", "outcome": outcome}},
	}
	if a.answer != "" {
		doc["verdicts"] = []m{{"set": "s", "question": "Q1", "claim": m{"en": "x", "fr": "y"}, "answer": a.answer, "because": a.because, "count": len(a.because), "missing": []string{}}}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	d, err := audit.Read(bytes.NewReader(b), int64(len(b)), "b.json")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Transfers.Close() })
	return d
}

// schema is the published one.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(comparison.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(comparison.SchemaID, v); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(comparison.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func compare(t testing.TB, before, after account, by string) *comparison.Document {
	t.Helper()
	d, err := comparison.Compare(before.document(t), after.document(t), comparison.Options{By: by, Version: "devel"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := comparison.Compare(before.document(t), after.document(t), comparison.Options{By: by, Version: "devel"})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(d)
	if b2, _ := json.Marshal(again); !bytes.Equal(b, b2) {
		t.Error("the same audits, and not the same comparison")
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(v); err != nil {
		t.Errorf("%v", err)
	}
	return d
}

// lines writes rows as "gone contact.phone acme [open]".
func lines(d *comparison.Document) (list []string) {
	for _, r := range d.Transfers {
		list = append(list, strings.Join(append([]string{r.Change, r.DataType, r.Recipient}, append(r.What, r.Open...)...), " "))
	}
	return list
}

func want(t *testing.T, d *comparison.Document, list ...string) {
	t.Helper()
	if got := lines(d); !slices.Equal(got, list) {
		t.Errorf("%q, want %q", got, list)
	}
}

func codes(d *comparison.Document) (list []string) {
	for _, c := range d.Caveats {
		list = append(list, c.Code)
	}
	return list
}

// full is an account in which everything could have been seen.
func full(day int, rows ...row) account {
	return account{
		day: day, rows: rows, acts: []string{"app-opened", "consent-refuse", "consent-accept", "next", "post"}, states: []string{"foreground", "background"},
		values: []string{"contact.phone", "contact.email"}, answer: audit.NotObserved,
	}
}

func observed(a account, because ...string) account {
	a.answer, a.because = audit.Observed, because
	return a
}

var (
	phone = row{"contact.phone", "acme", "clear", "A", 0, "accepted/foreground/post"}
	mail  = row{"contact.email", "acme", "clear", "A", 1, "accepted/foreground/post"}
)

func TestNothingChanged(t *testing.T) {
	d := compare(t, observed(full(1, phone, mail), "t1"), observed(full(2, phone, mail), "t1"), "")
	want(t, d, "same contact.email acme", "same contact.phone acme")
	if len(d.Caveats) != 0 || d.Verdicts[0].Change != comparison.Same || d.Recipients[0].Change != comparison.Same || d.By != comparison.ByDate {
		t.Errorf("%+v", d)
	}
}

func TestEnded(t *testing.T) {
	before, after := observed(full(1, phone, mail), "t1"), full(9, mail)
	d := compare(t, before, after, comparison.ByDate)
	want(t, d, "gone contact.phone acme", "same contact.email acme")
	v := d.Verdicts[0]
	if v.Change != comparison.Ended || v.Between == nil || v.Between.From.Day() != 1 || v.Between.To.Day() != 9 {
		t.Errorf("%+v", v)
	}
	if r := d.Recipients[0]; r.Change != comparison.Same || !r.Got {
		t.Errorf("%+v", r)
	}
	// The other way round it began, and the recipient that got nothing is new.
	d = compare(t, full(1), observed(full(9, phone), "t1"), comparison.ByVersion)
	want(t, d, "new contact.phone acme")
	if d.Verdicts[0].Change != comparison.Began || d.Counts.Recipients[comparison.New] != 1 {
		t.Errorf("%+v", d)
	}
	// Contradicted is an answer too.
	after.answer = audit.Contradicted
	if d := compare(t, before, after, comparison.ByDate); d.Verdicts[0].Change != comparison.Ended {
		t.Errorf("%+v", d.Verdicts)
	}
}

// TestNotSeenIsNotGone: whatever keeps the later audit from seeing it keeps the
// comparison from saying that it is gone.
func TestNotSeenIsNotGone(t *testing.T) {
	for name, test := range map[string]struct {
		blind func(*account)
		open  string
		also  bool // it keeps a verdict from having ended, too
	}{
		"unread":      {func(a *account) { a.unread = 400 }, "unread:h.acme.example:400", false}, // the question's engine weighs it
		"not planted": {func(a *account) { a.values = []string{"contact.email"} }, "planted:contact.phone", false},
		"no control":  {func(a *account) { a.unshown = true }, "control", true},
		"not posted":  {func(a *account) { a.acts = []string{"app-opened", "consent-accept"} }, "act:post", true},
		"refused":     {func(a *account) { a.acts = []string{"app-opened", "consent-refuse", "post"} }, "consent:accepted", true},
		"background":  {func(a *account) { a.states = []string{"background"} }, "state:foreground", true},
		"instrument":  {func(a *account) { a.version = "2" }, "instrument", true},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := observed(full(1, phone, mail), "t1"), full(9, mail)
			if name == "not planted" {
				before, after = observed(full(1, phone, mail), "t1"), full(9, row{"contact.email", "acme", "clear", "A", 0, mail.moment})
			}
			test.blind(&after)
			d := compare(t, before, after, comparison.ByDate)
			if got := lines(d); !slices.Contains(got, "only_before contact.phone acme "+test.open) || len(d.Caveats) == 0 && name != "unread" {
				t.Errorf("%q, %q", got, codes(d))
			}
			ended := d.Verdicts[0].Change == comparison.Ended
			if ended == test.also || test.also && !slices.Contains(d.Verdicts[0].Open, test.open) {
				t.Errorf("%+v", d.Verdicts[0])
			}
			// And nothing is new when the earlier audit was blind.
			d = compare(t, after, before, comparison.ByVersion)
			if n := d.Counts.Transfers[comparison.New] + d.Counts.Recipients[comparison.New]; n > 0 {
				t.Errorf("%q", lines(d))
			}
		})
	}
}

// TestNotMeasurableIsNotEnded, whatever else there is.
func TestNotMeasurableIsNotEnded(t *testing.T) {
	after := full(9)
	after.answer = audit.NotMeasurable
	d := compare(t, observed(full(1, phone), "t1"), after, comparison.ByDate)
	if d.Verdicts[0].Change != comparison.Lost || d.Verdicts[0].Between != nil {
		t.Errorf("%+v", d.Verdicts[0])
	}
	d = compare(t, after, observed(full(9, phone), "t1"), comparison.ByVersion)
	if d.Verdicts[0].Change != comparison.Found {
		t.Errorf("%+v", d.Verdicts[0])
	}
}

// TestOrder: the later audit given first proves no end.
func TestOrder(t *testing.T) {
	d := compare(t, observed(full(9, phone), "t1"), full(1), comparison.ByDate)
	if v := d.Verdicts[0]; v.Change != comparison.OnlyBefore || !slices.Contains(v.Open, "order") || !slices.Contains(codes(d), "order") {
		t.Errorf("%+v %q", v, codes(d))
	}
	// Of versions the order is the user's.
	d = compare(t, observed(full(9, phone), "t1"), full(1), comparison.ByVersion)
	if v := d.Verdicts[0]; v.Change != comparison.Ended || v.Between != nil {
		t.Errorf("%+v", v)
	}
}

func TestChanged(t *testing.T) {
	for name, test := range map[string]struct {
		to   func(*row)
		what string
	}{
		"hashed":         {func(r *row) { r.form = "hashed" }, "form"},
		"weaker":         {func(r *row) { r.grade = "B" }, "grade"},
		"before consent": {func(r *row) { r.moment = "none/foreground/post" }, "consent"},
		"in background":  {func(r *row) { r.moment = "accepted/background/post" }, "state"},
		"unmarked":       {func(r *row) { r.moment = "unknown/unknown/" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := phone
			test.to(&r)
			d := compare(t, full(1, phone), full(2, r), comparison.ByDate)
			if got := strings.Join(d.Transfers[0].What, " "); got != test.what {
				t.Errorf("%q", got)
			}
		})
	}
	// Twice is a change of number; a hint is nothing.
	hint := mail
	hint.grade = "C"
	want(t, compare(t, full(1, phone, hint), full(2, phone, phone), ""), "changed contact.phone acme count")
	// Another recipient is another transfer, and a new recipient.
	other := phone
	other.to = "broker"
	d := compare(t, full(1, phone), full(2, phone, other), "")
	want(t, d, "new contact.phone broker", "same contact.phone acme")
	if d.Counts.Recipients[comparison.New] != 1 || d.Recipients[0].Owner != "broker" {
		t.Errorf("%+v", d.Recipients)
	}
	moved := full(2, phone)
	moved.estimated = "SG"
	if d := compare(t, full(1, phone), moved, ""); d.Recipients[0].Places[0].Kind != "estimated" || d.Recipients[0].Places[0].After[0] != "SG" {
		t.Errorf("%+v", d.Recipients)
	}
}

// TestConsent compares two answers: what was sent under the one only is gone
// with the other, and that ends no practice.
func TestConsent(t *testing.T) {
	accepted, refused := observed(full(1, phone, mail), "t1"), full(2, mail)
	accepted.acts = []string{"app-opened", "consent-accept", "post"}
	refused.acts = []string{"app-opened", "consent-refuse", "post"}
	refused.rows[0].moment = "refused/foreground/post"
	d := compare(t, accepted, refused, comparison.ByConsent)
	want(t, d, "gone contact.phone acme", "same contact.email acme")
	if v := d.Verdicts[0]; v.Change != comparison.Gone || v.Between != nil {
		t.Errorf("%+v", v)
	}
	if got := codes(d); !slices.Equal(got, []string{"acts"}) {
		t.Errorf("%q", got)
	}
	// The same two, taken for two dates: it is the consent that differs.
	want(t, compare(t, accepted, refused, comparison.ByDate), "only_before contact.phone acme consent:accepted", "same contact.email acme")
	if got := codes(compare(t, accepted, accepted, comparison.ByConsent)); !slices.Contains(got, "same-capture") {
		t.Errorf("%q", got)
	}
}

// TestPersonas: values are matched by type and place in their file; a value
// that only one audit knew is matched by its type.
func TestPersonas(t *testing.T) {
	after := full(2, row{"contact.phone", "acme", "clear", "B", -1, phone.moment})
	after.values = []string{"contact.email"}
	d := compare(t, full(1, phone), after, "")
	want(t, d, "changed contact.phone acme grade")
	if got := codes(d); !slices.Contains(got, "planted") {
		t.Errorf("%q", got)
	}
	// Found both ways before, and not planted after: the hashed ones can be there still.
	after.rows = nil
	want(t, compare(t, full(1, phone, row{"contact.phone", "acme", "clear", "B", -1, phone.moment}), after, ""), "only_before contact.phone acme planted:contact.phone")
	two := full(2, row{"contact.phone", "acme", "clear", "A", 1, phone.moment})
	two.values = []string{"contact.email", "contact.phone"} // in another order
	want(t, compare(t, full(1, phone), two, ""), "same contact.phone acme")
}

func TestBadBy(t *testing.T) {
	if _, err := comparison.Compare(full(1).document(t), full(2).document(t), comparison.Options{By: "mood"}); err == nil {
		t.Error("compared by mood")
	}
}

func TestBadRow(t *testing.T) {
	text := `{"schema": "` + audit.SchemaID + `", "transfers": [{"id": "t1"}, {"id": 3}]}`
	bad, err := audit.Read(strings.NewReader(text), int64(len(text)), "b.json")
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Transfers.Close()
	_, err = comparison.Compare(full(1).document(t), bad, comparison.Options{Paths: [2]string{"a.json", "b.json"}})
	if err == nil || !strings.HasPrefix(err.Error(), "b.json: row 2 of the transfers: ") {
		t.Errorf("%v", err)
	}
}

// FuzzCompare compares whatever passes for an audit with one that is.
func FuzzCompare(f *testing.F) {
	f.Add([]byte(`{"schema": "` + audit.SchemaID + `", "transfers": [{"id": "t1", "data_type": "contact.phone", "recipient": {"id": "r1"}, "moment_open": ["consent"], "persona_value": 4}],
		"recipients": [{"id": "r1", "owner": "acme"}, {"id": "r1"}, {"id": ""}], "verdicts": [{"question": "Q1", "answer": "observed", "because": ["t1"]}, {"question": "Q1"}],
		"subject": {"values": [{"index": -1, "data_type": "x", "label": "#1"}, {"data_type": "x"}]}, "coverage": [{"host": "::1", "opaque": 5}], "timeline": [{"kind": "act", "what": "app-opened"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := audit.Read(bytes.NewReader(b), int64(len(b)), "b.json")
		if err != nil {
			return
		}
		defer d.Transfers.Close()
		c, err := comparison.Compare(d, full(2, phone).document(t), comparison.Options{})
		if err != nil {
			return
		}
		if len(c.Transfers) == 0 { // the phone number of the other one is somewhere
			t.Error("no transfers")
		}
		if _, err := json.Marshal(c); err != nil {
			t.Error(err)
		}
	})
}
