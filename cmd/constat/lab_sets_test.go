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

// alone are the scenarios of one behaviour in which a question of the other sets is
// observed, as their switches have it (lab/phone/behaviours.go), beside "accused".
// In no other one is it.
var alone = map[string]string{
	"tiktok-settlement-2022 S1": "D01",
	"tiktok-settlement-2022 S2": "A06 B06 E03",
	"tiktok-settlement-2022 S3": "B07",
	"tiktok-settlement-2022 S6": "C02 C02-frames C02-thumbnail C03",
	"tiktok-settlement-2022 S7": "C03",
	"gdpr G5A":                  "F02 F02-salted",
	"gdpr G5B":                  "A04 F07",
	"gdpr G5C":                  "B07 E05 E05-clear E06 E07 F03",
	"gdpr G5C2":                 "B05 B05-skew B06",
	"gdpr G5E":                  "C03",
	"gdpr G6":                   "A03 B04 B09",
	"gdpr G7":                   "B09",
	"gdpr G9":                   "D01",
	"gdpr G14":                  "E05 E05-clear",
	"gdpr G25":                  "A03 B01 B02 B04 B09 E01",
	"gdpr G32":                  "A03 A04 A09 B04 B09 E10 F06 F07",
	"gdpr G44":                  "A01 A03 A04 A06 A09 B04 B09 F06 F07",
	"gdpr G45":                  "A01 A03 A06",
	"gdpr GEP":                  "A03 B01 B02 B04 B09",
	"coppa CO1":                 "A03 B01 B02 B04 B09 E01",
	"coppa CO3":                 "A03 A04 A09 B04 B09 E10 F06 F07",
	"coppa CO4":                 "A03 A04 A09 B04 B09 E10 F06",
	"coppa CO5":                 "A09 E10 F06",
	"coppa CO6":                 "A06 B06 E03",
	"coppa CO7":                 "C02 C02-frames C02-thumbnail C03",
	"coppa CO8":                 "D01",
	"coppa CO9":                 "E05 E05-clear",
	"bipa BI2":                  "D01",
	"cfr-202 X1":                "A01 A03",
	"cfr-202 X2":                "A01 A03 A06",
	"cfr-202 X4":                "A06",
	"masvs-privacy P1A":         "A03 B04 B09",
	"masvs-privacy P1B":         "B07 E05 E05-clear E06 E07 F03",
	"masvs-privacy P1C":         "B06",
	"masvs-privacy P1F":         "B06",
	"masvs-privacy P2A":         "A03 A04 B02 E04 E04-offline E04-split F02 F02-salted",
	"masvs-privacy P2B":         "A04 A05",
	"masvs-privacy P2C":         "A09 B04",
	"masvs-privacy P2D":         "E09",
	"masvs-privacy P2E":         "A03 A04 A09 B04 B09 E10 F06 F07",
	"masvs-privacy P3A":         "B05 B05-skew B06",
	"masvs-privacy P3B":         "F02 F02-salted",
	"masvs-privacy P4A":         "B09",
	"masvs-privacy P4B":         "C03",
}

// observedAlone lists what is to be observed in a scenario of one behaviour, in the
// sets other than hong-2019.
func observedAlone(name string) (list []string) {
	for question, scenarios := range alone {
		if slices.Contains(strings.Fields(scenarios), name) {
			list = append(list, question)
		}
	}
	slices.Sort(list)
	return list
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
