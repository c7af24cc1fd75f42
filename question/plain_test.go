package question

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
)

// plain answers a question in the simplest way there is: every expression is
// evaluated whole over every row, the rows for which it is true are put into a
// list, and the list is counted when all is read. No kinds, atoms, batches, bounds
// on memory, or shadows that count while others do.
type plain struct {
	t    *testing.T
	set  *Set
	w    *world
	rows []*row // that are no hints
}

func newPlain(t *testing.T, s *Set, d *audit.Document, c Case) *plain {
	p := &plain{t: t, set: s, w: newWorld(d, c.or(s.Case))}
	for x, err := range d.Transferred() {
		if err != nil {
			t.Fatal(err)
		}
		if x.Grade != "C" {
			p.rows = append(p.rows, &row{Transfer: &x, world: p.w, defined: s.defined})
		}
	}
	return p
}

// seen are the rows that may be the app's, or those that surely are.
func (p *plain) seen(all bool) (list []*row) {
	for _, r := range p.rows {
		if !r.OtherApp && (all || !r.AppOpen) {
			list = append(list, r)
		}
	}
	return list
}

func (p *plain) weigh(e *expression, r *row) (yes, open bool) {
	v, _, err := e.weigh(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return v == types.True, types.IsUnknown(v)
}

// decide says which rows fulfil a clause, and why rows leave it open.
func (p *plain) decide(c *Clause, all bool) (ids []string, open why) {
	rows := p.seen(all)
	every := len(rows) == len(p.seen(true))
	met := make([][]bool, len(rows)) // by row and expression
	var matched []*row
	for i, r := range rows {
		met[i] = make([]bool, len(c.exprs))
		for n, e := range c.exprs {
			yes, unknown := p.weigh(e, r)
			met[i][n] = yes
			if unknown {
				open |= whyOpen(&r.Circumstance, e.names)
			}
		}
		if slices.Contains(met[i], true) {
			matched = append(matched, r)
		} else {
			every = false
		}
	}
	if c.Every && !every {
		return nil, open
	}
	if len(c.Together) > 0 {
		for from := 0; from < len(rows); {
			to, whole := from, make([]bool, len(c.exprs))
			var here []string
			for ; to < len(rows) && rows[to].Flow.ID == rows[from].Flow.ID; to++ {
				if slices.Contains(met[to], true) {
					here = append(here, rows[to].ID)
				}
				for n, yes := range met[to] {
					whole[n] = whole[n] || yes
				}
			}
			if !slices.Contains(whole, false) {
				ids = append(ids, here...)
			}
			from = to
		}
		return ids, open
	}
	groups := map[string][]*row{}
	for _, r := range matched {
		group := ""
		if c.Per != "" {
			v, _ := r.ResolveName(c.Per)
			if group = fmt.Sprint(v); group == "" {
				continue
			}
		}
		groups[group] = append(groups[group], r)
	}
	for _, list := range groups {
		n := len(list)
		if c.Distinct != "" {
			values := map[string]bool{}
			for _, r := range list {
				if v, _ := r.ResolveName(c.Distinct); fmt.Sprint(v) != "" {
					values[fmt.Sprint(v)] = true
				}
			}
			n = len(values)
		}
		if n >= c.AtLeast {
			for _, r := range list {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids, open
}

// answer is a question's, of which all clauses are over rows.
func (p *plain) answer(q *Question, d *audit.Document) (answer string, count int, because, missing []string) {
	total := func(clauses []Clause) {
		for i := range clauses {
			ids, _ := p.decide(&clauses[i], false)
			count += len(ids)
			because = append(because, ids...)
		}
	}
	if total(q.ProvedBy); count > 0 {
		return audit.Observed, count, because, nil
	}
	missing, err := newInquiry(q).missing(p.set, facts(p.w))
	if err != nil {
		p.t.Fatal(err)
	}
	var open why
	hangs := false
	for i := range q.ProvedBy {
		ids, o := p.decide(&q.ProvedBy[i], true)
		open |= o
		hangs = hangs || len(ids) > 0
	}
	for _, code := range open.codes() {
		if !strings.HasPrefix(code, "unmarked:") || !slices.ContainsFunc(missing, ofMark) {
			missing = append(missing, code)
		}
	}
	if hangs {
		missing = append(missing, "attribution")
	}
	if len(missing) > 0 {
		return audit.NotMeasurable, 0, nil, missing
	}
	if total(q.RefutedBy); count > 0 {
		return audit.Contradicted, count, because, nil
	}
	return audit.NotObserved, 0, nil, nil
}

// onRows reports whether all clauses of a question are over rows.
func onRows(q *Question) bool {
	return !slices.ContainsFunc(slices.Concat(q.ProvedBy, q.RefutedBy), func(c Clause) bool { return c.table != "rows" })
}

// chanceSet is a set that nobody would write: random expressions, counted in
// random ways.
func chanceSet(t *testing.T, r *rand.Rand) *Set {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	atoms := []string{
		`data_type == "device.ad_id"`, `data_type.startsWith("contact.")`, `data_type in ["device.mac", "content.media"]`, `consent == "none"`, `consent in ["none", "refused"]`,
		`state in ["closed", "swiped"]`, `act == "next"`, `act in ["record", "sign-up"]`, `since_act_s <= 5`, `since_act_s > 3 && since_act_s < 9.5`, `offset_s > 50`, `bytes > 250`, `signed_up`,
		`draft_open`, `clip_fate == "discard"`, `clip_ended == "save-draft"`, `first_party`, `role == "advertising"`, `owner == "a"`, `country == ""`, `country in far_countries`, `planted`, `child`,
		`companies > 1`, `alias == "x-1"`, `flow == "f3"`, `anonymity == "clear"`, `form == "hashed"`, `scheme == "https"`, `scheme == ""`, `method == "POST"`, `app_confidence == "unknown"`, `moment_unsure`, `eea == "no"`,
		`deletions.exists(d, d.host == host && d.offset_s >= offset_s)`, `under(host, ["example"])`, `law.exists(l, l == "GDPR: none")`, `grade == "A"`, `app == "com.example.video"`,
	}
	var names []string
	var expr func(depth int) string
	expr = func(depth int) string {
		switch n := r.IntN(8); {
		case depth == 0 || n < 2:
			if len(names) > 0 && r.IntN(3) == 0 {
				return pick(names...)
			}
			return pick(atoms...)
		case n < 4:
			return "(" + expr(depth-1) + " && " + expr(depth-1) + ")"
		case n < 6:
			return "(" + expr(depth-1) + " || " + expr(depth-1) + ")"
		case n < 7:
			return "!(" + expr(depth-1) + ")"
		default:
			return "(" + expr(depth-1) + " ? " + expr(depth-1) + " : " + expr(depth-1) + ")"
		}
	}
	var b strings.Builder
	b.WriteString("id = \"chance\"\n")
	for _, name := range []string{"one", "two", "three"} {
		fmt.Fprintf(&b, "[[define]]\nname = %q\nis = '%s'\n", name, expr(2))
		names = append(names, name)
	}
	clause := func() string {
		if r.IntN(4) == 0 {
			var list []string
			for range 2 + r.IntN(3) {
				list = append(list, "'"+expr(2)+"'")
			}
			return "{ together = [" + strings.Join(list, ", ") + "] }"
		}
		s := "{ rows = '" + expr(3) + "'"
		switch r.IntN(6) {
		case 0:
			s += ", every = true"
		case 1:
			s += fmt.Sprintf(", at_least = %d", 2+r.IntN(30))
		case 2:
			s += fmt.Sprintf(", per = %q, at_least = %d", pick("alias", "host", "country", "act", "flow"), 2+r.IntN(5))
		case 3:
			s += fmt.Sprintf(", distinct = %q, at_least = %d", pick("owner", "alias", "flow", "data_type"), 2+r.IntN(3))
		case 4:
			s += fmt.Sprintf(", per = %q, distinct = %q, at_least = %d", pick("alias", "host", "domain"), pick("owner", "flow", "country", "form"), 2+r.IntN(3))
		}
		return s + " }"
	}
	for i := range 12 {
		fmt.Fprintf(&b, "[[question]]\nid = \"Q%d\"\nclaim = { en = \"a\", fr = \"b\" }\nproved_by = [%s, %s]\nrefuted_by = [%s]\n", i, clause(), clause(), clause())
	}
	s, err := Parse([]byte(b.String()), "chance.toml")
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	return s
}

// chanceDocument has rows of three apps, with moments of which some are unknown.
func chanceDocument(t *testing.T, r *rand.Rand) *audit.Document {
	rows := mixed(r.IntN(400), r.Uint64())
	if r.IntN(2) == 0 { // few rows that count, so that little is proved
		rows = rows[:len(rows)/20]
	}
	several := r.IntN(2) == 0
	for i := range rows {
		x := &rows[i]
		for _, name := range markable {
			if r.IntN(30) == 0 {
				x.Unmarked = append(x.Unmarked, name)
			}
		}
		switch r.IntN(20) {
		case 0:
			x.State = unknown
		case 1:
			x.Consent = unknown
		}
		x.Flow.URL = mark(t, []string{"https://h.example/a", "http://h.example", "/a", "a", "", "wss://x", "ftp://averylongname", "unix:/s", "/r?u=https://x"}[r.IntN(9)])
		if several {
			x.App = "com.example.video"
			switch r.IntN(4) {
			case 0:
				x.OtherApp, x.App = true, "org.other"
			case 1:
				x.AppOpen, x.App = true, ""
			}
		}
	}
	d := doc(t, rows...)
	if several {
		d.Attribution = &audit.Attribution{Subject: "com.example.video", Flows: 5, Open: 5, Read: 5, Others: 5}
	}
	d.Incidents = []audit.Incident{{Kind: audit.Deletion, Offset: 100, Recipient: audit.RecipientRef{Host: "api.app.example"}}}
	d.Sharing = &audit.Sharing{Identifiers: []audit.SharedIdentifier{{Alias: "x-1", Companies: 3}, {Alias: "x-2", Companies: 1}}}
	d.Recipients = []audit.Recipient{{ID: "ads.far.example", Standing: []audit.Standing{{IP: "192.0.2.1", EEA: "no", Adequate: "no", Concern: "yes", ControllerConcern: "yes"}}}}
	for _, a := range []string{"app-opened", "next", "record"} {
		d.Timeline = append(d.Timeline, audit.Happening{Kind: "act", What: mark(t, a)})
	}
	return d
}

// TestPlainly: the engine answers as the simplest one does, whatever the sets ask
// and however many of them, of ledgers by chance, in batches of any size on any
// number of processors.
func TestPlainly(t *testing.T) {
	defer func(n int) { batchBytes = n }(batchBytes)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	var box []*Set
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		box = append(box, s)
	}
	met := map[string]int{}
	for n := range rounds {
		r := rand.New(rand.NewPCG(8, uint64(n)))
		d := chanceDocument(t, r)
		sets := []*Set{chanceSet(t, r), box[r.IntN(len(box))], chanceSet(t, r)}
		c := Case{FirstParty: []string{"app.example"}, FarCountries: []string{"CN"}, Child: r.IntN(2) == 0}
		batchBytes = []int{1, 300, 5000, 256 << 10}[r.IntN(4)]
		runtime.GOMAXPROCS(1 + r.IntN(4))
		verdicts, err := Answer(t.Context(), sets, d, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sets {
			p := newPlain(t, s, d, c)
			for _, q := range s.Questions {
				v := verdicts[0]
				verdicts = verdicts[1:]
				if r.IntN(8) > 0 {
					// read once for all
				} else if e, err := s.Explain(t.Context(), d, c, q.ID); err != nil || e.Verdict.Answer != v.Answer || !slices.Equal(e.Verdict.Missing, v.Missing) {
					t.Errorf("round %d, %s %s: explained as %s %v (%v), answered %s %v", n, s.ID, q.ID, e.Verdict.Answer, e.Verdict.Missing, err, v.Answer, v.Missing)
				}
				if !onRows(q) {
					continue
				}
				answer, count, because, missing := p.answer(q, d)
				met[answer]++
				slices.Sort(because)
				because = slices.Compact(because)
				got := slices.Sorted(slices.Values(v.Because))
				same := len(because) > maxBecause || reflect.DeepEqual(append([]string{}, because...), append([]string{}, got...))
				if v.Answer != answer || v.Count != count || !same || !slices.Equal(v.Missing, missing) {
					t.Errorf("round %d, %s %s, batches of %d: %s, %d rows %v, missing %v; plainly %s, %d rows %v, missing %v\n%s %s", n, s.ID, q.ID, batchBytes,
						v.Answer, v.Count, got, v.Missing, answer, count, because, missing, clauses(q.ProvedBy), clauses(q.RefutedBy))
				}
			}
		}
	}
	for _, a := range []string{audit.Observed, audit.NotObserved, audit.Contradicted, audit.NotMeasurable} {
		if met[a] < rounds/4 {
			t.Errorf("%d answers %s: the test looks in the wrong place", met[a], a)
		}
	}
}

func clauses(list []Clause) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%q every %v per %q distinct %q at least %d\n", c.Expressions(), c.Every, c.Per, c.Distinct, c.AtLeast)
	}
	return b.String()
}

// An app that sends more values than are counted apart does not hide by that.
func TestTooMany(t *testing.T) {
	var rows []audit.Transfer
	for i := range maxGroups + 10 {
		rows = append(rows, audit.Transfer{DataType: "device.ad_id", Alias: fmt.Sprint("x-", i), Recipient: audit.RecipientRef{Owner: "a"}})
	}
	rows = append(rows, rows[len(rows)-1])
	rows[len(rows)-1].Recipient.Owner = "b"
	s := set(t, one+`proved_by = [{ rows = 'data_type == "device.ad_id"', per = "alias", distinct = "owner", at_least = 2 }]`)
	if v := answer(t, s, doc(t, rows...), Case{})["Q"]; v.Answer != audit.NotMeasurable || !slices.Equal(v.Missing, []string{"too-many"}) {
		t.Errorf("%s %v", v.Answer, v.Missing)
	}
}
