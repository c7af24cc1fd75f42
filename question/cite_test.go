package question

import (
	"regexp"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// Who says it, and which law it concerns, is said in French too.
func TestCitedInFrench(t *testing.T) {
	english := regexp.MustCompile(`(?i)\b(the|of|by|as|complaint|press|with|settlement|decision|policy|if|unless|denied|observed|act|and)\b`)
	n := 0
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, src := range s.Sources {
			texts = append(texts, src.Name)
		}
		for _, l := range s.Laws {
			texts = append(texts, l.Name)
		}
		for _, q := range s.Questions {
			texts = append(append(texts, q.SaidBy), q.Law...)
		}
		for _, text := range texts {
			n++
			fr := strings.NewReplacer("Wiretap Act", "", "FTC Act", "", "ACT", "").Replace(s.InFrench(text)) // names of laws and of sources
			if w := english.FindString(fr); w != "" {
				t.Errorf("%s: %q is half English: %s", name, w, fr)
			}
		}
	}
	if n < 200 {
		t.Fatalf("only %d texts: the test looks in the wrong place", n)
	}
	head := "[french]\n\"denied by them\" = \"démenti\"\n[sources.HONG]\nname = \"A complaint\"\ndate = \"2019\"\n"
	s := set(t, strings.Replace(head, "[french]\n", "[french]\n\"A complaint\" = \"une plainte\"\n\"(bulk)\" = \"(volume)\"\n", 1)+one+"said_by = \"HONG, denied by them\"\nlaw = [\"X 1 (bulk)\"]\nproved_by = [{ rows = 'planted' }]")
	v := answer(t, s, doc(t, audit.Transfer{}), Case{})["Q"]
	if v.SaidBy != "A complaint (2019), denied by them" || v.SaidByFR != "une plainte (2019), démenti" || v.LawFR[0] != "X 1 (volume)" || v.Law[0] != "X 1 (bulk)" {
		t.Errorf("%q %q %q", v.SaidBy, v.SaidByFR, v.LawFR)
	}
	if _, err := Parse([]byte("id = \"s\"\n"+head+one+"said_by = \"HONG\"\nproved_by = [{ rows = 'planted' }]"), "s.toml"); err == nil || !strings.Contains(err.Error(), `s.toml:3:2: french: "denied by them" stands in no`) {
		t.Error(err)
	}
}
