package report

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
)

func TestRefusalsAreShown(t *testing.T) {
	doc := sketch(t)
	doc.Refuted = []audit.Refuted{
		{ID: "n1", DataType: "contact.email", Kind: "unfilled_tag", Why: "a tag that was not filled in", Source: "Pinterest, Enhanced match (2026-11-27)", Digest: "sha256", Recipient: "r4", Count: 3, First: 2, Key: "em", Flow: audit.FlowRef{ID: "f7"}},
		{ID: "n2", DataType: "device.mac", Kind: "masked_mac", Why: "the constant that Android gives instead of a hardware address", Recipient: "r1", Count: 1, First: -1, Key: "<b>mac", Flow: audit.FlowRef{ID: "f8"}},
	}
	if err := doc.Refuted[0].Example.UnmarshalJSON([]byte(`"<user_email_address>"`)); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"en": {"Looks like personal data and is none", "sha256 of ", "user_email_address", "Metrikon", "em", "f7", "instead of a hardware address", "nothing"},
		"fr": {"A l’air d’une donnée personnelle", "sha256 de ", "user_email_address", "balise qui n’a pas été remplie", "constante qu’Android donne"},
	} {
		page := render(t, func(w io.Writer) error { return HTML(w, doc, Options{Lang: lang}) })
		text := render(t, func(w io.Writer) error { return Terminal(w, doc, Options{Lang: lang, Width: 200}) })
		for _, w := range want {
			if !strings.Contains(page, w) || !strings.Contains(text, w) {
				t.Errorf("%s: %q is on the page: %v, at the terminal: %v", lang, w, strings.Contains(page, w), strings.Contains(text, w))
			}
		}
		if strings.Contains(page, "<user_email_address>") || strings.Contains(page, "<b>mac") {
			t.Error("text of traffic is markup")
		}
	}
	doc.Refuted = nil
	if page := render(t, func(w io.Writer) error { return HTML(w, doc, Options{}) }); strings.Contains(page, "s-none") {
		t.Error("an empty section")
	}
}

// TestEveryRefusalIsInFrench reads the sentences where they are.
func TestEveryRefusalIsInFrench(t *testing.T) {
	files, err := filepath.Glob("../detect/data/nonvalues/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no data", err)
	}
	type row struct{ Why string }
	seen := map[string]bool{"a tag that was not filled in": true, "one character, repeated": true}
	for _, f := range files {
		var all struct{ Nonvalue, Range, Context []row }
		if _, err := toml.DecodeFile(f, &all); err != nil {
			t.Fatal(err)
		}
		for _, r := range append(append(all.Nonvalue, all.Range...), all.Context...) {
			seen[r.Why] = true
		}
	}
	v := &view{words: language("fr")}
	for why := range seen {
		if v.IsNone(audit.Refuted{Why: why}) == why {
			t.Errorf("%q is not in French", why)
		}
	}
	for why := range frenchRefusals() {
		if !seen[why] {
			t.Errorf("%q is said nowhere", why)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d sentences: the test looks in the wrong place", len(seen))
	}
}
