package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/question"
)

// Answers writes the verdicts of a document and nothing else.
func Answers(w io.Writer, d *audit.Document, o Options) error {
	t := newTerminal(w, d, o)
	t.verdicts()
	return t.w.Flush()
}

// AnswersJSON writes them as the document has them, one a line.
func AnswersJSON(w io.Writer, d *audit.Document) error {
	bw := bufio.NewWriter(w)
	bw.WriteString("{\n  \"verdicts\": [")
	for i, v := range d.Verdicts {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if i > 0 {
			bw.WriteByte(',')
		}
		bw.WriteString("\n    ")
		bw.Write(b)
	}
	bw.WriteString("\n  ]\n}\n")
	return bw.Flush()
}

func newTerminal(w io.Writer, d *audit.Document, o Options) *terminal {
	return &terminal{view: newView(d, o.Lang), w: bufio.NewWriter(w), width: min(max(o.Width, 40), 200), color: o.Color}
}

// Question writes what a question asks: the claim, what would prove and what
// would refute it, and what must be there to answer.
func Question(w io.Writer, s *question.Set, q *question.Question, o Options) error {
	t := newTerminal(w, &audit.Document{}, o)
	t.question(s, q)
	t.asks(s, q)
	return t.w.Flush()
}

// Explanation writes a question with the answer that it got, and why.
func Explanation(w io.Writer, d *audit.Document, e *question.Explanation, o Options) error {
	t := newTerminal(w, d, o)
	t.question(e.Set, e.Question)
	t.entry("explain.answer", t.Sign(e.Verdict.Answer)+" "+t.Answer(e.Verdict)+". "+t.T("explain."+e.Verdict.Answer))
	t.weighed("explain.proved", e.Proved)
	t.weighed("explain.refuted", e.Refuted)
	if because := t.Because(e.Verdict); because != "" {
		t.entry("explain.because", because)
	}
	t.decisive(e.Verdict)
	t.heading("explain.needs")
	for _, n := range e.Needs {
		if len(n.Missing) == 0 {
			t.wrap("  ✓ ", "    ", t.need(n.Need)+t.T("colon")+t.T("explain.there"))
			continue
		}
		for i, s := range t.Lackings(n.Missing) {
			t.wrap("  ✗ ", "    ", t.T("explain.lacking")+t.T("colon")+s+" ["+n.Missing[i]+"]")
		}
	}
	t.definitions(e.Set, e.Question)
	return t.w.Flush()
}

// need puts what must be there into words.
func (t *terminal) need(code string) string {
	if _, ok := t.lookup("explain.need." + code); ok {
		return t.T("explain.need." + code)
	}
	if kind, what, ok := strings.Cut(code, ":"); ok && slices.Contains([]string{"act", "state", "planted", "case", "idle", "watched"}, kind) {
		return t.Lacking(kind+":"+what) + " (" + code + ")"
	}
	return code
}

// entry is a word and what it stands for.
func (t *terminal) entry(key, text string) {
	t.wrap("  "+pad(t.T(key), 14)+" ", strings.Repeat(" ", 17), text)
}

func (t *terminal) question(s *question.Set, q *question.Question) {
	claim := q.Claim.EN
	if t.Lang == "fr" {
		claim = q.Claim.FR
	}
	t.wrap("", "  ", t.paint(bold, s.ID+" "+q.ID)+t.T("colon")+claim)
	said := func(text string) string {
		if t.Lang == "fr" {
			return s.InFrench(text)
		}
		return text
	}
	t.entry("answer.saidby", said(q.SaidBy))
	for _, short := range s.Cited(q) {
		src := s.Sources[short]
		t.entry("explain.source", strings.TrimSpace(short+t.T("colon")+said(src.Name)+", "+src.Date+" "+src.URL)+checked(src.Checked))
	}
	for _, hook := range q.Law {
		short, l, ok := s.Hook(hook)
		if !ok {
			t.entry("answer.law", said(hook))
			continue
		}
		from := l.From
		if from == "" {
			from = "?"
		}
		t.entry("answer.law", fmt.Sprintf("%s; %s: %s, %s → (%s)%s", said(hook), said(short), said(l.Name), from, l.Source, checked(l.Checked)))
	}
	t.entry("answer.shows", t.T("shows."+q.Shows))
}

func checked(how string) string {
	if how == "" {
		return ""
	}
	return " [" + how + "]"
}

func (t *terminal) asks(s *question.Set, q *question.Question) {
	t.clauses("explain.proved", q.ProvedBy)
	t.clauses("explain.refuted", q.RefutedBy)
	if len(q.Needs)+len(q.When) > 0 || q.Never != "" {
		t.heading("explain.needs")
	}
	for _, n := range q.Needs {
		t.wrap("  - ", "    ", t.need(n))
	}
	for _, c := range q.When {
		t.wrap("  - ", "    ", "not_measurable_when: "+c.If+" → "+t.Lacking(c.Missing))
	}
	if q.Never != "" {
		t.wrap("  ✗ ", "    ", t.T("explain.never")+t.T("colon")+t.Lacking(q.Never))
	}
	t.definitions(s, q)
}

func (t *terminal) clauses(key string, list []question.Clause) {
	if len(list) == 0 {
		return
	}
	t.heading(key)
	for i := range list {
		for _, x := range list[i].Expressions() {
			t.wrap("  "+list[i].Table()+t.T("colon"), "      ", flat(x))
		}
		t.counts(&list[i])
	}
}

// counts says what a clause asks beside its expressions.
func (t *terminal) counts(c *question.Clause) {
	var parts []string
	if len(c.Together) > 0 {
		parts = append(parts, t.T("explain.together"))
	}
	if c.Every {
		parts = append(parts, t.T("explain.every"))
	}
	if c.AtLeast > 1 || c.Distinct != "" {
		s := t.T("explain.atleast", c.AtLeast)
		if c.Distinct != "" {
			s += " " + t.T("explain.distinct", c.Distinct)
		}
		if c.Per != "" {
			s += " " + t.T("explain.per", c.Per)
		}
		parts = append(parts, s)
	}
	if len(parts) > 0 {
		t.wrap("      ", "      ", "("+strings.Join(parts, "; ")+")")
	}
}

func (t *terminal) weighed(key string, list []question.Weighed) {
	if len(list) == 0 {
		return
	}
	t.heading(key)
	for i := range list {
		c := &list[i]
		for n, x := range c.Expressions() {
			t.wrap("  "+c.Table+t.T("colon"), "      ", flat(x))
			t.wrap("      → ", "        ", t.T("explain.true", c.Each[n]))
		}
		t.counts(c.Clause)
		verdict := t.T("explain.fails")
		if c.Holds {
			verdict = t.T("explain.holds", c.Count)
		}
		if c.Open {
			verdict += "; " + t.T("explain.open")
		}
		t.wrap("    = ", "      ", verdict)
	}
}

func (t *terminal) definitions(s *question.Set, q *question.Question) {
	var texts []string
	for _, c := range slices.Concat(q.ProvedBy, q.RefutedBy) {
		texts = append(texts, c.Expressions()...)
	}
	used := s.Used(texts)
	if len(used) == 0 {
		return
	}
	t.heading("explain.definitions")
	for _, d := range used {
		t.wrap("  "+d.Name+" = ", "      ", flat(d.Is))
	}
}

// flat writes an expression of several lines in one.
func flat(expr string) string { return strings.Join(strings.Fields(expr), " ") }
