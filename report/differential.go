package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/constat/constat/differential"
)

// difference is a comparison of runs with words.
type difference struct {
	*differential.Document
	*view
}

func newDifference(d *differential.Document, lang string) *difference {
	return &difference{d, &view{words: language(lang)}}
}

// Proven are the findings of grade A and B, Candidates those of grade C.
func (c *difference) Proven() (list []differential.Finding) {
	for _, f := range c.Findings {
		if f.Grade != "C" {
			list = append(list, f)
		}
	}
	return list
}

// Candidates are the findings that prove nothing.
func (c *difference) Candidates() []differential.Finding { return c.Findings[len(c.Proven()):] }

// Headline says what the comparison comes to.
func (c *difference) Headline() []string {
	var n [3]int
	for _, f := range c.Findings {
		n[f.Grade[0]-'A']++
	}
	lines := []string{c.T("diff.nothing")}
	switch {
	case n[0]+n[1] > 0:
		lines[0] = c.T("diff.headline", c.N("diff.finding", n[0]+n[1]), n[0], n[1], c.N("diff.candidate", n[2]))
	case n[2] > 0:
		lines[0] = c.T("diff.unproven", c.N("diff.candidate", n[2]))
	}
	if c.Design.Runs == [2]int{1, 1} {
		lines = append(lines, c.T("diff.once"))
	}
	k := c.Counts
	all := k.Constant + k.Changes + k.Candidate + k.Noise + k.Clock + k.Unmatched
	return append(lines, c.T("diff.compared", c.N("diff.exchange", c.Alignment.Exchanges), c.Alignment.InAll, c.N("diff.field", all), k.Constant, k.Noise, k.Clock, k.Unmatched))
}

// Proves says what the number and order of the runs allow.
func (c *difference) Proves() []string {
	d := c.Design
	lines := []string{c.T("diff.design", c.N("diff.session", d.Runs[0]), c.N("diff.session", d.Runs[1]), c.oneIn(d.Accident))}
	if d.ByChance {
		lines = append(lines, c.T("diff.design.wrong", d.Other, d.Wrong, c.number(strconv.FormatFloat(math.Round(d.Expected*10)/10, 'f', -1, 64))))
	}
	return append(lines, c.T("diff.order."+d.Order))
}

// oneIn is what a chance is one in.
func (c *difference) oneIn(chance float64) string {
	return c.number(strconv.FormatFloat(math.Round(10/chance)/10, 'f', -1, 64))
}

// At says where a finding is sent.
func (c *difference) At(e differential.Exchange) string {
	s := e.Host + e.Path.String()
	if e.Method != "" {
		s = e.Method + " " + s
	}
	if e.Part != "" {
		s += " (" + c.T("diff.part."+e.Part) + ")"
	}
	return s
}

// Elsewhere says in which other exchanges a finding stands.
func (c *difference) Elsewhere(f differential.Finding) string {
	if len(f.Exchange) < 2 {
		return ""
	}
	var list []string
	for _, e := range f.Exchange[1:] {
		list = append(list, c.At(e))
	}
	if n := f.Exchanges - len(f.Exchange); n > 0 {
		list = append(list, c.T("more", n))
	}
	return c.T("diff.also", strings.Join(list, ", "))
}

// Way is the derivation of a field in a line.
func (c *difference) Way(f differential.Finding) string {
	var list []string
	for _, s := range f.Derivation {
		list = append(list, s.String())
	}
	return strings.Join(list, " › ")
}

// Value names a value that differs between the personas.
func (c *difference) Value(i int) string {
	v := c.Values[i]
	s := c.Type(v.DataType)
	if l := v.Label.String(); l != "" && !strings.Contains(strings.ToLower(s), strings.ToLower(l)) {
		s += " (" + l + ")"
	}
	return s
}

func (c *difference) values(list []int) string {
	var names []string
	for _, i := range list {
		names = append(names, c.Value(i))
	}
	return strings.Join(names, ", ")
}

// Says tells a finding in sentences: what was seen, what it is put down to, and
// how likely chance is.
func (c *difference) Says(f differential.Finding) []string {
	lines := c.seen(f)
	lines = append(lines, c.content(f)...)
	if f.Grade != "B" { // a known value says what it is, a candidate is put down to nothing
		return append(lines, c.odds(f)...)
	}
	switch f.By {
	case "single":
		lines = append(lines, c.T("diff.by.single", c.values(f.Values)))
	case "set":
		lines = append(lines, c.T("diff.by.set", len(c.Values)))
	case "":
		lines = append(lines, c.T("diff.by.unknown"))
	}
	return append(lines, c.odds(f)...)
}

// seen is what was seen of the finding from run to run.
func (c *difference) seen(f differential.Finding) (lines []string) {
	if f.Grade == "A" {
		return nil // the value says it all
	}
	add := func(key string, args ...any) { lines = append(lines, c.T(key, args...)) }
	if len(f.Shapes) == 2 {
		if a, b := c.shape(f.Shapes[0]), c.shape(f.Shapes[1]); a == b {
			lines = append(lines, upper(a)+".")
		} else {
			lines = append(lines, upper(c.T("diff.shapes", a, b))+".")
		}
	}
	repeated := c.Design.Runs != [2]int{1, 1}
	switch f.Kind {
	case differential.KindSize:
		add("diff.says.sizes", f.Sizes[0], f.Sizes[1])
	case differential.KindEntropy:
		bits := func(x float64) string { return c.number(strconv.FormatFloat(x, 'f', -1, 64)) }
		add("diff.says.entropy", bits(f.Entropy[0][0]), bits(f.Entropy[0][1]), bits(f.Entropy[1][0]), bits(f.Entropy[1][1]))
	case differential.KindCount:
		add("diff.says.count", strings.Trim(strings.ReplaceAll(fmt.Sprint(f.Counted), " ", ", "), "[]"))
	case differential.KindPresence:
		add("diff.says.only", *f.Side+1)
	}
	if f.Of > 0 {
		if repeated {
			add("diff.says.repeat", f.Changed, f.Of)
		} else {
			add("diff.says.once", f.Changed, f.Of)
		}
	}
	if slices.Contains(f.Reasons, "steady") {
		add("diff.says.steady")
	}
	if len(f.Ranges) > 0 {
		var list []string
		for _, r := range f.Ranges[:min(len(f.Ranges), 8)] {
			list = append(list, c.T("diff.range", r.Length, r.Offset))
		}
		if n := len(f.Ranges) - len(list); n > 0 {
			list = append(list, c.T("more", n))
		}
		add("diff.says.ranges", strings.Join(list, ", "))
	}
	return lines
}

// content is what else is known of what changes.
func (c *difference) content(f differential.Finding) (lines []string) {
	add := func(key string, args ...any) { lines = append(lines, c.T(key, args...)) }
	for _, k := range f.Known {
		form := c.T("form." + k.Form)
		if k.Digest != "" {
			form += ", " + k.Digest
		}
		add("diff.says.known", c.Value(k.Value), form)
	}
	if slices.Contains(f.Reasons, "within-noise") {
		add("diff.says.within-noise")
	}
	if g := f.Growth; g != nil && len(g.Values) > 0 {
		key, n := "diff.says.growth", g.Bytes
		if n < 0 {
			key, n = "diff.says.shrink", -n
		}
		add(key, c.N("diff.byte", n), c.values(g.Values))
	}
	if slices.Contains(f.Reasons, "unsalted-excluded") {
		add("diff.says.digest")
	}
	if f.SameAs != "" {
		add("diff.says.same", f.SameAs)
	}
	return lines
}

// odds says how likely chance is.
func (c *difference) odds(f differential.Finding) (lines []string) {
	if f.Grade == "A" {
		return nil // a known value is no chance
	}
	for _, r := range f.Reasons {
		if r == "few-bits" || r == "few-runs" {
			lines = append(lines, c.T("diff."+r))
		}
	}
	if f.Chance >= 1 {
		return append(lines, c.T("diff.chance.none"))
	}
	lines = append(lines, c.T("diff.chance", c.oneIn(f.Chance)))
	if f.Bits >= 10 {
		lines = append(lines, c.T("diff.chance.bits", power(f.Bits)))
	}
	return lines
}

// power writes 2^bits as a power of ten.
func power(bits float64) string {
	n := strconv.Itoa(int(bits * math.Log10(2)))
	return "10" + strings.Map(func(r rune) rune { return []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0'] }, n)
}

func (c *difference) shape(s differential.Shape) string { return c.T("diff.shape."+s.Kind, s.Size) }

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Exclude is the sentence for a code of what the runs cannot exclude.
func (c *difference) Exclude(code string) string { return c.T("diff.limit." + code) }
