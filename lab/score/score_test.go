package score

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/lab/truth"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// item is a value of the subject's in a flow.
func item(subject int, typ, flow string, chain ...string) truth.Item {
	return truth.Item{DataType: typ, Value: "SECRET-" + typ, Subject: subject, Form: "clear", Chain: chain, Carrier: "json", Time: noon, Host: "a.example", Flow: flow}
}

// transfer is a row as audits write them; value -1 is null.
func transfer(typ string, value int, grade, flow string, at time.Time) string {
	v := "null"
	if value >= 0 {
		v = fmt.Sprint(value)
	}
	return fmt.Sprintf(`{"id":"t","time":%q,"data_type":%q,"value_redacted":"c•••","persona_value":%s,"form":"clear","grade":%q,"derivation":["request.body"],
		"flow":{"id":%q,"method":"POST"},"recipient":{"host":"a.example"},"excerpt":{"runs":[{"text":"x"}]}}`, at.Format(time.RFC3339Nano), typ, v, grade, flow)
}

func document(rows ...string) string {
	return `{"schema":"x","groups":[{"proofs":[{"grade":"A"}]}],"transfers":[` + strings.Join(rows, ",") + `],"verdicts":[],"errors":[]}`
}

func compare(t *testing.T, items []truth.Item, rows ...string) *Report {
	t.Helper()
	r, err := Compare(items, strings.NewReader(document(rows...)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPerfect(t *testing.T) {
	items := []truth.Item{item(0, "contact.email", "f0"), item(1, "contact.phone", "f1", "gzip", "base64")}
	r := compare(t, items, transfer("contact.email", 0, "A", "f0", noon), transfer("contact.phone", 1, "B", "f1", noon.Add(2*time.Second)),
		transfer("device.os", -1, "C", "f1", noon))
	if r.All.Found != 2 || *r.All.Recall != 1 || *r.Rows.Precision != 1 || len(r.Misses)+len(r.False) != 0 || r.Rows.Hints != 1 || r.Rows.Judged != 2 {
		t.Errorf("%+v", r)
	}
	if r.Time != (Times{Matched: 2, Median: 1, Max: 2}) {
		t.Errorf("times %+v", r.Time)
	}
	for _, g := range [][]Tally{r.ByType, r.ByForm, r.ByDepth, r.ByCarrier} {
		sent := 0
		for _, x := range g {
			sent += x.Sent
		}
		if sent != 2 {
			t.Errorf("%+v", g)
		}
	}
	if len(r.ByDepth) != 2 || r.ByDepth[1].Name != "2" || len(r.ByStep) != 2 {
		t.Errorf("depths %+v, steps %+v", r.ByDepth, r.ByStep)
	}
}

// TestWrongAnswersCost: each change for the worse lowers a figure.
func TestWrongAnswersCost(t *testing.T) {
	twin := item(-1, "contact.email", "f0")
	twin.Decoy = true
	items := []truth.Item{item(0, "contact.email", "f0"), twin, item(1, "contact.phone", "f1")}
	mail, phone := transfer("contact.email", 0, "A", "f0", noon), transfer("contact.phone", 1, "A", "f1", noon)
	for name, c := range map[string]struct {
		rows                                    []string
		found, right, others, again, wrong, hit int
	}{
		"all":                          {[]string{mail, phone}, 2, 2, 0, 0, 0, 0},
		"nothing":                      {nil, 0, 0, 0, 0, 0, 0},
		"one missing":                  {[]string{mail}, 1, 1, 0, 0, 0, 0},
		"another value":                {[]string{mail, transfer("contact.phone", 2, "A", "f1", noon)}, 1, 1, 0, 0, 1, 0},
		"another type":                 {[]string{mail, transfer("device.imei", -1, "B", "f1", noon)}, 1, 1, 0, 0, 1, 0},
		"another flow":                 {[]string{mail, transfer("contact.phone", 1, "A", "f2", noon)}, 1, 1, 0, 0, 1, 0},
		"only a hint":                  {[]string{mail, transfer("contact.phone", -1, "C", "f1", noon)}, 1, 1, 0, 0, 0, 0},
		"by its type":                  {[]string{mail, transfer("contact.phone", -1, "B", "f1", noon)}, 2, 2, 0, 0, 0, 0},
		"twice":                        {[]string{mail, mail, phone}, 2, 2, 0, 1, 0, 0},
		"invented":                     {[]string{mail, phone, transfer("device.mac", 7, "A", "f1", noon)}, 2, 2, 0, 0, 1, 0},
		"decoy as somebody's":          {[]string{mail, phone, transfer("contact.email", -1, "B", "f0", noon)}, 2, 3, 1, 0, 0, 0},
		"decoy as hers":                {[]string{mail, phone, transfer("contact.email", 3, "A", "f0", noon)}, 2, 2, 0, 0, 1, 1},
		"somebody's is no find":        {[]string{phone, transfer("contact.email", -1, "B", "f0", noon)}, 1, 2, 1, 0, 0, 0},
		"hers where only others stand": {[]string{mail, phone, transfer("contact.email", 0, "A", "f9", noon)}, 2, 2, 0, 0, 1, 0},
	} {
		r := compare(t, items, c.rows...)
		if r.All.Found != c.found || r.Rows.Right != c.right || r.Rows.Others != c.others || r.Rows.Duplicates != c.again || r.Rows.False != c.wrong || r.Decoys.Hit != c.hit {
			t.Errorf("%s: found %d, rows %+v, decoys %+v", name, r.All.Found, r.Rows, r.Decoys)
		}
		if typed := name == "by its type"; typed != (r.Rows.TypeOnly == 1) {
			t.Errorf("%s: %d by type only", name, r.Rows.TypeOnly)
		}
		if len(r.False) != c.wrong || len(r.Misses) != 2-c.found || r.Decoys.Sent != 1 {
			t.Errorf("%s: false %+v, misses %+v", name, r.False, r.Misses)
		}
	}
}

// TestLookAlikes: what is no personal data at all is a decoy of any type.
func TestLookAlikes(t *testing.T) {
	order := truth.Item{Subject: -1, Decoy: true, Flow: "f0", Host: "a.example", Time: noon}
	r := compare(t, []truth.Item{order}, transfer("device.imei", 4, "A", "f0", noon), transfer("device.imei", -1, "B", "f0", noon))
	if r.Decoys.Hit != 1 || r.Rows.False != 2 || *r.Rows.Precision != 0 || r.All.Recall != nil {
		t.Errorf("%+v", r)
	}
}

// TestByHostAndTime: of a live capture nobody knows the flows.
func TestByHostAndTime(t *testing.T) {
	first, second := item(0, "contact.email", ""), item(0, "contact.email", "")
	second.Time = noon.Add(8 * time.Second)
	items := []truth.Item{first, second}
	r := compare(t, items, transfer("contact.email", 0, "A", "2:f3", noon.Add(6*time.Second)), transfer("contact.email", 0, "A", "f9", noon.Add(-time.Second)))
	if r.All.Found != 2 || r.Time.Max != 2 || r.Time.Median != 1.5 {
		t.Errorf("%+v, %+v", r.All, r.Time)
	}
	r = compare(t, items, transfer("contact.email", 0, "A", "f0", noon.Add(-6*time.Second)))
	if r.All.Found != 0 || r.Rows.False != 1 {
		t.Errorf("six seconds before: %+v %+v", r.All, r.Rows)
	}
	away := strings.Replace(transfer("contact.email", 0, "A", "f0", noon), "a.example", "b.example", 1)
	if r = compare(t, items, away); r.All.Found != 0 {
		t.Errorf("another host: %+v", r.All)
	}
	if r = compare(t, items, transfer("contact.email", 0, "A", "f0", noon), transfer("contact.email", 0, "A", "f1", noon)); r.Rows.Duplicates != 1 || r.All.Found != 1 {
		t.Errorf("twice the first: %+v %+v", r.All, r.Rows)
	}
}

func TestBeyondIsApart(t *testing.T) {
	salted, cut := item(0, "contact.email", "f0"), item(1, "contact.phone", "f0")
	salted.Beyond, cut.Beyond = "unknown salt", "too short to recognise"
	r := compare(t, []truth.Item{salted, cut, item(2, "device.mac", "f0")}, transfer("contact.email", 0, "A", "f0", noon))
	if r.All.Sent != 1 || len(r.Misses) != 1 || r.Rows.False != 0 || len(r.Beyond) != 2 || r.Beyond[1].Found != 1 || r.Beyond[0].Found != 0 {
		t.Errorf("%+v", r)
	}
}

// TestRowsGoToTheirForm: of two items of one value the row tells of the one
// that looks as it says.
func TestRowsGoToTheirForm(t *testing.T) {
	hidden := item(0, "contact.email", "f0", "envelope")
	hidden.Form = "encrypted"
	r := compare(t, []truth.Item{hidden, item(0, "contact.email", "f0")}, transfer("contact.email", 0, "A", "f0", noon))
	if len(r.Misses) != 1 || r.Misses[0].Form != "encrypted" {
		t.Errorf("%+v", r.Misses)
	}
}

func TestListsAreCapped(t *testing.T) {
	var items []truth.Item
	var rows []string
	for i := range 2*Listed + 1 {
		items = append(items, item(0, "contact.email", fmt.Sprint("f", i)))
		rows = append(rows, transfer("device.mac", -1, "B", "g", noon))
	}
	r := compare(t, items, rows...)
	if len(r.Misses) != Listed || r.MissesLeftOut != Listed+1 || len(r.False) != Listed || r.FalseLeftOut != Listed+1 {
		t.Errorf("%d and %d misses, %d and %d false", len(r.Misses), r.MissesLeftOut, len(r.False), r.FalseLeftOut)
	}
}

func TestNoValueIsShown(t *testing.T) {
	b, err := json.Marshal(compare(t, []truth.Item{item(0, "contact.email", "f0", "hex"), item(1, "contact.phone", "f0")}, transfer("device.mac", 3, "A", "f0", noon)))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "SECRET") || strings.Contains(string(b), "•") {
		t.Errorf("%s", b)
	}
}

func TestBadDocuments(t *testing.T) {
	good := document(transfer("contact.email", 0, "A", "f0", noon))
	for name, text := range map[string]string{
		"nothing": "", "no object": "[]", "no transfers": `{"schema":"x"}`, "no array": `{"transfers":{}}`,
		"cut": good[:len(good)/2], "cut at the end": good[:len(good)-1], "no row": `{"transfers":[3]}`,
	} {
		if _, err := Compare(nil, strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if r, err := Compare(nil, strings.NewReader(`{"transfers":null}`)); err != nil || r.Rows.Judged != 0 || r.Rows.Precision != nil {
		t.Errorf("null: %+v, %v", r, err)
	}
}

func TestVerdicts(t *testing.T) {
	doc := `{"transfers":[{"a":[1,{"b":2}]}],"verdicts":[{"question":"A01","answer":"observed","because":["t1"]},{"question":"A02","answer":"not_observed"},
		{"question":"A03","answer":"observed"},{"question":"A04","answer":"not_measurable"},{"question":"A05","answer":"contradicted"},{"question":"A06","answer":"not_observed"}]}`
	got, err := Verdicts([]string{"A01", "A02", "A04"}, []string{"A01", "A02", "A03", "A04", "A05", "A06", "A07"}, strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	want := []Answer{
		{"A01", Observed, Observed, true, false},
		{"A02", Observed, NotObserved, false, true},
		{"A03", NotObserved, Observed, false, true},
		{"A04", Observed, NotMeasurable, false, false},
		{"A05", NotObserved, Contradicted, true, false},
		{"A06", NotObserved, NotObserved, true, false},
		{"A07", NotObserved, "", false, false},
	}
	if !reflect.DeepEqual(got.Rows, want) || got.Right != 3 || got.Wrong != 2 || got.Unanswered != 2 || *got.Share != 3./7 {
		t.Errorf("%+v", got)
	}
}

// TestPieces: two messages that carry one value between them are told of by
// the row that names it, and missed together.
func TestPieces(t *testing.T) {
	half := func(flow, piece string) truth.Item {
		x := item(3, "device.imei", flow)
		x.Form, x.Piece = "truncated", piece
		return x
	}
	items := []truth.Item{half("f0", "1/2"), half("f1", "2/2"), item(4, "device.mac", "f1")}
	r := compare(t, items, transfer("device.imei", 3, "A", "f1", noon), transfer("device.mac", 4, "A", "f1", noon))
	if r.All.Found != 3 || r.Rows.Right != 2 || r.Rows.False != 0 {
		t.Errorf("%+v", r)
	}
	for _, rows := range [][]string{{transfer("device.imei", -1, "B", "f1", noon)}, {}, {transfer("device.imei", 3, "C", "f1", noon)}} {
		if r := compare(t, items[:2], rows...); r.All.Found > len(rows) || r.All.Found == 2 {
			t.Errorf("%q: %+v", rows, r)
		}
	}
}
