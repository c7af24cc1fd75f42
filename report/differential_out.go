package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/constat/constat/differential"
)

//go:embed differential.html
var differentialSource string

// differentialPage has the style of the other page.
var differentialPage = template.Must(template.New("differential").Funcs(template.FuncMap{
	"add": func(a, b int) int { return a + b },
}).Parse(differentialSource))

// listedCandidates is how many candidates the terminal lists: without a repeat
// there is one for every nonce.
const listedCandidates = 20

// Differential writes a comparison for a reader at a terminal.
func Differential(w io.Writer, d *differential.Document, o Options) error {
	bw := bufio.NewWriter(w)
	c := newDifference(d, o.Lang)
	t := &terminal{view: c.view, w: bw, width: min(max(o.Width, 40), 200), color: o.Color}
	for i, r := range c.Runs {
		s := fmt.Sprintf("%s, %s: %s (%s, %s, %s)", c.T("diff.run", i+1), c.T("diff.person", r.Persona+1), r.Path, r.Format, c.Size(r.Bytes), c.N("flow", r.Flows))
		if r.Foreign > 0 {
			s += "; " + c.T("diff.foreign", r.Foreign)
		}
		t.wrap("", "  ", s)
		t.line("  " + t.paint(dim, "sha256 "+r.SHA256[:min(len(r.SHA256), max(16, t.width-10))]))
	}
	t.wrap("", "  ", c.T("diff.differs")+": "+c.differs())
	t.line("")
	for i, s := range c.Headline() {
		if i == 0 {
			s = t.paint(bold, s)
		}
		t.wrap("", "  ", s)
	}
	c.list(t, "diff.h.proven", c.Proven(), len(d.Findings))
	c.list(t, "diff.h.candidates", c.Candidates(), listedCandidates)
	t.heading("diff.h.design")
	for _, s := range c.Proves() {
		t.wrap("  ", "  ", s)
	}
	t.heading("diff.h.limits")
	for _, code := range d.Limits {
		t.wrap("  - ", "    ", c.Exclude(code))
	}
	if len(d.Errors) > 0 {
		t.heading("h.errors")
		for _, e := range d.Errors {
			s := e.Message.String()
			if e.Count > 1 {
				s += " (" + c.N("time", e.Count) + ")"
			}
			t.wrap("  - ", "    ", s)
		}
	}
	return bw.Flush()
}

// differs lists what differs between the personas.
func (c *difference) differs() string {
	if len(c.Subjects) == 0 {
		return c.T("diff.nopersonas")
	}
	var list []string
	for i, v := range c.Values {
		list = append(list, fmt.Sprintf("%s %s / %s", c.Value(i), v.Redacted[0], v.Redacted[1]))
	}
	const most = 6
	if n := len(list) - most; n > 0 {
		list = append(list[:most], c.T("more", n))
	}
	return strings.Join(list, "; ")
}

func (c *difference) list(t *terminal, heading string, list []differential.Finding, most int) {
	if len(list) == 0 {
		return
	}
	t.heading(heading)
	for _, f := range list[:min(len(list), most)] {
		t.wrap("  ", "       ", fmt.Sprintf("%s %s %s: %s", pad(f.ID, 4), t.paint(bold, f.Grade), c.T("diff.kind."+f.Kind), c.At(f.Exchange[0])))
		if s := c.Way(f); s != "" {
			t.wrap("       ", "       ", t.paint(dim, s))
		}
		if s := c.Elsewhere(f); s != "" {
			t.wrap("       ", "       ", s)
		}
		t.wrap("       ", "       ", strings.Join(c.Says(f), " "))
	}
	if n := len(list) - most; n > 0 {
		t.wrap("  ", "  ", c.T("more", n))
	}
}

// differentialHTML is what the page shows.
type differentialHTML struct {
	*difference
	Style  template.CSS
	Policy string
}

// FieldRows are the fields that the page lists.
func (p differentialHTML) FieldRows() []differential.FieldRow {
	return p.Fields[:min(len(p.Fields), maxRows)]
}

// MoreFields is how many fields are left to the JSON.
func (p differentialHTML) MoreFields() int { return len(p.Fields) - len(p.FieldRows()) }

// CandidateRows are the candidates that the page lists.
func (p differentialHTML) CandidateRows() []differential.Finding {
	all := p.Candidates()
	return all[:min(len(all), maxRows)]
}

// DifferentialHTML writes a comparison as one page that needs nothing else.
func DifferentialHTML(w io.Writer, d *differential.Document, o Options) error {
	return writePage(w, differentialPage, differentialHTML{difference: newDifference(d, o.Lang), Style: template.CSS(style), Policy: stylePolicy()})
}

// DifferentialJSON writes the document, lists with one element a line.
func DifferentialJSON(w io.Writer, d *differential.Document) error { return members(w, d) }
