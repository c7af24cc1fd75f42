package comparison

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"github.com/constat/constat/audit"
)

// Options say what the user told of the audits.
type Options struct {
	By      string // what is meant to differ; "" is ByDate
	Names   [2]string
	Paths   [2]string // of stored documents
	Version string    // of the program
}

// Compare lays two audits side by side. It reads each ledger once.
func Compare(before, after *audit.Document, o Options) (*Document, error) {
	if o.By == "" {
		o.By = ByDate
	}
	if !slices.Contains([]string{ByVersion, ByConsent, ByDate}, o.By) {
		return nil, fmt.Errorf("audits are compared by %s, %s or %s, not by %q", ByVersion, ByConsent, ByDate, o.By)
	}
	c := &comparer{by: o.By, halves: [2]*half{newHalf(before, o.Names[0], o.Paths[0]), newHalf(after, o.Names[1], o.Paths[1])}}
	for i, h := range c.halves {
		if err := h.read(c.halves[1-i]); err != nil {
			return nil, fmt.Errorf("%s: %w", cmp.Or(o.Names[i], o.Paths[i], []string{"the first audit", "the second audit"}[i]), err)
		}
	}
	c.match()
	d := &Document{
		Schema: SchemaID, By: o.By, Before: c.halves[0].side, After: c.halves[1].side, Caveats: c.caveats(),
		Tool: Tool{Name: "constat", Version: o.Version, Go: runtime.Version()},
	}
	d.Transfers = c.transfers()
	d.Recipients = c.recipients(d.Transfers)
	d.Verdicts = c.verdicts()
	d.count()
	return d, nil
}

// comparer holds the audits while they are compared.
type comparer struct {
	by      string
	halves  [2]*half
	parties []party
	of      [2]map[string]int // party of each recipient
}

// party is one recipient of both audits: its id in each, "" where it is not met.
type party struct {
	owner string
	id    [2]string
}

// match finds the recipients that both audits met: by owner, and then, since
// tables of owners differ from year to year, by domain.
func (c *comparer) match() {
	c.of = [2]map[string]int{{}, {}}
	before, after := c.halves[0].doc.Recipients, c.halves[1].doc.Recipients
	for _, same := range []func(*audit.Recipient) string{
		func(r *audit.Recipient) string { return r.Owner },
		func(r *audit.Recipient) string { return r.Domain },
	} {
		index := map[string]*audit.Recipient{}
		for i := range after {
			r := &after[i]
			if _, done := c.of[1][r.ID]; !done && same(r) != "" && index[same(r)] == nil {
				index[same(r)] = r
			}
		}
		for i := range before {
			r := &before[i]
			if _, done := c.of[0][r.ID]; done {
				continue
			}
			if m := index[same(r)]; m != nil {
				c.of[0][r.ID], c.of[1][m.ID] = len(c.parties), len(c.parties)
				c.parties = append(c.parties, party{m.Owner, [2]string{r.ID, m.ID}})
				delete(index, same(r))
			}
		}
	}
	for i, list := range [2][]audit.Recipient{before, after} {
		for _, r := range list {
			if _, done := c.of[i][r.ID]; !done {
				c.of[i][r.ID] = len(c.parties)
				p := party{owner: r.Owner}
				p.id[i] = r.ID
				c.parties = append(c.parties, p)
			}
		}
	}
}

// transfers lays the rows side by side.
func (c *comparer) transfers() []Transfer {
	type match struct {
		value
		party int
	}
	pairs := map[match]*[2]*profile{}
	for i, h := range c.halves {
		for k, p := range h.rows {
			n, known := c.of[i][k.recipient]
			if !known {
				continue // a row of a damaged document
			}
			m := match{k.value, n}
			if pairs[m] == nil {
				pairs[m] = &[2]*profile{}
			}
			pairs[m][i] = p
		}
	}
	rows := []Transfer{}
	for m, pair := range pairs {
		t := Transfer{DataType: m.dataType, Value: m.label, Recipient: c.parties[m.party].owner}
		for i, to := range []**Seen{&t.Before, &t.After} {
			if pair[i] != nil {
				*to = &pair[i].Seen
			}
		}
		switch {
		case t.Before == nil:
			t.Open = c.missed(0, pair[1], m.party)
			t.Change = either(t.Open, New, OnlyAfter)
		case t.After == nil:
			t.Open = c.missed(1, pair[0], m.party)
			t.Change = either(t.Open, Gone, OnlyBefore)
		default:
			t.What = c.changed(t.Before, t.After)
			t.Change = Same
			if len(t.What) > 0 {
				t.Change = Changed
			}
		}
		rows = append(rows, t)
	}
	slices.SortFunc(rows, func(a, b Transfer) int {
		return cmp.Or(
			cmp.Compare(rank(a.Change), rank(b.Change)), cmp.Compare(weight(a.What), weight(b.What)),
			cmp.Compare(a.DataType, b.DataType), cmp.Compare(a.Recipient, b.Recipient), cmp.Compare(a.Value, b.Value),
			slices.Compare(examples(a), examples(b)),
		)
	})
	return rows
}

// examples tell rows apart that nothing else does: two recipients of one name.
func examples(t Transfer) (list []string) {
	for _, s := range []*Seen{t.Before, t.After} {
		if s != nil {
			list = append(list, s.Examples...)
		}
	}
	return list
}

// either is the first change if nothing speaks against it.
func either(open []string, sure, unsure string) string {
	if len(open) > 0 {
		return unsure
	}
	return sure
}

// changes are those of a row, in the order in which they are told.
var changes = []string{Began, Ended, New, Gone, Changed, OnlyAfter, Found, OnlyBefore, Lost, AskedAfter, AskedBefore, Same}

func rank(change string) int { return slices.Index(changes, change) }

// weight puts rows of which only the number changed last.
func weight(what []string) int {
	if len(what) == 1 && what[0] == "count" {
		return 1
	}
	return 0
}

// changed says what of a transfer is not as it was. A consent or a state counts
// only if both audits watched the app in it.
func (c *comparer) changed(a, b *Seen) (what []string) {
	if !sameKeys(a.Forms, b.Forms) {
		what = append(what, "form")
	}
	if !sameKeys(a.Anonymity, b.Anonymity) {
		what = append(what, "anonymity")
	}
	if best(a.Grades) != best(b.Grades) {
		what = append(what, "grade")
	}
	if c.by != ByConsent && c.moved(a.Consents, b.Consents, func(s *Side) []string { return s.Consents }) {
		what = append(what, "consent")
	}
	if c.moved(a.States, b.States, func(s *Side) []string { return s.States }) {
		what = append(what, "state")
	}
	if c.moved(a.Clips, b.Clips, clips) {
		what = append(what, "clip")
	}
	if c.moved(a.Accounts, b.Accounts, accounts) {
		what = append(what, "account")
	}
	if !slices.Equal(a.Hosts, b.Hosts) {
		what = append(what, "host")
	}
	if a.Count != b.Count {
		what = append(what, "count")
	}
	return what
}

// moved reports whether rows of one audit stand in a circumstance in which the
// other audit watched too, and had none.
func (c *comparer) moved(a, b map[string]int, watched func(*Side) []string) bool {
	if a[undetermined]+a[unknown]+b[undetermined]+b[unknown] > 0 {
		return false // what is not known may be just that
	}
	for i, rows := range [2]map[string]int{a, b} {
		for fact := range rows {
			if other := [2]map[string]int{b, a}[i]; other[fact] == 0 && slices.Contains(watched(&c.halves[1-i].side), fact) {
				return true
			}
		}
	}
	return false
}

// clips are the circumstances of a clip in which an audit watched.
func clips(s *Side) []string {
	list := []string{"none"}
	for _, act := range s.Acts {
		switch act {
		case "record", "next":
			list = append(list, "open")
		case "save-draft", "post", "discard":
			list = append(list, act)
		}
	}
	return list
}

// accounts say whether an audit watched with an account, and without.
func accounts(s *Side) (list []string) {
	if slices.Contains(s.Acts, "app-opened") {
		list = append(list, "no")
	}
	if slices.Contains(s.Acts, "sign-up") {
		list = append(list, "yes")
	}
	return list
}

func sameKeys(a, b map[string]int) bool {
	return slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
}

// best is the strongest grade.
func best(grades map[string]int) string {
	list := slices.Sorted(maps.Keys(grades))
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// count counts the rows by change.
func (d *Document) count() {
	d.Counts = Counts{Verdicts: map[string]int{}, Transfers: map[string]int{}, Recipients: map[string]int{}, Contacts: map[string]int{}}
	for _, v := range d.Verdicts {
		d.Counts.Verdicts[v.Change]++
	}
	for _, t := range d.Transfers {
		d.Counts.Transfers[t.Change]++
	}
	for _, r := range d.Recipients {
		if r.Got {
			d.Counts.Recipients[r.Change]++
		} else {
			d.Counts.Contacts[r.Change]++
		}
	}
}
