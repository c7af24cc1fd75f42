package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// How many of each a reading for people shows; the JSON has all.
const (
	sharedListed = 60
	joinsListed  = 24
	syncsListed  = 24
)

// Shared are the identifiers that several companies got, the strongest evidence
// first, then those that most got.
func (v *view) Shared() (out []audit.SharedIdentifier) {
	if v.Sharing == nil {
		return nil
	}
	for _, x := range v.Sharing.Identifiers {
		if x.Companies > 1 {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b audit.SharedIdentifier) int {
		return cmp.Or(cmp.Compare(a.Grade, b.Grade), cmp.Compare(b.Companies, a.Companies))
	})
	return out
}

// SharedRows are those that are listed.
func (v *view) SharedRows() []audit.SharedIdentifier {
	all := v.Shared()
	return all[:min(len(all), sharedListed)]
}

// Called names an identifier by its alias: its data type, and its number if it
// is not the first of the type.
func (v *view) Called(alias string) string {
	i := strings.LastIndexByte(alias, '-')
	if i < 0 {
		return alias
	}
	kind, n := alias[:i], alias[i+1:]
	switch {
	case kind == "token":
		return v.T("sharing.token", n)
	case n == "1":
		return v.Type(kind)
	}
	return v.T("sharing.nth", v.Type(kind), n)
}

// Digested reports whether a recipient got only digests of an identifier.
func (v *view) Digested(r audit.SharedWith) bool {
	for _, f := range r.Forms {
		if f != "hashed" && f != "truncated" {
			return false
		}
	}
	return len(r.Forms) > 0
}

// GotIt says how a recipient got an identifier.
func (v *view) GotIt(r audit.SharedWith) string {
	s := v.Owner(r.Recipient)
	notes := []string{v.N("time", r.Count)}
	if v.Digested(r) {
		notes = append(notes, v.T("sharing.digest"))
	}
	if len(r.With) > 0 {
		notes = append(notes, v.T("sharing.with", v.types(r.With)))
	}
	return s + " (" + strings.Join(notes, ", ") + ")"
}

// calledAt is Called, and says so if the recipient got digests of it only.
func (v *view) calledAt(alias, recipient string) string {
	for _, x := range v.Sharing.Identifiers {
		for _, r := range x.Recipients {
			if x.Alias == alias && r.Recipient == recipient && v.Digested(r) {
				return v.T("sharing.nth", v.Called(alias), v.T("sharing.digest"))
			}
		}
	}
	return v.Called(alias)
}

// Joins are the ways from an identifier to the person, in words.
func (v *view) Joins() (out []string) {
	if v.Sharing == nil {
		return nil
	}
	for i, j := range v.Sharing.Joins {
		if i == joinsListed {
			return append(out, v.T("more", len(v.Sharing.Joins)-i))
		}
		out = append(out, v.joined(&j))
	}
	return out
}

func (v *view) joined(j *audit.Join) string {
	who, id, fact := v.Owner(j.Recipient), v.calledAt(j.Identifier, j.Recipient), v.Called(j.Fact)
	switch {
	case len(j.Steps) == 0:
		return v.T("join.digest", who, fact, v.Owner(j.Reader))
	case len(j.Steps) == 1 && j.Alone:
		s := j.Steps[0]
		return v.T("join.alone", who, v.calledAt(s.Identifier, s.Recipient), v.calledAt(s.With, s.Recipient), s.Proof.Flow)
	case len(j.Steps) == 1:
		s := j.Steps[0]
		return v.T("join.one", v.Owner(s.Recipient), v.calledAt(s.Identifier, s.Recipient), v.calledAt(s.With, s.Recipient), s.Proof.Flow, who)
	}
	var steps []string
	for _, s := range j.Steps {
		steps = append(steps, v.T("join.step", v.calledAt(s.Identifier, s.Recipient), v.calledAt(s.With, s.Recipient), v.Owner(s.Recipient), s.Proof.Flow))
	}
	return v.T("join.many", id, who, fact, len(steps), strings.Join(steps, "; "))
}

// Syncs are the identifiers that were passed on, in words.
func (v *view) Syncs() (out []string) {
	if v.Sharing == nil {
		return nil
	}
	for i := range v.Sharing.Syncs {
		if i == syncsListed {
			return append(out, v.T("more", len(v.Sharing.Syncs)-i))
		}
		out = append(out, v.synced(&v.Sharing.Syncs[i]))
	}
	return out
}

func (v *view) synced(s *audit.Sync) string {
	from, to, id := v.Owner(s.From), v.Owner(s.To), v.Called(s.Alias)
	args := []any{from, to, id}
	switch s.How {
	case "set-cookie":
		args = []any{from, id, to}
	case "cookie":
		args = []any{id, from, to}
	}
	line := v.T("sync."+s.How, append(args, s.Set.Flow, s.Sent.Flow)...)
	if s.Matched != "" {
		line = v.join(line, v.T("sync.matched", v.Called(s.Matched), to))
	}
	return v.join(line, v.T("sharing.grade", s.Grade))
}

// LetGo says what the graph could not hold, "" if nothing.
func (v *view) LetGo() string {
	if v.Sharing == nil {
		return ""
	}
	l := v.Sharing.Limits
	var list []string
	for _, x := range []struct {
		name string
		n    int
	}{
		{"tokens", l.Tokens}, {"cut", l.Cut}, {"recipients", l.Recipients}, {"pairs", l.Pairs},
		{"identifiers", l.Identifiers}, {"joins", l.Joins}, {"syncs", l.Syncs},
	} {
		if x.n > 0 {
			list = append(list, v.T("sharing.limit."+x.name, x.n))
		}
	}
	if list == nil {
		return ""
	}
	return v.T("sharing.let", strings.Join(list, "; "))
}

// sharing writes who can put it together.
func (t *terminal) sharing() {
	if t.Sharing == nil {
		return
	}
	t.heading("h.sharing")
	t.wrap("  ", "  ", t.T("sharing.note"))
	if rows := t.SharedRows(); len(rows) > 0 {
		tab := table{head: []string{t.T("sharing.identifier"), t.T("c.grade"), t.T("sharing.companies"), t.T("sharing.who")}, right: map[int]bool{2: true}}
		const most = 20
		for i, x := range rows {
			if i == most {
				break
			}
			var who []string
			for _, r := range x.Recipients {
				who = append(who, t.Owner(r.Recipient))
			}
			tab.add(t.Called(x.Alias), x.Grade, fmt.Sprint(x.Companies), strings.Join(who, ", "))
		}
		t.table(tab)
		if n := len(t.Shared()) - most; n > 0 {
			t.line("  " + t.T("more", n))
		}
	}
	for _, list := range []struct {
		head  string
		lines []string
	}{{"h.joins", t.Joins()}, {"h.syncs", t.Syncs()}} {
		if len(list.lines) == 0 {
			continue
		}
		t.heading(list.head)
		for _, s := range list.lines {
			t.wrap("  · ", "    ", s)
		}
	}
	if s := t.LetGo(); s != "" {
		t.wrap("  ", "  ", s)
	}
}
