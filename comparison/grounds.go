package comparison

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// missed lists why the audit of that side may have missed what the other one
// saw to a party: none, if it would have seen it. The codes are those of what a
// question misses (package question), and a few more.
func (c *comparer) missed(side int, seen *profile, party int) []string {
	h := c.halves[side]
	list := c.moments(side, seen)
	if seen != nil && seen.known {
		for _, t := range slices.Sorted(maps.Keys(seen.types)) {
			if !h.planted[t] {
				list = append(list, "planted:"+t)
			}
		}
	}
	id := c.parties[party].id[side]
	for _, r := range h.doc.Coverage {
		if id == "" || r.Recipient != id {
			continue
		}
		if n := r.Opaque + r.NotCaptured; n > 0 {
			list = append(list, fmt.Sprintf("unread:%s:%d", r.Host, n))
		}
		if r.UnknownSize > 0 {
			list = append(list, "unsized:"+r.Host)
		}
	}
	if h.nameless > 0 {
		list = append(list, fmt.Sprintf("nameless:%d", h.nameless))
	}
	return list
}

// moments lists what of the instrument and of the moments of rows the audit of
// that side lacks.
func (c *comparer) moments(side int, seen *profile) (list []string) {
	h, other := c.halves[side], c.halves[1-side]
	if h.doc.Headline.Flows == 0 {
		list = append(list, "traffic")
	}
	if !h.doc.Shown() {
		list = append(list, "control")
	}
	if h.doc.Tool.Version != other.doc.Tool.Version {
		list = append(list, "instrument")
	}
	if h.doc.Tool.Tier == "fast" && other.doc.Tool.Tier != "fast" {
		list = append(list, "tier")
	}
	if seen == nil {
		return list
	}
	if s := lacks(seen.Acts, h.side.Acts, c.by == ByConsent); s != "" {
		list = append(list, "act:"+s)
	} else if seen.Accounts["yes"] == seen.Count && !slices.Contains(h.side.Acts, "sign-up") && slices.Contains(other.side.Acts, "sign-up") {
		list = append(list, "act:sign-up")
	}
	if s := lacks(seen.Consents, h.side.Consents, false); s != "" && c.by != ByConsent {
		list = append(list, "consent:"+s)
	}
	if s := lacks(seen.States, h.side.States, false); s != "" {
		list = append(list, "state:"+s)
	}
	return list
}

// lacks names the circumstances of rows, "a|b", if all of them are known and
// none of them was had. With answered, one answer to a request for consent
// stands for the other.
func lacks(rows map[string]int, had []string, answered bool) string {
	names := slices.Sorted(maps.Keys(rows))
	for _, fact := range names {
		if fact == "" || fact == unknown || fact == undetermined || slices.Contains(had, fact) {
			return ""
		}
		if answered && strings.HasPrefix(fact, "consent-") && slices.ContainsFunc(had, func(s string) bool { return strings.HasPrefix(s, "consent-") }) {
			return ""
		}
	}
	return strings.Join(names, "|")
}

// caveats lists what differs between the audits besides what is compared.
func (c *comparer) caveats() []Caveat {
	a, b := c.halves[0], c.halves[1]
	list := []Caveat{}
	add := func(code string, before, after []string) { list = append(list, Caveat{code, before, after}) }
	// differ adds a caveat with what each of two sets has and the other has not.
	differ := func(code string, x, y []string) {
		if only, too := without(x, y), without(y, x); len(only)+len(too) > 0 {
			add(code, only, too)
		}
	}
	switch {
	case hashes(a) != "" && hashes(a) == hashes(b):
		add("same-capture", nil, nil)
	case c.by == ByDate && !c.ordered():
		add("order", nil, nil)
	case c.by == ByVersion && (a.side.Name == "" || b.side.Name == ""):
		add("version", nil, nil)
	case c.by == ByConsent && (len(a.side.Consents) == 0 || len(b.side.Consents) == 0):
		add("consent-unmarked", a.side.Consents, b.side.Consents)
	case c.by == ByConsent && len(without(a.side.Consents, b.side.Consents))+len(without(b.side.Consents, a.side.Consents)) == 0:
		add("consent-same", a.side.Consents, b.side.Consents)
	}
	if len(a.apps) > 0 && len(b.apps) > 0 {
		differ("app", a.apps, b.apps)
	}
	for i, h := range c.halves {
		var list [2][]string
		if !h.doc.Shown() {
			list[i] = []string{"control"}
			add("control", list[0], list[1])
		}
	}
	if d := a.side.Coverage - b.side.Coverage; math.Abs(d) >= 0.05 {
		add("coverage", []string{fmt.Sprintf("%.1f", a.side.Coverage)}, []string{fmt.Sprintf("%.1f", b.side.Coverage)})
	}
	switch {
	case len(a.side.Acts)+len(b.side.Acts) == 0:
		add("unmarked", nil, nil)
	default:
		differ("acts", a.side.Acts, b.side.Acts)
		differ("states", a.side.States, b.side.States)
	}
	if c.by != ByConsent {
		differ("consents", a.side.Consents, b.side.Consents)
	}
	switch {
	case len(a.values)+len(b.values) == 0:
		add("no-persona", nil, nil)
	default:
		differ("planted", types(a.values, b.values), types(b.values, a.values))
		if a.side.Persona != b.side.Persona {
			add("persona", nil, nil)
		}
	}
	if x, y := a.side.Duration, b.side.Duration; max(x, y) > 1.5*min(x, y) {
		add("duration", []string{fmt.Sprintf("%.0f", x)}, []string{fmt.Sprintf("%.0f", y)})
	}
	differ("format", formats(a), formats(b))
	differ("tool", []string{a.doc.Tool.Version}, []string{b.doc.Tool.Version})
	differ("tier", []string{a.doc.Tool.Tier}, []string{b.doc.Tool.Tier})
	differ("keys", keys(a), keys(b))
	differ("vantage", vantage(a), vantage(b))
	differ("tables", tables(a), tables(b))
	differ("questions", asked(a), asked(b))
	if a.beyond+b.beyond > 0 {
		add("rows", []string{fmt.Sprint(a.beyond)}, []string{fmt.Sprint(b.beyond)})
	}
	return list
}

// ordered reports whether the one capture ended before the other began.
func (c *comparer) ordered() bool {
	end, begin := c.halves[0].side.Last, c.halves[1].side.First
	return !end.IsZero() && !begin.IsZero() && !begin.Before(end)
}

// without is what of a is not in b.
func without(a, b []string) (list []string) {
	for _, s := range a {
		if !slices.Contains(b, s) {
			list = append(list, s)
		}
	}
	return list
}

func hashes(h *half) string {
	var list []string
	for _, in := range h.doc.Inputs {
		if in.SHA256 != "" {
			list = append(list, in.SHA256)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// types are the data types of the values that only a knows.
func types(a, b map[value]bool) (list []string) {
	for v := range a {
		if !b[v] && !slices.Contains(list, v.dataType) {
			list = append(list, v.dataType)
		}
	}
	slices.Sort(list)
	return list
}

func formats(h *half) (list []string) {
	for _, in := range h.doc.Inputs {
		if !slices.Contains(list, in.Format) {
			list = append(list, in.Format)
		}
	}
	slices.Sort(list)
	return list
}

func keys(h *half) (list []string) {
	for _, r := range h.doc.Tool.Rules {
		list = append(list, r.SHA256)
	}
	return list
}

func vantage(h *half) []string {
	if h.doc.Vantage == nil {
		return nil
	}
	return []string{h.doc.Vantage.Name}
}

// tables are the sources that say who a recipient is and where.
func tables(h *half) (list []string) {
	for _, s := range h.doc.Sources {
		switch s.Use {
		case "owner", "estimated", "registered", "network holder", "anycast", "cloud region":
			list = append(list, s.Name+" ("+cmp.Or(s.ContentDate, s.Version)+")")
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func asked(h *half) (list []string) {
	for _, v := range h.doc.Verdicts {
		list = append(list, strings.TrimSpace(v.Set+" "+v.Question))
	}
	return list
}

// excluded are the countries that measurement excludes of a recipient.
func excluded(r *audit.Recipient) (list []string) {
	for _, p := range r.Verdicts {
		if strings.HasPrefix(p.Verdict, "impossible") && !slices.Contains(list, p.Country) {
			list = append(list, p.Country)
		}
	}
	slices.Sort(list)
	return list
}
