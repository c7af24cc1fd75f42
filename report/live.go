package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/constat/constat/audit"
)

// Progress is how a capture is getting on, for its live view.
type Progress struct {
	Elapsed     time.Duration
	Listen      string // address of the proxy
	Log         string // directory
	Entries     int64  // of the log, on disk
	Connections int64
	Open        int64
	Passed      int64 // connections passed through unread
	Rejected    int64 // connections whose client refused the certificate
	Up          int64 // bytes read
	OpaqueUp    int64 // bytes out that were not read
	Skipped     int64 // flows that the live view had no time for; the log has them
	Acts        []Act // the last ones, the latest first
}

// Act is something that was marked.
type Act struct {
	ID   string
	Time time.Time
	Note string
}

// Unread is the share of bytes out that could not be read, in percent.
func (p Progress) Unread() float64 {
	if p.Up+p.OpaqueUp == 0 {
		return 0
	}
	return 100 * float64(p.OpaqueUp) / float64(p.Up+p.OpaqueUp)
}

// live is a live view with words.
type live struct {
	*view
	audit.View
	Progress Progress
	now      time.Time
}

func newLive(v audit.View, p Progress, lang string) *live {
	return &live{view: newView(v.Document, lang), View: v, Progress: p, now: time.Now()}
}

// Ago formats how long ago t was.
func (l *live) Ago(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return fmt.Sprintf("%.0f\u202fs", max(0, l.now.Sub(t).Seconds()))
}

// Clock formats a duration.
func (l *live) Clock(d time.Duration) string {
	s := int(d.Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Share of a meter that n fills: full at three times the worst so far would
// never be, so the worst window is the measure.
func (l *live) Share(n int) int {
	most := max(l.Headline.Worst15.Items, n, 1)
	return 100 * n / most
}

//go:embed live.html
var liveHTML string

//go:embed live.css
var liveCSS []byte

//go:embed live.js
var liveJS []byte

var liveTemplate = template.Must(template.New("live").Parse(liveHTML))

// LiveStyle is the style sheet of the live page, LiveScript its script.
func LiveStyle() []byte  { return liveCSS }
func LiveScript() []byte { return liveJS }

// LivePage writes the live page. acts are the acts that can be marked, with
// their keys.
func LivePage(w io.Writer, v audit.View, p Progress, acts []string, keys string, lang string) error {
	type button struct{ ID, Key string }
	var buttons []button
	for i, a := range acts {
		buttons = append(buttons, button{a, keys[i : i+1]})
	}
	return liveTemplate.ExecuteTemplate(w, "page", struct {
		*live
		Buttons []button
	}{newLive(v, p, lang), buttons})
}

// LiveFragment writes the part of the live page that changes.
func LiveFragment(w io.Writer, v audit.View, p Progress, lang string) error {
	return liveTemplate.ExecuteTemplate(w, "now", newLive(v, p, lang))
}

// LiveTerminal returns the live view as lines for a terminal.
func LiveTerminal(v audit.View, p Progress, o Options) []string {
	l := newLive(v, p, o.Lang)
	t := &terminal{view: l.view, width: o.Width, color: o.Color}
	var out []string
	add := func(s string) { out = append(out, cut(s, o.Width)) }
	add(t.paint(bold, l.T("live.title")) + "  " + l.Clock(p.Elapsed) + "  " + p.Listen + "  " + p.Log)
	add("")
	m := l.Meter
	width := min(max(o.Width-50, 10), 40)
	full := l.Share(m.Items) * width / 100
	add(fmt.Sprintf("%s  [%s%s] %s, %s", l.T("live.meter"), strings.Repeat("#", full), strings.Repeat(" ", width-full), l.N("item", m.Items), l.N("recipient", m.Recipients)))
	h := l.Headline
	add(fmt.Sprintf("%s  %s, %s, %s", l.T("total"), l.N("type", h.Total.DataTypes), l.N("item", h.Total.Items), l.N("recipient", h.Total.Recipients)))
	add(fmt.Sprintf("%s  %s, %s", l.T("live.traffic"), l.N("flow", h.Flows), l.T("live.connections", p.Connections, p.Open)))
	unread := fmt.Sprintf("%s %s (%s)", l.Percent(p.Unread()), l.T("unreadable"), l.T("live.passed", p.Passed, p.Rejected))
	if p.Passed > 0 {
		unread = t.paint(red, unread)
	}
	add(unread)
	if p.Skipped > 0 {
		add(l.T("live.skipped", p.Skipped))
	}
	add("")
	for i, r := range l.Recent {
		if i == 8 {
			break
		}
		add(fmt.Sprintf("%5s  %s  %s → %s  %s", l.Ago(r.Time), r.Grade, pad(l.Type(r.DataType), 18), pad(safe(r.Owner), 20), safe(r.Redacted.String())))
	}
	if len(l.Recent) == 0 {
		add(l.T("live.nothing"))
	}
	add("")
	for i, a := range p.Acts {
		if i == 3 {
			break
		}
		add(fmt.Sprintf("%5s  %s %s", l.Ago(a.Time), l.T("act."+a.ID), safe(a.Note)))
	}
	add("")
	line := ""
	for key := range strings.SplitSeq(l.T("live.help"), "  ") {
		if line != "" && columns(line)+2+columns(key) > o.Width {
			add(line)
			line = ""
		}
		if line != "" {
			line += "  "
		}
		line += key
	}
	add(line)
	add(l.T("live.quiet"))
	return out
}

// cut shortens a line to n columns, leaving colours alone.
func cut(s string, n int) string {
	used, in := 0, false
	for i, r := range s {
		switch {
		case r == '\x1b':
			in = true
		case in:
			in = r != 'm'
		default:
			if used++; used > n {
				return s[:i] + "\x1b[0m"
			}
		}
	}
	return s
}
