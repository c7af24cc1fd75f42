package flow

import "testing"

func TestNearest(t *testing.T) {
	for what, want := range map[string]string{
		"consent-acept": "consent-accept", "signup": "sign-up", "Next": "next", "nxet": "next", "save-drfat": "save-draft",
		"next": "", "sign-out": "", "test": "", "scroll": "", "like": "", "": "", "photo-taken": "", "pst": "post", "consent-refused": "consent-refuse",
	} {
		if got := Nearest(what, Acts); got != want {
			t.Errorf("%q: %q, want %q", what, got, want)
		}
	}
	for _, x := range []struct {
		a, b string
		n    int
	}{{"", "ab", 2}, {"ab", "ba", 1}, {"abc", "adc", 1}, {"kitten", "sitting", 3}, {"a", "a", 0}} {
		if n := Distance(x.a, x.b); n != x.n {
			t.Errorf("%q to %q: %d, want %d", x.a, x.b, n, x.n)
		}
	}
}
