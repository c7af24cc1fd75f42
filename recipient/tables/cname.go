package tables

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// cnameFormat reads AdGuard's CNAME trackers: the name that an app asks for,
// and the tracker's name that it was an alias of. It tells where to look; only
// the DNS answers of a capture say what an alias was on that day.
var cnameFormat = Format{
	ID: "cname-trackers", Title: "AdGuard's CNAME trackers: combined_disguised_trackers.json", Kind: Owners,
	is: func(in *input) bool {
		top := in.top()
		for _, name := range slices.Sorted(maps.Keys(top))[:min(len(top), 20)] {
			var target string
			if json.Unmarshal(top[name], &target) != nil || !strings.Contains(name, ".") || !strings.Contains(target, ".") {
				return false
			}
		}
		return len(top) > 0
	},
	read: func(in *input, d *draft) error {
		base := strings.TrimSuffix(in.name, ".json")
		d.from(publication{origin: "cname-trackers", name: "AdGuard CNAME trackers", licence: "MIT",
			attribution: "AdGuard CNAME-cloaked trackers", link: "https://github.com/AdguardTeam/cname-trackers"})
		if kind, ok := strings.CutPrefix(base, "combined_disguised_"); ok {
			d.Origin, d.Name = "cname-"+kind, "AdGuard CNAME "+oneLine(kind)
		}
		top := in.top()
		if top == nil && in.err == nil {
			return fmt.Errorf("expected a JSON object")
		}
		for _, name := range slices.Sorted(maps.Keys(top)) {
			var target string
			if err := decode(top[name], &target); err != nil {
				return fmt.Errorf("%.60q, %w", name, err)
			}
			alias, ok := hostName(target)
			if !ok {
				d.Skipped++
				continue
			}
			if err := d.addName(name, Owner{Alias: alias}); err != nil {
				return err
			}
		}
		return in.err
	},
}
