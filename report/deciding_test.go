package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// A verdict opens to all that it names; every link on the page leads somewhere,
// and no two places have the same name.
func TestVerdictsOpenToTheirRows(t *testing.T) {
	d := sketch(t)
	r := d.Recipients[0]
	v := audit.Verdict{Set: "s", Question: "Q1", Answer: audit.Observed, Shows: "exfiltration", Count: 61, Claim: audit.Claim{EN: "x", FR: "x"}}
	for i := range 46 {
		id := fmt.Sprintf("q%d", i)
		v.Because = append(v.Because, id)
		v.Rows = append(v.Rows, audit.Decided{ID: id, Flow: "f9", DataType: "contact.email", Form: "clear", Grade: "A", State: "swiped", SinceAct: -1, Recipient: r.ID, Host: "h.example", Country: "IE", Place: "consistent (weak)"})
	}
	v.Proofs = []audit.Transfer{{ID: "q0", DataType: "contact.email", Form: "clear", Grade: "A"}}
	d.Coverage = append(d.Coverage, audit.Coverage{Host: "sealed.example", Recipient: r.ID, Flows: 3, Out: 9000, Opaque: 9000, States: map[string]int{"closed": 2}})
	d.Incidents = []audit.Incident{{Kind: audit.Deletion, Flow: "f77", Method: "DELETE", Offset: 12, Recipient: audit.RecipientRef{ID: r.ID}, Circumstance: audit.Circumstance{State: "unknown", Act: "discard", SinceAct: 2}}}
	d.Accesses = []audit.Access{{ID: "a1", Offset: 3}}
	d.Sharing = &audit.Sharing{Joins: []audit.Join{{Recipient: r.ID, Identifier: "ad-1", Fact: "mail-1", Alone: true, Steps: []audit.JoinStep{{Recipient: r.ID, Identifier: "ad-1", With: "mail-1", Proof: audit.SharingProof{Flow: "f5"}}}}}}
	v.Because = append(v.Because, "host sealed.example", "incident f77", "access a1", "join "+r.ID+" ad-1 mail-1")
	d.Verdicts = []audit.Verdict{v, v}
	for _, lang := range Languages() {
		out := render(t, func(w io.Writer) error { return HTML(w, d, Options{Lang: lang}) })
		for _, want := range [][2]string{
			{"f77", "f77"}, {"DELETE", "DELETE"}, {"asked for a deletion", "demandé une suppression"}, {"closed 2", "2"}, {"9.0\u202fkB not read", "9,0\u202fko non lus"},
			{"swiped away", "balayée"}, {"and 11 more", "et 11 de plus"}, {"(f5)", "(f5)"}, {`id="d1-q45"`, `id="d1-q45"`}, {`href="#p0-q0"`, `href="#p0-q0"`},
		} {
			if s := want[map[string]int{"en": 0, "fr": 1}[lang]]; !strings.Contains(out, s) {
				t.Errorf("%s: %q is not said", lang, s)
			}
		}
		places := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(out, -1) {
			if places[m[1]] {
				t.Errorf("%s stands twice", m[1])
			}
			places[m[1]] = true
		}
		for _, m := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(out, -1) {
			if !places[m[1]] {
				t.Errorf("a link leads nowhere: %s", m[1])
			}
		}
		if lang == "en" {
			text := render(t, func(w io.Writer) error { return Terminal(w, d, Options{Width: 200}) })
			if !strings.Contains(text, "61 rows decide: q0, q1, q2, q3, and 57 more") {
				t.Error("the terminal does not say how many more")
			}
		}
	}
}
