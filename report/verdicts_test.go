package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/question"
)

// TestEveryLackHasWords: whatever a question of the box can lack is said in
// words, in every language.
func TestEveryLackHasWords(t *testing.T) {
	codes := []string{"traffic", "control", "unread", "unsized", "owner", "listing"}
	for _, name := range question.Names() {
		s, err := question.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range s.Questions {
			codes = append(codes, q.Needs...)
			if q.Never != "" {
				codes = append(codes, q.Never)
			}
			for _, c := range q.When {
				codes = append(codes, c.Missing)
			}
			for _, lang := range Languages() {
				if s := map[string]string{"en": q.Claim.EN, "fr": q.Claim.FR}[lang]; s == "" {
					t.Errorf("%s of %s has no %s claim", q.ID, name, lang)
				}
			}
		}
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) < 15 {
		t.Fatalf("only %q: the test looks in the wrong place", codes)
	}
	for _, lang := range Languages() {
		w := language(lang)
		for _, code := range codes {
			kind, what, _ := strings.Cut(code, ":")
			if kind == "places" || kind == "servers" || kind == "law" {
				kind = "place" // of a recipient that has none
			}
			if kind == "parties" {
				kind = "party" // of a host that may be anybody's
			}
			keys := []string{"missing." + kind}
			if slices.Contains([]string{"act", "state", "case"}, kind) {
				for _, x := range strings.Split(what, "|") {
					keys = append(keys, kind+"."+x)
				}
			}
			for _, k := range keys {
				if s, ok := w.lookup(k); !ok || s == "" {
					t.Errorf("%s has no words for %s (%s)", lang, k, code)
				}
			}
			if kind == "planted" {
				for _, x := range strings.Split(what, "|") {
					if v := (&view{words: w}).Type(x); v == "" || v == x {
						t.Errorf("%s has no words for the type %s", lang, x)
					}
				}
			}
		}
	}
}
