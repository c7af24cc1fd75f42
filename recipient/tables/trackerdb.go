package tables

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// trackerDBFormat reads Ghostery TrackerDB's trackerdb.json (npm
// @ghostery/trackerdb, dist/): domains of patterns of organizations. The
// engine and SQLite exports hold the same and are not read.
var trackerDBFormat = Format{
	ID: "trackerdb", Title: "Ghostery TrackerDB: trackerdb.json", Kind: Owners,
	is: func(in *input) bool { return in.has("organizations", "patterns", "domains") },
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "trackerdb", name: "Ghostery TrackerDB", licence: "CC-BY-NC-SA-4.0",
			attribution: "Ghostery TrackerDB", link: "https://github.com/ghostery/trackerdb"})
		var organizations map[string]struct{ Name, Country string }
		var patterns map[string]struct{ Name, Category, Organization string }
		var domains map[string]string
		if err := in.members(map[string]any{"organizations": &organizations, "patterns": &patterns, "domains": &domains}); err != nil {
			return err
		}
		for _, domain := range slices.Sorted(maps.Keys(domains)) {
			p, ok := patterns[domains[domain]]
			if !ok {
				return fmt.Errorf(`"domains": %.60q belongs to the pattern %.60q, which is not there`, domain, domains[domain])
			}
			org := organizations[p.Organization]
			if err := d.addName(domain, Owner{Name: cmp.Or(org.Name, p.Name), Country: country(org.Country), Role: roleOf(p.Category)}); err != nil {
				return err
			}
		}
		return nil
	},
}
