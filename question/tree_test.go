package question

import (
	"strings"
	"testing"

	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
)

// An expression that is taken apart says of a row what it says whole; and with
// what differs from row to row unknown, never the opposite.
func FuzzExpression(f *testing.F) {
	for _, x := range []string{
		`data_type == "contact.phone" && since_act_s < 5.0`, `!(planted || act == "next") && (draft_open || bytes > 100)`, `late ? !late : consent == "none"`,
		`late && [1, 2].exists(x, x > bytes)`, `!(!late)`, `country in far_countries || deletions.exists(d, d.host == host && d.offset_s >= offset_s)`,
		`size(host) / (bytes - bytes) > 1 || planted`, `planted && 1 / 0 > 0`, `act.startsWith("n") != draft_open`,
	} {
		f.Add(x)
	}
	rows := mixed(12, 3)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "'''") {
			return
		}
		s, err := Parse([]byte("id = \"s\"\n[[define]]\nname = \"late\"\nis = 'since_act_s > 5 && act != \"post\"'\n"+one+"proved_by = [{ rows = '''"+text+"''' }]"), "f.toml")
		if err != nil {
			return
		}
		x := s.Questions[0].ProvedBy[0].exprs[0]
		w := newWorld(&audit.Document{}, Case{FarCountries: []string{"CN"}})
		for i := range rows {
			r := &row{Transfer: &rows[i], world: w, defined: s.defined}
			weigh := func(x *expression, ofKind bool) byte {
				var v any
				var err error
				if ofKind {
					v, _, err = x.weigh(&vague{r})
				} else {
					v, _, err = x.weigh(r)
				}
				switch {
				case err != nil || r.err != nil:
					return bad
				case v == types.True:
					return yes
				case v == types.False:
					return no
				}
				return open
			}
			whole := weigh(x, false)
			r.err = nil
			apart := x.tree.of(func(t *tree) byte { defer func() { r.err = nil }(); return weigh(t.atom, false) })
			if whole != apart {
				t.Fatalf("%q of row %d: whole %d, apart %d", text, i, whole, apart)
			}
			kind := x.tree.of(func(t *tree) byte { defer func() { r.err = nil }(); return weigh(t.atom, true) })
			if (kind == yes || kind == no) && kind != whole {
				t.Fatalf("%q of row %d: %d, but of its kind %d", text, i, whole, kind)
			}
		}
	})
}
