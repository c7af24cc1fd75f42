package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/score"
)

// TestLabVerdicts holds the answers to every allegation against what the lab's
// app did: nothing, everything, one thing. The subject is new with every commit.
func TestLabVerdicts(t *testing.T) {
	seed := freshSeed(t)
	for i, name := range []string{"benign", "accused", "C02", "E05", "E05-refused"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, a := range verdictsOf(t, name, seed+uint64(i), false) {
				if !a.Right {
					t.Errorf("%+v", a)
				}
			}
		})
	}
}

// TestLabVerdictsUnmarked: when nobody said what the person did, no answer is
// wrong, and what depends on it has none.
func TestLabVerdictsUnmarked(t *testing.T) {
	seed := freshSeed(t)
	for name, unanswerable := range map[string][]string{
		"benign":  {"B01", "B05", "B09", "C01", "C02", "C03"},
		"accused": {"B01", "B05", "B09", "C01", "C02", "C03"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, a := range verdictsOf(t, name, seed, true) {
				if a.Wrong {
					t.Errorf("%+v", a)
				}
				if slices.Contains(unanswerable, a.Allegation) && a.Answered != "not_measurable" {
					t.Errorf("answered without knowing what the person did: %+v", a)
				}
			}
		})
	}
}

// verdictsOf plays a scenario, audits it, and marks the answers.
func verdictsOf(t *testing.T, name string, seed uint64, unmarked bool) []score.Answer {
	t.Helper()
	if testing.Short() {
		t.Skip("takes 16 s")
	}
	l, err := openLab(filepath.Join(t.TempDir(), "run"), name, seed)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	l.unmarked = unmarked
	if err := l.record(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	flags := l.auditFlags()
	_, v, err := scoreAudit(t.Context(), &flags, l.capture(), l.truth(), l.scenario.Expect.Observed)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Rows) != len(scenario.Allegations) {
		t.Fatalf("%d answers", len(v.Rows))
	}
	return v.Rows
}
