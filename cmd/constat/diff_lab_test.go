package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/constat/constat/capture"
	"github.com/constat/constat/differential"
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
)

// labPair plays a scenario with one subject twice and with another once, and
// returns what compares the runs.
func labPair(t *testing.T, scenario string, seed uint64) func(*keyring.Ring) *differential.Document {
	t.Helper()
	if testing.Short() {
		t.Skip("plays the lab three times")
	}
	dir := t.TempDir()
	names, seeds := []string{"a1", "b1", "a2"}, []uint64{seed, seed + 1, seed}
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() {
			l, err := openLab(filepath.Join(dir, name), scenario, seeds[i])
			if err != nil {
				t.Error(err)
				return
			}
			defer l.close()
			if err := l.record(t.Context(), 40*time.Millisecond); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return func(keys *keyring.Ring) *differential.Document {
		o := differential.Options{Keys: keys}
		var runs []differential.Run
		for i, name := range names {
			c, err := capture.Open(filepath.Join(dir, name, "capture"), capture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			runs = append(runs, differential.Run{Capture: file{c}, Persona: i & 1})
			f, err := os.Open(filepath.Join(dir, name, "persona.toml"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if o.Personas[i&1], err = persona.Parse(f, name); err != nil {
				t.Fatal(err)
			}
		}
		doc, err := differential.Compare(t.Context(), runs, o)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
}

// diffLines writes findings as "A /api/signup email".
func diffLines(d *differential.Document) (lines []string) {
	for _, f := range d.Findings {
		lines = append(lines, strings.Join([]string{f.Grade, f.Kind, f.Exchange[0].Path.String(), f.Key.String()}, " "))
	}
	slices.Sort(lines)
	return lines
}

// entered is what the lab's subject types herself.
var entered = []string{"A value /api/search q", "A value /api/signup email", "A value /api/signup password", "A value /api/signup username"}

// TestLabDiffBenign: an app that does its job sends what was typed, and nothing
// else of it depends on the person.
func TestLabDiffBenign(t *testing.T) {
	t.Parallel()
	d := labPair(t, "benign", freshSeed(t))(nil)
	if got := diffLines(d); !slices.Equal(got, entered) {
		t.Errorf("%q", got)
	}
}

// TestLabDiffSalted: the digest whose salt nobody is told is proven, as
// nothing but what it is; and of an envelope that cannot be opened no more is
// said than its length.
func TestLabDiffSalted(t *testing.T) {
	t.Parallel()
	compare := labPair(t, "F02-salted", freshSeed(t))
	want := append([]string{"A value /v2/report imei", "A value /v2/report mac", "B digest /v1/events ref"}, entered...)
	slices.Sort(want)
	if got := diffLines(compare(nil)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	got := slices.DeleteFunc(diffLines(compare(&keyring.Ring{})), func(s string) bool {
		return s == "B size /v2/report " || s == "C size /v2/report " // gzip of other digits may be a block longer
	})
	want = slices.DeleteFunc(want, func(s string) bool { return strings.Contains(s, "/v2/report") })
	if !slices.Equal(got, want) {
		t.Errorf("without the key: %q", got)
	}
}
