// Package report renders an Audit document for people and programs: on the
// terminal, as JSON, and as one self-contained HTML page.
//
// A renderer gets the Document and nothing else. Every string in it that
// came out of traffic is an audit.Text, already redacted; this package adds
// words, order and pictures. It never draws a conclusion: the words are
// "observed", "recipient", "country of the server (estimate)"; there is no
// score.
//
// What a reader sees exists in English and French (messages/*.toml); the
// names of data types and countries too.
package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/audit"
)

// Options say how to render.
type Options struct {
	Lang  string // one of Languages; "" is English
	Width int    // of the terminal, in columns
	Color bool   // of the terminal
}

// view is a document with words. What is not surely of the app that it is about
// stands in Aside.
type view struct {
	*audit.Document
	words
	Aside aside
	byID  map[string]*audit.Recipient
}

func newView(d *audit.Document, lang string) *view {
	v := &view{words: language(lang), byID: map[string]*audit.Recipient{}}
	v.Document, v.Aside = apart(d)
	for i := range d.Recipients {
		v.byID[d.Recipients[i].ID] = &d.Recipients[i]
	}
	return v
}

// Owner names the recipient with the id.
func (v *view) Owner(id string) string {
	if r := v.byID[id]; r != nil {
		return r.Owner
	}
	return id
}

// Receivers are the recipients of personal data, then the others.
func (v *view) Receivers() (with, without []audit.Recipient) {
	for _, r := range v.Recipients {
		if r.Transfers > 0 {
			with = append(with, r)
		} else {
			without = append(without, r)
		}
	}
	return with, without
}

// NotObserved are the persona's values that were looked for in vain.
func (v *view) NotObserved() (out []audit.SubjectValue) {
	for _, s := range v.Subject.Values {
		if s.Found == 0 && !v.unmet() {
			out = append(out, s)
		}
	}
	return out
}

// Covered is the share of bytes out that could be read, in percent.
func (v *view) Covered() float64 {
	return math.Max(0, 100-v.Headline.Unreadable-v.Headline.NotCaptured)
}

// unmet reports whether nothing in the captures is surely of the app that is
// looked into.
func (v *view) unmet() bool { return v.Attribution != nil && v.Attribution.Unmet() }

// Nothing says that nothing was found, if that may be said.
func (v *view) Nothing() string {
	if !v.Shown() {
		return v.T("nothing.unshown")
	}
	if v.unmet() {
		return v.T("nothing.unmet", v.Attribution.Subject)
	}
	if a := v.Attribution; a != nil && a.Subject != "" {
		return v.T("nothing.own", a.Subject, v.Percent(v.Covered()))
	}
	return v.T("nothing", v.Percent(v.Covered()))
}

// Control describes a trial of the instrument.
func (v *view) Control(c audit.Control) string {
	return v.T("control.line", v.T("control."+c.Kind), v.T("control."+c.Outcome), c.Planted, c.Found)
}

// Why lists the reasons that bytes to a host were not read, the most bytes
// first. They are in English.
func (v *view) Why(c audit.Coverage) []string {
	reasons := slices.Sorted(maps.Keys(c.Reasons))
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(c.Reasons[b], c.Reasons[a]) })
	const most = 4
	var out []string
	for i, r := range reasons {
		if i == most {
			out = append(out, v.T("more", len(reasons)-most))
			break
		}
		out = append(out, v.Size(c.Reasons[r])+": "+r)
	}
	for i, u := range c.Uploads {
		if i == most {
			break
		}
		out = append(out, v.T("upload", v.Size(u.Bytes), v.number(fmt.Sprintf("%.1f", u.Seconds)), v.When(u.Time)))
	}
	return out
}

// Percent formats a share.
func (v *view) Percent(p float64) string {
	switch {
	case 0 < p && p < 0.05: // a little is not nothing
		return "<\u202f" + v.number("0.1") + "\u202f%"
	case 99.95 <= p && p < 100: // nor almost all all
		return ">\u202f" + v.number("99.9") + "\u202f%"
	}
	return v.number(fmt.Sprintf("%.1f", p)) + "\u202f%"
}

// At formats the offset of something that happened, which may be before the first
// flow.
func (v *view) At(s float64) string {
	if s < 0 {
		return "−" + strings.TrimPrefix(v.Seconds(-s), "+")
	}
	return v.Seconds(s)
}

// Seconds formats an offset from the first flow.
func (v *view) Seconds(s float64) string {
	if s < 0 {
		return "–"
	}
	sign := "+"
	switch {
	case s < 1000:
		return sign + v.number(fmt.Sprintf("%.1f", s)) + "\u202fs"
	case s < 2*86400:
		d := time.Duration(s) * time.Second
		return fmt.Sprintf("%s%d h %02d min", sign, int(d.Hours()), int(d.Minutes())%60)
	}
	return sign + v.number(fmt.Sprintf("%.1f", s/86400)) + "\u202f" + v.T("days")
}

// Size formats a number of bytes, in powers of 1000.
func (v *view) Size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d\u202f%s", n, v.T("B"))
	case n < 1_000_000:
		return v.number(fmt.Sprintf("%.1f", float64(n)/1e3)) + "\u202fk" + v.T("B")
	}
	return v.number(fmt.Sprintf("%.1f", float64(n)/1e6)) + "\u202fM" + v.T("B")
}

// Countries names a list of country codes, "–" for none.
func (v *view) Countries(codes []string) string {
	if len(codes) == 0 {
		return "–"
	}
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = v.Country(c)
	}
	return strings.Join(names, ", ")
}

func appendNew(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}

// Limit is the sentence for a code of what the capture cannot tell.
func (v *view) Limit(code string) string {
	if s, ok := v.lookup("limit." + code); ok {
		return s
	}
	return code
}

// Moment says what the user and the app were doing.
func (v *view) Moment(t audit.Circumstance) string {
	s := ""
	if t.Act != "" {
		s = v.T("after", v.Seconds(t.SinceAct), v.name("act.", t.Act))
		if t.Within > 0 {
			s += " ±\u202f" + v.Span(t.Within)
		}
		if t.Unsure {
			s += ", " + v.T("order.open")
		}
	}
	if t.State != "foreground" && t.State != "unknown" {
		s += ", " + v.name("state.", t.State)
	}
	return strings.TrimPrefix(s, ", ")
}

// Clock says how well a clock and the capture's agree.
func (v *view) Clock(c audit.Clock) string {
	if c.How == audit.ClockHand {
		return v.T("clock.hand."+strings.Join(c.Basis, ""), c.Events, v.Span(c.Bound))
	}
	s := c.Of.String() + v.T("colon")
	switch c.How {
	case audit.ClockEstimated:
		way := "clock.ahead"
		if c.Offset < 0 {
			way = "clock.behind"
		}
		s += v.T(way, v.Span(math.Abs(c.Offset)), v.Span(c.Bound), v.N("clock.comparison", c.Pairs-c.Rejected))
		if c.Rejected > 0 {
			s += ", " + v.N("clock.rejected", c.Rejected)
		}
		if c.Drift != nil {
			s += ", " + v.T("clock.drift", v.number(fmt.Sprintf("%+.1f", *c.Drift)))
		}
		s += " (" + strings.Join(c.Basis, ", ") + ")"
	case audit.ClockSame:
		s += v.T("clock.same")
	case audit.ClockDeclared:
		s += v.T("clock.declared", v.Span(c.Bound))
	default:
		way := "clock.unknown"
		if c.Format == "" {
			way = "clock.unread"
		}
		s += v.T(way, v.why(c.Why))
	}
	if c.Outside {
		s += "; " + v.T("clock.outside")
	}
	if c.Format != "" {
		s += v.T("clock.events", v.N("clock.event", c.Events), c.Format)
		if c.Others > 0 {
			s += ", " + v.T("clock.others", c.Others)
		}
		if c.Unknown > 0 {
			s += ", " + v.N("clock.line", int(c.Unknown))
		}
		if c.Dropped > 0 {
			s += ", " + v.T("clock.dropped", c.Dropped)
		}
	}
	return s
}

// why says for what reason nothing is known of a clock.
func (v *view) why(s string) string {
	var all, agree int
	switch _, err := fmt.Sscanf(s, "of %d comparisons no more than %d agree", &all, &agree); {
	case err == nil:
		return v.T("clock.why.disagree", all, agree)
	case strings.HasPrefix(s, "the comparisons are too few"):
		return v.T("clock.why.few")
	case s == "" || strings.HasPrefix(s, "nothing to compare"):
		return v.T("clock.why.nothing")
	}
	return s
}

// Span formats a length of time.
func (v *view) Span(s float64) string {
	switch {
	case s < 0.9995:
		return v.number(fmt.Sprintf("%.0f", math.Ceil(s*1000))) + "\u202fms"
	case s < 100:
		return v.number(fmt.Sprintf("%.1f", s)) + "\u202fs"
	case s < 3600:
		return v.number(fmt.Sprintf("%.1f", s/60)) + "\u202fmin"
	}
	return v.number(fmt.Sprintf("%.2f", s/3600)) + "\u202fh"
}

// name is the word for an act or a state; the user may mark others.
func (v *view) name(kind, what string) string {
	if s, ok := v.lookup(kind + what); ok {
		return s
	}
	return what
}

// When formats a moment for a reader, in UTC.
func (v *view) When(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

// Supplied says of a source what a reader must know when it is not the
// program's own.
func (v *view) Supplied(s audit.Source) string {
	var said []string
	if s.SuppliedBy == "user" {
		said = append(said, v.T("source.user"))
	}
	if s.LookupOnly {
		said = append(said, v.T("source.lookup"))
	}
	return strings.Join(said, " ")
}
