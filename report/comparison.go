package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/comparison"
)

// versus is a comparison of two audits with words.
type versus struct {
	*comparison.Document
	*view
}

func newVersus(d *comparison.Document, lang string) *versus {
	return &versus{d, &view{words: language(lang)}}
}

// Title says what was compared by.
func (c *versus) Title() string { return c.T("cmp.title." + c.By) }

// Sides are both audits, with what they are called.
func (c *versus) Sides() []namedSide {
	return []namedSide{{c.T("cmp.before"), &c.Before, c}, {c.T("cmp.after"), &c.After, c}}
}

type namedSide struct {
	Called string
	*comparison.Side
	of *versus
}

// Heading is what a side is called, with the user's name of it.
func (s namedSide) Heading() string {
	if s.Name == "" {
		return s.Called
	}
	return s.Called + s.of.T("colon") + s.Name
}

// Watched says how much a side is the account of.
func (s namedSide) Watched() string {
	c := s.of
	line := c.T("cmp.watched", c.Percent(s.Coverage), c.N("flow", s.Flows), strings.TrimPrefix(c.Seconds(s.Duration), "+"))
	if len(s.Consents) > 0 {
		line += ", " + c.T("cmp.ofconsent", c.named("consent.", s.Consents))
	}
	return line
}

// Per15 is the case's unit on a side.
func (s namedSide) Per15() string {
	c := s.of
	return c.T("cmp.per15", c.N("item", s.Worst15.Items), c.N("recipient", s.Worst15.Recipients), c.N("item", s.Total.Items), c.N("recipient", s.Total.Recipients))
}

// Headline counts what changed, in a line each for verdicts, transfers and
// recipients.
func (c *versus) Headline() (lines []string) {
	k, differs := c.Counts, false
	for _, row := range []struct {
		name string
		by   map[string]int
	}{{"verdicts", k.Verdicts}, {"transfers", k.Transfers}, {"recipients", k.Recipients}} {
		if len(row.by) == 0 {
			continue
		}
		var parts []string
		for _, change := range []string{"ended", "began", "new", "gone", "changed", "only_after", "only_before", "found", "lost", "asked_after", "asked_before", "same"} {
			if n := row.by[change]; n > 0 {
				parts = append(parts, c.N("cmp.tally."+change, n))
				differs = differs || change != comparison.Same
			}
		}
		lines = append(lines, c.T("cmp.counts", c.T("cmp.sum."+row.name), strings.Join(parts, ", ")))
	}
	if !differs {
		return append([]string{c.T("cmp.nothing")}, lines...)
	}
	if s := c.span(); s != "" {
		lines = append(lines, s)
	}
	return lines
}

// span says between which moments practices ended or began: those of all are
// the same, the end of the one capture and the beginning of the other.
func (c *versus) span() string {
	for _, v := range c.Document.Verdicts {
		if v.Between != nil {
			key := "cmp.between"
			if c.Document.By == "version" {
				key = "cmp.between.version"
			}
			return c.T(key, c.when(&c.Before, v.Between.From), c.when(&c.After, v.Between.To))
		}
	}
	return ""
}

// Change names a change.
func (c *versus) Change(code string) string { return c.T("cmp.change." + code) }

// Mark is the sign of a change, for whoever skims.
func (c *versus) Mark(code string) string {
	switch code {
	case comparison.New, comparison.Began:
		return "+"
	case comparison.Gone, comparison.Ended:
		return "−"
	case comparison.OnlyAfter, comparison.OnlyBefore, comparison.Lost, comparison.Found:
		return "?"
	case comparison.Changed:
		return "≠"
	}
	return "="
}

// Unsure reports whether there are rows that were seen in one audit only.
func (c *versus) Unsure() bool {
	for _, by := range []map[string]int{c.Counts.Verdicts, c.Counts.Transfers, c.Counts.Recipients} {
		if by[comparison.OnlyAfter]+by[comparison.OnlyBefore] > 0 {
			return true
		}
	}
	return false
}

// Says is the sentence of a caveat.
func (c *versus) Says(k comparison.Caveat) string {
	sentence := c.T("cmp.caveat." + k.Code)
	named := func(list []string) string {
		switch k.Code {
		case "acts":
			return c.named("act.", list)
		case "states":
			return c.named("state.", list)
		case "consents", "consent-same", "consent-unmarked":
			return c.named("consent.", list)
		case "planted":
			return c.listed(list, c.Type)
		case "control":
			if len(list) > 0 {
				return c.T("control.missing")
			}
			return c.T("control.passed")
		case "coverage":
			return c.listed(list, c.number)
		case "keys":
			return c.listed(list, func(s string) string { return s[:min(len(s), 12)] })
		}
		return c.listed(list, func(s string) string { return s })
	}
	switch strings.Count(sentence, "%s") {
	case 0:
		return sentence
	case 1:
		return fmt.Sprintf(sentence, named(k.Before))
	}
	return fmt.Sprintf(sentence, named(k.Before), named(k.After))
}

// listed joins a list, the first of it if it is long.
func (c *versus) listed(list []string, word func(string) string) string {
	const most = 8
	if len(list) == 0 {
		return c.T("cmp.none")
	}
	var names []string
	for i, s := range list {
		if i == most {
			names = append(names, c.T("more", len(list)-most))
			break
		}
		names = append(names, word(s))
	}
	return strings.Join(names, ", ")
}

func (c *versus) named(kind string, list []string) string {
	return c.listed(list, func(s string) string { return c.name(kind, s) })
}

// Differing are the verdicts that are not the same, of questions that were put
// to both audits.
func (c *versus) Differing() (list []comparison.Verdict) {
	for _, v := range c.Document.Verdicts {
		if v.Before != nil && v.After != nil && v.Change != comparison.Same {
			list = append(list, v)
		}
	}
	return list
}

// Question is what a verdict answers.
func (c *versus) Question(v comparison.Verdict) string {
	return c.Claimed(audit.Verdict{Claim: v.Claim})
}

// Answers are both, "● observed → ○ not observed (coverage 98 %)".
func (c *versus) Answers(v comparison.Verdict) string {
	var parts []string
	for _, a := range []*comparison.Answer{v.Before, v.After} {
		if a != nil {
			parts = append(parts, c.Sign(a.Answer)+" "+c.Answer(audit.Verdict{Answer: a.Answer, Coverage: a.Coverage}))
		}
	}
	return strings.Join(parts, " → ")
}

// Means says what a change of a verdict means, and what it does not.
func (c *versus) Means(v comparison.Verdict) string {
	switch v.Change {
	case comparison.Lost:
		return c.T("cmp.lost", c.lacks(v.After.Missing))
	case comparison.Found:
		return c.T("cmp.found", c.lacks(v.Before.Missing))
	}
	return c.Proves(v.Open)
}

// when is a date, with what the user calls that audit.
func (c *versus) when(s *comparison.Side, at time.Time) string {
	if s.Name == "" {
		return c.When(at)
	}
	return c.When(at) + " (" + s.Name + ")"
}

// Proves says why a change proves nothing, "" if it does.
func (c *versus) Proves(open []string) string {
	if len(open) == 0 {
		return ""
	}
	return c.T("cmp.open", c.lacks(open))
}

func (c *versus) lacks(codes []string) string {
	var list []string
	for _, code := range codes[:min(len(codes), 8)] {
		list = append(list, c.Lacks(code))
	}
	if n := len(codes) - len(list); n > 0 {
		list = append(list, c.T("more", n))
	}
	return strings.Join(list, c.T("semicolon"))
}

// Lacks puts a code of what an audit lacks into words.
func (c *versus) Lacks(code string) string {
	kind, what, _ := strings.Cut(code, ":")
	sentence, ok := c.lookup("cmp.lacks." + kind)
	switch {
	case !ok:
		return c.Lacking(code)
	case kind == "consent":
		return fmt.Sprintf(sentence, c.named("consent.", strings.Split(what, "|")))
	case kind == "nameless":
		var n int64
		fmt.Sscan(what, &n)
		return fmt.Sprintf(sentence, c.Size(n))
	}
	return sentence
}

// Moved are the transfers of which more than the number changed; Counted those
// of which only that did.
func (c *versus) Moved() (list []comparison.Transfer) {
	for _, t := range c.Document.Transfers {
		if t.Change != comparison.Same && !onlyCounted(t) {
			list = append(list, t)
		}
	}
	return list
}

// Counted are the transfers of which only the number changed.
func (c *versus) Counted() (list []comparison.Transfer) {
	for _, t := range c.Document.Transfers {
		if onlyCounted(t) {
			list = append(list, t)
		}
	}
	return list
}

func onlyCounted(t comparison.Transfer) bool { return len(t.What) == 1 && t.What[0] == "count" }

// Of names what is transferred, and to whom.
func (c *versus) Of(t comparison.Transfer) string {
	s := c.Type(t.DataType)
	if t.Value != "" && !strings.Contains(strings.ToLower(s), strings.ToLower(t.Value)) {
		s += " (" + t.Value + ")"
	}
	return s + " → " + t.Recipient
}

// Told tells how a transfer is on the side where it is, or what of it changed.
func (c *versus) Told(t comparison.Transfer) string {
	if t.Before == nil || t.After == nil {
		s := t.After
		if s == nil {
			s = t.Before
		}
		parts := []string{c.N("time", s.Count), c.T("cmp.from", c.Seconds(s.First)), c.keys("form.", s.Forms)}
		if known := without(s.Consents, "unknown"); len(known) > 0 {
			parts = append(parts, c.T("cmp.ofconsent", c.keys("consent.", known)))
		}
		if known := without(s.States, "unknown", "foreground"); len(known) > 0 {
			parts = append(parts, c.keys("state.", known))
		}
		return strings.Join(append(parts, strings.Join(s.Hosts, ", ")), c.T("semicolon"))
	}
	var parts []string
	for _, what := range t.What {
		var a, b string
		switch what {
		case "form":
			a, b = c.keys("form.", t.Before.Forms), c.keys("form.", t.After.Forms)
		case "anonymity":
			a, b = c.keys("cmp.anon.", t.Before.Anonymity), c.keys("cmp.anon.", t.After.Anonymity)
		case "grade":
			a, b = c.keys("", t.Before.Grades), c.keys("", t.After.Grades)
		case "consent":
			a, b = c.keys("consent.", t.Before.Consents), c.keys("consent.", t.After.Consents)
		case "state":
			a, b = c.keys("state.", t.Before.States), c.keys("state.", t.After.States)
		case "clip":
			a, b = c.keys("cmp.clip.", t.Before.Clips), c.keys("cmp.clip.", t.After.Clips)
		case "account":
			a, b = c.keys("cmp.account.", t.Before.Accounts), c.keys("cmp.account.", t.After.Accounts)
		case "host":
			a, b = strings.Join(t.Before.Hosts, ", "), strings.Join(t.After.Hosts, ", ")
		case "count":
			a, b = fmt.Sprint(t.Before.Count), fmt.Sprint(t.After.Count)
		}
		parts = append(parts, c.from(what, a, b))
	}
	return strings.Join(parts, c.T("semicolon"))
}

func (c *versus) from(what, a, b string) string {
	return c.T("cmp.what."+what) + c.T("colon") + cmp.Or(a, "–") + " → " + cmp.Or(b, "–")
}

// keys names what was counted, sorted.
func (c *versus) keys(kind string, counted map[string]int) string {
	list := slices.Sorted(maps.Keys(counted))
	for i, s := range list {
		list[i] = c.name(kind, s)
	}
	return strings.Join(list, ", ")
}

func without(counted map[string]int, names ...string) map[string]int {
	m := maps.Clone(counted)
	for _, s := range names {
		delete(m, s)
	}
	return m
}

// Parties are the recipients that differ: those that got personal data, or
// those that were only contacted.
func (c *versus) Parties(got bool) (list []comparison.Recipient) {
	for _, r := range c.Document.Recipients {
		if r.Change != comparison.Same && r.Got == got {
			list = append(list, r)
		}
	}
	return list
}

// ToldOf tells what of a recipient changed, or what it is where it is.
func (c *versus) ToldOf(r comparison.Recipient) string {
	var parts []string
	types := func(p *comparison.Party) string {
		if p == nil {
			return ""
		}
		return c.listed(p.DataTypes, c.Type)
	}
	if r.Before == nil || r.After == nil || r.Change != comparison.Changed {
		p := r.After
		if p == nil || p.Transfers == 0 && r.Before != nil {
			p = r.Before
		}
		parts = append(parts, c.listed(p.Hosts, func(s string) string { return s }))
		if p.Transfers > 0 {
			parts = append(parts, c.N("item", p.Transfers)+c.T("colon")+types(p))
		}
		return strings.Join(parts, c.T("semicolon"))
	}
	for _, what := range r.What {
		switch what {
		case "data_types":
			parts = append(parts, c.T("cmp.what."+what)+c.T("colon")+c.plusMinus(r.Before.DataTypes, r.After.DataTypes, c.Type))
		case "hosts":
			parts = append(parts, c.T("cmp.what."+what)+c.T("colon")+c.plusMinus(r.Before.Hosts, r.After.Hosts, func(s string) string { return s }))
		case "owner":
			parts = append(parts, c.from(what, r.Before.Owner, r.After.Owner))
		case "role":
			parts = append(parts, c.from(what, r.Before.Role, r.After.Role))
		}
	}
	for _, p := range r.Places {
		parts = append(parts, c.T("cmp.place."+p.Kind)+c.T("colon")+c.Countries(p.Before)+" → "+c.Countries(p.After))
	}
	return strings.Join(parts, c.T("semicolon"))
}

// plusMinus lists what came and what went.
func (c *versus) plusMinus(before, after []string, word func(string) string) string {
	var parts []string
	for _, s := range after {
		if !slices.Contains(before, s) {
			parts = append(parts, "+ "+word(s))
		}
	}
	for _, s := range before {
		if !slices.Contains(after, s) {
			parts = append(parts, "− "+word(s))
		}
	}
	return c.listed(parts, func(s string) string { return s })
}
