package tables

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// trackerRadarFormat reads DuckDuckGo Tracker Radar: entity_map.json, one file
// of domains/ or entities/, or a folder of them.
var trackerRadarFormat = Format{
	ID: "tracker-radar", Title: "DuckDuckGo Tracker Radar: entity_map.json, or the folder domains/ or entities/", Kind: Owners,
	is: func(in *input) bool {
		if in.dir != nil {
			return in.folderHas(".json", func(b []byte) bool {
				var row radarRow
				return json.Unmarshal(b, &row) == nil && (row.Domain != "" && row.Owner != nil || row.Name != "" && row.Properties != nil)
			})
		}
		if in.has("domain", "owner") || in.has("name", "properties") {
			return true
		}
		_, e, ok := in.firstEntity()
		return ok && e.Properties != nil
	},
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "tracker-radar", name: "DuckDuckGo Tracker Radar", licence: "CC-BY-NC-SA-4.0",
			attribution: "DuckDuckGo Tracker Radar", link: "https://github.com/duckduckgo/tracker-radar"})
		if in.dir != nil {
			return in.walk(func(name string, b []byte) error {
				if !strings.HasSuffix(name, ".json") {
					return nil
				}
				var row radarRow
				if err := decode(b, &row); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				return d.radar(row)
			})
		}
		if in.has("domain") || in.has("properties") {
			var row radarRow
			if err := in.members(map[string]any{"domain": &row.Domain, "owner": &row.Owner, "categories": &row.Categories,
				"name": &row.Name, "displayName": &row.DisplayName, "properties": &row.Properties}); err != nil {
				return err
			}
			return d.radar(row)
		}
		top := in.top()
		for _, name := range slices.Sorted(maps.Keys(top)) {
			var row radarRow
			if err := decode(top[name], &row); err != nil {
				return fmt.Errorf("%.60q, %w", name, err)
			}
			row.Name = cmp.Or(row.Name, name)
			if err := d.radar(row); err != nil {
				return err
			}
		}
		return in.err
	},
}

// radarRow is a domain (domain, owner, categories) or an entity (name,
// properties).
type radarRow struct {
	Domain string
	Owner  *struct {
		Name, DisplayName string
	}
	Categories []string

	Name, DisplayName string
	Properties        []string
}

func (d *draft) radar(r radarRow) error {
	if r.Domain != "" {
		o := Owner{Role: roleOf(r.Categories...)}
		if r.Owner != nil {
			o.Name = cmp.Or(r.Owner.DisplayName, r.Owner.Name)
		}
		return d.addName(r.Domain, o)
	}
	for _, domain := range r.Properties {
		if err := d.addName(domain, Owner{Name: cmp.Or(r.DisplayName, r.Name)}); err != nil {
			return err
		}
	}
	return nil
}

// firstEntity reads the first member of a JSON object as an entity.
func (in *input) firstEntity() (string, radarRow, bool) {
	top := in.top()
	if len(top) == 0 {
		return "", radarRow{}, false
	}
	name := slices.Min(slices.Collect(maps.Keys(top)))
	var row radarRow
	ok := bytes.HasPrefix(top[name], []byte("{")) && json.Unmarshal(top[name], &row) == nil
	return name, row, ok
}

// folderHas reports whether one of the first files of a folder passes.
func (in *input) folderHas(ext string, is func([]byte) bool) bool {
	seen, found := 0, false
	stop := fmt.Errorf("enough")
	_ = in.walk(func(name string, b []byte) error {
		if ext == "" || strings.HasSuffix(name, ext) {
			seen++
			found = is(b)
		}
		if found || seen >= 20 {
			return stop
		}
		return nil
	})
	return found
}
