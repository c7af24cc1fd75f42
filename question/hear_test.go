package question

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
)

// mixed are rows of many kinds, in flows of a few rows.
func mixed(n int, seed uint64) []audit.Transfer {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	rows := make([]audit.Transfer, n)
	flow := 0
	for i := range rows {
		if r.IntN(3) == 0 {
			flow++
		}
		host := pick("api.app.example", "ads.far.example", "stats.example", "bugly.qq.com")
		t := audit.Transfer{
			DataType: pick("contact.phone", "contact.email", "device.ad_id", "device.mac", "location.precise", "content.media", "content.search", "account.user_id", "biometric.face_vector", "network.local_ip"),
			Alias:    pick("x-1", "x-2", "x-3"), Form: pick("clear", "hashed", "encrypted"), Grade: pick("A", "A", "B", "C"),
			Anonymity: audit.Anonymity{Verdict: pick("clear", "pseudonym", "brute_forceable")}, Offset: float64(i), Bytes: int64(r.IntN(500)),
			Flow:      audit.FlowRef{ID: fmt.Sprintf("f%d", flow), Method: "POST", Protocol: "h2"},
			Recipient: audit.RecipientRef{ID: host, Host: host, Domain: host, Owner: pick("a", "b"), Role: pick("first party", "advertising", "analytics"), Country: pick("CN", "FR", ""), IP: "192.0.2.1", Place: "undetermined"},
			Circumstance: audit.Circumstance{
				State: pick("foreground", "closed"), Act: pick("", "record", "next", "sign-up", "post"), SinceAct: float64(r.IntN(20)) - 1, Consent: pick("none", "accepted", "refused"),
				Draft: r.IntN(2) == 0, Fate: pick("discard", "save-draft"), Last: pick("", "save-draft"), Account: r.IntN(2) == 0,
			},
		}
		if r.IntN(2) == 0 {
			t.PersonaValue = new(int)
		}
		if r.IntN(10) == 0 {
			t.Unsure, t.Open = true, []string{pick("act", "consent", "draft_open")}
		}
		rows[i] = t
	}
	return rows
}

// plainly answers as hear does, one row after another, with nothing remembered.
func plainly(t *testing.T, s *Set, w *world, inquiries []*inquiry) {
	run, last := 0, ""
	for x, err := range w.doc.Transferred() {
		if err != nil {
			t.Fatal(err)
		}
		if x.Grade == "C" {
			continue
		}
		if x.Flow.ID != last {
			run, last = run+1, x.Flow.ID
		}
		r := &row{Transfer: &x, world: w, defined: s.defined}
		for _, q := range inquiries {
			for _, k := range q.counters {
				if k.table != "rows" {
					continue
				}
				var met uint8
				for i, e := range k.exprs {
					v, _, err := e.weigh(r)
					if err != nil {
						t.Fatal(err)
					}
					if v == types.True {
						met |= 1 << i
					}
					if types.IsUnknown(v) {
						k.open |= whyOpen(&x.Circumstance, e.names)
					}
				}
				if met == 0 {
					k.against = true
					continue
				}
				k.see(met, run, entire{&x, r})
			}
		}
	}
}

type entire struct {
	*audit.Transfer
	vars *row
}

func (h entire) name() string           { return h.ID }
func (h entire) key(name string) string { return thing{h.vars, ""}.key(name) }

// What is weighed once for many rows comes out as if each row were weighed, on
// any number of processors.
func TestKindsChangeNothing(t *testing.T) {
	rows := mixed(3000, 7)
	for i := range rows {
		rows[i].Reason = strings.Repeat("x", 300) // several batches
	}
	d := doc(t, rows...)
	d.Incidents = []audit.Incident{{Kind: audit.Deletion, Offset: 500, Recipient: audit.RecipientRef{Host: "api.app.example"}}}
	d.Sharing = &audit.Sharing{Identifiers: []audit.SharedIdentifier{{Alias: "x-1", Companies: 3}}}
	d.Recipients = []audit.Recipient{{ID: "ads.far.example", Standing: []audit.Standing{{IP: "192.0.2.1", EEA: "no", Adequate: "no", Concern: "yes", ControllerConcern: "yes"}}}}
	own := set(t, `
[[define]]
name = "late"
is = 'since_act_s > 5'
[[define]]
name = "late_mail"
is = 'late && data_type == "contact.email"'
`+one+`proved_by = [
  { rows = 'late_mail && !late_mail' }, { rows = 'late_mail', per = "alias", distinct = "flow", at_least = 20 },
  { rows = 'companies > 2 || bytes > 490', distinct = "country", at_least = 2 }, { together = ['late', 'planted', 'offset_s > 100.0'] },
  { rows = 'bytes >= 0', every = true }, { rows = 'late ? bytes > 100 : !planted' }, { rows = '!(late || since_act_s < 2.0) && (act == "next" || !draft_open)' },
]`)
	for _, name := range append(Names(), "") {
		s := own
		if name != "" {
			var err error
			if s, err = Load(name); err != nil {
				t.Fatal(err)
			}
		}
		c := Case{FirstParty: []string{"app.example"}, Child: true}.or(s.Case)
		var want, got []*inquiry
		for _, q := range s.Questions {
			want, got = append(want, newInquiry(q)), append(got, newInquiry(q))
		}
		plainly(t, s, newWorld(d, c), want)
		for _, n := range []int{1, 4} {
			before := runtime.GOMAXPROCS(n)
			for i, q := range s.Questions {
				got[i] = newInquiry(q)
			}
			err := hear(t.Context(), &hearing{set: own, world: newWorld(d, c), inquiries: []*inquiry{newInquiry(own.Questions[0])}}, &hearing{set: s, world: newWorld(d, c), inquiries: got})
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			decided := 0
			for i := range want {
				for j, k := range want[i].counters {
					if k.table != "rows" {
						continue
					}
					g := got[i].counters[j]
					if g.count != k.count || g.open != k.open || g.against != k.against || !reflect.DeepEqual(g.because, k.because) || g.leads != k.leads || !reflect.DeepEqual(g.each, k.each) {
						t.Errorf("%s %s clause %d on %d processors: %d rows %v open %b against %t, want %d %v %b %t", s.ID, want[i].ID, j, n, g.count, g.because, g.open, g.against, k.count, k.because, k.open, k.against)
					}
					if k.count > 0 {
						decided++
					}
				}
			}
			if decided == 0 {
				t.Errorf("%s: the rows decide nothing: the test looks in the wrong place", s.ID)
			}
		}
	}
}

// A set from anybody cannot keep the program busy for ever.
func TestCostlyExpressions(t *testing.T) {
	rows := make([]audit.Transfer, 4000)
	for i := range rows {
		rows[i].Bytes = int64(i)
	}
	d := doc(t, rows...)
	digits := "[" + strings.TrimSuffix(strings.Repeat("1,", 200), ",") + "]"
	for name, x := range map[string]struct{ text, want string }{
		"loops in loops":   {one + `proved_by = [{ rows = '` + digits + `.all(a, ` + digits + `.all(b, ` + digits + `.all(c, a + b + c + bytes > 0)))' }]`, "cost limit exceeded"},
		"much on each row": {one + `proved_by = [{ rows = '` + digits + `.all(a, ` + digits[:60] + `1].all(b, a + b + bytes > 0))' }]`, "the expressions take too long"},
		"in definitions":   {"[[define]]\nname = \"slow\"\nis = '" + digits + `.all(a, ` + digits[:60] + `1].all(b, a + b + bytes > 0))` + "'\n" + one + `proved_by = [{ rows = 'slow' }]`, "the expressions take too long"},
	} {
		_, err := set(t, x.text).Answer(t.Context(), d, Case{})
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
	for name, text := range map[string]string{
		"a large file":     "id = \"s\"\n# " + strings.Repeat("x", maxFile),
		"many expressions": "id = \"s\"\n" + one + "proved_by = [" + strings.Repeat("{ rows = 'planted' },", maxExpressions+1) + "]",
		"many at once":     "id = \"s\"\n" + one + "proved_by = [{ together = [" + strings.Repeat("'planted',", maxTogether+1) + "] }]",
	} {
		if _, err := Parse([]byte(text), "s.toml"); err == nil || !strings.Contains(err.Error(), "at most") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a variable over rows is made of is known for each.
func TestNeeded(t *testing.T) {
	for _, v := range Variables("rows") {
		if _, ok := needed[v.Name]; !ok {
			t.Errorf("of what fields is %s?", v.Name)
		}
	}
}
