package tables

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// disconnectFormat reads Disconnect's services.json: categories of companies
// of home pages of domains, between which stand flags that are no lists.
var disconnectFormat = Format{
	ID: "disconnect", Title: "Disconnect's services.json", Kind: Owners,
	is: func(in *input) bool {
		var categories map[string][]map[string]json.RawMessage
		raw, ok := in.top()["categories"]
		return ok && json.Unmarshal(raw, &categories) == nil && len(categories) > 0
	},
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "disconnect", name: "Disconnect tracker protection", licence: "CC-BY-NC-SA-4.0",
			attribution: "Disconnect", link: "https://github.com/disconnectme/disconnect-tracking-protection"})
		var licence string
		var categories map[string][]map[string]json.RawMessage
		if err := in.members(map[string]any{"license": &licence, "categories": &categories}); err != nil {
			return err
		}
		if strings.Contains(licence, "GNU General Public License") {
			d.Licence = "GPL-3.0-or-later" // files of 2019 and before
		}
		// A company can stand in several categories: the first in the order of
		// their names that has a role speaks.
		for _, category := range slices.Sorted(maps.Keys(categories)) {
			for _, company := range categories[category] {
				for _, name := range slices.Sorted(maps.Keys(company)) {
					var pages map[string]json.RawMessage
					if err := decode(company[name], &pages); err != nil {
						return fmt.Errorf("%.40q, %.60q, %w", category, name, err)
					}
					for _, page := range slices.Sorted(maps.Keys(pages)) {
						var domains []string
						if json.Unmarshal(pages[page], &domains) != nil {
							continue // "performance": "true", "dnt": "eff" …
						}
						for _, domain := range domains {
							if err := d.addName(domain, Owner{Name: name, Role: roleOf(category)}); err != nil {
								return err
							}
						}
					}
				}
			}
		}
		return nil
	},
}
