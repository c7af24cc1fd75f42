package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/flow"
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

// TestCodesAreThoseWithWords: what a set may say is missing, and what reports
// have words for, are the same.
func TestCodesAreThoseWithWords(t *testing.T) {
	for _, lang := range Languages() {
		var have []string
		for key := range language(lang).messages {
			if code, ok := strings.CutPrefix(key, "missing."); ok && !strings.Contains(code, ".") {
				have = append(have, code)
			}
		}
		slices.Sort(have)
		if !slices.Equal(have, question.Codes) {
			t.Errorf("%s has words for %q\nquestion.Codes are %q", lang, have, question.Codes)
		}
		for _, act := range flow.Acts {
			if _, ok := language(lang).lookup("act." + act); !ok {
				t.Errorf("%s has no words for the act %s", lang, act)
			}
		}
		for _, state := range flow.States {
			if _, ok := language(lang).lookup("state." + state); !ok {
				t.Errorf("%s has no words for the state %s", lang, state)
			}
		}
	}
}

// What is missing says what to do about it.
func TestLackingSaysWhatToDo(t *testing.T) {
	codes := []string{"place:a.example", "place:b.example", "act:next"}
	if s := strings.Join(newView(&audit.Document{Transfers: &audit.Ledger{}}, "en").Lackings(codes), "; "); s != "the place of a.example; the place of b.example (--from and measured round trips, or tables with --data); a mark of the moment: Next (mark it while capturing, or write it into a list for --events)" {
		t.Error(s)
	}
	for code, want := range map[string][2]string{
		"case:child":                 {"write child = true in the file of --case", "écrivez child = true dans le fichier de --case"},
		"idle:swiped|closed:3600:41": {"3600 s at a stretch in which the app was swiped away or closed and the capture is known to have worked; there are 41 s", "3600 s d’affilée"},
		"idle:swiped":                {"as long as the case wants, in which the app was swiped away", "balayée"},
		"act:photo-taken":            {"a mark of the moment: photo-taken", "photo-taken"},
		"unread":                     {"what … to … say", "ce que disent … vers …"},
		"what the company wrote":     {"what the company wrote", "what the company wrote"},
	} {
		for i, lang := range []string{"en", "fr"} {
			if s := In(lang).Lacking(code); !strings.Contains(s, want[i]) || strings.Contains(s, "%!") {
				t.Errorf("%s: %q, want %q", code, s, want[i])
			}
		}
	}
}

// Counts of answers agree with their words.
func TestTallyHasPlurals(t *testing.T) {
	d := &audit.Document{Transfers: &audit.Ledger{}, Verdicts: []audit.Verdict{{Answer: audit.Observed}, {Answer: audit.Observed}, {Answer: audit.NotMeasurable, SaidBy: "x", SaidByFR: "y"}}}
	if s := newView(d, "fr").Tally(); s != "● 2\u00a0observés, – 1\u00a0non mesurable ici" {
		t.Error(s)
	}
	if newView(d, "fr").Said(d.Verdicts[2]) != "y" || newView(d, "en").Said(d.Verdicts[2]) != "x" {
		t.Error("who says it is not in the reader’s language")
	}
}
