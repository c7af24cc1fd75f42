package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// TestNothingNeedsControls: absence is only said when the instrument was shown
// to work.
func TestNothingNeedsControls(t *testing.T) {
	for _, c := range []struct {
		controls []audit.Control
		says     string
	}{
		{nil, "No personal data observed"}, // a capture of another tool, which has none
		{[]audit.Control{{Kind: "positive", Outcome: audit.ControlPassed}, {Kind: "negative", Outcome: audit.ControlPassed}}, "No personal data observed"},
		{[]audit.Control{{Kind: "positive", Outcome: audit.ControlMissing}, {Kind: "negative", Outcome: audit.ControlPassed}}, "not a finding of absence"},
		{[]audit.Control{{Kind: "positive", Outcome: audit.ControlPassed}, {Kind: "negative", Outcome: audit.ControlFailed}}, "not a finding of absence"},
	} {
		doc := &audit.Document{Controls: c.controls, Transfers: &audit.Ledger{}}
		var text, page bytes.Buffer
		if err := Terminal(&text, doc, Options{Width: 300}); err != nil {
			t.Fatal(err)
		}
		if err := HTML(&page, doc, Options{}); err != nil {
			t.Fatal(err)
		}
		for _, out := range []string{text.String(), page.String()} {
			if !strings.Contains(out, c.says) || strings.Contains(out, "No personal data observed") != (c.says == "No personal data observed") {
				t.Errorf("%+v: want %q in\n%.600s", c.controls, c.says, out)
			}
		}
	}
}
