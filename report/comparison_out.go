package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/constat/constat/comparison"
)

//go:embed comparison.html
var comparisonSource string

var comparisonPage = template.Must(template.New("comparison").Parse(comparisonSource))

// listedChanges bounds each list of changes on the terminal.
const listedChanges = 60

// Comparison writes a comparison of two audits for a reader at a terminal.
func Comparison(w io.Writer, d *comparison.Document, o Options) error {
	bw := bufio.NewWriter(w)
	c := newVersus(d, o.Lang)
	t := &terminal{view: c.view, w: bw, width: min(max(o.Width, 40), 200), color: o.Color}
	for _, s := range c.Sides() {
		t.wrap("", "  ", t.paint(bold, s.Heading()))
		if s.Path != "" {
			t.wrap("  ", "  ", s.Path)
		}
		for _, in := range s.Inputs {
			t.wrap("  ", "  ", fmt.Sprintf("%s (%s, %s, %s – %s)", in.Path, in.Format, c.Size(in.Bytes), c.When(in.First), c.When(in.Last)))
		}
		t.wrap("  ", "  ", s.Watched())
		t.wrap("  ", "  ", s.Per15())
	}
	t.heading("cmp.h.caveats")
	if len(c.Caveats) == 0 {
		t.wrap("  ", "  ", c.T("cmp.nocaveats"))
	}
	for _, k := range c.Caveats {
		t.wrap("  - ", "    ", c.Says(k))
	}
	t.heading("cmp.h.short")
	for _, s := range c.Headline() {
		t.wrap("  ", "    ", s)
	}
	if c.Unsure() {
		t.wrap("  ", "  ", c.T("cmp.unsure"))
	}
	c.changes(t, "cmp.h.verdicts", len(c.Differing()), func(i int) (string, []string) {
		v := c.Differing()[i]
		return c.Mark(v.Change) + " " + v.Question + " " + c.Change(v.Change) + c.T("colon") + c.Question(v), []string{c.Answers(v), c.Means(v)}
	})
	for _, of := range []struct {
		heading string
		list    []comparison.Transfer
	}{{"cmp.h.transfers", c.Moved()}, {"cmp.numbers", c.Counted()}} {
		c.changes(t, of.heading, len(of.list), func(i int) (string, []string) {
			r := of.list[i]
			return c.Mark(r.Change) + " " + c.Change(r.Change) + c.T("colon") + c.Of(r), []string{c.Told(r), c.Proves(r.Open)}
		})
	}
	for _, of := range []struct {
		heading string
		list    []comparison.Recipient
	}{{"cmp.h.recipients", c.Parties(true)}, {"cmp.h.contacts", c.Parties(false)}} {
		c.changes(t, of.heading, len(of.list), func(i int) (string, []string) {
			r := of.list[i]
			return c.Mark(r.Change) + " " + c.Change(r.Change) + c.T("colon") + r.Owner, []string{c.ToldOf(r), c.Proves(r.Open)}
		})
	}
	return bw.Flush()
}

// changes lists rows, each with a first line and more below it.
func (c *versus) changes(t *terminal, heading string, n int, row func(int) (string, []string)) {
	if n == 0 {
		return
	}
	t.heading(heading)
	for i := range min(n, listedChanges) {
		first, more := row(i)
		t.wrap("  ", "    ", first)
		for _, s := range more {
			if s != "" {
				t.wrap("      ", "      ", s)
			}
		}
	}
	if n > listedChanges {
		t.wrap("  ", "  ", c.T("more", n-listedChanges))
	}
}

// comparisonHTML is what the page shows.
type comparisonHTML struct {
	*versus
	Style  template.CSS
	Policy string
}

// MovedRows, CountedRows and PartyRows are those that the page lists; the JSON
// has all.
func (p comparisonHTML) MovedRows() []comparison.Transfer   { return firstRows(p.Moved()) }
func (p comparisonHTML) CountedRows() []comparison.Transfer { return firstRows(p.Counted()) }
func (p comparisonHTML) PartyRows(got bool) []comparison.Recipient {
	return firstRows(p.Parties(got))
}

func firstRows[T any](list []T) []T { return list[:min(len(list), maxRows)] }

// MoreMoved is how many transfers are left to the JSON.
func (p comparisonHTML) MoreMoved() int { return len(p.Moved()) - len(p.MovedRows()) }

// ComparisonHTML writes a comparison of two audits as one page that needs
// nothing else.
func ComparisonHTML(w io.Writer, d *comparison.Document, o Options) error {
	return writePage(w, comparisonPage, comparisonHTML{versus: newVersus(d, o.Lang), Style: template.CSS(style), Policy: stylePolicy()})
}

// ComparisonJSON writes the document, lists with one element a line.
func ComparisonJSON(w io.Writer, d *comparison.Document) error { return members(w, d) }
