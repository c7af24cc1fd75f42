package question

import (
	"cmp"
	"slices"

	"github.com/google/cel-go/cel"

	"github.com/constat/constat/audit"
)

// accessed is an access as expressions see it.
type accessed struct {
	*audit.Access
	world *world
}

func (a *accessed) Parent() cel.Activation { return nil }

func (a *accessed) ResolveName(name string) (any, bool) {
	switch name {
	case "what":
		return a.What.String(), true
	case "how":
		return a.How.String(), true
	case "refused":
		return a.Refused, true
	case "app":
		return a.App, true
	case "app_confidence":
		return cmp.Or(a.AppConfidence, "unknown"), true
	}
	if v, ok := moments(&a.Circumstance, a.Offset, name); ok {
		return v, true
	}
	v, ok := a.world.shared[name]
	return v, ok
}

// Of the capture's time, every access of a kind must be known for all but these parts
// before none means that there was none: the moments before a record begins and after
// it ends.
const (
	unwatchedShare   = 0.01
	unwatchedSeconds = 1.
)

// lacksWatch finds missing a record of every access to something, over the time
// of the capture.
func (g *grounds) lacksWatch(need, what string) []string {
	var spans [][2]float64
	whole := g.doc.Headline.Duration
	for _, l := range g.doc.AccessLogs {
		if from, until := max(l.From, 0), min(l.Until, whole); l.What.String() == what && from <= until {
			spans = append(spans, [2]float64{from, until})
		}
	}
	slices.SortFunc(spans, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	known, end := 0.0, 0.0
	for _, s := range spans {
		known += max(s[1]-max(s[0], end), 0)
		end = max(end, s[1])
	}
	if len(spans) > 0 && whole-known <= max(unwatchedShare*whole, unwatchedSeconds) {
		return nil
	}
	return []string{need}
}
