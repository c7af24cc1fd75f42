package report

import (
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// How well a clock agrees is told in a sentence, in both languages.
func TestClock(t *testing.T) {
	drift := -3.25
	for _, c := range []struct {
		clock  audit.Clock
		en, fr string
	}{
		{audit.Clock{How: audit.ClockEstimated, Offset: 3661.5, Bound: 1.04, Pairs: 20, Rejected: 2, Drift: &drift, Basis: []string{"X-Khronos header"}},
			"1.02 h ahead, ± 1.0 s, by 18 comparisons, 2 contradict the others and are left out, drift -3.2 ppm (X-Khronos header)",
			"en avance de 1,02 h, ± 1,0 s, d’après 18 comparaisons, 2 contredisent les autres et sont écartées, dérive -3,2 ppm"},
		{audit.Clock{How: audit.ClockEstimated, Offset: -0.2, Bound: 0.0504, Pairs: 3, Basis: []string{"Date header"}}, "200 ms behind, ± 51 ms, by 3", "en retard de 200 ms"},
		{audit.Clock{How: audit.ClockDeclared, Bound: 2, Format: "list", Events: 4, Unknown: 7}, "off by 2.0 s at most, as the user says; 4 events used (list), 7 lines that could not be read", "écart d’au plus 2,0 s"},
		{audit.Clock{How: audit.ClockUnknown, Bound: -1, Format: "logcat"}, "its events are not used", "ses événements ne sont pas utilisés"},
		{audit.Clock{How: audit.ClockUnknown, Bound: -1, Why: "of 9 comparisons no more than 4 agree: the clock was set meanwhile, or they are not of one clock"}, "of 9 comparisons no more than 4 agree", "sur 9 comparaisons, 4 au plus concordent"},
		{audit.Clock{How: audit.ClockUnknown, Bound: -1, Why: "the comparisons are too few or too close together to tell a clock from a stamp that stands still", Pairs: 1}, ": the comparisons are too few", ": les comparaisons sont trop peu nombreuses"},
		{audit.Clock{How: audit.ClockUnknown, Bound: -1, Format: "list", Why: "nothing to compare it with", Events: 1, Unknown: 1}, "there is nothing to compare it with; its events are not used (--clock-bound 2s declares an error); 1 event used (list), 1 line that could not be read", "1 événement utilisé (list), 1 ligne illisible"},
		{audit.Clock{How: audit.ClockSame, Format: "list"}, "the clock of the capture", "l’horloge de la capture"},
	} {
		for lang, want := range map[string]string{"en": c.en, "fr": c.fr} {
			got := strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(newView(&audit.Document{Transfers: &audit.Ledger{}}, lang).Clock(c.clock))
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", lang, got, want)
			}
		}
	}
}
