package question

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
)

// top splits at an operator outside of brackets and quotes.
func top(s, op string) (parts []string) {
	depth, from, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted:
		case s[i] == '(' || s[i] == '[':
			depth++
		case s[i] == ')' || s[i] == ']':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], op):
			parts = append(parts, s[from:i])
			from = i + len(op)
		}
	}
	return append(parts, s[from:])
}

// alike are parts of expressions that make no difference to any document that an
// audit writes, by question. All rows of a flow have one recipient and, as good as,
// one moment; a clip that has an end to come is open; since_act_s is -1 only
// without an act.
var alike = map[string][]string{
	"cfr-202 X7": {"of_concern"}, "cfr-202 X8": {"of_concern"}, "coppa CO5": {"child", "advertiser"}, "hong-2019 A09": {"third_party"}, "hong-2019 E10": {"third_party"}, "hong-2019 F06": {"advertiser"},
	"hong-2019 B02": {`consent == "none"`}, "hong-2019 C01": {"!draft_open"}, "hong-2019 C03": {"draft_open"}, "gdpr G5E": {"draft_open"}, "masvs-privacy P4B": {"draft_open"}, "tiktok-settlement-2022 S7": {"draft_open"},
	"hong-2019 A02": {"since_act_s >= 0"}, "gdpr G45": {`eea == "no"`},
	"hong-2019 A05": {"steps > 0", `grade == "A"`}, // TestJoinsAnswerA05 tries them
}

// TestTrialsBite: a question of which a part of a proof is left out, or a case of
// it, is answered otherwise in one of its trials at least.
func TestTrialsBite(t *testing.T) {
	trials := map[string]map[string]trial{}
	if _, err := toml.DecodeFile("testdata/trials.toml", &trials); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, name := range Names() {
		b, err := embedded.ReadFile("data/" + name + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		box, err := Parse(b, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range box.Questions {
			for _, c := range q.ProvedBy {
				for _, whole := range c.Expressions() {
					for left, part := range lesser(whole) {
						if slices.Contains(alike[name+" "+q.ID], left) {
							continue
						}
						at := bytes.Index(b, []byte(`id = "`+q.ID+`"`))
						s, err := Parse(slices.Concat(b[:at], bytes.Replace(b[at:], []byte("'"+whole+"'"), []byte("'"+part+"'"), 1)), name)
						if err != nil {
							t.Fatal(err)
						}
						if tried++; !bites(t, trials[name][q.ID], s, q) {
							t.Errorf("%s %s without %q passes its trials", name, q.ID, left)
						}
					}
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("%d tried", tried)
	}
}

// lesser are an expression less one of its parts, by what was left out.
func lesser(whole string) map[string]string {
	list := map[string]string{}
	for _, op := range []string{" && ", " || "} {
		parts := top(whole, op)
		for i, p := range parts {
			if len(parts) > 1 {
				list[p] = strings.Join(slices.Delete(slices.Clone(parts), i, i+1), op)
			}
		}
	}
	return list
}

// bites reports whether a case of the trial is answered otherwise than it is to be.
func bites(t *testing.T, x trial, s *Set, q *Question) bool {
	without := audit.NotObserved
	if q.Never != "" {
		without = audit.NotMeasurable
	}
	for _, c := range []struct {
		want  string
		cases []string
	}{{audit.Observed, x.Proves}, {without, x.Not}, {audit.Contradicted, x.Refutes}, {audit.NotMeasurable, x.Open}} {
		for _, text := range c.cases {
			d, its := found(t, text)
			if answer(t, s, d, its)[q.ID].Answer != c.want {
				return true
			}
		}
	}
	return false
}
