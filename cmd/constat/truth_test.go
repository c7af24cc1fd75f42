package main

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// emission is what the recorded page itself says it sent (testdata/README).
type emission struct {
	Host     string   `json:"host"`
	Path     string   `json:"path"`
	DataType *string  `json:"data_type"`
	Value    int      `json:"persona_value"`
	Form     string   `json:"form"`
	Chain    []string `json:"chain"`
}

type observation struct {
	host, path, dataType string
	value                int
	form                 string
}

// knownMisses are emissions that this version does not find, with why.
var knownMisses = map[observation]string{}

func truth(t *testing.T) map[observation]string {
	t.Helper()
	b, err := os.ReadFile("../../testdata/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var sent []emission
	if err := json.Unmarshal(b, &sent); err != nil {
		t.Fatal(err)
	}
	want := map[observation]string{}
	for _, e := range sent {
		if e.DataType != nil {
			want[observation{e.Host, e.Path, *e.DataType, e.Value, e.Form}] = strings.Join(e.Chain, " ")
		}
	}
	return want
}

func observed(t *testing.T, doc *audit.Document) map[observation]bool {
	t.Helper()
	got := map[observation]bool{}
	for row, err := range doc.Transfers.All() {
		if err != nil {
			t.Fatal(err)
		}
		if row.Grade == "A" {
			u, err := url.Parse(row.Flow.URL.String())
			if err != nil {
				t.Fatal(err)
			}
			got[observation{u.Hostname(), u.Path, row.DataType, *row.PersonaValue, row.Form}] = true
		}
	}
	return got
}

// TestRecordedTruth compares the account of the mitmproxy recording with the
// page's own record of its emissions: nothing missed but what is listed,
// nothing invented.
func TestRecordedTruth(t *testing.T) {
	want := truth(t)
	got := observed(t, auditRecorded(t, "quinze-mitmdump.mitm", audit.Options{Persona: recordedPersona(t)}))
	for o := range got {
		if _, ok := want[o]; !ok {
			t.Errorf("the account says %v left; the page did not send it", o)
		}
	}
	for o, chain := range want {
		why, missed := knownMisses[o]
		switch {
		case !got[o] && !missed:
			t.Errorf("the page sent %v (%s); the account does not have it", o, chain)
		case got[o] && missed:
			t.Errorf("%v is found now: strike it from the known misses (%s)", o, why)
		}
	}
}

// TestHARLossIsNotHidden: the browser's HAR mangled the binary bodies and
// dropped the multipart one. Nothing is invented from what is left, and what
// cannot be found there shows as bytes that could not be read.
func TestHARLossIsNotHidden(t *testing.T) {
	want := truth(t)
	doc := auditRecorded(t, "quinze-chromium.har", audit.Options{Persona: recordedPersona(t)})
	got := observed(t, doc)
	for o := range got {
		if _, ok := want[o]; !ok {
			t.Errorf("the account says %v left; the page did not send it", o)
		}
	}
	if len(got) < 28 {
		t.Errorf("only %d of %d emissions found", len(got), len(want))
	}
	if doc.Headline.NotCaptured == 0 || doc.Headline.Unreadable == 0 {
		t.Errorf("unreadable %g %%, not captured %g %%: losses are hidden", doc.Headline.Unreadable, doc.Headline.NotCaptured)
	}
}
