package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/constat/constat/audit"
)

// Terminal writes the account for a reader at a terminal, o.Width columns
// wide (40 to 200).
func Terminal(w io.Writer, d *audit.Document, o Options) error {
	t := newTerminal(w, d, o)
	t.who()
	t.headline()
	t.verdicts()
	t.recipients()
	t.laws()
	t.sharing()
	t.transfers()
	t.aside()
	t.refuted()
	t.notObserved()
	t.coverage()
	t.apps()
	t.accesses()
	t.clocks()
	t.limits()
	t.errors()
	t.attributions()
	return t.w.Flush()
}

type terminal struct {
	*view
	w     *bufio.Writer
	width int
	color bool
}

// The colours: ANSI SGR codes that both light and dark themes show.
const (
	bold = "1"
	dim  = "2"
	red  = "31"
)

func (t *terminal) paint(code, s string) string {
	if !t.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *terminal) line(s string) { t.w.WriteString(s + "\n") }

func (t *terminal) heading(key string) { t.line("\n" + t.paint(bold, t.T(key))) }

// wrap writes a paragraph with a hanging indent.
func (t *terminal) wrap(first, rest, s string) {
	line, used := first, columns(first)
	empty := true
	for _, word := range strings.Fields(safe(s)) {
		if !empty && used+1+columns(word) > t.width {
			t.line(line)
			line, used, empty = rest, columns(rest), true
		}
		if !empty {
			line, used = line+" ", used+1
		}
		line, used, empty = line+word, used+columns(word), false
	}
	t.line(line)
}

func (t *terminal) who() {
	for _, in := range t.Inputs {
		s := fmt.Sprintf("%s: %s (%s, %s, %s)", t.T("input"), in.Path, in.Format, t.Size(in.Bytes), t.N("flow", in.Flows))
		t.wrap("", "  ", s)
		if in.Writer != "" || !in.First.IsZero() {
			span := fmt.Sprintf("%s – %s", t.When(in.First), t.When(in.Last))
			if in.Writer != "" {
				span = fmt.Sprintf("%s %s, %s", t.T("writer"), in.Writer, span)
			}
			t.wrap("  ", "  ", span)
		}
		t.line("  " + t.paint(dim, "sha256 "+in.SHA256[:min(len(in.SHA256), max(16, t.width-10))]))
	}
	if n := len(t.Subject.Values); n > 0 {
		t.wrap("", "  ", fmt.Sprintf("%s: %s (%s)", t.T("persona"), t.Subject.Persona, t.N("value", n)))
	} else {
		t.wrap("", "  ", t.T("persona")+": "+t.T("nopersona"))
	}
	if s := t.Program(); s != "" {
		t.wrap("", "  ", t.T("app")+t.T("colon")+s)
	}
	for _, c := range t.Controls {
		t.wrap("", "  ", t.T("controls")+": "+t.Control(c))
	}
	t.wrap("", "  ", fmt.Sprintf("%s: %s %s (%s)", t.T("instrument"), t.Tool.Name, t.Tool.Version, t.Tool.Go))
}

func (t *terminal) headline() {
	h := &t.Headline
	t.line("\n" + t.paint(bold, t.T("per15")))
	if h.Total.Items == 0 {
		t.wrap("  ", "  ", t.Nothing())
	} else {
		for _, row := range []struct {
			name string
			c    audit.Count
		}{{"worst", h.Worst15}, {"median", h.Median15}, {"total", h.Total}} {
			c := row.c
			s := fmt.Sprintf("%s, %s %s %s, %s, %s", t.N("type", c.DataTypes), t.N("item", c.Items), t.T("carrying"), t.Size(c.Bytes),
				t.N("recipient", c.Recipients), t.N("country", c.Countries))
			name := pad(t.T(row.name), 16)
			if row.name == "worst" {
				name = t.paint(red, name)
			}
			t.wrap("  "+name+" ", strings.Repeat(" ", 19), s)
		}
		t.wrap("  ", "  ", t.T("first departure")+" "+t.Seconds(h.FirstDeparture)+"; "+
			t.T("grades", h.Grades.A, h.Grades.B, h.Grades.C))
	}
	for _, n := range t.OwnNotes() {
		t.wrap("  ", "  ", n)
	}
	t.wrap("  ", "  ", fmt.Sprintf("%s %s; %s %s", t.Percent(h.Unreadable), t.T("unreadable"), t.Percent(h.NotCaptured), t.T("notcaptured")))
}

func (t *terminal) verdicts() {
	if len(t.Verdicts) == 0 {
		return
	}
	t.heading("h.verdicts")
	t.wrap("  ", "  ", t.Tally())
	if s := t.Holding(); s != "" {
		t.wrap("  ", "  ", s)
	}
	for _, r := range t.Verdicts {
		answer := t.Sign(r.Answer) + " " + t.Answer(r)
		if r.Answer == audit.Observed {
			answer = t.paint(red, answer)
		}
		id := pad(r.Question, 5)
		t.wrap("  "+id, strings.Repeat(" ", 9), answer+t.T("colon")+t.Claimed(r))
		note := t.Because(r)
		if r.Answer == audit.Observed && r.Shows == "access" {
			note = t.T("answer.read") + "; " + note
		}
		if r.Place != "" {
			note = t.T("answer.place."+r.Place) + "; " + note
		}
		for _, m := range t.Lackings(r.Missing) {
			if note != "" {
				note += "; "
			}
			note += m
		}
		if len(r.Missing) > 0 {
			note = t.T("answer.missing") + t.T("colon") + note
		}
		if note != "" {
			t.wrap(strings.Repeat(" ", 9), strings.Repeat(" ", 9), note)
		}
	}
}

func (t *terminal) recipients() {
	with, _ := t.Receivers()
	if len(with) == 0 {
		return
	}
	t.heading("h.recipients")
	t.received(with)
	pointed := t.Pointed()
	if len(pointed) == 0 {
		return
	}
	t.heading("h.points")
	t.wrap("  ", "  ", t.T("points.note"))
	for _, r := range pointed {
		t.wrap("  · ", "    ", r.Owner+t.T("colon")+t.PointsAt(r))
	}
}

func (t *terminal) transfers() {
	if len(t.Groups) == 0 {
		return
	}
	t.heading("h.transfers")
	tab := table{head: []string{t.T("c.type"), t.T("c.form"), t.T("c.grade"), t.T("c.recipient"), t.T("c.count"), t.T("c.first"), t.T("c.value")}, right: map[int]bool{4: true, 5: true}}
	const most = 60
	for i, g := range t.Groups {
		if i == most {
			break
		}
		value := ""
		if len(g.Examples) > 0 {
			value = g.Examples[0].Redacted.String()
		}
		tab.add(t.Type(g.DataType), t.T("form."+g.Form), g.Grade, t.Owner(g.Recipient), fmt.Sprint(g.Count), t.Seconds(g.First), value)
	}
	t.table(tab)
	if n := len(t.Groups) - most; n > 0 {
		t.line("  " + t.T("more", n))
	}
	t.undoing()
}

// aside lists what is not surely the app's.
func (t *terminal) aside() {
	for _, k := range t.Apart() {
		t.line("\n" + t.paint(bold, k.Heading))
		t.wrap("  ", "  ", k.Note)
		tab := table{head: []string{t.T("c.type"), t.T("c.form"), t.T("c.grade"), t.T("c.recipient"), t.T("c.count"), t.T("c.app")}, right: map[int]bool{4: true}}
		for _, g := range k.Groups {
			tab.add(t.Type(g.DataType), t.T("form."+g.Form), g.Grade, t.Owner(g.Recipient), fmt.Sprint(g.Count), strings.Join(t.SentBy(g), ", "))
		}
		t.table(tab)
		if k.More > 0 {
			t.line("  " + t.T("more", k.More))
		}
	}
}

// undoing lists what reversing the digests costs, each data type and function
// once.
func (t *terminal) undoing() {
	said := map[string]bool{}
	for _, g := range t.Groups {
		for _, e := range g.Examples {
			if e.Anonymity.Digest == "" {
				continue
			}
			line := t.Type(e.DataType) + ", " + e.Anonymity.Digest + t.T("colon") + t.Undoing(e.Anonymity)
			if said[line] {
				continue
			}
			if len(said) == 0 {
				t.heading("h.undoing")
			}
			said[line] = true
			t.wrap("  · ", "    ", line)
		}
	}
}

func (t *terminal) notObserved() {
	missing := t.NotObserved()
	if len(missing) == 0 {
		return
	}
	t.heading("h.notobserved")
	t.wrap("  ", "  ", t.T("notobserved.note", t.Percent(t.Covered())))
	for _, v := range missing {
		s := t.Type(v.DataType)
		if v.Label != "" {
			s += " (" + v.Label + ")"
		}
		s += "  " + v.Redacted.String()
		if v.Weak != "" {
			s += "  " + t.Reason(v.Weak)
		}
		t.wrap("  · ", "    ", s)
	}
}

func (t *terminal) coverage() {
	t.heading("h.coverage")
	tab := table{head: []string{t.T("c.host"), t.T("c.out"), t.T("c.read"), t.T("c.opaque"), t.T("c.lost")}, right: map[int]bool{1: true, 2: true, 3: true, 4: true}}
	const most = 30
	for i, c := range t.Coverage {
		if i == most {
			break
		}
		lost := t.Size(c.NotCaptured)
		if c.UnknownSize > 0 {
			lost += fmt.Sprintf(" + %d ?", c.UnknownSize)
		}
		tab.add(c.Host, t.Size(c.Out), t.Size(c.Read), t.Size(c.Opaque), lost)
	}
	t.table(tab)
	if s := t.CoverNote(); s != "" {
		t.wrap("  ", "  ", s)
	}
	if n := len(t.Coverage) - most; n > 0 {
		t.line("  " + t.T("more", n))
	}
	for _, c := range t.Coverage[:min(len(t.Coverage), most)] {
		for _, why := range t.Why(c) {
			t.wrap("  · ", "    ", c.Host+", "+why)
		}
	}
}

func (t *terminal) accesses() {
	list := t.view.Accesses()
	if len(list) == 0 {
		return
	}
	t.heading("h.accesses")
	t.wrap("  ", "  ", t.T("accesses.note"))
	for _, a := range list {
		t.wrap("  · ", "    ", a)
	}
}

func (t *terminal) clocks() {
	if len(t.Clocks) == 0 {
		return
	}
	t.heading("h.clocks")
	t.wrap("  ", "  ", t.T("clocks.note"))
	for _, c := range t.Clocks {
		t.wrap("  · ", "    ", t.Clock(c))
	}
}

func (t *terminal) limits() {
	t.heading("h.limits")
	for _, code := range t.Limits {
		t.wrap("  · ", "    ", t.Limit(code))
	}
}

func (t *terminal) errors() {
	if len(t.Errors) == 0 {
		return
	}
	t.heading("h.errors")
	for _, e := range t.Errors {
		s := t.Fault(e).Text
		if e.Flow != "" {
			s = e.Flow + " " + e.Part + ": " + s
		}
		if e.Count > 1 {
			s += " (" + t.N("time", e.Count) + ")"
		}
		t.wrap("  · ", "    ", s)
	}
}

func (t *terminal) attributions() {
	t.heading("h.sources")
	for _, s := range t.Sources {
		t.wrap("  ", "    ", fmt.Sprintf("%s (%s), %s. %s", s.Name, s.ContentDate, s.Licence, strings.TrimSpace(s.Attribution+" "+t.Supplied(s))))
	}
}

// table is a set of rows to be aligned.
type table struct {
	head  []string
	rows  [][]string
	right map[int]bool
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// table aligns the columns and shortens the widest until a line fits.
func (t *terminal) table(tab table) {
	widths := make([]int, len(tab.head))
	for _, row := range append([][]string{tab.head}, tab.rows...) {
		for i, c := range row {
			widths[i] = max(widths[i], columns(safe(c)))
		}
	}
	room := t.width - 2 - 2*(len(widths)-1)
	for {
		sum, widest := 0, 0
		for i, n := range widths {
			sum += n
			if n > widths[widest] {
				widest = i
			}
		}
		if sum <= room || widths[widest] <= 3 {
			break
		}
		widths[widest]--
	}
	write := func(row []string, code string) {
		var b strings.Builder
		for i, c := range row {
			c = shorten(safe(c), widths[i])
			gap := strings.Repeat(" ", widths[i]-columns(c))
			if tab.right[i] {
				c = gap + c
			} else if i < len(row)-1 {
				c += gap
			}
			b.WriteString("  " + c)
		}
		t.line(t.paint(code, strings.TrimRight(b.String(), " ")))
	}
	write(tab.head, dim)
	for _, row := range tab.rows {
		write(row, "")
	}
}

// columns is how many columns s takes (UAX #11).
func columns(s string) (n int) {
	escape := false
	for _, r := range s {
		switch k := width.LookupRune(r).Kind(); {
		case r == '\x1b', escape: // a colour takes no room
			escape = r != 'm'
		case r >= 0x300 && r <= 0x36f:
		case k == width.EastAsianWide || k == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func shorten(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	for columns(s) > n-1 && s != "" {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s + "…"
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-columns(s))) }

// safe replaces what could steer a terminal, should any get here.
func safe(s string) string { return strings.Map(harmless, s) }

// harmless replaces control characters and bidirectional overrides.
func harmless(r rune) rune {
	if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return '·'
	}
	return r
}
