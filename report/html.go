package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"github.com/constat/constat/audit"
)

//go:embed page.html
var pageSource string

//go:embed law.html
var lawPart string

//go:embed places.html
var placesPart string

//go:embed apps.html
var appsPart string

//go:embed style.css
var style string

// page is the report's template. Escaping is html/template's: the page shows
// what hostile apps and servers wrote.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"join": strings.Join,
	"add":  func(a, b int) int { return a + b },
	"dots": func(n int) string { return strings.Repeat("•", min(n, 64)) },
}).Parse(pageSource + placesPart + lawPart + appsPart))

// exampleGroups is how many groups of transfers open to their proof; the
// others are rows only. It keeps the page under 300 kB.
const exampleGroups = 60

// maxRows bounds each table of the page; the JSON has all.
const maxRows = 500

// HTML writes one page that needs nothing else: no script, no request, the
// charts drawn here. Its content security policy allows the one style sheet
// in it, by hash, and nothing more.
func HTML(w io.Writer, d *audit.Document, o Options) error {
	v := newView(d, o.Lang)
	worst, err := worstWindow(v)
	if err != nil {
		return err
	}
	data := htmlPage{
		view: v, Worst: worst, Window: windowChart(v, worst), Style: template.CSS(style), Policy: stylePolicy(),
		Lanes: lanesChart(v), Flow: flowChart(v), Map: mapChart(v), Graph: sharingChart(v),
	}
	data.With, data.Without = v.Receivers()
	data.shown = data.examples()
	return writePage(w, page, data)
}

// stylePolicy is a content security policy that allows the one style sheet, by
// hash, and nothing more.
func stylePolicy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// writePage writes a page. Whatever the data holds, nothing on it turns text
// around or hides it.
func writePage(w io.Writer, page *template.Template, data any) error {
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		return err
	}
	_, err := w.Write(bytes.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return harmless(r)
	}, b.Bytes()))
	return err
}

type htmlPage struct {
	*view
	Style         template.CSS
	Policy        string
	Lanes, Flow   template.HTML
	Worst         *window
	Window        template.HTML
	Map, Graph    template.HTML
	With, Without []audit.Recipient
	shown         map[string]bool // rows that the groups of transfers show, by id
}

// Rows are the groups that the page lists.
func (p htmlPage) Rows() []audit.Group { return p.Groups[:min(len(p.Groups), maxRows)] }

// MoreRows is how many groups are left to the JSON.
func (p htmlPage) MoreRows() int { return len(p.Groups) - len(p.Rows()) }

// Proof is the example that the i-th group opens to.
func (p htmlPage) Proof(i int, g audit.Group) []audit.Transfer {
	if i >= exampleGroups || len(g.Examples) == 0 {
		return nil
	}
	n := 1
	if len(p.Groups) <= 40 {
		n = len(g.Examples)
	}
	return g.Examples[:n]
}

// CoverRows are the destinations that the page lists.
func (p htmlPage) CoverRows() []audit.Coverage { return p.Coverage[:min(len(p.Coverage), 100)] }

// Share is a part of a whole in tenths of a percent, for bars.
func (p htmlPage) Share(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	return part * 1000 / whole
}
