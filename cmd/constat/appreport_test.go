package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/question"
	"github.com/constat/constat/report"
)

// TestAppPrivacyReportAlone: an App Privacy Report without any other capture tells
// which domains an app reached and what it accessed, and of contents nothing: no
// question on them is answered either way, and none on where servers stand, since
// it names no address.
func TestAppPrivacyReportAlone(t *testing.T) {
	const app = "test.quinze.app"
	contact := func(domain, bundle string, hits int) string {
		return fmt.Sprintf(`{"domain":%q,"firstTimeStamp":"2026-11-23T10:00:01.900+01:00","context":"","timeStamp":"2026-11-24T10:07:40.115+01:00","domainType":2,"initiatedType":"AppInitiated","hits":%d,"type":"networkActivity","domainOwner":"","bundleID":%q}`+"\n", domain, hits, bundle)
	}
	text := `{"accessor":{"identifier":"` + app + `","identifierType":"bundleID"},"category":"contacts","identifier":"U","kind":"event","timeStamp":"2026-11-23T10:00:01.000+01:00","type":"access"}` + "\n" +
		contact("api.quinze.example", app, 212) + contact("graph.facebook.com", app, 9) + contact("game.example", "test.game.app", 4)
	path := filepath.Join(t.TempDir(), "App_Privacy_Report_v4_2026-11-24T10_10_00.ndjson")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	facts := filepath.Join(t.TempDir(), "case.toml")
	if err := os.WriteFile(facts, []byte("far_countries = [\"CN\"]\npromised_countries = [\"FR\"]\nnamed_sdks = [\"facebook.com\"]\nfirst_party = [\"quinze.example\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conduct := func(app string) *audit.Document {
		t.Helper()
		o := auditFlags{questions: question.Names(), caseFile: facts, access: "unknown", lang: "en", quiet: true, data: dataFlags{none: true}}
		o.events.app = app
		doc, err := o.conduct(context.Background(), []string{path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { doc.Transfers.Close() })
		return doc
	}
	doc := conduct(app)
	if a := doc.Attribution; a == nil || a.Flows != 2 || a.Open != 0 || a.Others != 1 {
		t.Errorf("%+v", a)
	}
	for _, v := range doc.Verdicts {
		if v.Answer != audit.NotMeasurable {
			t.Errorf("%s is answered by contacts alone: %s", v.Question, v.Answer)
		}
		for _, m := range v.Missing {
			if strings.Contains(m, "game.example") {
				t.Errorf("%s: another app's contact is missing: %s", v.Question, m)
			}
		}
		if v.Question == "A08" && (!slices.Contains(v.Missing, "place:api.quinze.example") || !slices.Contains(v.Missing, "place:graph.facebook.com")) {
			t.Errorf("A08 does not say that no server has a place: %v", v.Missing)
		}
	}
	var out strings.Builder
	if err := report.Terminal(&out, doc, report.Options{Lang: "en", Width: 120}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"graph.facebook.com", app + ": contacts, 1 time, −0.9 s", "at a coverage of 0.0 %"} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("the report does not say %q:\n%.3000s", want, out.String())
		}
	}
	if before, _, _ := strings.Cut(out.String(), "Whose the traffic is"); strings.Contains(before, "game.example") {
		t.Error("another app's contact stands among those of the app")
	}
	// Of several apps, and none chosen, it is about none.
	for _, v := range conduct("").Verdicts {
		if v.Answer != audit.NotMeasurable {
			t.Errorf("%s is answered, and nobody said about which app: %s", v.Question, v.Answer)
		}
	}
}
