package main

import (
	"encoding/json"
	"net/url"
	"os"
	"testing"

	"github.com/constat/constat/audit"
)

// emission is what the recorded page itself says it sent.
type emission struct {
	URL      string `json:"url"`
	DataType string `json:"data_type"`
	Form     string `json:"form"`
	Chain    string `json:"chain"`
}

type observation struct{ host, path, dataType, form string }

func place(raw, dataType, form string) observation {
	u, _ := url.Parse(raw)
	return observation{u.Hostname(), u.Path, dataType, form}
}

// TestRecordedTruth compares the account of the mitmproxy recording with the
// page's own record of its emissions: nothing missed, nothing invented.
func TestRecordedTruth(t *testing.T) {
	b, err := os.ReadFile("../../testdata/quinze/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var sent []emission
	if err := json.Unmarshal(b, &sent); err != nil {
		t.Fatal(err)
	}
	want := map[observation]string{}
	for _, e := range sent {
		want[place(e.URL, e.DataType, e.Form)] = e.Chain
	}
	doc := auditRecorded(t, "mitmdump.mitm", audit.Options{Persona: recordedPersona(t)})
	got := map[observation]bool{}
	for row, err := range doc.Transfers.All() {
		if err != nil {
			t.Fatal(err)
		}
		if row.Grade == "A" {
			o := place(row.Flow.URL.String(), row.DataType, row.Form)
			got[o] = true
			if _, ok := want[o]; !ok {
				t.Errorf("%s says %v left; the page did not send it", row.ID, o)
			}
		}
	}
	for o, chain := range want {
		if !got[o] {
			t.Errorf("the page sent %v (%s); the account does not have it", o, chain)
		}
	}
	for _, v := range doc.Subject.Values {
		switch v.DataType {
		case "device.imei", "content.clipboard", "credential.password", "contact.name":
			if v.Found != 0 {
				t.Errorf("%s was never sent, and is said to have been found %d times", v.DataType, v.Found)
			}
		}
	}
}

// TestHARLossIsNotHidden: the browser's HAR mangled the binary bodies and
// dropped the multipart one. What cannot be found there must show as bytes
// that could not be read.
func TestHARLossIsNotHidden(t *testing.T) {
	doc := auditRecorded(t, "chromium.har", audit.Options{Persona: recordedPersona(t)})
	if doc.Headline.Grades.A < 10 {
		t.Errorf("only %d known values found", doc.Headline.Grades.A)
	}
	if doc.Headline.NotCaptured == 0 || doc.Headline.Unreadable == 0 {
		t.Errorf("unreadable %g %%, not captured %g %%: losses are hidden", doc.Headline.Unreadable, doc.Headline.NotCaptured)
	}
}
