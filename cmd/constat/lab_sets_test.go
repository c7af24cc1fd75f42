package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/question"
	"github.com/constat/constat/report"
)

// setAnswers are the answers to expect of a run of the lab, by scenario, set and
// answer: each question of each set, but for hong-2019.
var setAnswers = map[string]map[string]map[string]string{
	"accused": {
		"tiktok-settlement-2022": {audit.Observed: "S1 S2 S3 S6 S7", audit.NotMeasurable: "S4 S5 S8 S9"},
		"gdpr": {
			audit.Observed:      "G5A G5B G5C G5C2 G5E G6 G7 G9 G14 G25 G32 G44 G45 GEP",
			audit.NotObserved:   "G5F G32B",
			audit.NotMeasurable: "G5D G6B G7B G12 G13 G46 G46B GEP2",
		},
		"coppa": {
			audit.Observed:      "CO1 CO3 CO4 CO5 CO6 CO7 CO8 CO9",
			audit.NotObserved:   "CO12",
			audit.NotMeasurable: "CO2 CO10 CO11 CO13 CO14",
		},
		"bipa":    {audit.Observed: "BI2", audit.NotObserved: "BI3 BI6 BI7", audit.NotMeasurable: "BI1 BI4 BI5 BI8"},
		"cfr-202": {audit.Observed: "X1 X2 X4", audit.NotObserved: "X3 X7 X8", audit.NotMeasurable: "X5 X6 X9 X10 X11"},
		"masvs-privacy": {
			audit.Observed:      "P1A P1B P1C P1F P2A P2B P2C P2D P2E P3A P3B P4A P4B",
			audit.NotMeasurable: "P1D P1E P3C P4C P4D",
		},
	},
	"benign": {
		"tiktok-settlement-2022": {audit.Contradicted: "S6", audit.NotObserved: "S1 S2 S3 S7", audit.NotMeasurable: "S4 S5 S8 S9"},
		"gdpr": {
			audit.NotObserved:   "G5A G5B G5C G5C2 G5E G5F G6 G7 G9 G14 G25 G32 G32B G44 G45 GEP",
			audit.NotMeasurable: "G5D G6B G7B G12 G13 G46 G46B GEP2",
		},
		"coppa":   {audit.NotObserved: "CO1 CO3 CO4 CO5 CO6 CO7 CO8 CO9 CO12", audit.NotMeasurable: "CO2 CO10 CO11 CO13 CO14"},
		"bipa":    {audit.NotObserved: "BI2 BI3 BI6 BI7", audit.NotMeasurable: "BI1 BI4 BI5 BI8"},
		"cfr-202": {audit.NotObserved: "X1 X2 X3 X4 X7 X8", audit.NotMeasurable: "X5 X6 X9 X10 X11"},
		"masvs-privacy": {
			audit.NotObserved:   "P1A P1B P1C P2A P2B P2C P2D P2E P3A P3B P4A P4B",
			audit.NotMeasurable: "P1D P1E P1F P3C P4C P4D",
		},
	},
}

// askSets asks the sets of the box of the stored document of a run that was
// played already, and holds the answers against what the lab's app did. The
// stored document must say the same as the audit itself.
func askSets(t *testing.T, l *labRun, flags auditFlags, expected map[string]map[string]string) {
	t.Helper()
	dir := t.TempDir()
	flags.caseFile = filepath.Join(dir, "child.toml")
	if err := os.WriteFile(flags.caseFile, []byte(childCase), 0o600); err != nil {
		t.Fatal(err)
	}
	flags.questions = question.Names()
	doc, err := flags.conduct(t.Context(), []string{l.capture()})
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Transfers.Close()
	stored := filepath.Join(dir, "audit.json")
	f, err := os.Create(stored)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(f, doc); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ask := askFlags{auditFlags: flags}
	again, closing, err := ask.document(t.Context(), []string{stored})
	if err != nil {
		t.Fatal(err)
	}
	defer closing()
	if len(again.Verdicts) != len(doc.Verdicts) {
		t.Fatalf("%d answers of the stored document, %d of the audit", len(again.Verdicts), len(doc.Verdicts))
	}
	got := map[string]map[string][]string{}
	for i, v := range doc.Verdicts {
		w := again.Verdicts[i]
		if w.Question != v.Question || w.Answer != v.Answer || w.Count != v.Count || !slices.Equal(w.Because, v.Because) || !slices.Equal(w.Missing, v.Missing) {
			t.Errorf("%s %s: %s %v %v of the stored document, %s %v %v of the audit", v.Set, v.Question, w.Answer, w.Because, w.Missing, v.Answer, v.Because, v.Missing)
		}
		if got[v.Set] == nil {
			got[v.Set] = map[string][]string{}
		}
		got[v.Set][v.Answer] = append(got[v.Set][v.Answer], v.Question)
	}
	for _, set := range question.Names() {
		if set == "hong-2019" {
			continue // held against the truth by score.Verdicts
		}
		if expected[set] == nil {
			t.Errorf("no expected answers for the set %s", set)
		}
		for _, answer := range slices.Sorted(maps.Keys(got[set])) {
			if is := strings.Join(got[set][answer], " "); is != expected[set][answer] {
				t.Errorf("%s, %s: %s; expected %s", set, answer, is, expected[set][answer])
			}
		}
	}
}
