package main

import (
	"testing"

	"github.com/constat/constat/persona"
	"github.com/constat/constat/report"
)

// TestEveryFaultIsInFrench: what persona says of a value stands in reports.
func TestEveryFaultIsInFrench(t *testing.T) {
	fr := report.In("fr")
	for code, f := range persona.AllFaults() {
		for _, s := range []string{f.Why, f.Remedy} {
			if s == "" || fr.Reason(s) == s {
				t.Errorf("%s: %q is not in French", code, s)
			}
		}
	}
}
