package peel

import "testing"

// TestPlainShifted: an accent in UTF-7 is no sum.
func TestPlainShifted(t *testing.T) {
	for text, want := range map[string]bool{"Ma+AOs-lle K+AOk-rouanton": false, "kilo+mega-giga": true, "en+fr-de": true} {
		if got := plain([]byte(text), lettersOf([]byte(text))); got != want {
			t.Errorf("%q: plain is %v", text, got)
		}
	}
}
