package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// Accesses are what apps accessed, as the device tells: a line for each app and
// kind, with how often, in which states of the app that is looked into, and when
// first and last. Then, for which times the record has every access.
func (v *view) Accesses() []string {
	type key struct {
		app, what string
		refused   bool
	}
	type span struct {
		key
		n           int
		states      map[string]int
		first, last float64
	}
	var list []*span
	by := map[key]*span{}
	for _, a := range v.Document.Accesses {
		if a.Ended {
			continue
		}
		k := key{a.App, a.What.String(), a.Refused}
		s := by[k]
		if s == nil {
			s = &span{key: k, first: a.Offset, states: map[string]int{}}
			by[k] = s
			list = append(list, s)
		}
		s.n++
		s.first, s.last = min(s.first, a.Offset), max(s.last, a.Offset)
		if !a.OtherApp {
			s.states[a.State]++
		}
	}
	slices.SortStableFunc(list, func(a, b *span) int {
		return cmp.Or(cmp.Compare(a.app, b.app), cmp.Compare(a.what, b.what))
	})
	const most = 200
	var out []string
	for i, s := range list {
		if i == most {
			out = append(out, v.T("more", len(list)-most))
			break
		}
		line := cmp.Or(s.app, v.T("access.someone")) + v.T("colon") + v.name("access.", s.what) + ", "
		if s.refused {
			line += v.T("access.refused") + ", "
		}
		line += v.N("time", s.n)
		var states []string
		for _, state := range slices.Sorted(maps.Keys(s.states)) {
			if state != "unknown" || len(s.states) > 1 {
				states = append(states, fmt.Sprintf("%s %d", v.StateName(state), s.states[state]))
			}
		}
		if len(states) > 0 {
			line += " (" + strings.Join(states, ", ") + ")"
		}
		out = append(out, line+", "+v.At(s.first)+" – "+v.At(s.last))
	}
	return append(out, v.watched()...)
}

// watched says for which times every access of a kind is known.
func (v *view) watched() (out []string) {
	type span struct {
		from, until float64
		source      string
	}
	kinds := map[span][]string{}
	var order []span
	for _, l := range v.Document.AccessLogs {
		s := span{l.From, l.Until, l.Source.String()}
		if kinds[s] == nil {
			order = append(order, s)
		}
		kinds[s] = append(kinds[s], v.name("access.", l.What.String()))
	}
	for _, s := range order {
		out = append(out, v.T("access.whole", strings.Join(kinds[s], ", "), v.At(max(s.from, 0)), v.At(s.until)))
	}
	return out
}

// accessLine is an access in words.
func (v *view) accessLine(a *audit.Access) string {
	line := v.At(a.Offset)
	if moment := v.Moment(a.Circumstance); moment != "" {
		line += " · " + moment
	}
	line += " · " + v.name("access.", a.What.String())
	if how := a.How.String(); how != "" {
		line += " (" + how + ")"
	}
	if a.App != "" {
		line += " · " + a.App
	}
	return line
}
