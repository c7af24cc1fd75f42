package identity

import (
	"slices"

	"github.com/constat/constat/datatype"
)

// Source is where figures of a verdict or of a power are from.
type Source struct {
	ID, Name, Note, URL, Date, Use string
}

// The uses of a source.
const (
	UseCost  = "reversal cost"
	UsePower = "identifying power"
)

// CostSources returns where the costs of reversing values of the named
// domains are from: the rates, and the domains that data/domains.toml has.
func CostSources(names []string) []Source {
	if len(names) == 0 {
		return nil
	}
	f := rates()
	out := []Source{
		{"rate-card", f.Card.Source, f.Card.What, f.Card.URL, f.Card.Date, UseCost},
		{"rate-core", f.Core.Source, f.Core.What, f.Core.URL, f.Core.Date, UseCost},
	}
	for _, d := range domainList() {
		if slices.Contains(names, d.Name) {
			out = append(out, Source{"domain-" + d.Name, d.Source, d.Note, d.URL, d.Date, UseCost})
		}
	}
	return out
}

// PowerSources returns where the bits and the numbers of people are from.
func PowerSources() []Source {
	f := people()
	newest := ""
	for _, row := range datatype.All() {
		newest = max(newest, row.Date)
	}
	return []Source{
		{"bits", "taxonomy of data types", "each row cites the source of its bits", "datatype/data/types.toml", newest, UsePower},
		{"people-world", f.World.Source, f.World.Note, f.World.URL, f.World.Date, UsePower},
		{"people-dense", f.Dense.Source, f.Dense.Note, f.Dense.URL, f.Dense.Date, UsePower},
	}
}
