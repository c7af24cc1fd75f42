package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// lawLine is a line of the table of law: what one law calls one recipient.
type lawLine struct {
	Place, Control string // which of the two was looked up; "–" for the other
	Regime, Status string
	Says           []string
	Article        string
	When           string // the row's days, and the capture's
	Ask            string
	Memory         bool // checked from memory only
}

// lawTable is the lines of one recipient.
type lawTable struct {
	Owner string
	Lines []lawLine
	More  int // lines left to the JSON
}

// lawSource is what a line rests on.
type lawSource struct{ What, Source, Checked string }

// What the page and the terminal show of law; the JSON has all.
const (
	maxLawRecipients = 60
	maxLawLines      = 20 // of one recipient
)

// Laws are the tables of the recipients that have rows, the first of them.
func (v *view) Laws() (all []lawTable) {
	for i := range v.Recipients {
		r := &v.Recipients[i]
		groups := folded(r.Law)
		if len(groups) == 0 || len(all) == maxLawRecipients {
			continue
		}
		t := lawTable{Owner: r.Owner, More: max(0, len(groups)-maxLawLines)}
		for _, rows := range groups[:len(groups)-t.More] {
			t.Lines = append(t.Lines, v.lawLine(rows))
		}
		all = append(all, t)
	}
	return all
}

// MoreLaws is how many recipients with rows are left to the JSON.
func (v *view) MoreLaws() int {
	n := 0
	for i := range v.Recipients {
		if len(v.Recipients[i].Law) > 0 {
			n++
		}
	}
	return max(0, n-maxLawRecipients)
}

// folded groups rows that differ in the kind of data only, or in the country
// only.
func folded(rows []audit.LawRow) (groups [][]audit.LawRow) {
	same := func(a, b *audit.LawRow) bool {
		if a.Regime != b.Regime || a.Status != b.Status || a.Column != b.Column || a.Place != b.Place || a.Instrument != b.Instrument {
			return false
		}
		if a.Category != "" && b.Category != "" {
			return slices.Equal(a.Countries, b.Countries) && slices.Equal(a.On, b.On)
		}
		return a.Article == b.Article && (slices.Equal(a.Countries, b.Countries) && slices.Equal(a.On, b.On) || a.Possible == nil && slices.EqualFunc(a.Says, b.Says, func(x, y audit.LawSentence) bool {
			return x.Key == y.Key && slices.Equal(x.Args, y.Args)
		}))
	}
	for i := range rows {
		if n := len(groups); n > 0 && same(&groups[n-1][0], &rows[i]) {
			groups[n-1] = append(groups[n-1], rows[i])
		} else {
			groups = append(groups, []audit.LawRow{rows[i]})
		}
	}
	return groups
}

func (v *view) lawLine(rows []audit.LawRow) lawLine {
	joined := rows[0]
	for i := range rows[1:] {
		x := &rows[i+1]
		for _, c := range x.Countries {
			joined.Countries = appendNew(slices.Clip(joined.Countries), c)
		}
		if len(joined.On) == 2 && len(x.On) == 2 {
			joined.On = []string{min(joined.On[0], x.On[0]), max(joined.On[1], x.On[1])}
		}
	}
	r := &joined
	l := lawLine{Place: "–", Control: "–", Status: v.T("law.status." + r.Status), Says: v.lawSays(rows), Article: v.lawArticle(rows), When: v.lawWhen(r)}
	if r.Regime != "" {
		l.Regime = v.T("law.regime." + r.Regime)
	}
	if r.Column == "control" {
		l.Control = v.Countries(r.Countries)
		if len(r.Countries) == 0 {
			l.Control = v.T("law.noseat")
		}
	} else {
		l.Place = v.lawPlace(r)
	}
	if r.Ask != "" {
		l.Ask = v.T("law.ask." + r.Ask)
	}
	if len(r.Safeguards) > 0 {
		l.Ask += " (" + v.T("law.available", strings.Join(r.Safeguards, "; ")) + ")"
	}
	for i := range rows {
		l.Memory = l.Memory || strings.HasPrefix(rows[i].Checked, "mem")
	}
	return l
}

// lawPlace names the countries with the verdict on them.
func (v *view) lawPlace(r *audit.LawRow) string {
	switch {
	case len(r.Countries) == 0:
		return v.T("law.nowhere")
	case r.Place == "undetermined":
		return v.T("law.possible", v.Countries(r.Countries))
	}
	return v.Countries(r.Countries) + " (" + v.name("law.place.", r.Place) + ")"
}

// lawSays are the sentences of rows, the kinds of data in between.
func (v *view) lawSays(rows []audit.LawRow) (out []string) {
	for _, p := range rows[0].Possible {
		out = appendNew(out, v.T("law.if", v.Country(p.Country), v.T("law.status."+p.Status)))
	}
	var others []string
	for i := range rows {
		r := &rows[i]
		for _, s := range r.Says {
			switch {
			case s.Key == "matches" && len(s.Args) == 2:
				code, _, _ := strings.Cut(s.Args[0], " ")
				wording := s.Args[1]
				if w, ok := v.lookup("law.cat." + r.Regime + "." + code); ok {
					wording = w
				}
				out = appendNew(out, v.T("law.kind", v.types(r.DataTypes), v.T("law.says.matches", s.Args[0], wording)))
			case s.Key == "no_category":
				others = append(others, r.DataTypes...)
			case s.Key == "form": // once, below the table
			case strings.HasPrefix(s.Key, "effect."): // whose it is stands among the articles
				out = appendNew(out, v.T("law.says."+s.Key))
			default:
				out = appendNew(out, v.lawSentence(s))
			}
		}
	}
	if others != nil {
		out = append(out, v.T("law.kinds.none", v.types(others)))
	}
	return out
}

// lawSentence puts a sentence into words: countries and laws by their names.
func (v *view) lawSentence(s audit.LawSentence) string {
	text, ok := v.lookup("law.says." + s.Key)
	if !ok || strings.Count(text, "%s") != len(s.Args) {
		return s.Key
	}
	var args []any
	for _, a := range s.Args {
		switch s.Key {
		case "counts_as", "pending", "no_table":
			a = v.Country(a)
		default:
			a = v.name("law.name.", a)
		}
		args = append(args, a)
	}
	return v.T("law.says."+s.Key, args...)
}

// lawArticle names articles, by law where several laws have a row, and the
// instrument.
func (v *view) lawArticle(rows []audit.LawRow) string {
	var all []string
	var law string
	for i := range rows {
		for a := range strings.SplitSeq(rows[i].Article, "; ") {
			if name := lawOf(a, rows[i].Says); name != "" {
				a = strings.TrimPrefix(a, name+" ")
				if name == law {
					all[len(all)-1] += ", " + strings.TrimPrefix(a, "art. ")
				} else {
					all = append(all, v.name("law.name.", name)+", "+a)
				}
				law = name
				continue
			}
			// "202.601, 202.205(c)": the list, and the kind
			for x := range strings.SplitSeq(strings.ReplaceAll(a, ", 202.", "\n202."), "\n") {
				if x != "" {
					all = appendNew(all, x)
				}
			}
		}
	}
	if in := rows[0].Instrument; in != "" {
		all = append(all, in)
	}
	return cmp.Or(strings.Join(all, v.T("law.semi")), "–")
}

// lawOf is the law that an article names first, "" if it names none.
func lawOf(article string, says []audit.LawSentence) (name string) {
	for _, s := range says {
		if strings.HasPrefix(s.Key, "effect.") && len(s.Args) == 1 && strings.HasPrefix(article, s.Args[0]+" ") && len(s.Args[0]) > len(name) {
			name = s.Args[0]
		}
	}
	return name
}

// LawNotes are sentences that hold of several rows, each once.
func (v *view) LawNotes() (out []string) {
	for i := range v.Recipients {
		for j := range v.Recipients[i].Law {
			for _, s := range v.Recipients[i].Law[j].Says {
				if s.Key == "form" {
					out = appendNew(out, v.T("law.regime."+v.Recipients[i].Law[j].Regime)+v.T("colon")+v.lawSentence(s))
				}
			}
		}
	}
	return out
}

// lawWhen says since when the row has been in force, and on which days it was
// looked up.
func (v *view) lawWhen(r *audit.LawRow) string {
	var parts []string
	if r.From != "" {
		parts = append(parts, v.T("law.since", r.From))
	}
	if len(r.On) == 2 {
		if r.On[0] == r.On[1] {
			parts = append(parts, v.T("law.asof", r.On[0]))
		} else {
			parts = append(parts, v.T("law.between", r.On[0], r.On[1]))
		}
	}
	return strings.Join(parts, v.T("law.semi"))
}

// LawSubject says whose law was taken to protect the subject.
func (v *view) LawSubject() string {
	if v.Subject.Country == "" {
		return v.T("law.subject.none")
	}
	return v.T("law.subject", v.Country(v.Subject.Country), v.name("law.from.", v.Subject.CountryFrom))
}

// LawSources are what the lines rest on, each once.
func (v *view) LawSources() (all []lawSource) {
	for i := range v.Recipients {
		for j := range v.Recipients[i].Law {
			r := &v.Recipients[i].Law[j]
			if r.Source == "" {
				continue
			}
			what, _, _ := strings.Cut(r.Article, ", ")
			s := lawSource{strings.TrimSpace(v.T("law.regime."+r.Regime) + ", " + cmp.Or(r.Instrument, what)), r.Source, r.Checked}
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b lawSource) int { return strings.Compare(a.What, b.What) })
	return all[:min(len(all), maxRows)]
}

// laws writes the section for a terminal: a table would not fit.
func (t *terminal) laws() {
	tables := t.Laws()
	if tables == nil {
		return
	}
	t.heading("h.law")
	t.wrap("  ", "  ", t.T("law.note"))
	t.wrap("  ", "  ", t.LawSubject())
	for _, note := range t.LawNotes() {
		t.wrap("  ", "  ", note)
	}
	for _, table := range tables {
		t.wrap("  · ", "    ", table.Owner)
		for _, l := range table.Lines {
			s := l.Status
			if l.Regime != "" {
				s = l.Regime + t.T("colon") + s
			}
			where := t.T("law.c.place") + t.T("colon") + l.Place
			if l.Control != "–" {
				where = t.T("law.c.control") + t.T("colon") + l.Control
			}
			t.wrap("      ", "        ", s+" · "+where+" · "+l.Article)
			if len(l.Says) > 0 {
				t.wrap("        ", "        ", strings.Join(l.Says, " "))
			}
			if l.Ask != "" {
				t.wrap("        ", "        ", t.T("law.c.ask")+t.T("colon")+l.Ask)
			}
		}
		if table.More > 0 {
			t.line("      " + t.T("more", table.More))
		}
	}
	if n := t.MoreLaws(); n > 0 {
		t.line("  " + t.T("more", n))
	}
}
